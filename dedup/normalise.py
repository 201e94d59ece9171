"""Stage 1: text -> normalised words with their places in the original.

One table per code point, filled a block of 256 at a time when a block is first seen (all of Unicode would take a second at
start-up). NFKD, case folded; combining marks, format characters and the letters of `arabic.DROPPED_LETTERS` dropped;
letters of `arabic.LETTER_FOLDS` folded; decimal digits of any script as ASCII; letters and digits make words, all else
separates; «عبد» and the divine name behind it make one word. Between digits a decimal mark stays as `.` and a thousands mark
goes (1٬500٫5 = 1,500.5 = 1500.5). HTML character references are decoded however often they were escaped; tags, comments,
scripts and styles separate.
"""

from __future__ import annotations

import html
import re
import unicodedata
from sys import intern

import numpy as np
import numpy.typing as npt

from dedup import arabic
from dedup.records import NormalText

_ARTICLE = "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}"
#: «عبد» with the letters that may be joined before it.
_SERVANT = frozenset(letter + "عبد" for letter in ("", "و", "ف", "ب", "ل", "ك"))
_SEPARATOR, _DROP, _EXPANDS = 0, 1, 1 << 31  # table values; else the code point a character folds to

_fold: npt.NDArray[np.uint32] = np.zeros(0x110000, dtype=np.uint32)  # 4.4 MB, touched only where used
_filled: npt.NDArray[np.bool_] = np.zeros(0x1100, dtype=np.bool_)
_expansions: list[npt.NDArray[np.uint32]] = []  # of the few characters that fold to several, U+FDFA's 18 the longest

_REFERENCE = re.compile(r"&(?:amp;)*(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_MARKUP = re.compile(r"<(?:(!--)|(script|style)\b[^<>]*>|/?[a-zA-Z][^<>]*>)", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(p|div|br|li|ul|ol|h[1-6]|tr|td|table|section|article|blockquote|header|footer|figure)\b", re.IGNORECASE
)


def _fold_char(char: str) -> list[int]:
    """The folded code points of one character; separators inside an expansion are 0."""
    out: list[int] = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
        part = arabic.LETTER_FOLDS.get(part, part)
        category = unicodedata.category(part)
        if category[0] == "M" or category == "Cf" or part in arabic.DROPPED_LETTERS:
            continue
        if category == "Nd":
            out.append(ord(str(unicodedata.digit(part))))
        else:
            out.append(ord(part) if category[0] in "LN" else _SEPARATOR)
    return out


def _fill(block: int) -> None:
    for code in range(block << 8, (block + 1) << 8):
        folded = _fold_char(chr(code))
        if not folded:
            _fold[code] = _DROP
        elif len(folded) == 1:
            _fold[code] = folded[0]
        else:
            _fold[code] = _EXPANDS | len(_expansions)
            _expansions.append(np.array(folded, dtype=np.uint32))
    _filled[block] = True


