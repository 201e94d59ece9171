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
import threading
import unicodedata
from sys import intern

import numpy as np

from dedup import arabic
from dedup.compiled import compiled_by
from dedup.hashing import hash_words
from dedup.records import I32, I64, U8, U32, NormalText

#: Table values below any letter: not yet filled, dropped, or a separator with what its mark may mean beside it.
UNSEEN, DROP, SEPARATOR = 0, 1, 0x10
SENTENCE_END, LINE_END, DECIMAL, THOUSANDS = 1, 2, 4, 8
_LETTERS = 0x20
#: From here on a table value is the number of an expansion, below it the code point that a character folds to.
EXPANDS = 1 << 31

_ARTICLE = "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}"
#: «عبد» with the letters that may be joined before it.
_SERVANT = frozenset(letter + "عبد" for letter in ("", "و", "ف", "ب", "ل", "ك"))

_fold: U32 = np.zeros(0x110000, dtype=np.uint32)  # 4.4 MB, touched only where used
#: The few characters that fold to several, U+FDFA's 18 the longest: the letters of all, and where each one's begin.
_expansions: tuple[U32, I32] = np.zeros(0, dtype=np.uint32), np.zeros(1, dtype=np.int32)
_filling = threading.Lock()

_REFERENCE = re.compile(r"&(?:amp;)*(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_MARKUP = re.compile(r"<(?:(!--)|(script|style)\b[^<>]*>|/?[a-zA-Z][^<>]*>)", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(p|div|br|li|ul|ol|h[1-6]|tr|td|table|section|article|blockquote|header|footer|figure)\b", re.IGNORECASE
)


def _fold_char(char: str) -> list[int]:
    """The folded code points of one character; separators inside an expansion are marked like the character."""
    out: list[int] = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
        part = arabic.LETTER_FOLDS.get(part, part)
        category = unicodedata.category(part)
        if category[0] == "M" or category == "Cf" or part in arabic.DROPPED_LETTERS:
            continue
        if category == "Nd":
            out.append(ord(str(unicodedata.digit(part))))
        else:
            out.append(ord(part) if category[0] in "LN" else _separator(char))
    return out


def _separator(char: str) -> int:
    meanings = (
        (LINE_END, arabic.LINE_ENDS),
        (SENTENCE_END, arabic.SENTENCE_ENDS),
        (DECIMAL, arabic.DECIMAL_MARKS),
        (THOUSANDS, arabic.THOUSANDS_MARKS),
    )
    return SEPARATOR | sum(bit for bit, chars in meanings if char in chars)


def fill(code: int) -> None:
    """Fill the table's block of 256 code points around one of them."""
    global _expansions
    block = range(code & ~0xFF, (code | 0xFF) + 1)
    with _filling:
        if _fold[block.start] != UNSEEN:
            return
        folded = {char: _fold_char(chr(char)) for char in block}
        letters, at = _expansions
        several = {char: EXPANDS | (len(at) - 1 + k) for k, char in enumerate(c for c in block if len(folded[c]) > 1)}
        more = np.array([letter for char in several for letter in folded[char]], dtype=np.uint32)
        ends = len(letters) + np.cumsum([len(folded[char]) for char in several], dtype=np.int32)
        _expansions = np.concatenate((letters, more)), np.concatenate((at, ends), dtype=np.int32)
        # last: whoever finds a number in the table finds its expansion, or `split_words` says that it is not known yet
        _fold[block.start : block.stop] = [several.get(c) or (folded[c][0] if folded[c] else DROP) for c in block]


def tables() -> tuple[U32, U32, I32]:
    """The fold table, the expansions and where each begins, as `split_words` takes them."""
    return _fold, *_expansions


def normalise(text: str) -> NormalText:
    """Fold a text to comparable words; normalising the joined words again gives the same words.

    Args:
        text: any string; lone surrogates separate words.

    Returns:
        The words, and for each its half-open range of code points in `text` (marks that follow its last letter
        included). A word from inside a ligature such as U+FDFA has the range of the ligature.
    """
    plain, origin = _cleaned(text)
    raw = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    while True:
        letters, hashes, starts, ends, breaks, unseen = split_words(raw, *tables())
        if unseen < 0:
            break
        fill(unseen)
    if origin is not None:
        starts, ends = origin[starts], origin[ends]
    # interned: words recur, and a text taken apart keeps 18 kB less
    words = tuple(map(intern, letters.tobytes().decode().split(" "))) if len(letters) else ()
    return NormalText(text, words, hashes, starts, ends, breaks)


def clean(text: str) -> str:
    """The text that `normalise` splits into words: markup blanked, references decoded."""
    return _cleaned(text)[0]


def _cleaned(text: str) -> tuple[str, I32 | None]:
    """The same, and where references were decoded the place in `text` of every character and of the end."""
    plain = _blank_markup(text) if "<" in text else text
    return _decode_references(plain) if "&" in plain else (plain, None)


