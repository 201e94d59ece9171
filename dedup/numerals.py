"""Figures in a text, written in digits or in words («3.5 مليون», «ثلاثة وعشرون», «قتيلان»), and weekdays.

Only values matter, so gender and case endings (ثلاث / ثلاثة, عشرون / عشرين) fall together. Words are normalised words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from dedup.records import Figure

_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_JOINED_DIGITS = re.compile("\N{ARABIC LETTER WAW}([0-9]+(?:\\.[0-9]+)?)")
#: Agencies write 32.5 as «5ر32»: the fraction first, a reh for the point.
_REH_DECIMAL = re.compile("([0-9]+)\N{ARABIC LETTER REH}([0-9]+)")
#: A point before three digits groups thousands (13.845 = 13845), unless nothing stands before it.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_WAW = "\N{ARABIC LETTER WAW}"
_AL = "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}"

_UNITS: dict[str, int] = {
    "واحد": 1, "واحده": 1, "احد": 1, "احدي": 1,
    "اثنان": 2, "اثنين": 2, "اثنتان": 2, "اثنتين": 2, "اثنا": 2, "اثني": 2, "اثنتا": 2, "اثنتي": 2,
    "ثلاثه": 3, "ثلاث": 3, "اربعه": 4, "اربع": 4, "خمسه": 5, "خمس": 5, "سته": 6, "ست": 6,
    "سبعه": 7, "سبع": 7, "ثمانيه": 8, "ثماني": 8, "ثمان": 8, "تسعه": 9, "تسع": 9, "عشره": 10, "عشر": 10,
}  # fmt: skip
#: Of these, the forms that stand before «عشر» only: alone «أثناء» (during) is spelled like one.
_BEFORE_TEN = frozenset(("اثنا", "اثني", "اثنتا", "اثنتي"))
_TENS: dict[str, int] = {
    f"{stem}{ending}": value
    for stem, value in (
        ("عشر", 20), ("ثلاث", 30), ("اربع", 40), ("خمس", 50), ("ست", 60), ("سبع", 70), ("ثمان", 80), ("تسع", 90),
    )
    for ending in ("ون", "ين")
}  # fmt: skip
_TENS["ثمانون"] = _TENS["ثمانين"] = 80
_HUNDREDS: dict[str, int] = {
    "ميه": 100,
    "مايه": 100,
    "ميتان": 200,
    "ميتين": 200,
    "مايتان": 200,
    "مايتين": 200,
    "ميات": 100,
    "ميتي": 200,
    "مايتي": 200,
}
for _stem, _value in (
    ("ثلاث", 3), ("اربع", 4), ("خمس", 5), ("ست", 6), ("سبع", 7), ("ثمان", 8), ("ثماني", 8), ("تسع", 9),
):  # fmt: skip
    _HUNDREDS[_stem + "ميه"] = _HUNDREDS[_stem + "مايه"] = _value * 100
_SCALES: dict[str, int] = {
    "الف": 1_000, "الفا": 1_000, "الاف": 1_000, "الفان": 2_000, "الفين": 2_000, "الفي": 2_000,
    "مليون": 10**6, "مليونا": 10**6, "ملايين": 10**6, "مليونان": 2 * 10**6, "مليونين": 2 * 10**6, "مليوني": 2 * 10**6,
    "مليار": 10**9, "مليارا": 10**9, "مليارات": 10**9, "ملياران": 2 * 10**9, "مليارين": 2 * 10**9, "ملياري": 2 * 10**9,
    "تريليون": 10**12, "تريليونات": 10**12,
}  # fmt: skip
_ORDINALS: dict[str, int] = {
    stem + ending: value
    for value, stem in enumerate(("حادي", "ثاني", "ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع"), start=1)
    for ending in ("", "ه")
}
#: Behind an ordinal they make one of the teens: «الخامس عشر», «الثالثة عشرة».
_TEEN_TAILS = frozenset(("عشر", "عشره"))
_FRACTIONS = {"ونصف": Decimal("0.5"), "وربع": Decimal("0.25")}
#: Nouns that news counts in the dual: «قتيلان» says two. The singular stems; the dual adds ان or ين (ت before it for ه).
_COUNTED = (
    "قتيل", "جريح", "شخص", "طفل", "جندي", "شهيد", "ضحيه", "هدف", "نقطه", "ساعه", "يوم", "شهر", "عام", "سنه", "اسبوع", "طايره",
    "سياره", "صاروخ", "مقعد", "مشروع", "اتفاقيه", "حاله",
)  # fmt: skip
#: The same where ين makes the plural too («مصابين»): only ان says two.
_COUNTED_IN_AN = ("عامل", "مصاب", "مدني", "مسلح", "لاعب", "متهم", "موقوف", "وافد", "شرطي")
_DUALS: dict[str, int] = {
    (noun[:-1] + "ت" if noun.endswith("ه") else noun) + ending: 2 for noun in _COUNTED for ending in ("ان", "ين")
} | {noun + "ان": 2 for noun in _COUNTED_IN_AN}
_WEEKDAYS: dict[str, int] = {
    "السبت": 0, "الاحد": 1, "الاثنين": 2, "الثلاثا": 3, "الاربعا": 4, "الخميس": 5, "الجمعه": 6,
}  # fmt: skip
_BARE_FORMS = frozenset((*_UNITS, *_TENS, *_HUNDREDS, *_DUALS, *_SCALES))
#: Every word that may begin a number spelled out, with waw or article before it: one look-up tells most words are none.
#: «المئة» in a percentage is no figure of its own.
_FIRST_WORDS = (
    frozenset(prefix + form for prefix in ("", _WAW, _AL, _WAW + _AL) for form in _BARE_FORMS)
    - _WEEKDAYS.keys()
    - {_AL + "ميه", _AL + "مايه"}
)


def find_figures(words: Sequence[str], begins: Sequence[int] | None = None) -> list[Figure]:
    """All figures of a text, in reading order; none overlap. A lone «واحد» or «أحد» is as often grammar, and left out.

    Args:
        words: normalised words of one text.
        begins: the places of those that may begin a figure (`may_begin`), where the caller has them.
    """
    figures: list[Figure] = []
    behind = 0
    for i in begins if begins is not None else [i for i, word in enumerate(words) if may_begin(word)]:
        if i < behind:
            continue
        word = words[i]
        if word in _WEEKDAYS:
            figures.append(Figure(i, i + 1, f"day {_WEEKDAYS[word]}"))
            continue
        if i + 1 < len(words) and words[i + 1] in _TEEN_TAILS and _ordinal(word):
            behind = i + 2
            figures.append(Figure(i, behind, str(10 + _ordinal(word))))
            continue
        value = None if word.isalpha() else _DIGITS.search(word)
        if value:
            number, behind = _scaled(_decimal(word, value[0]), words, i + 1)
            figures.append(Figure(i, behind, _plain(number)))
            continue
        spelled = _spelled(words, i) if word in _FIRST_WORDS else None
        if spelled:
            number, behind = spelled
            if number != 1:
                figures.append(Figure(i, behind, _plain(number)))
    return figures


@lru_cache(maxsize=65_536)  # words recur, and most begin no figure
def may_begin(word: str) -> bool:
    """Whether a figure can begin with a word."""
    return word in _WEEKDAYS or word in _FIRST_WORDS or not word.isalpha() or _ordinal(word) > 0


def _ordinal(word: str) -> int:
    """1 to 9 for «الحادي» to «التاسع», a waw before it aside; else 0."""
    return _ORDINALS.get(word.removeprefix(_WAW).removeprefix(_AL), 0)


def _decimal(word: str, digits: str) -> Decimal:
    """The value of the first digits of a word."""
    reversed_decimal = _REH_DECIMAL.search(word)
    if reversed_decimal:
        return Decimal(f"{reversed_decimal[2]}.{reversed_decimal[1]}")
    return Decimal(digits.replace(".", "") if _GROUPED.fullmatch(digits) else digits)


def _spelled(words: Sequence[str], i: int) -> tuple[Decimal, int] | None:
    """The number spelled out from word `i` on, and the word behind it."""
    bare = _bare(words[i], joined=False)
    if bare in _DUALS:
        return Decimal(2), i + 1
    total = _below_thousand(words, i)
    if total is None:
        if bare not in _SCALES or bare == "الف":  # alone it is a letter's name or a plain thousand as often
            return None
        return _with_rest(Decimal(_SCALES[bare]), 1_000, words, i + 1)
    value, end = total
    return _scaled(Decimal(value), words, end)


def _below_thousand(words: Sequence[str], i: int, *, joined: bool = False) -> tuple[int, int] | None:
    """A number under 1,000: hundreds, then units and teens, then tens, joined by waw (the first word too if `joined`)."""
    total, end, last = 0, i, 1_000
    while end < len(words):
        word = _bare(words[end], joined=joined or end > i)
        if word is None:
            break
        if word in _HUNDREDS and last > 100:
            step, rank = _HUNDREDS[word], 100
        elif word in _TENS and last > 20:
            step, rank = _TENS[word], 20
        elif word in _UNITS and last > 21:
            step, rank = _UNITS[word], 21
            after = _bare(words[end + 1], joined=False) if end + 1 < len(words) else None
            if after in ("عشر", "عشره") and step < 10 and not words[end + 1].startswith(_WAW):
                step, rank, end = step + 10, 1, end + 1
            elif after in _HUNDREDS and _HUNDREDS[after] == 100 and 3 <= step <= 9 and last > 100:
                step, rank, end = step * 100, 100, end + 1
            elif word in _BEFORE_TEN:
                break
        else:
            break
        total, last, end = total + step, rank, end + 1
    return (total, end) if end > i else None


def _scaled(value: Decimal, words: Sequence[str], end: int) -> tuple[Decimal, int]:
    """Multiply by the thousands, millions, milliards that follow; a smaller number or a half joined behind them is added."""
    scale = 1
    while end < len(words) and words[end] in _SCALES:
        scale, end = scale * _SCALES[words[end]], end + 1
    fraction = _FRACTIONS.get(words[end]) if end < len(words) else None
    if fraction:
        said_again = end + 1 < len(words) and words[end + 1].removeprefix(_AL) in _SCALES  # «أربعة ملايين ونصف المليون»
        return (value + fraction) * scale, end + 1 + said_again
    return (value, end) if scale == 1 else _with_rest(value * scale, scale, words, end)


def _with_rest(total: Decimal, scale: int, words: Sequence[str], end: int) -> tuple[Decimal, int]:
    """Add «وخمسمئة» or «و500» behind «ثلاثة آلاف»: what is joined by waw and smaller than the scale before it."""
    digits = _JOINED_DIGITS.fullmatch(words[end]) if end < len(words) else None
    if digits and Decimal(digits[1]) < scale:
        return total + Decimal(digits[1]), end + 1
    rest = _below_thousand(words, end, joined=True)
    return (total + rest[0], rest[1]) if rest and rest[0] < scale else (total, end)


def _bare(word: str, *, joined: bool) -> str | None:
    """The word without article; behind another number word it must be joined by waw, which goes too."""
    if joined:
        if not word.startswith(_WAW) or len(word) < 4:
            return None
        word = word[1:]
    elif word.startswith(_WAW) and len(word) > 4 and word[1:] in (*_UNITS, *_TENS, *_HUNDREDS, *_DUALS):
        word = word[1:]
    return word[2:] if word.startswith(_AL) and len(word) > 4 and word not in _BARE_FORMS else word


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
