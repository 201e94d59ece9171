"""Stage 2, pages: a scraped page as plain text -> the articles and teasers that stand on it.

Scraped pages have no markup left; what tells their parts apart is how they repeat themselves. A headline standing twice
in a row (as link text and as heading) opens an item; a line such as «قراءة المزيد» or «اقرأ أيضاً» ends one; a text that
breaks off in mid-sentence is a teaser. Lines are compared as normalised words, so harakat and spacing do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dedup import arabic
from dedup.furniture import (
    READ_MORE,
    SIGN_OFFS,
    LineKind,
    line_kind,
    phrase_set,
    read_also_words,
)
from dedup.normalise import normalise
from dedup.records import NormalText, PageItem

MAX_HEADLINE_WORDS = 30
MAX_LINES = 20_000  # of a page; real ones have a few hundred
_TEXT_WORDS = 16  # a line of so many words is running text unless it stands where a headline is expected
_PUNCTUATED_TEXT_WORDS = 5  # of so many if it ends as sentences end
_SUFFIX_WORDS = 5  # of an outlet's name behind a headline

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_FULL_STOPS = (".", "\N{ARABIC FULL STOP}")
_ELLIPSES = ("..", _ELLIPSIS)
_SENTENCE_ENDS = tuple(arabic.SENTENCE_ENDS - {_ELLIPSIS, "\N{ARABIC SEMICOLON}"})
_OPEN_ENDS = (*_ELLIPSES, *",:;-\N{ARABIC COMMA}\N{ARABIC SEMICOLON}\N{EN DASH}\N{EM DASH}")
_CLOSERS = " \t\xa0\"'”’»)]}/*|~\u200c\u200e\u200f\u202a\u202b\u202c\u2067\u2069"  # quotes, brackets, marks of direction
_PARENTHESIS = re.compile(r"\([^()]{1,40}\)\W*$")
_BEFORE_READ_MORE = re.compile(r"[.!?\u061f\u06d4\u060c,\u2026»\"\])(|\[]\W*$")
_OUTLET_SEPARATOR = re.compile(r"\s[|\-\u2013\u2014\u00b7\u2022]\s")
_TAIL = 200  # characters: where a paragraph's ending is looked for

_Ending = Literal["full", "open", "bare"]


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    words: tuple[str, ...]
    kind: LineKind
    ending: _Ending
    stopped: bool  # ends with a full stop, which headlines do not

    @property
    def headline_like(self) -> bool:
        """May stand as a headline; some outlets end theirs with two full stops."""
        n = len(self.words)
        ends_well = self.ending != "open" or (n < _TEXT_WORDS and self.text.endswith(_ELLIPSES))
        return self.kind == "plain" and n <= MAX_HEADLINE_WORDS and ends_well and not self.stopped

    @property
    def running_text(self) -> bool:
        n = len(self.words)
        punctuated = self.stopped or self.ending == "open"
        return self.kind == "plain" and (n >= _TEXT_WORDS or (punctuated and n >= _PUNCTUATED_TEXT_WORDS))


def split_page(text: str) -> list[PageItem]:
    """The articles of a scraped page, in page order.

    - A line that stands twice in a row (share and date lines between do not matter) opens an item, unless it is longer
      than 30 words or ends with a full stop. One copy may carry the outlet's name behind a dash.
    - An end phrase alone on its line ends the item. What follows belongs to no item until a headline comes: one that
      stands twice, or a single headline-like line with running text under it. «اقرأ أيضاً: ...» with a link on the same
      line is taken out, and the item goes on.
    - Without a doubled headline the page's first headline-like line is the title (menu lines of one or two words before
      it are passed over) and all up to the end phrase its text.
    - A text that breaks off (ellipsis, comma) ends its item when a headline-like line with running text follows.
    - A headline seen before opens another item only if running text follows it.
    - Share lines are dropped, date lines where they stand between headline and text or behind the text.

    Args:
        text: the page's visible text, one paragraph a line; blank lines do not matter. Lines behind the 20,000th
            do not count.

    Returns:
        One item each; `cut` where the last paragraph breaks off in mid-sentence: it ends with an ellipsis or a comma,
        or with a bare word although the item's other paragraphs end with full stops. `kind` is `teaser` for a cut text
        and for a headline without text. `body` has one paragraph a line. A page without text gives [].
    """
    return _Splitter(_lines(text)).run()


class _Splitter:
    """Walks the lines once; `run` reads as the rules above."""

    def __init__(self, lines: Sequence[_Line]) -> None:
        self.lines = lines
        self.items: list[PageItem] = []
        self.seen: set[tuple[str, ...]] = set()  # headlines of the items so far
        self.title: _Line | None = None  # of the open item; None in an item without one
        self.body: list[_Line] = []
        self.last_text: _Line | None = None  # of the body: its last running text
        self.open = False
        self.loose = False  # the open item's headline stood once, behind an end phrase: so will the next one's
        self.ended = False  # an end phrase was passed since the last item
        self.head: list[_Line] = []  # short lines while no item is open
        self.plain_from = self._plain_from()
        self.openers = self._openers()

    def run(self) -> list[PageItem]:
        i = 0
        while i < len(self.lines):
            line = self.lines[i]
            if opener := self.openers.get(i):
                title, i = opener
                if title.words not in self.seen or self._text_at(i):
                    self._begin(title)
                continue
            i += 1
            if line.kind == "end":
                self._end()
            elif line.kind in ("share", "link"):
                continue
            elif line.kind == "date":
                if self.open:
                    self.body.append(line)
            elif self._repeats_a_headline(line):
                if self._text_at(i) and (self.last_text or not self.open):
                    self._begin(line)
            elif not self.open:
                self._outside(line, i)
            elif line.headline_like and self._text_at(i) and self._over(line):
                self._begin(line, loose=self.loose)
            else:
                self._add(line)
        self._end(at_page_end=True)
        return self.items

    def _plain_from(self) -> list[int]:
        """For each index the first one from there on that is neither furniture nor link."""
        at = [len(self.lines)] * (len(self.lines) + 1)
        for i in range(len(self.lines) - 1, -1, -1):
            at[i] = i if self.lines[i].kind in ("plain", "end") else at[i + 1]
        return at

    def _openers(self) -> dict[int, tuple[_Line, int]]:
        """Where a doubled headline begins: the headline, and the index behind its last copy."""
        openers: dict[int, tuple[_Line, int]] = {}
        i = 0
        while i < len(self.lines):
            title, end = self.lines[i], i + 1
            while (j := self.plain_from[end]) < len(self.lines) and (same := _same_headline(title, self.lines[j])):
                title, end = same, j + 1
            if end > i + 1 and len(title.words) >= 2:
                openers[i] = title, end
            i = end
        return openers

    def _text_at(self, i: int) -> bool:
        """Whether running text comes next, from index `i` on."""
        j = self.plain_from[i]
        return j < len(self.lines) and self.lines[j].running_text and j not in self.openers

    def _repeats_a_headline(self, line: _Line) -> bool:
        return line.words in self.seen or (self.title is not None and line.words == self.title.words)

    def _over(self, line: _Line) -> bool:
        """Whether a single headline-like line opens a new item although one is open."""
        last = self.last_text
        return last is not None and (last.ending == "open" or (self.loose and not line.running_text))

    def _outside(self, line: _Line, behind: int) -> None:
        """A plain line while no item is open."""
        if not line.running_text or (line.headline_like and self._text_at(behind)):
            self.head.append(line)
            return
        self._begin_single()
        if self.open:
            self._add(line)

    def _begin_single(self) -> None:
        """Open an item under a headline that stood once, chosen from the short lines before its text."""
        head, self.head = self.head, []
        named = [k for k, line in enumerate(head) if line.headline_like]
        if self.ended:
            # Behind an end phrase a list of links may precede the headline; text without a headline is nobody's.
            if named:
                self._begin(head[named[-1]], loose=True)
        elif named:
            at = next((k for k in named if len(head[k].words) > 2), named[0])
            self._begin(head[at])
            self.body = head[at + 1 :]
        else:
            self._begin(None)
            self.body = head

    def _add(self, line: _Line) -> None:
        self.body.append(line)
        if line.running_text:
            self.last_text = line

    def _begin(self, title: _Line | None, *, loose: bool = False) -> None:
        self._close()
        self.title, self.open, self.loose, self.ended, self.head = title, True, loose, False, []

    def _end(self, *, at_page_end: bool = False) -> None:
        named = any(len(line.words) > 2 for line in self.head) or (at_page_end and not self.items)
        if not self.open and not self.ended and self.head and named:
            self._begin_single()
        self._close()
        self.ended, self.head = True, []

    def _close(self) -> None:
        if not self.open:
            return
        self.open = False
        body = _trim(self.body)
        title, self.title, self.body, self.last_text = self.title, None, [], None
        if not body and (title is None or title.words in self.seen):
            return
        cut = _is_cut(body)
        self.items.append(
            PageItem(
                kind="teaser" if cut or not body else "article",
                title=" ".join(title.text.split()) if title else "",
                body="\n".join(line.text for line in body),
                cut=cut,
            )
        )
        if title:
            self.seen.add(title.words)


def _same_headline(one: _Line, other: _Line) -> _Line | None:
    """The shorter of two copies of a headline; None if they are not copies."""
    if not (one.headline_like and other.headline_like):
        return None
    if one.words == other.words:
        return one
    short, long = sorted((one, other), key=lambda line: len(line.words))
    more = len(long.words) - len(short.words)
    if len(short.words) > 2 and more <= _SUFFIX_WORDS and long.words[: len(short.words)] == short.words:
        separators = list(_OUTLET_SEPARATOR.finditer(long.text))
        if separators and normalise(long.text[: separators[-1].start()]).words == short.words:
            return short
    return None


def _trim(body: Sequence[_Line]) -> list[_Line]:
    """Without the date lines before the first and behind the last running text."""
    at = [i for i, line in enumerate(body) if line.running_text] or [i for i, line in enumerate(body) if line.kind == "plain"]
    if not at:
        return []
    return [line for i, line in enumerate(body) if line.kind == "plain" or at[0] < i < at[-1]]


def _is_cut(body: Sequence[_Line]) -> bool:
    """Whether the last paragraph of running text breaks off; short lines behind it are credits and tags."""
    endings = [line.ending for line in body if line.running_text] or [line.ending for line in body]
    if not endings or endings[-1] == "full":
        return False
    others = endings[:-1]
    # some outlets end no paragraph with a full stop
    return endings[-1] == "open" or not others or others.count("bare") * 2 < len(others)


def _lines(text: str) -> list[_Line]:
    """The lines that have words, classified; a read-more link behind a teaser's last words becomes its own line."""
    page = normalise(text)
    lines: list[_Line] = []
    word, begin = 0, 0
    for raw in text.splitlines(keepends=True):
        end = begin + len(raw)
        first = word
        while word < len(page.words) and page.starts[word] < end:
            word += 1
        if word > first:
            lines += _classified(page, begin, end, first, word)
        begin = end
        if len(lines) >= MAX_LINES:
            break
    return lines


