"""Drafts a system, or one more stream of it, from samples of its files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from dangol.contracts.reading import load_contract, systems_in
from dangol.contracts.streams import NAME, NAME_IN_WORDS
from dangol.drafting.check import checked
from dangol.drafting.columns import describe_columns
from dangol.drafting.contract import render_contract
from dangol.drafting.decisions import decide_doubles, decide_rows
from dangol.drafting.dialect import Dialect, sniff
from dangol.drafting.entities import choose_entity
from dangol.drafting.expected import write_expected
from dangol.drafting.file_format import Files, format_properties
from dangol.drafting.file_names import read_names
from dangol.drafting.golden import made_up_file
from dangol.drafting.json_records import find_records
from dangol.drafting.keys import find_keys
from dangol.drafting.lines import Model
from dangol.drafting.meanings import simplified
from dangol.drafting.notes import render_notes
from dangol.drafting.plan import Plan
from dangol.drafting.profile import profiled
from dangol.drafting.samples import Sample, SampleError, Samples, open_samples
from dangol.drafting.sheets import sniff_sheet
from dangol.drafting.staging import draft_models
from dangol.drafting.writing import notes_name, render_model, render_yaml
from dangol.files import write_whole
from dangol.settings import SOURCES, Settings


@dataclass(frozen=True)
class Wish:
    """What the user says about a draft.

    Parameters
    ----------
    system
        Its name.
    files
        The samples.
    entity
        What the rows become; guessed if None.
    stream
        Its name; by the files' names if None.
    member
        Which members of archives, as a pattern.
    overwrite
        Whether files of an earlier draft are replaced.
    """

    system: str
    files: Sequence[Path]
    entity: str | None = None
    stream: str | None = None
    member: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class Drafted:
    """What was drafted.

    Parameters
    ----------
    folder
        The system's.
    written
        The files, in the order in which to read them.
    plan
        What was seen and decided.
    models
        The staging models.
    problems
        Why the made-up test file does not pass; empty if it does.
    """

    folder: Path
    written: list[Path]
    plan: Plan
    models: list[Model]
    problems: list[str]


@contextmanager
def drafted(settings: Settings, wish: Wish) -> Iterator[Drafted]:
    """Draft a stream and write it into the company's folder.

    Yields
    ------
    Drafted
        While the samples can still be asked.

    Raises
    ------
    SampleError
        If a sample can't be used, or files of the draft exist already.
    """
    settings.need_company()
    _check_name("system", wish.system)
    folder = settings.company_folder / "systems" / wish.system
    if wish.system in systems_in(SOURCES):
        raise SampleError(f"{wish.system} is one of Dangol's own systems: choose another name")
    with tempfile.TemporaryDirectory(prefix="dangol-") as temporary:
        samples = open_samples(wish.files, Path(temporary), wish.member)
        files = _look_at(samples)
        with profiled(settings, wish.system, wish.files, format_properties(files)) as profile:
            columns = describe_columns(
                profile,
                files.samples.each[0].name,
                settings.company.currency,
                has_numbers=files.samples.kind != "csv",
            )
            entity = choose_entity(columns, wish.entity)
            stream = wish.stream or files.names.stream or entity.name
            _check_name("stream", stream)
            plan = Plan(
                wish.system, stream, entity,
                settings.company.timezone, settings.company.currency,
                files, profile, columns,
                find_keys(profile, columns, entity), _status(folder),
            )  # fmt: skip
            decide_rows(plan)
            decide_doubles(plan)
            models, amount = draft_models(plan)
            texts = {f"{stream}.contract.yml": render_contract(plan, models, amount)}
            for model in models:
                name = f"stg_{plan.system}__{model.entity.name}.sql"
                texts[name] = render_model(plan, model)
            texts[f"_{plan.system}__{stream}.yml"] = render_yaml(plan, models)
            texts[notes_name(stream)] = render_notes(plan, models)
            written = _write(folder, texts, wish)
            tests, problems = _write_test(settings, folder, plan, models)
            yield Drafted(folder, written + tests, plan, models, problems)


def _write_test(
    settings: Settings, folder: Path, plan: Plan, models: Sequence[Model]
) -> tuple[list[Path], list[str]]:
    """Write a made-up file, and what the staging models make of it; return its problems, too."""
    has_refunds = any(model.entity.name == "refunds" and model.where for model in models)
    made_up = made_up_file(plan, has_refunds)
    if made_up is None:
        return [], []
    name, content = made_up
    file = folder / "tests" / name
    write_whole(file, content)
    with checked(settings, folder, [file]) as home:
        if home.outcome.problems:
            return [file], home.outcome.problems
        entities = [model.entity.name for model in models]
        return [file, *write_expected(home, folder, entities)], []


def _check_name(what: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise SampleError(f"the {what} {name!r} must be {NAME_IN_WORDS}")


def _status(folder: Path) -> str:
    """Return the status of a system's other contracts: those of one system agree."""
    for file in sorted(folder.glob("*contract.yml")):
        document = yaml.safe_load(file.read_bytes())
        return str(document.get("status", "draft"))
    return "draft"