@compiled_by("text")
def split_words(raw: U32, fold: U32, expansions: U32, expansion_at: I32) -> tuple[U8, U32, I32, I32, U8, int]:
    """Fold code points to words.

    Args:
        raw: code points, shape (n,); values up to 0x10FFFF.
        fold: what each code point folds to, UNSEEN where that is not known yet.
        expansions: of the characters that fold to several, end to end.
        expansion_at: where each begins, and the end.

    Returns:
        The words joined by single spaces, in UTF-8; xxh32 of each word's UTF-8 bytes; where each begins and ends in `raw`; its
        break as in `NormalText`; and -1, or a code point not known yet: `fill` it and call again, the rest is empty.
    """
    folded = fold[raw]
    unknown = np.flatnonzero((folded == UNSEEN) | (folded >= EXPANDS | (len(expansion_at) - 1)))
    if len(unknown):
        none = np.zeros(0, dtype=np.int32)
        return none.astype(np.uint8), none.astype(np.uint32), none, none, none.astype(np.uint8), int(raw[unknown[0]])
    at = np.arange(len(raw), dtype=np.int32)
    if (folded >= EXPANDS).any():
        folded, at = _expand(folded, expansions, expansion_at)
    kept = folded != DROP
    folded, at = _join_numbers(folded[kept], at[kept])

    in_word = folded >= _LETTERS
    edges = np.diff(in_word.astype(np.int8), prepend=0, append=0)
    first = np.flatnonzero(edges == 1)
    behind = np.flatnonzero(edges == -1)  # one behind each word's last character
    next_at = np.append(at, np.int32(len(raw)))[behind]
    ends = np.maximum(at[behind - 1] + 1, next_at) if len(first) else next_at
    lines = np.cumsum(~in_word & (folded & LINE_END > 0))[first]
    sentences = np.cumsum(~in_word & (folded & SENTENCE_END > 0))[first]
    breaks = np.where(np.diff(lines, prepend=-1) > 0, 2, np.where(np.diff(sentences, prepend=-1) > 0, 1, 0)).astype(np.uint8)
    text = np.where(in_word, folded, ord(" ")).astype("<u4").tobytes().decode("utf-32-le")
    words, begin, end = _join_servants(text.split(), breaks)
    letters = np.frombuffer(" ".join(words).encode(), dtype=np.uint8)
    return letters, hash_words(words), at[first][begin], ends[end].astype(np.int32), breaks[begin], -1


def _join_servants(words: list[str], breaks: U8) -> tuple[list[str], I64, I64]:
    """One word for names of God's servants, written apart as often as together: «عبد الرحمن» is «عبدالرحمن».

    Returns the words and, for each, the first and the last of `words` that it is made of.
    """
    second = [
        i
        for i in range(1, len(words))
        if words[i - 1] in _SERVANT and len(words[i]) > 3 and words[i].startswith(_ARTICLE) and breaks[i] == 0
    ]
    joined = list(words)
    for i in second:
        joined[i - 1] += joined[i]
    first = np.delete(np.arange(len(words)), second)
    last = np.delete(np.arange(len(words)), [i - 1 for i in second])
    return [joined[i] for i in first], first, last


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


def _decode_references(text: str) -> tuple[str, I32]:
    """Decode `&quot;`, `&#39;`, `&amp;amp;#39;` ...; also the place in `text` of every decoded character and of the end."""
    pieces: list[str] = []
    places: list[I32] = []
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


def _expand(folded: U32, expansions: U32, expansion_at: I32) -> tuple[U32, I32]:
    pieces: list[U32] = []
    lengths = np.ones(len(folded), dtype=np.int32)
    done = 0
    for i in np.flatnonzero(folded >= EXPANDS):
        number = int(folded[i]) & ~EXPANDS
        expansion = expansions[expansion_at[number] : expansion_at[number + 1]]
        pieces += [folded[done:i], expansion]
        lengths[i] = len(expansion)
        done = int(i) + 1
    pieces.append(folded[done:])
    return np.concatenate(pieces), np.repeat(np.arange(len(folded), dtype=np.int32), lengths)


def _join_numbers(folded: U32, at: I32) -> tuple[U32, I32]:
    """Keep decimal marks between digits as `.`; drop marks that group thousands: three digits follow, one to three precede."""
    digit = (folded >= ord("0")) & (folded <= ord("9"))
    if not digit.any():
        return folded, at
    d = np.pad(digit, 4)
    i = np.flatnonzero((folded < _LETTERS) & d[3:-5] & d[5:-3])  # d[i + 4] is digit[i]
    if not len(i):
        return folded, at
    decimal, thousands = folded[i] & DECIMAL > 0, folded[i] & THOUSANDS > 0
    folded = folded.copy()
    folded[i[decimal]] = ord(".")
    three_follow = d[i + 5] & d[i + 6] & d[i + 7] & ~d[i + 8]
    few_precede = ~(d[i + 3] & d[i + 2] & d[i + 1] & d[i])
    keep = np.ones(len(folded), dtype=np.bool_)
    keep[i[thousands & three_follow & few_precede]] = False
    return folded[keep], at[keep]
