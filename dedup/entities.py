"""Stage 2c: which words of a text name a person or a place, told by the words around them.

Arabic has no capital letters; news writes titles before persons («الدكتور محمد العمري»), common nouns before places
(«محافظة الطائف»), and «بن» between the names of one person. The tables hold such cues, never names. A word taken for a name
that is none («الرئيس التنفيذي») does little harm: names are only ever compared between two texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from dedup.arabic import has_digit
from dedup.furniture import word_set
from dedup.wording import FUNCTION_WORDS

_MAX_NAME_WORDS = 4  # behind a title
_MIN_LETTERS = 3

#: Stand before a person's name.
_TITLES = word_set(
    "الدكتور الدكتورة المهندس المهندسة الشيخ الشيخة الأمير الأميرة اللواء العقيد العميد النقيب الرائد الملازم "
    "الجنرال المشير الأستاذ الأستاذة السيد السيدة البروفيسور المستشار المستشارة المحامي المحامية القاضي القاضية الكاتب الكاتبة "
    "الشاعر الشاعرة الفنان الفنانة المخرج المخرجة اللاعب اللاعبة المدرب الصحفي الصحفية الصحافي الإعلامي الإعلامية الزميل "
    "الرئيس الرئيسة الملك الملكة الوزير الوزيرة السفير السفيرة النائب النائبة الحاج الحاجة المواطن المواطنة الطالب الطالبة الطفل "
    "الطفلة الشاب الشابة المدعو المتهم الشهيد المرحوم البابا الأنبا المطران البطريرك الإمام المفتي سمو معالي سعادة فضيلة "
    "سماحة جلالة فخامة"
)
#: Stand before a place's or an institution's name.
_PLACES = word_set(
    "محافظة منطقة مدينة بلدة قرية حي ولاية إمارة مديرية مقاطعة إقليم جهة قضاء ناحية معتمدية ضاحية مخيم جامعة كلية مدرسة "
    "مطار ميناء مستشفى مركز طريق شارع جسر ملعب نادي جزيرة سد جبل وادي نهر جمهورية مملكة سلطنة عاصمة أمانة بلدية تعليم شرطة "
    "نيابة محكمة مجمع جامع مسجد كنيسة مصنع شركة مؤسسة بنك مصرف قصر حديقة متحف قناة صحيفة"
)
#: Join the parts of one person's name.
_JOINING = word_set("بن ابن بنت")
#: May stand inside a name without being all of it.
_INSIDE = _JOINING | word_set("آل أبو عبد أم")
_NO_NAMES = (
    FUNCTION_WORDS
    | _TITLES
    | _PLACES
    | _INSIDE
    | word_set(
        "العام العامة الجديد الجديدة الكبير الرئيسي المكلف السابق قال قالت أضاف أضافت أكد أكدت أوضح أوضحت ذكر ذكرت أشار "
        "أشارت لفت بين أعلن أعلنت أفاد مؤكدا مشيرا موضحا لافتا مبينا مضيفا بأن وأن فإن كأن لأن وقد فقد"
    )
)
_CUES = _TITLES | _PLACES
_PROCLITICS = frozenset("\N{ARABIC LETTER WAW}\N{ARABIC LETTER LAM}\N{ARABIC LETTER FEH}\N{ARABIC LETTER BEH}")


def find_names(words: Sequence[str], cues: Sequence[int] | None = None) -> tuple[int, ...]:
    """The places of words that name a person, a place or an institution, ascending.

    Args:
        words: normalised words of one text.
        cues: the places of those that are a cue (`is_cue`), where the caller has them.
    """
    found: set[int] = set()
    for i in cues if cues is not None else [i for i, word in enumerate(words) if is_cue(word)]:
        cue = _cue(words[i])
        if cue in _JOINING:
            found.update(k for k in (i - 1, i + 1) if 0 <= k < len(words) and may_name(words[k]))
        else:
            found.update(_behind(words, i, _MAX_NAME_WORDS if cue in _TITLES else 1))
    return tuple(sorted(found))


def is_cue(word: str) -> bool:
    """Whether names stand beside a word."""
    return bool(_cue(word))


def _behind(words: Sequence[str], i: int, most: int) -> list[int]:
    """The places of at most `most` words behind word `i` that may be a name."""
    found: list[int] = []
    for k in range(i + 1, len(words)):
        if words[k] in _INSIDE:
            continue
        if len(found) == most or not may_name(words[k]):
            break
        found.append(k)
    return found


@lru_cache(maxsize=65_536)  # words recur
def _cue(word: str) -> str:
    """The cue that a word is, without the letters joined before it («وبمدينة» is «مدينة»); empty for any other word."""
    if word in _JOINING:
        return word
    for joined in range(3):
        if word[joined:] in _CUES:
            return word[joined:]
        if word[joined : joined + 1] not in _PROCLITICS:
            break
    return ""


@lru_cache(maxsize=65_536)
def may_name(word: str) -> bool:
    """Whether a word beside a cue can be a name."""
    bare = word[1:] if word[0] in _PROCLITICS else word
    return len(word) >= _MIN_LETTERS and word not in _NO_NAMES and bare not in _NO_NAMES and not has_digit(word)