def _look_at(samples: Samples) -> Files:
    names = read_names([sample.name for sample in samples.each])
    first = samples.each[0]
    if samples.kind == "json":
        return Files(samples, None, names, find_records(first.copy, first.name))
    sheets: list[str] = []
    if samples.kind == "xlsx":
        looked_at = [sniff_sheet(sample.copy, sample.name) for sample in samples.each]
        dialects, sheets = [dialect for dialect, _ in looked_at], looked_at[0][1]
    elif samples.kind == "csv":
        dialects = [sniff(sample.copy, sample.name) for sample in samples.each]
    else:
        return Files(samples, None, names)
    _compare(samples.each, dialects)
    # of several, the one with most lines to leave out: a total may be in one file only
    total = next((each.total for each in dialects if each.total), "")
    return Files(samples, replace(dialects[0], total=total), names, sheets=tuple(sheets))


def _compare(samples: Sequence[Sample], dialects: Sequence[Dialect]) -> None:
    """Refuse samples that are not written alike, and say what differs."""
    first = dialects[0]
    names = {simplified(header) for header in first.header}
    for sample, dialect in zip(samples[1:], dialects[1:], strict=True):
        own = {simplified(header) for header in dialect.header}
        if own != names:
            if len(own & names) * 2 < len(names):
                raise SampleError(
                    f"the headers differ: {samples[0].name} and {sample.name} share few names."
                    " See whether the second's header is missing; draft from files of one stream,"
                    " which for members of an archive --member names"
                )
            missing = [each for each in first.header if simplified(each) not in own]
            further = [each for each in dialect.header if simplified(each) not in names]
            raise SampleError(
                f"the headers differ: {samples[0].name} and {sample.name}."
                f"{_only('the first', missing)}{_only('the second', further)}"
                " Draft from files of one stream and one version; a column that was renamed later"
                " gets formerNames in the contract"
            )
        for fact in ("delimiter", "skip_lines", "header_rows"):
            if getattr(dialect, fact) != getattr(first, fact):
                raise SampleError(
                    f"{samples[0].name} and {sample.name} differ in {fact.replace('_', ' ')}: "
                    "draft from files that are written alike"
                )


def _only(which: str, names: Sequence[str]) -> str:
    return f" Only {which} has {', '.join(names)}." if names else ""


def _write(folder: Path, texts: dict[str, str], wish: Wish) -> list[Path]:
    """Write a draft's files, unless one exists and may not be replaced."""
    existing = [name for name in texts if (folder / name).exists()]
    others = [name for name in existing if _is_of_another(folder / name, texts, wish)]
    if existing and not others and not wish.overwrite:
        raise SampleError(
            f"{folder} has {', '.join(existing)} already, and nothing was written. To replace "
            "them, add --overwrite; to draft another stream of the system, name it with --stream"
        )
    _check_other_streams(folder, texts)
    if others:
        raise SampleError(
            f"{folder / others[0]} belongs to another stream, and nothing was written: two streams "
            "of one entity share a staging model. Draft this one into a system of its own, or "
            "write its select into the model by hand"
        )
    for name, text in texts.items():
        write_whole(folder / name, text.encode())
    load_contract(folder)
    return [folder / name for name in texts]


def _is_of_another(file: Path, texts: dict[str, str], wish: Wish) -> bool:
    source = f"source('{wish.system}', '{_stream_of(texts)}')"
    return file.name.startswith("stg_") and source not in file.read_text(encoding="utf-8")


def _check_other_streams(folder: Path, texts: dict[str, str]) -> None:
    """Refuse a stream that another contract of the system describes already."""
    own = next(iter(texts))
    name = _stream_of(texts)
    for file in sorted(folder.glob("*contract.yml")):
        if file.name != own:
            document = yaml.safe_load(file.read_bytes())
            if any(table.get("name") == name for table in document.get("schema") or ()):
                raise SampleError(
                    f"{file} has a stream {name} already: name this one with --stream"
                )


def _stream_of(texts: dict[str, str]) -> str:
    """Return the stream of a draft, after which its contract is named."""
    return next(iter(texts)).removesuffix(".contract.yml")
