"""Stage 2b: the agency a text names as its origin, and where agencies are named at all."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from dedup.agencies import AGENCIES
from dedup.arabic import SENTENCE_ENDS
from dedup.furniture import SOURCE_LABELS, opens_with, word_set
from dedup.normalise import normalise
from dedup.records import Credit, NormalText, Part, Uncredited
from dedup.stems import stem

#: The key of a credit that names no agency: «وكالات», «عواصم - وكالات».
UNNAMED = "agencies"
_UNNAMED_NAMES = ("وكالات", "الوكالات", "وكالات الأنباء", "وكالات أنباء", "وكالات عالمية", "وكالات دولية")

#: Words that make the agency behind them a source quoted: verbs of saying, "according to", its people.
_CUES = """
    قال قالت ذكر ذكرت أفاد أفادت أورد أوردت أوردته نقل نقلت نقلا نقلته بث بثت بثته نشر نشرت نشرته أعلنت أكدت أضافت أبلغ أبلغت
    صرح صرحت أخبر أخبرت تحدث حسب بحسب حسبما وفق وفقا وفقما مراسل مراسلة مراسلو مراسلي مصور مصورو صحفي صحفيو مدير رئيس مقر شبكة
    حديث مقابلة تصريح تصريحات اتصال تقرير نبأ خبر بيان موقع استطلاع مسح بيانات
"""
_CUES_BESIDE = "عن من مع إلى ل لـ ب عبر لدى في على وكالة الوكالة لوكالة وكالتي وكالتا وكالات"  # only right before the name
_AGENCY_WORD = normalise("وكالة").words[0]
_REPORTED = "ما حسبما كما وفقما"  # "according to what ... reported": the item is the agency's
_CUE_REACH = 4  # words before the name
_DATELINE_WORDS = 15  # a dateline names its agency within the first few words
_PLACE_WORDS = 2  # before a name in parentheses that is an ordinary word too, without a dash behind
_NAME_WORDS = 7  # of an agency's full name that the table does not know
_OPENING = '([{/\N{FULLWIDTH SOLIDUS}\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}"'
_BRACKETS_OPEN, _BRACKETS_CLOSE = "([{/\N{FULLWIDTH SOLIDUS}", ")]}/\N{FULLWIDTH SOLIDUS}"
_DASHES = "-\N{EN DASH}\N{EM DASH}\N{ARABIC TATWEEL}:/|\N{FULLWIDTH SOLIDUS}"
_SENTENCE_ENDS = "".join(sorted(SENTENCE_ENDS))
#: Between two agencies of one credit («رويترز، أ ف ب»), or a name and its abbreviation («... السعودية (واس)»).
_JOINT = re.compile(r"[\s,/+&()\[\]«»\"“”|\-\N{EN DASH}\N{EM DASH}\N{ARABIC TATWEEL}\N{ARABIC COMMA}\N{ARABIC SEMICOLON}]*$")
_TAG = re.compile(r"<[^<>]*>")

# Single letters joined to a name: for, by, and, as (ل ب و ف ك)
_PROCLITICS = (
    "\N{ARABIC LETTER LAM}",
    "\N{ARABIC LETTER BEH}",
    "\N{ARABIC LETTER WAW}",
    "\N{ARABIC LETTER FEH}",
    "\N{ARABIC LETTER KAF}",
)


@dataclass(frozen=True, slots=True)
class AgencyNamed:
    """An agency's name in a text: `words[start:end]`."""

    start: int
    end: int
    agency: str
    strict: bool  # the name is also an ordinary word: it counts in a credit position only
    proclitic: Literal[0, 1]  # letters joined before the name


@cache
def _names() -> dict[str, list[tuple[tuple[str, ...], str, bool]]]:
    """First word -> (words, agency key, only in credit position), longest first."""
    table: dict[str, list[tuple[tuple[str, ...], str, bool]]] = {}
    for agency in AGENCIES:
        for name in agency.names:
            words = normalise(name.text).words
            table.setdefault(words[0], []).append((words, agency.key, name.credit_position_only))
    for text in _UNNAMED_NAMES:
        words = normalise(text).words
        table.setdefault(words[0], []).append((words, UNNAMED, True))
    for rows in table.values():
        rows.sort(key=lambda row: -len(row[0]))
    return table


@cache
def _first_words() -> frozenset[str]:
    """Every word that may begin a name, letters joined before it included: one look-up tells most words do not."""
    return frozenset(proclitic + first for first in _names() for proclitic in ("", *_PROCLITICS))


