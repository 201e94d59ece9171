"""The words and lines of a page that are not of its article: share lines, "read also", dates, copyright."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from dedup.normalise import normalise

# The phrases stand in plain Arabic, as in `agencies.py`: they are compared as normalised words, so look-alike letters
# and the spellings of hamza cannot be confused.

#: Lines that end an item when they stand alone.
END_PHRASES = (
    "قراءة المزيد",
    "اقرأ المزيد",
    "لقراءة المزيد",
    "للمزيد",
    "المزيد",
    "المزيد من الأخبار",
    "المزيد من المواضيع",
    "اقرأ التفاصيل",
    "تابع القراءة",
    "أكمل القراءة",
    "اقرأ أيضاً",
    "اقرؤوا أيضاً",
    "اقرأوا أيضاً",
    "اقرأ كذلك",
    "شاهد أيضاً",
    "شاهد المزيد",
    "طالع أيضاً",
    "انظر أيضاً",
    "مواضيع ذات صلة",
    "موضوعات ذات صلة",
    "مواضيع متعلقة",
    "موضوعات متعلقة",
    "مقالات ذات صلة",
    "أخبار ذات صلة",
    "أخبار متعلقة",
    "أخبار مشابهة",
    "ذات صلة",
    "قد يهمك",
    "قد يهمك أيضاً",
    "قد يعجبك أيضاً",
    "مواضيع قد تهمك",
    "أهم الأخبار",
    "آخر الأخبار",
    "الأكثر قراءة",
    "الأكثر مشاهدة",
    "الأكثر تداولاً",
    "الأكثر تعليقاً",
    "الكلمات الدلالية",
    "كلمات دلالية",
    "الكلمات المفتاحية",
    "وسوم",
    "التعليقات",
    "أضف تعليقاً",
    "أضف تعليقك",
    "جميع الحقوق محفوظة",
    "Read more",
    "Read also",
    "Related articles",
    "See also",
)

#: Of these, the ones that also stand before a link to another article on one line, or behind a teaser's last words.
READ_ALSO = ("اقرأ أيضاً", "اقرأ كذلك", "شاهد أيضاً", "طالع أيضاً", "انظر أيضاً", "قد يهمك", "قد يهمك أيضاً", "Read also")
READ_MORE = (
    "قراءة المزيد",
    "اقرأ المزيد",
    "لقراءة المزيد",
    "تابع القراءة",
    "أكمل القراءة",
    "اقرأ التفاصيل",
    "Read more",
)

#: A short line of nothing but these words (and numbers) is the page's furniture: share buttons, reading aids.
SHARE_WORDS = """
    شارك شاركها شاركه مشاركة المشاركة المقال الخبر المقالة عبر على مع في فيسبوك فيس بوك تويتر إكس واتساب واتس اب آب
    تلغرام تليغرام تليجرام تيليجرام انستغرام انستجرام يوتيوب سناب شات لينكد لينكدان إن ماسنجر بريد البريد إيميل
    الإلكتروني إلكتروني طباعة اطبع نسخ انسخ الرابط رابط حفظ استمع إلى للخبر للمقال تابعنا تابعونا
    حجم الخط تكبير تصغير مدة وقت القراءة للقراءة قراءة دقيقة دقائق دقيقتان مشاهدات مشاهدة تعليق تعليقات
    facebook twitter x whatsapp telegram instagram youtube linkedin messenger email mail print share copy link a
"""

#: A short line of nothing but these words and at least one number is a date line.
DATE_WORDS = """
    نشر نشره نشرت نُشر منشور تاريخ بتاريخ النشر التحديث تحديث آخر حدث حُدث تم في يوم اليوم الساعة بتوقيت غرينتش جرينتش مكة المكرمة
    القاهرة الرياض دبي أبوظبي بيروت بغداد الدوحة المحلي محلي مساء صباحا مساءً صباحاً ظهرا ص م هـ الموافق من قبل منذ ساعة
    ساعات دقيقة دقائق أيام
    السبت الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة سبت أحد اثنين ثلاثاء أربعاء خميس جمعة
    يناير فبراير مارس أبريل إبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون الأول الثاني شباط آذار نيسان
    أيار حزيران تموز آب أيلول تشرين جانفي فيفري أفريل ماي جوان جويلية أوت يوليوز غشت شتنبر نونبر دجنبر محرم صفر ربيع
    الآخر جمادى الأولى الآخرة رجب شعبان رمضان شوال ذو القعدة الحجة gmt am pm utc
    jan feb mar apr may jun jul aug sep oct nov dec
    january february march april june july august september october november december