def _codes(chars: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Membership table over the first plane; no mark of ours lies beyond it."""
    table = np.zeros(0x10000, dtype=np.bool_)
    table[[ord(c) for c in chars]] = True
    return table


_IS_LINE_END = _codes(arabic.LINE_ENDS)
_IS_SENTENCE_END = _codes(arabic.SENTENCE_ENDS)
_IS_DECIMAL = _codes(arabic.DECIMAL_MARKS)
_IS_THOUSANDS = _codes(arabic.THOUSANDS_MARKS)


def normalise(text: str) -> NormalText:
    """Fold a text to comparable words; normalising the joined words again gives the same words.

    Args:
        text: any string; lone surrogates separate words.

    Returns:
        The words, and for each its half-open range of code points in `text` (marks that follow its last letter
        included). A word from inside a ligature such as U+FDFA has the range of the ligature.
    """
    plain = _blank_markup(text) if "<" in text else text
    origin: npt.NDArray[np.int32] | None = None
    if "&" in plain:
        plain, origin = _decode_references(plain)
    raw = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    if not _filled[raw >> 8].all():
        for block in np.unique(raw >> 8):
            if not _filled[block]:
                _fill(int(block))
    folded = _fold[raw]
    at = np.arange(len(raw), dtype=np.int32)
    if (folded >= _EXPANDS).any():
        folded, at = _expand(folded)
    kept = folded != _DROP
    folded, at = folded[kept], at[kept]
    marks = np.minimum(raw[at], 0xFFFF)
    folded, at, marks = _join_numbers(folded, at, marks)

    in_word = folded != _SEPARATOR
    edges = np.diff(in_word.astype(np.int8), prepend=0, append=0)
    first = np.flatnonzero(edges == 1)
    behind = np.flatnonzero(edges == -1)  # one behind each word's last character
    next_at = np.append(at, len(raw))[behind]
    ends = np.maximum(at[behind - 1] + 1, next_at) if len(first) else next_at
    starts = at[first]
    separator = ~in_word
    lines = np.cumsum(_IS_LINE_END[marks] & separator)[first]
    sentences = np.cumsum(_IS_SENTENCE_END[marks] & separator)[first]
    breaks = np.where(np.diff(lines, prepend=-1) > 0, 2, np.where(np.diff(sentences, prepend=-1) > 0, 1, 0)).astype(np.uint8)
    # interned: words recur, and a text taken apart keeps 18 kB less
    words = np.where(in_word, folded, ord(" ")).astype("<u4").tobytes().decode("utf-32-le").split(" ")
    if origin is not None:
        starts, ends = origin[starts], origin[ends]
    found = NormalText(text, tuple(map(intern, filter(None, words))), starts.astype(np.int32), ends.astype(np.int32), breaks)
    return found if _SERVANT.isdisjoint(found.words) else _join_servants(found)


def _join_servants(text: NormalText) -> NormalText:
    """One word for names of God's servants, written apart as often as together: «عبد الرحمن» is «عبدالرحمن»."""
    words = text.words
    second = [
        i
        for i in range(1, len(words))
        if words[i - 1] in _SERVANT and len(words[i]) > 3 and words[i].startswith(_ARTICLE) and text.breaks[i] == 0
    ]
    joined = list(words)
    for i in second:
        joined[i - 1] += joined[i]
    first = np.delete(np.arange(len(words)), second)
    last = np.delete(np.arange(len(words)), [i - 1 for i in second])
    return NormalText(text.original, tuple(joined[i] for i in first), text.starts[first], text.ends[last], text.breaks[first])


def _blank_markup(text: str) -> str:
    """The text with as many separators as its markup is long, so that offsets stay; a block element begins a new line.

    Comments, scripts and styles go with what they hold, if they are closed; looking for an end that is not there is done
    once for each kind, so that hostile input costs no more than other.
    """
    pieces: list[str] = []
    done = 0
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow in lower case; offsets must stay
        lower = text
    missing: set[str] = set()
    while match := _MARKUP.search(text, done):
        end = match.end()
        closing = "-->" if match[1] else f"</{match[2].lower()}" if match[2] else ""
        if closing and closing not in missing:
            at = lower.find(closing, end)
            if at < 0:
                missing.add(closing)
            else:
                close = text.find(">", at) + 1
                end = close or end
        blank = "\n" if _BLOCK_TAG.match(match[0]) else " "
        pieces += [text[done : match.start()], blank + " " * (end - match.start() - 1)]
        done = end
    return "".join(pieces) + text[done:]


def _decode_references(text: str) -> tuple[str, npt.NDArray[np.int32]]:
    """Decode `&quot;`, `&#39;`, `&amp;amp;#39;` ...; also the place in `text` of every decoded character and of the end."""
    pieces: list[str] = []
    places: list[npt.NDArray[np.int32]] = []
    done = 0
    for match in _REFERENCE.finditer(text):
        char = html.unescape(f"&{match[1]};")
        if char.startswith("&") and len(char) > 1:  # no such entity: leave it
            continue
        pieces += [text[done : match.start()], char]
        places += [
            np.arange(done, match.start(), dtype=np.int32),
            np.full(len(char), match.start(), dtype=np.int32),
        ]
        done = match.end()
    pieces.append(text[done:])
    places.append(np.arange(done, len(text) + 1, dtype=np.int32))
    return "".join(pieces), np.concatenate(places)


def _expand(folded: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    pieces: list[npt.NDArray[np.uint32]] = []
    lengths = np.ones(len(folded), dtype=np.int32)
    done = 0
    for i in np.flatnonzero(folded >= _EXPANDS):
        expansion = _expansions[int(folded[i]) & ~_EXPANDS]
        pieces += [folded[done:i], expansion]
        lengths[i] = len(expansion)
        done = int(i) + 1
    pieces.append(folded[done:])
    return np.concatenate(pieces), np.repeat(np.arange(len(folded), dtype=np.int32), lengths)


def _join_numbers(
    folded: npt.NDArray[np.uint32], at: npt.NDArray[np.int32], marks: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32], npt.NDArray[np.uint32]]:
    """Keep decimal marks between digits as `.`; drop marks that group thousands: three digits follow, one to three precede."""
    digit = (folded >= ord("0")) & (folded <= ord("9"))
    if not digit.any():
        return folded, at, marks
    d = np.pad(digit, 4)
    i = np.flatnonzero((folded == _SEPARATOR) & d[3:-5] & d[5:-3])  # d[i + 4] is digit[i]
    if not len(i):
        return folded, at, marks
    folded = folded.copy()
    folded[i[_IS_DECIMAL[marks[i]]]] = ord(".")
    three_follow = d[i + 5] & d[i + 6] & d[i + 7] & ~d[i + 8]
    few_precede = ~(d[i + 3] & d[i + 2] & d[i + 1] & d[i])
    grouping = i[_IS_THOUSANDS[marks[i]] & three_follow & few_precede]
    keep = np.ones(len(folded), dtype=np.bool_)
    keep[grouping] = False
    return folded[keep], at[keep], marks[keep]