def gap(text: NormalText, i: int) -> str:
    """What stands in the original before word `i` (behind the last word for `i == len(words)`), markup and references read."""
    begin = int(text.ends[i - 1]) if i else 0
    between = text.original[begin : int(text.starts[i])] if i < len(text.words) else text.original[begin:]
    if "<" in between:
        between = _TAG.sub(" ", between)
    return html.unescape(between) if "&" in between else between


def agencies_named(text: NormalText) -> tuple[AgencyNamed, ...]:
    """Every agency name of a text, in reading order, whether credited or mentioned."""
    first_words = _first_words()
    found: list[AgencyNamed] = []
    behind = 0
    for i in [i for i, word in enumerate(text.words) if word in first_words]:
        if i >= behind:
            named = _name_at(text, i)
            if named is not None:
                found.append(named)
                behind = named.end
    return tuple(found)


def _name_at(text: NormalText, i: int) -> AgencyNamed | None:
    words = text.words
    choices: tuple[tuple[Literal[0, 1], str], ...] = ((0, words[i]), (1, words[i][1:]))
    for proclitic, first in choices:
        if proclitic and words[i][:1] not in _PROCLITICS:
            continue
        for name, key, strict in _names().get(first, ()):
            end = i + len(name)
            if words[i + 1 : end] != name[1:] or (strict and proclitic):
                continue
            if len(name) > 1 and all(len(word) == 1 for word in name) and _in_a_longer_row(text, i, end):
                continue
            return AgencyNamed(i, end, key, strict, proclitic)
    return None


def _in_a_longer_row(text: NormalText, start: int, end: int) -> bool:
    """Whether letters go on before or behind as they stand («أ ب ج»): a list or an alphabet, no abbreviation."""
    before = start > 0 and len(text.words[start - 1]) == 1 and text.words[start - 1].isalpha()
    after = end < len(text.words) and len(text.words[end]) == 1 and text.words[end].isalpha()
    return (before and _only_dots(gap(text, start))) or (after and _only_dots(gap(text, end)))


def _only_dots(between: str) -> bool:
    return "\n" not in between and not between.strip(" .\N{ARABIC COMMA},\xa0\N{ARABIC TATWEEL}")


def find_credit(text: NormalText, names: Sequence[AgencyNamed] | None = None, parts: Sequence[Part] = ()) -> Credit | None:
    """The agency credited for a body: the first in a credit position, else the first one mentioned.

    Args:
        text: the body.
        names: its `agencies_named`, if they are known already.
        parts: what stands above and below the text: agencies in its dateline and in a credit line are credited, those in a
            caption took a picture and did not write the text.

    A credit position is a dateline, parentheses, a line of its own, behind «المصدر:», behind the last sentence of a line,
    or the end of the opening paragraph («... وفق ما أوردته وكالة ...»). A name elsewhere, and one behind a verb of saying
    or "according to", is a `mention`: a source quoted, not the origin of the text. A credit that names an agency comes
    before one to unnamed ones («وكالات»).
    """
    found = agencies_named(text) if names is None else names
    part_of = {i: part.kind for part in parts for i in range(part.start, part.end)}
    found = [named for named in found if part_of.get(named.start) != "caption"]
    unnamed: Credit | None = None
    mention: Credit | None = None
    done = 0
    for at, first in enumerate(found):
        if at < done:
            continue
        done = at + 1
        while done < len(found) and _belongs(text, found[done - 1], found[done]):
            done += 1
        credited = part_of.get(first.start) in ("dateline", "credit")
        kind = "credit" if credited else _kind(text, first, found[done - 1].end)
        for named in found[at:done]:
            if kind == "credit":
                if named.agency != UNNAMED:
                    return _credit(text, named, "credit")
                unnamed = unnamed or _credit(text, named, "credit")
            elif mention is None and not named.strict:
                mention = _credit(text, named, "mention")
    return unnamed or mention


def _belongs(text: NormalText, one: AgencyNamed, other: AgencyNamed) -> bool:
    """Whether two names stand side by side on one line."""
    return one.end == other.start and text.breaks[other.start] != 2 and _JOINT.match(gap(text, other.start)) is not None


