"""Lists of sentences as queries need them: a small table, and literals."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from simulator import data


def all_lists() -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the lists that differ by topic or temper.

    Yields
    ------
    name, language, about, words
        The purpose of the sentences (a mood, ``opening``, ``request``); ``ko``, ``en`` or
        ``mixed``; their topic or temper; and the sentences.
    """
    for name, languages in (data.tree("texts/reactions") | data.tree("texts/care")).items():
        for language, abouts in languages.items():
            for about, words in abouts.items():
                yield name, language, about, words


def sql_list(words: Iterable[str]) -> str:
    """Write words as a list in SQL."""
    return "[" + ", ".join("'" + each.replace("'", "''") + "'" for each in words) + "]"


def sql_values(rows: Iterable[Iterable[object]]) -> str:
    """Write rows as a ``values`` clause in SQL.

    Parameters
    ----------
    rows
        Texts; those that are numbers become numbers, and empty ones null.

    Returns
    -------
    str
        SQL.
    """

    def literal(value: str) -> str:
        if re.fullmatch(r"-?\d+([.]\d+)?", value):
            return value
        return "'" + value.replace("'", "''") + "'" if value else "null"

    return "values " + ", ".join(f"({', '.join(literal(str(v)) for v in row)})" for row in rows)


def sql_map(keys: Iterable[str], values: Iterable[str]) -> str:
    """Write a map of words in SQL, without the keys whose values are empty."""
    pairs = (f"'{key}': '{value}'" for key, value in zip(keys, values, strict=True) if value)
    return "(map {" + ", ".join(pairs) + "})"


@cache
def sql_words() -> dict[str, str]:
    """Return SQL for the lists in ``texts/lists.yml``, by name.

    Returns
    -------
    dict of str to str
        A list; of one that is in Korean and English, that of the column ``written_in``.
    """
    return {
        name: f"if(written_in = 'en', {sql_list(languages['en'])}, {sql_list(languages['ko'])})"
        if "en" in languages
        else sql_list(*languages.values())
        for name, languages in data.tree("texts/lists").items()
    }


def list_join(alias: str, name: str, about: str, language: str = "written_in") -> str:
    """Write the join that adds a list of sentences to a row.

    Parameters
    ----------
    alias
        The list's name in the query; its sentences are ``<alias>.words``.
    name
        SQL for the kind of sentences: a mood, ``'opening'``, ``'request'``.
    about
        SQL for the topic or the temper.
    language
        SQL for ``'ko'``, ``'en'`` or, only for moods, ``'mixed'``.

    Returns
    -------
    str
        A left join.
    """
    return (
        f"left join text_lists as {alias} on {alias}.name = {name}"
        f" and {alias}.language = {language} and {alias}.about = {about}"
    )
