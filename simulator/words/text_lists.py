"""Lists of sentences as queries need them: a small table, and literals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.words import care, english, korean

MOODS = ("bad", "so-so", "good")


def sentences(text: str) -> list[str]:
    """Split a text into sentences.

    Parameters
    ----------
    text
        Sentences between ``|`` or on lines of their own.

    Returns
    -------
    list of str
        Stripped of surrounding spaces.
    """
    return [each for part in re.split(r"[|\n]", text) if (each := part.strip())]


def sql_list(text: str) -> str:
    """Write sentences as a list in SQL."""
    return "[" + ", ".join("'" + each.replace("'", "''") + "'" for each in sentences(text)) + "]"


def all_lists() -> Iterator[tuple[str, str, str, str]]:
    """Yield all lists.

    Yields
    ------
    name, language, about, text
        The purpose of the sentences (a mood, ``opening``, ``request``); ``ko``, ``en`` or
        ``mixed``; their topic or temper; and the sentences.
    """
    for language, words in (("ko", korean), ("en", english)):
        for topic, moods in words.CORES.items():
            for mood, text in zip(MOODS, moods, strict=True):
                yield mood, language, topic, text
                if language == "ko":
                    main = topic.split(" of ")[0]
                    yield mood, "mixed", topic, korean.MIXED[main][MOODS.index(mood)]
        for topic, text in words.SARCASM.items():
            yield "sarcastic", language, topic, text
            if language == "ko":
                yield "sarcastic", "mixed", topic, text
        for temper, frame in words.FRAMES.items():
            for name, text in zip(("opening", "closing", "tail", "title"), frame, strict=True):
                yield name, language, temper, text
    for place, language in enumerate(("ko", "en")):
        for name, texts_by_topic in (
            ("subject", care.SUBJECTS),
            ("request", care.REQUESTS),
            ("answer", care.ANSWERS),
        ):
            for topic, texts in texts_by_topic.items():
                yield name, language, topic, texts[place]
        for temper, manners in care.MANNERS.items():
            yield "ticket opening", language, temper, manners[place * 2]
            yield "ticket closing", language, temper, manners[place * 2 + 1]
    for topic, text in care.CALLS.items():
        yield "call", "ko", topic, text
    for temper, text in care.CALLER_MANNERS.items():
        yield "caller manner", "ko", temper, text


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
