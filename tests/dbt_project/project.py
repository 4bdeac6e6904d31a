"""The parsed project, and the class of rules about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from dangol import layers


class Project:
    """The parsed nodes by name: ``customers`` is a model, ``ops.loads`` a source."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        nodes = manifest["nodes"].values()
        self.models = {each["name"]: each for each in nodes if each["resource_type"] == "model"}
        self.tests = [each for each in nodes if each["resource_type"] == "test"]
        self.unit_tests = list(manifest["unit_tests"].values())
        self.sources = {
            f"{each['source_name']}.{each['name']}": each for each in manifest["sources"].values()
        }
        self.exposures = {each["name"]: each for each in manifest["exposures"].values()}
        self.macros = {
            each["name"]: each
            for each in manifest["macros"].values()
            if each["package_name"] == "dangol"
        }
        self.name_of = {
            each["unique_id"]: name
            for kind in (self.models, self.sources, self.exposures)
            for name, each in kind.items()
        }

    def parents(self, name: str) -> list[str]:
        """Return the models and sources that a model or an exposure reads."""
        nodes = (self.models.get(name) or self.exposures[name])["depends_on"]["nodes"]
        return sorted({self.name_of[node] for node in nodes})

    def readers(self, name: str) -> list[str]:
        """Return the models and exposures that read a model or a source."""
        return [each for each in (*self.models, *self.exposures) if name in self.parents(each)]

    def layer(self, name: str) -> str:
        """Return the schema, which is the layer's name except for ``ops``."""
        return str((self.models | self.sources)[name]["schema"])

    def is_internal(self, name: str) -> bool:
        """Whether a model only serves the models after it."""
        return self.layer(name) == "staging" or name.startswith("int_")

    def is_published(self, name: str) -> bool:
        """Whether analysts get a model's table."""
        return self.layer(name) in layers.PUBLISHED and not self.is_internal(name)

    def table(self, name: str) -> str:
        """Return a model's name in the warehouse."""
        return f"{self.layer(name)}.{self.models[name]['alias']}"


Findings = Iterator[tuple[str, str]]
"""What is wrong, by the name of a model, source, exposure, macro or unit test."""


class Change(NamedTuple):
    """A change of the manifest that breaks a rule.

    Parameters
    ----------
    of
        The name of the changed node.
    path
        The keys of the changed value, separated by dots.
    value
        The new value.
    names
        The name that the rule then reports, if it is a different one.
    """

    of: str
    path: str
    value: Any
    names: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule: the generator of violations, changes that show that it can fail, and exceptions."""

    check: Callable[[Project], Findings]
    changes: tuple[Change, ...]
    exceptions: dict[str, str]


RULES: dict[str, Rule] = {}

Check = Callable[[Project], Findings]


def rule(*changes: Change, exceptions: dict[str, str] | None = None) -> Callable[[Check], Check]:
    """Make a generator a rule; ``exceptions`` maps names to reasons."""

    def add(check: Check) -> Check:
        RULES[check.__name__] = Rule(check, changes, exceptions or {})
        return check

    return add
