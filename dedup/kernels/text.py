"""Compiled twins of normalisation: code points to words and their hashes in one pass over each text."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from dedup.normalise import DECIMAL, DROP, EXPANDS, LINE_END, SENTENCE_END, SEPARATOR, THOUSANDS, UNSEEN
from dedup.records import I32, U8, U32

_LETTERS = 0x20
_BREAKS = SENTENCE_END | LINE_END
_ZERO, _NINE, _POINT, _SPACE = ord("0"), ord("9"), np.uint32(ord(".")), ord(" ")
_AIN, _BEH, _DAL, _ALEF, _LAM = (
    ord(letter)
    for letter in (
        "\N{ARABIC LETTER AIN}",
        "\N{ARABIC LETTER BEH}",
        "\N{ARABIC LETTER DAL}",
        "\N{ARABIC LETTER ALEF}",
        "\N{ARABIC LETTER LAM}",
    )
)
_WAW, _FEH, _KAF = ord("\N{ARABIC LETTER WAW}"), ord("\N{ARABIC LETTER FEH}"), ord("\N{ARABIC LETTER KAF}")

_P1, _P2, _P3, _P4, _P5 = (np.uint32(p) for p in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1))

U32_IN = types.Array(types.uint32, 1, "C", readonly=True)
I32_IN = types.Array(types.int32, 1, "C", readonly=True)
U8_OUT, U32_OUT, I32_OUT = types.uint8[::1], types.uint32[::1], types.int32[::1]

_tuple: Any = types.Tuple
#: numba counts references to arrays at every call: what is done once a text is a function of its own, what is done once a word or
#: a character is written into its caller, for there the counting costs more than the work.
once_a_text = njit(cache=True, nogil=True)
inlined = njit(inline="always", cache=True, nogil=True)


def _load_four(_: Any, data: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, place = arguments
        start = context.make_array(signature.args[0])(context, builder, array).data
        address = builder.bitcast(builder.gep(start, [place]), ir.IntType(32).as_pointer())
        return builder.load(address, align=1)

    return types.uint32(data, at), generate


#: `_four(data, at)`: four bytes from `data[at]` on as one number; taken one by one they cost more than the rest of the hash.
_four: Any = intrinsic(_load_four)


@inlined
def _rotate(value: np.uint32, by: int) -> np.uint32:
    return np.uint32((value << np.uint32(by)) | (value >> np.uint32(32 - by)))


@inlined
def _round(lane: np.uint32, four: np.uint32) -> np.uint32:
    return np.uint32(_rotate(np.uint32(lane + np.uint32(four * _P2)), 13) * _P1)


@inlined
def _long(data: U8, start: int, end: int) -> np.uint32:
    """What xxHash makes of 16 bytes or more, up to those left over."""
    a, b, c, d = np.uint32(_P1 + _P2), _P2, np.uint32(0), np.uint32(np.uint32(0) - _P1)
    for at in range(start, end - 15, 16):
        a = _round(a, _four(data, at))
        b = _round(b, _four(data, at + 4))
        c = _round(c, _four(data, at + 8))
        d = _round(d, _four(data, at + 12))
    return np.uint32(_rotate(a, 1) + _rotate(b, 7) + _rotate(c, 12) + _rotate(d, 18))


@inlined
def xxh32(data: U8, start: int, end: int) -> np.uint32:
    """xxHash, 32 bits, seed 0, of `data[start:end]`; reads up to 15 bytes behind.

    The last rounds are all done and those that are too many left out: with words of every length, guessing wrongly how many
    there are costs more.
    """
    length = end - start
    h = np.uint32((_long(data, start, end) if length >= 16 else _P5) + np.uint32(length))
    fours, at = (length >> 2) & 3, start + (length & ~15)
    for k in range(3):
        more = np.uint32(_rotate(np.uint32(h + np.uint32(_four(data, at + 4 * k) * _P3)), 17) * _P4)
        h = more if k < fours else h
    at = start + (length & ~3)
    for k in range(3):
        more = np.uint32(_rotate(np.uint32(h + np.uint32(np.uint32(data[at + k]) * _P5)), 11) * _P1)
        h = more if k < length & 3 else h
    h = np.uint32(np.uint32(h ^ (h >> np.uint32(15))) * _P2)
    h = np.uint32(np.uint32(h ^ (h >> np.uint32(13))) * _P3)
    return np.uint32(h ^ (h >> np.uint32(16)))


@once_a_text
def measure(raw: U32, table: U32, expansion_at: I32) -> tuple[int, int]:
    """How many code points `fold` makes at most, and -1 or a code point that is not known yet."""
    known = np.uint32(EXPANDS) + np.uint32(len(expansion_at) - 1)
    size = len(raw)
    for code in raw:
        value = table[code]
        if value >= EXPANDS or value == UNSEEN:
            if value == UNSEEN or value >= known:
                return 0, int(code)
            size += expansion_at[value - EXPANDS + 1] - expansion_at[value - EXPANDS]
    return size, -1


@once_a_text
def fold(raw: U32, table: U32, expansions: U32, expansion_at: I32, folded: U32, at: I32) -> int:
    """Fold code points, dropping and expanding; returns how many there are then, followed by a separator.

    They go to `folded`, the place of each in `raw`, and the end, to `at`.
    """
    n = 0
    for i in range(len(raw)):
        value = table[raw[i]]
        if value < EXPANDS:
            folded[n] = value
            at[n] = i
            n += value != DROP
        else:
            for k in range(expansion_at[value - EXPANDS], expansion_at[value - EXPANDS + 1]):
                folded[n] = expansions[k]
                at[n] = i
                n += 1
    folded[n], at[n] = SEPARATOR, len(raw)
    return n


@inlined
def _digits_before(folded: U32, i: np.uint32) -> int:
    """How many digits stand right before `folded[i]`, counted up to 4."""
    count = 0
    while count < 4 and i - count > 0 and _ZERO <= folded[i - count - 1] <= _NINE:
        count += 1
    return count


@inlined
def _digits_behind(folded: U32, i: np.uint32, n: int) -> int:
    """How many digits stand right behind `folded[i]`, counted up to 4."""
    count = 0
    while count < 4 and i + count + 1 < n and _ZERO <= folded[i + count + 1] <= _NINE:
        count += 1
    return count


@inlined
def _write(value: np.uint32, letters: U8, size: np.uint32) -> np.uint32:
    """UTF-8 of one letter outside 0x80 to 0x7FF at `letters[size]`; returns where the next one goes."""
    if value < 0x80:
        letters[size] = value
        return np.uint32(size + 1)
    if value < 0x10000:
        letters[size] = 0xE0 | (value >> 12)
        letters[size + 1] = 0x80 | ((value >> 6) & 0x3F)
        letters[size + 2] = 0x80 | (value & 0x3F)
        return np.uint32(size + 3)
    letters[size] = 0xF0 | (value >> 18)
    letters[size + 1] = 0x80 | ((value >> 12) & 0x3F)
    letters[size + 2] = 0x80 | ((value >> 6) & 0x3F)
    letters[size + 3] = 0x80 | (value & 0x3F)
    return np.uint32(size + 4)


@inlined
def _is_servant(folded: U32, first: np.uint32, end: np.uint32) -> bool:
    """«عبد», or one of the letters that may be joined before it and «عبد»."""
    if folded[end - 1] != _DAL or not 3 <= end - first <= 4 or folded[end - 2] != _BEH or folded[end - 3] != _AIN:
        return False  # the last letter first: it is the surest guess
    before = folded[first]
    return end - first == 3 or before in (_WAW, _FEH, _BEH, _LAM, _KAF)


@once_a_text
def split(folded: U32, at: I32, n: int, letters: U8, begins: I32, hashes: U32, starts: I32, ends: I32, breaks: U8) -> int:
    """Words of `n` folded code points and a separator, as `normalise.split_words`; `at[n]` is the length of the text.

    The arrays from `letters` on are room for the answer: 4 n + 16 bytes, and n // 2 + 2 of the others. `begins[w]` is the byte
    where word w begins, `begins[words]` one behind the end and a space. Returns the number of words.
    """
    words = size = i = np.uint32(0)
    pause = 2
    servant = False  # whether the word before is «عبد»
    while i < n:
        value = folded[i]
        if value < _LETTERS:
            pause = max(pause, value & _BREAKS)
            i = np.uint32(i + 1)
            continue
        first, begin = i, size
        while True:
            if 0x80 <= value < 0x800:  # Arabic
                letters[size] = 0xC0 | (value >> 6)
                letters[np.uint32(size + 1)] = 0x80 | (value & 0x3F)
                size = np.uint32(size + 2)
            elif value < _LETTERS:
                if not value & (DECIMAL | THOUSANDS):
                    break
                before, behind = _digits_before(folded, i), _digits_behind(folded, i, n)
                if before > 0 and behind > 0 and value & DECIMAL:
                    size = _write(_POINT, letters, size)
                elif not (0 < before < 4 and behind == 3 and value & THOUSANDS):
                    break
            else:
                size = _write(value, letters, size)
            i = np.uint32(i + 1)
            value = folded[i]
        if servant and pause == 0 and i - first > 3 and folded[first] == _ALEF and folded[np.uint32(first + 1)] == _LAM:
            words = np.uint32(words - 1)  # it joins the word before, over the space between the two
            for k in range(begin, size):
                letters[k - 1] = letters[k]
            size = np.uint32(size - 1)
            servant = False
        else:
            begins[words], starts[words], breaks[words] = begin, at[first], pause
            servant = _is_servant(folded, first, i)
        ends[words] = max(at[np.uint32(i - 1)] + 1, at[i])
        letters[size] = _SPACE
        size = np.uint32(size + 1)
        words = np.uint32(words + 1)
        pause = 0
    begins[words] = size
    for word in range(words):
        hashes[word] = xxh32(letters, begins[word], begins[word + 1] - 1)
    return int(words)


@njit(
    _tuple((U8_OUT, U32_OUT, I32_OUT, I32_OUT, U8_OUT, types.int64))(U32_IN, U32_IN, U32_IN, I32_IN),
    cache=True,
    nogil=True,
)
def split_words(raw: U32, table: U32, expansions: U32, expansion_at: I32) -> tuple[U8, U32, I32, I32, U8, int]:
    """As `normalise.split_words`."""
    room, unseen = measure(raw, table, expansion_at)
    folded, at = np.empty(room + 1, np.uint32), np.empty(room + 1, np.int32)
    n = fold(raw, table, expansions, expansion_at, folded, at) if unseen < 0 else 0
    letters, breaks = np.empty(4 * n + 16, np.uint8), np.empty(n // 2 + 2, np.uint8)
    begins, starts, ends = np.empty(n // 2 + 2, np.int32), np.empty(n // 2 + 2, np.int32), np.empty(n // 2 + 2, np.int32)
    hashes = np.empty(n // 2 + 2, np.uint32)
    words = split(folded, at, n, letters, begins, hashes, starts, ends, breaks)
    size = max(0, begins[words] - 1)
    return (
        letters[:size].copy(),
        hashes[:words].copy(),
        starts[:words].copy(),
        ends[:words].copy(),
        breaks[:words].copy(),
        unseen,
    )
