"""Compiled twin of normalisation: from code points to words and their hashes."""

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
_ZERO, _NINE, _POINT, _SPACE = ord("0"), ord("9"), ord("."), np.uint32(ord(" "))
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


def _store_four(_: Any, data: Any, at: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, place, four = arguments
        start = context.make_array(signature.args[0])(context, builder, array).data
        builder.store(four, builder.bitcast(builder.gep(start, [place]), ir.IntType(32).as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(data, at, value), generate


#: `_put_four(data, at, value)`: the reverse.
_put_four: Any = intrinsic(_store_four)


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
def fold(raw: U32, table: U32, expansions: U32, expansion_at: I32, room: int, folded: U32, at: I32) -> int:
    """Fold code points, dropping and expanding; returns how many there are then, followed by a separator.

    They go to `folded`, the place of each in `raw`, and the end, to `at`: at most `room`, as `measure` found.
    """
    n = np.uint32(0)
    if room == len(raw):  # nothing expands, hardly ever anything does
        for i in range(len(raw)):
            value = table[raw[i]]
            folded[n], at[n] = value, i
            n = np.uint32(n + np.uint32(value != DROP))
    else:
        for i in range(len(raw)):
            value = table[raw[i]]
            if value < EXPANDS:
                folded[n], at[n] = value, i
                n = np.uint32(n + np.uint32(value != DROP))
            else:
                for k in range(expansion_at[value - EXPANDS], expansion_at[value - EXPANDS + 1]):
                    folded[n], at[n] = expansions[k], i
                    n = np.uint32(n + 1)
    folded[n], at[n] = SEPARATOR, len(raw)
    return int(n)


@inlined
def _digits_before(folded: U32, i: int) -> int:
    """How many digits stand right before `folded[i]`, counted up to 4."""
    count = 0
    while count < 4 and i - count > 0 and _ZERO <= folded[i - count - 1] <= _NINE:
        count += 1
    return count


@inlined
def _digits_behind(folded: U32, i: int, n: int) -> int:
    """How many digits stand right behind `folded[i]`, counted up to 4."""
    count = 0
    while count < 4 and i + count + 1 < n and _ZERO <= folded[i + count + 1] <= _NINE:
        count += 1
    return count


@inlined
def _may_precede(letter: np.uint32) -> bool:
    """Whether a letter may be joined before «عبد»."""
    return letter in (_WAW, _FEH, _BEH, _LAM, _KAF)


@once_a_text
def encode(folded: U32, n: int, letters: U8, edges: U32, places: U32, encoded: U32, widths: U32) -> int:
    """Write folded code points as UTF-8, each run of separators as one space, none at the beginning.

    No branch depends on where a word ends: guessing that wrongly would cost more than all the rest.

    Args:
        folded: the `n` code points and a separator.
        letters: room for 4 n + 16 bytes.
        edges: where in `folded` words begin and end, in turn; room for n + 2.
        places: the same in `letters`.
        encoded: room for n + 1, as `widths`.

    Returns:
        The number of words.
    """
    for i in range(n + 1):
        code = folded[i]
        one = code if code >= _LETTERS else _SPACE
        low = np.uint32(0x80 | (code & np.uint32(0x3F)))
        middle = np.uint32(0x80 | ((code >> np.uint32(6)) & np.uint32(0x3F)))
        high = np.uint32(0x80 | ((code >> np.uint32(12)) & np.uint32(0x3F)))
        two = np.uint32(np.uint32(0xC0 | (code >> np.uint32(6))) | low << np.uint32(8))
        three = np.uint32(np.uint32(0xE0 | (code >> np.uint32(12))) | middle << np.uint32(8) | low << np.uint32(16))
        four = np.uint32(
            np.uint32(0xF0 | (code >> np.uint32(18))) | high << np.uint32(8) | middle << np.uint32(16) | low << np.uint32(24)
        )
        short = two if code >= np.uint32(0x80) else one
        long = four if code >= np.uint32(0x10000) else three
        encoded[i] = long if code >= np.uint32(0x800) else short
        widths[i] = (
            np.uint32(1)
            + np.uint32(code >= np.uint32(0x80))
            + np.uint32(code >= np.uint32(0x800))
            + np.uint32(code >= np.uint32(0x10000))
        )
    edge = size = before = np.uint32(0)
    for i in range(n + 1):
        value = encoded[i]
        _put_four(letters, size, value)
        letter = np.uint32(value != _SPACE)
        edges[edge], places[edge] = i, size
        edge = np.uint32(edge + np.uint32(letter ^ before))
        size = np.uint32(size + (widths[i] & np.uint32(np.uint32(0) - np.uint32(letter | before))))
        before = letter
    return int(edge >> np.uint32(1))


@inlined
def _joins_number(folded: U32, n: int, i: int) -> int:
    """What the separator at `folded[i]` is to the digits around it: 1 a decimal mark, 2 one of thousands, else 0."""
    before, behind = _digits_before(folded, i), _digits_behind(folded, i, n)
    if folded[i] & DECIMAL and before > 0 and behind > 0:
        return 1
    return 2 if folded[i] & THOUSANDS and 0 < before < 4 and behind == 3 else 0


@once_a_text
def split(
    folded: U32,
    at: I32,
    n: int,
    letters: U8,
    begins: I32,
    hashes: U32,
    starts: I32,
    ends: I32,
    breaks: U8,
    edges: U32,
    places: U32,
    encoded: U32,
    widths: U32,
) -> int:
    """Words of `n` folded code points and a separator, as `normalise.split_words`; `at[n]` is the length of the text.

    The arrays from `letters` on are room for the answer: n // 2 + 2 of `begins` to `breaks`, the others as in `encode`.
    `begins[w]` is the byte where word w begins, `begins[words]` one behind the end and a space. Returns the number of words.
    """
    # unsigned, as all that is looked up by: else each look-up asks whether it counts from the end
    words = size = last = np.uint32(0)
    servant = False  # whether the word before is «عبد», a letter joined before it or not
    for k in range(encode(folded, n, letters, edges, places, encoded, widths)):
        first, end = edges[2 * k], edges[2 * k + 1]
        begin, length = places[2 * k], np.uint32(places[2 * k + 1] - places[2 * k])
        pause = 0 if k else 2
        for i in range(last, first):
            pause = max(pause, folded[i] & _BREAKS)
        number = 0
        if first - last == 1 and folded[last] & (DECIMAL | THOUSANDS):
            number = _joins_number(folded, n, int(last))
        second = servant and pause == 0 and end - first > 3 and folded[first] == _ALEF and folded[np.uint32(first + 1)] == _LAM
        if number or second:  # it joins the word before, by a point or over the space
            words = np.uint32(words - 1)
            if number == 1:
                letters[np.uint32(size - 1)] = _POINT
            else:
                size = np.uint32(size - 1)
            servant = False
        else:
            begins[words], starts[words], breaks[words] = size, at[first], pause
            servant = False
            if folded[np.uint32(end - 1)] == _DAL and 3 <= end - first <= 4:
                is_abd = folded[np.uint32(end - 2)] == _BEH and folded[np.uint32(end - 3)] == _AIN
                servant = is_abd and (end - first == 3 or _may_precede(folded[first]))
        if begin != size:
            for i in range(length):
                letters[size + i] = letters[begin + i]
        size = np.uint32(size + length)
        letters[size] = _SPACE
        size = np.uint32(size + 1)
        ends[words] = max(at[np.uint32(end - 1)] + 1, at[end])
        words = np.uint32(words + 1)
        last = end
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
    n = fold(raw if unseen < 0 else raw[:0], table, expansions, expansion_at, room, folded, at)
    letters, breaks = np.empty(4 * n + 16, np.uint8), np.empty(n // 2 + 2, np.uint8)
    begins, starts, ends = np.empty(n // 2 + 2, np.int32), np.empty(n // 2 + 2, np.int32), np.empty(n // 2 + 2, np.int32)
    hashes = np.empty(n // 2 + 2, np.uint32)
    edges, places = np.empty(n + 2, np.uint32), np.empty(n + 2, np.uint32)
    encoded, widths = np.empty(n + 1, np.uint32), np.empty(n + 1, np.uint32)
    words = split(folded, at, n, letters, begins, hashes, starts, ends, breaks, edges, places, encoded, widths)
    size = max(0, begins[words] - 1)
    return (
        letters[:size].copy(),
        hashes[:words].copy(),
        starts[:words].copy(),
        ends[:words].copy(),
        breaks[:words].copy(),
        unseen,
    )
