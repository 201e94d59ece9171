"""How far a story has come, told by single words: what is awaited, planned or open, and what has happened.

The words are written by hand, in the plain forms that news uses; they are compared by light stems. A future verb («سيطلق»)
counts as awaited, whatever the verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dedup.normalise import normalise
from dedup.stems import light_stem


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(light_stem, normalise(text).words))


#: Awaited, planned, under way, or not yet known.
_OPEN = _stems(
    "يعتزم تعتزم يستعد تستعد استعداد يتوقع متوقع مرتقب منتظر مقرر مزمع يبحث يدرس تدرس يناقش تناقش يصوت تصوت ينظر يترقب "
    "تترقب يحاول تحاول يسعى تسعى يواصل تواصل متواصل يستمر مستمر يتقدم تقترب يقترب عالق مفقود محاصر محتجز مختطف حرج حرجة "
    "غيبوبة مشتبه موقوف متهم يحاكم يخضع فحوص تحقيق يتحرى غموض مجهول تمهيد مسودة مقترح مرشح يهدد يلوح ينفي احتمال محتمل"
)
#: Happened, decided, ended.
_DONE = _stems(
    "أطلق أطلقت انطلق انطلقت افتتح افتتحت دشن دشنت أقر أقرت وافق وافقت صادق صادقت اعتمد اعتمدت رفض رفضت قدم قدمت استقال "
    "استقالت أقال أقالت انتخب فاز فازت خسر خسرت تعادل توج تأهل انتهى انتهت اختتم اختتمت أنجز اكتمل عثر عثرت انتشل انتشلت "
    "أنقذ أنقذوا أنقذت نجا نجوا أفرج أطلقوا حرر اعتقل اعتقلت أوقف أوقفت ضبط ضبطت اعترف أقروا أدين أدان أدانت مدان حكم "
    "حكمت قضت أعدم توفي توفيت وفاة مات مقتل انهار انهارت انفجر تحطم غرق وصل وصلت غادر غادرت استؤنف أخمد أخمدت سيطر "
    "سيطرت انحسر ضعف ضعفت انسحب انسحبت أغلق أغلقت ألغى ألغيت غياب يغيب خرج خرجت شفي تعافى"
)
_FUTURE = re.compile(
    "[\N{ARABIC LETTER WAW}\N{ARABIC LETTER FEH}]?\N{ARABIC LETTER SEEN}[\N{ARABIC LETTER YEH}\N{ARABIC LETTER TEH}]\\w{3,}"
)
#: Nouns that look like a future verb.
_NOUNS = _stems(
    "سيارة سيارات سياسة سياسي سياسات سياحة سياحي سيادة سيدة سيدات سيناريو سيطرة سيول سيولة سيرة سيناء سيرك ستار ستائر ستين ستون "
    "ستوديو"
)


def moved_stage(gone: Iterable[str], added: Iterable[str]) -> tuple[str, str] | None:
    """What was open in the earlier text and what has happened in the later one; None unless there is both.

    Args:
        gone: normalised words of the earlier text that the later one has nowhere.
        added: normalised words of the later text that the earlier one has nowhere.
    """
    added = list(added)
    still = any(map(_is_future, added))  # «ستعيد البلدية» and «سيعاد» say one thing
    awaited = next((w for w in gone if light_stem(w) in _OPEN or (_is_future(w) and not still)), None)
    happened = next((w for w in added if light_stem(w) in _DONE and not _is_future(w)), None)
    return (awaited, happened) if awaited and happened else None


def _is_future(word: str) -> bool:
    return _FUTURE.fullmatch(word) is not None and light_stem(word) not in _NOUNS