def _classified(page: NormalText, begin: int, end: int, first: int, last: int) -> Iterator[_Line]:
    """The line `page.original[begin:end]`, whose words are first..last of the page."""
    words = page.words[first:last]
    more = next((len(p) for p in phrase_set(READ_MORE) if len(words) > len(p) and words[-len(p) :] == p), 0)
    if more:
        stem = page.original[begin : int(page.starts[last - more])].rstrip()
        if _BEFORE_READ_MORE.search(stem[-_TAIL:]):
            yield _line(stem.strip(" \t[(|"), words[:-more], "plain")
            yield _line(page.original[begin + len(stem) : end].strip(), words[-more:], "end")
            return
    also = read_also_words(words)
    behind = page.original[int(page.ends[first + also - 1]) : end] if also else ""
    text = page.original[begin:end].strip()
    yield _line(text, words, line_kind(text, words, behind))


def _line(text: str, words: tuple[str, ...], kind: LineKind) -> _Line:
    ending = _ending(text, words)
    return _Line(text, words, kind, ending, ending == "full" and text.rstrip(_CLOSERS).endswith(_FULL_STOPS))


def _ending(text: str, words: tuple[str, ...]) -> _Ending:
    """How a paragraph ends: as a sentence does, in the middle of one, or with a bare word."""
    tail = text[-_TAIL:]
    bare = tail.rstrip(_CLOSERS)
    if bare.endswith(_OPEN_ENDS):
        return "open"
    before = _PARENTHESIS.sub("", tail).rstrip(_CLOSERS)  # "... (agency)"
    if bare.endswith(_SENTENCE_ENDS) or before.endswith(_SENTENCE_ENDS) or words[-1:] in phrase_set(SIGN_OFFS):
        return "full"
    return "bare"
