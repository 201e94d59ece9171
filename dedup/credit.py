"""Stage 2b: the agency a text names as its origin."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal

from dedup.agencies import AGENCIES
from dedup.normalise import normalise
from dedup.records import Credit, NormalText

_DATELINE_WORDS = 15  # a dateline names its agency within the first few words
_OPENING = '([{\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}"'
_DASHES = "-\N{EN DASH}\N{EM DASH}\N{ARABIC TATWEEL}:/\N{FULLWIDTH SOLIDUS}"

# Single letters joined to a name: for, by, and, as (ل ب و ف ك)
_PROCLITICS = (
    "\N{ARABIC LETTER LAM}",
    "\N{ARABIC LETTER BEH}",
    "\N{ARABIC LETTER WAW}",
    "\N{ARABIC LETTER FEH}",
    "\N{ARABIC LETTER KAF}",
)


@cache
def _names() -> dict[str, list[tuple[tuple[str, ...], str, bool]]]:
    """First word -> (words, agency key, only in credit position), longest first."""
    table: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}
    for agency in AGENCIES:
        for name in agency.names:
            words = normalise(name.text).words
            table.setdefault(words[0], []).append((words, agency.key, name.credit_position_only))
    for rows in table.values():
        rows.sort(key=lambda row: -len(row[0]))
    return table


def find_credit(body: NormalText) -> Credit | None:
    """The agency credited for a body: the first in a credit position, else the first one mentioned.

    A credit position is a dateline, parentheses, a line or text end of its own, or the end of the opening paragraph
    («... وفق ما أوردته وكالة ...»). A name elsewhere is a `mention`: a source quoted, not the origin of the text.
    """
    mention: Credit | None = None
    words = body.words
    paragraph = next((i for i in range(1, len(words)) if body.breaks[i] == 2), len(words))
    names = _names()
    behind = 0  # the word behind the last name found
    for i, word in enumerate(words):
        found = _name_at(words, i) if i >= behind and (word in names or word[1:] in names) else None
        if found is None:
            continue
        length, key, strict, proclitic = found
        start, end = int(body.starts[i]) + proclitic, int(body.ends[i + length - 1])
        while proclitic and unicodedata.category(body.original[start]) == "Mn":  # the proclitic's own harakat
            start += 1
        before = body.original[max(0, start - 3) : start].rstrip()
        after = body.original[end : end + 3].lstrip()
        bracketed = before[-1:] in _OPENING and before != ""
        dateline = i < _DATELINE_WORDS and (bracketed or (after[:1] in _DASHES and after != "") or (i == 0 and bool(strict)))
        own_line = body.breaks[i] == 2 and (i + length == len(words) or body.breaks[i + length] == 2)
        at_end = i + length >= len(words)
        parenthesised = before.endswith("(") and after.startswith(")")
        lead_end = not strict and i < paragraph <= i + length
        if dateline or own_line or at_end or parenthesised or lead_end:
            return Credit(key, body.original[start:end], start, end, "credit")
        if mention is None and not strict:
            mention = Credit(key, body.original[start:end], start, end, "mention")
        behind = i + length
    return mention


def _name_at(words: tuple[str, ...], i: int) -> tuple[int, str, bool, Literal[0, 1]] | None:
    """Length in words, key, strictness and whether a proclitic letter stands before the name at word `i`."""
    for proclitic, first in ((0, words[i]), (1, words[i][1:])):
        if proclitic and words[i][:1] not in _PROCLITICS:
            continue
        for name, key, strict in _names().get(first, ()):
            if tuple(words[i + 1 : i + len(name)]) == name[1:] and not (strict and proclitic):
                return len(name), key, strict, 1 if proclitic else 0
    return None