def _credit(text: NormalText, named: AgencyNamed, kind: Literal["credit", "mention"]) -> Credit:
    start, end = int(text.starts[named.start]) + named.proclitic, int(text.ends[named.end - 1])
    while named.proclitic and unicodedata.category(text.original[start]) == "Mn":  # the proclitic's own harakat
        start += 1
    return Credit(named.agency, text.original[start:end], start, end, kind)


def _kind(text: NormalText, first: AgencyNamed, end: int) -> Literal["credit", "mention"]:
    """Whether the names from `first` up to word `end` stand in a credit position."""
    words, start = text.words, first.start
    before, after = gap(text, start).rstrip(), gap(text, end).lstrip()
    line = start
    while line > 0 and text.breaks[line] != 2:
        line -= 1
    line_ends = end == len(words) or text.breaks[end] == 2
    whole = _agency_word(text, start, line)  # «وكالة أنباء الجمهورية الإسلامية الإيرانية (إرنا)» stands where «وكالة» does
    alone = line == start and not first.proclitic
    separated = before[-1:] in (*_OPENING, *_DASHES) and before != ""
    label = next((k for k in (1, 2) if start - k >= line and opens_with(SOURCE_LABELS, words, start - k, start) == k), 0)
    marked = any(mark in before for mark in _DASHES)
    if (alone and line_ends) or (label and (marked or (line_ends and start - line == label))):
        return "credit"
    bracketed = before.endswith(tuple(_BRACKETS_OPEN)) and after.startswith(tuple(_BRACKETS_CLOSE))
    if first.proclitic or whole < start or _is_quoted(text, start):
        first_line = text.breaks[1:start].max(initial=0) < 2
        reported = any(word in word_set(_REPORTED) for word in words[max(line, start - _CUE_REACH) : start])
        return "credit" if first_line and line_ends and reported and not (first.strict or first.proclitic) else "mention"
    closed = after[:1] in (*_DASHES, ")", "]") and after != ""
    if start < _DATELINE_WORDS and line == 0:  # a dateline
        near = start - line <= _PLACE_WORDS or after[1:].lstrip()[:1] in tuple(_DASHES) or line_ends
        if (alone or separated) and (closed or line_ends) and (not first.strict or near):
            return "credit"
        if closed and after[:1] in _DASHES and (alone or separated or not first.strict):
            return "credit"
        if not first.strict and before[-1:] in _OPENING and before != "":
            return "credit"
    if bracketed and (not first.strict or line_ends):
        return "credit"
    if first.strict and end < len(words):
        return "mention"  # «5- الألمانية»: a list, a heading
    ended = text.breaks[start] > 0 or before[-1:] in tuple(_SENTENCE_ENDS) or (separated and (marked or not first.strict))
    return "credit" if line_ends and ended else "mention"


def _agency_word(text: NormalText, start: int, line: int) -> int:
    """Where «وكالة» opens the name that ends in an abbreviation in parentheses at word `start`; else `start`."""
    if not gap(text, start).rstrip().endswith("("):
        return start
    for i in range(start - 1, max(line, start - _NAME_WORDS) - 1, -1):
        if stem(text.words[i]) == _AGENCY_WORD or text.words[i] == _AGENCY_WORD:
            return i if i > line else start
        if text.breaks[i] > 0:
            break
    return start


def _is_quoted(text: NormalText, start: int) -> bool:
    """Whether the sentence says that somebody said something to the agency, or the agency said it."""
    first = max(0, start - _CUE_REACH)
    for i in range(start - 1, first - 1, -1):
        word = text.words[i]
        if word in word_set(_CUES) or stem(word) in word_set(_CUES) or (i == start - 1 and word in word_set(_CUES_BESIDE)):
            return True
        if text.breaks[i] > 0:
            break
    return False


def uncredited(new: NormalText, credit: Credit | None, copies: Sequence[tuple[str, Credit | None]]) -> Uncredited | None:
    """The agency that a copy does not name although another copy of its text does.

    Args:
        new: the body of the new article.
        credit: what it credits or mentions itself.
        copies: id and credit of the earlier articles whose text it has: the match first, then by arrival.

    Returns:
        The first agency credited there; None if the new text has a credit of its own, or names that agency at all.
    """
    if credit is not None and credit.kind == "credit":
        return None
    credited = [(article, c) for article, c in copies if c is not None and c.kind == "credit"]
    if not credited:
        return None
    article, found = credited[0]
    if any(named.agency == found.agency and not named.strict for named in agencies_named(new)):
        return None
    return Uncredited(found.agency, article)
