"""Dependencies point one way: from the upper rooms to the lower ones.

An arrow is an import, wherever it is: at the top of a module, inside a function, only for types, or
by an address such as ``"ml.train:train"``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dangol.settings import PROJECT_ROOT

ROOMS = (
    ("dags", "benchmarks"),
    ("dangol.cli",),
    ("dangol.orchestration",),
    ("dangol.drafting", "dangol.nightly", "dangol.reference", "dangol.whois"),
    ("demo", "expectations", "ml", "pages", "dangol.extract", "simulator"),
    ("dangol.publication",),
    ("dangol.build",),
    ("dangol.id_rotation",),
    ("dangol.id_keys", "dangol.precedence"),
    (
        "dangol.company",
        "dangol.contracts",
        "dangol.home",
        "dangol.ledger",
        "dangol.records",
        "dangol.tracebacks",
    ),
    (
        "dangol.files",
        "dangol.faults",
        "dangol.heap",
        "dangol.layers",
        "dangol.model_facts",
        "dangol.night",
        "dangol.ops_columns",
        "dangol.pace",
        "dangol.personal_shapes",
        "dangol.scratch",
        "dangol.sql_errors",
        "dangol.tables",
        "dangol.version",
    ),
    ("dangol.settings",),
    ("dangol.company_toml",),
    ("dangol.addresses", "dangol.variables"),
    ("dangol.errors",),
)
"""From the top down. A room may import the rooms below it, but not those on its own floor."""

MAY_CONTAIN_ADDRESSES = {"dangol.nightly", "dangol.orchestration"}
ADDRESS = re.compile(r"([a-z_]+(?:\.[a-z_]+)*):[a-z_]+")
FOLDERS = ("benchmarks", "dags", "dangol", "demo", "expectations", "ml", "pages", "simulator")
FLOORS = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}


def modules() -> dict[str, Path]:
    files = (file for folder in FOLDERS for file in (PROJECT_ROOT / folder).rglob("*.py"))
    return {
        ".".join(file.relative_to(PROJECT_ROOT).with_suffix("").parts).removesuffix(
            ".__init__"
        ): file
        for file in files
    }


MODULES = modules()


def room_of(module: str) -> str | None:
    parts = module.split(".")
    for length in (2, 1):
        room = ".".join(parts[:length])
        if room in FLOORS:
            return room
    return None


def targets_of(module: str, source: str) -> Iterator[tuple[str, bool]]:
    """Yield each module that a source imports, and whether by address."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in MODULES else node.module), False
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = ADDRESS.fullmatch(node.value)
            if match and match[1] in MODULES:
                yield match[1], True


def arrows() -> list[tuple[str, str, bool]]:
    return [
        (module, target, by_address)
        for module, file in MODULES.items()
        for target, by_address in targets_of(module, file.read_text(encoding="utf-8"))
        if target in MODULES and target != module
    ]


ARROWS = arrows()


def test_every_module_is_in_a_layer_of_the_list() -> None:
    assert [name for name in MODULES if room_of(name) is None] == ["dangol"]
    assert {room_of(name) for name in MODULES} - {None} == set(FLOORS)


def test_no_arrow_runs_up_or_across() -> None:
    wrong = {
        f"{source} -> {target}"
        for source, target, _ in ARROWS
        if (here := room_of(source)) != (there := room_of(target))
        and here is not None
        and there is not None
        and FLOORS[there] <= FLOORS[here]
    }
    assert wrong == set()


def test_there_are_no_cycles() -> None:
    graph: dict[str, set[str]] = {}
    for source, target, _ in ARROWS:
        graph.setdefault(source, set()).add(target)
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for target in sorted(graph.get(module, ())):
                walk(target, (*path, module))
            done.add(module)

    for module in sorted(graph):
        walk(module, ())


def test_only_modules_that_start_steps_name_them_by_address() -> None:
    rooms = {room_of(source) for source, _, by_address in ARROWS if by_address}
    assert rooms <= MAY_CONTAIN_ADDRESSES
    assert rooms, "the addresses of the steps are seen"


@pytest.mark.parametrize(
    "source",
    [
        "from dangol.nightly import steps",
        "from dangol.nightly.steps import STEPS",
        "import dangol.nightly.steps",
        "def late():\n    from dangol.nightly.steps import STEPS",
        "if TYPE_CHECKING:\n    from dangol.nightly.steps import Step",
        "STEP = 'dangol.nightly.steps:resolve'",
    ],
)
def test_every_kind_of_arrow_is_seen(source: str) -> None:
    assert "dangol.nightly.steps" in {target for target, _ in targets_of("any", source)}