"""

#: Words that close a news item, as agencies write them.
SIGN_OFFS = ("انتهى",)

#: What opens a line about rights.
COPYRIGHT = ("جميع الحقوق محفوظة", "كل الحقوق محفوظة", "كافة الحقوق محفوظة", "حقوق النشر محفوظة", "حقوق النشر", "Copyright",
             "All rights reserved")  # fmt: skip

#: What opens a line that asks the reader to follow, read on or write.
FOLLOW_US = (
    "تابعونا على", "تابعنا على", "تابعونا عبر", "تابعنا عبر", "تابعوا آخر", "لمتابعة آخر", "لمتابعة أهم", "لمتابعتنا على",
    "للمزيد من الأخبار", "لمزيد من الأخبار", "للمزيد من التفاصيل", "لمزيد من التفاصيل", "للمزيد من المعلومات", "للمزيد اضغط",
    "للمزيد اقرأ", "للمزيد زوروا", "لقراءة الخبر", "لقراءة المقال", "للاطلاع على المزيد", "اضغط هنا", "حمّل تطبيق", "حملوا تطبيق",
    "اشترك في النشرة", "اشترك في نشرتنا",
    "اشتركوا في نشرتنا", "اشتركوا في النشرة", "اشترك في قناتنا", "اشتركوا في قناتنا", "انضم إلى قناتنا", "انضموا إلى قناتنا",
    "للتواصل مع", "للتواصل مع الكاتب", "للاشتراك في", "لإرسال مشاركاتكم", "رابط الخبر", "رابط المقال",
    "شاركنا برأيك", "شاركونا آراءكم", "شارك برأيك", "Follow us",
)  # fmt: skip

#: What names the source of a text, before a colon or a dash.
SOURCE_LABELS = ("المصدر", "مصدر الخبر", "المصادر", "مصدر", "مصادر", "نقلا عن", "Source")

#: What opens a list of tags.
TAG_LABELS = ("سمات", "وسوم", "الوسوم", "كلمات دلالية", "الكلمات الدلالية", "الكلمات المفتاحية", "كلمات مفتاحية", "Tags")

#: What names who made a text, before a name.
BYLINE_LABELS = (
    "كتب", "كتبت", "كتبه", "كتبها", "كتبته", "بقلم", "بقلم الكاتب", "إعداد", "إعداد وتحرير", "تحرير", "تقرير", "حوار",
    "أجرى الحوار", "أجرت الحوار", "حاوره", "حاورها", "حاورته", "ترجمة", "تغطية", "متابعة", "تحقيق", "الكاتب", "المحرر", "المراسل",
    "مراسلنا", "مراسلتنا", "شارك في التغطية", "شارك في التحرير", "شارك في الإعداد", "إعداد وتقديم", "مونتاج", "إخراج",
)  # fmt: skip

#: What names who took a picture, or that a line is about one.
CAPTION_LABELS = (
    "تصوير", "عدسة", "صورة", "الصورة", "صور", "الصور", "صورة أرشيفية", "صورة من الأرشيف", "مصدر الصورة",
    "التعليق على الصورة", "رسم توضيحي",
)  # fmt: skip

#: Of these, the ones before a photographer's name.
PHOTO_LABELS = ("تصوير", "عدسة")

#: Words that end a caption, or are one.
ARCHIVE_WORDS = "أرشيف أرشيفية الأرشيف أرشيفي تعبيرية توضيحية getty gettyimages"

LineKind = Literal["plain", "end", "link", "share", "date"]

MAX_LINK_WORDS = 30  # a longer line is text, whatever it begins with
_FURNITURE_WORDS = 14
_BEHIND = 200  # characters: how far behind a phrase its separator is looked for
_LINK_SEPARATOR = re.compile(r"\W*[:|\-\u2013\u2014<>\u2026]")
_FULL_STOPS = (".", "\N{ARABIC FULL STOP}")


def read_also_words(words: tuple[str, ...]) -> int:
    """How many words of a line say «اقرأ أيضاً», from its first on."""
    return max((len(p) for p in phrase_set(READ_ALSO) if words[: len(p)] == p), default=0)


def line_kind(text: str, words: tuple[str, ...], behind: str) -> LineKind:
    """What a line is for; `behind` is what follows the read-also phrase that it begins with, if it does."""
    n = len(words)
    if n > MAX_LINK_WORDS:
        return "plain"
    stopped = text.endswith(_FULL_STOPS)
    if words in phrase_set(END_PHRASES):
        return "end"
    if behind and (_LINK_SEPARATOR.match(behind[:_BEHIND]) or not stopped):
        return "link"
    if not stopped and any(words[:k] in phrase_set(END_PHRASES) for k in (n - 1, n - 2) if k > 1):
        return "end"  # "more on ..."
    if n <= _FURNITURE_WORDS:
        numbers = sum(word[0].isdigit() for word in words)
        if numbers and all(word[0].isdigit() or word in word_set(DATE_WORDS) for word in words):
            return "date"
        if numbers < n and all(word[0].isdigit() or word in word_set(SHARE_WORDS) for word in words):
            return "share"
    return "plain"


@cache
def phrase_set(phrases: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """Phrases as normalised words."""
    return frozenset(normalise(phrase).words for phrase in phrases)


@cache
def word_set(words: str) -> frozenset[str]:
    """Words as normalised words."""
    return frozenset(normalise(words).words)


@cache
def _first_words(phrases: tuple[str, ...]) -> dict[str, list[tuple[str, ...]]]:
    table: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrase_set(phrases):
        table.setdefault(phrase[0], []).append(phrase)
    return table


def opens_with(phrases: tuple[str, ...], words: tuple[str, ...], at: int, end: int) -> int:
    """Length in words of the longest of the phrases that stands at `words[at:end]`'s beginning; 0 if none does."""
    begun = _first_words(phrases).get(words[at])
    if begun is None:
        return 0
    return max((len(p) for p in begun if words[at : at + len(p)] == p and at + len(p) <= end), default=0)
