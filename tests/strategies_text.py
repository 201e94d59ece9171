"""Arabic texts for tests: hypothesis strategies, spellings of one text, and articles that share nothing with each other."""

from __future__ import annotations

import random
import re

from hypothesis import strategies as st

# ── texts of any kind ───────────────────────────────────────────────────────────────────────────────────────────────

_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآٱءؤئىةپچگڤکی"
_MARKS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640\u200c\u200d\u200f\u061c"
_BETWEEN = " \n.,،:؛؟!«»()-–\u00a0\0"
_DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹.,٫٬،"
_LIGATURES = "\ufdfa\ufdf2\ufdfb\ufdfc\ufefb\ufef7\ufed3"

#: Any string at all, lone surrogates and NUL included.
any_text = st.text(st.characters(exclude_categories=()), max_size=60)

#: Any string without markup or character references.
unmarked_text = st.text(
    st.characters(exclude_categories=(), exclude_characters="<&")
    | st.sampled_from(_LETTERS + _MARKS + _BETWEEN + _DIGITS + _LIGATURES),
    max_size=60,
)  # fmt: skip

#: What feeds send: Arabic letters with their marks, digits, tags and references, in any order.
news_text = st.lists(
    st.text(_LETTERS + _MARKS, min_size=1, max_size=8)
    | st.text(_DIGITS, min_size=1, max_size=9)
    | st.sampled_from(list(_BETWEEN + _LIGATURES))
    | st.sampled_from(["&quot;", "&amp;#39;", "&#1604;", "&amp;amp;nbsp;", "<p>", "</p>", "<br>", "<!-- س -->", "BBC ", "🎉"]),
    max_size=30,
).map("".join)

#: Words of a small vocabulary, so that texts share runs by chance.
word_lists = st.lists(st.sampled_from(["وصل", "الوزير", "الي", "بغداد", "امس", "في", "زياره"]), max_size=40)

# ── spellings ───────────────────────────────────────────────────────────────────────────────────────────────────────

_ALEFS = "اأإآ"
_HARAKAT = ("\N{ARABIC FATHA}", "\N{ARABIC DAMMA}", "\N{ARABIC KASRA}", "\N{ARABIC SUKUN}", "\N{ARABIC SHADDA}\N{ARABIC FATHA}")
_JOINS_ON = frozenset("بتثجحخسشصضطظعغفقكلمنهيئ")  # letters that join the next one, so that a tatweel may follow
_SEATS = {
    **dict.fromkeys(_ALEFS, tuple(_ALEFS)),
    "ؤ": ("ؤ", "و", "و\N{ARABIC HAMZA ABOVE}"),
    "ئ": ("ئ", "ي", "ي\N{ARABIC HAMZA ABOVE}"),
    "ء": ("ء", ""),
}
_AT_WORD_END = {
    **dict.fromkeys("ىي", ("\N{ARABIC LETTER ALEF MAKSURA}", "\N{ARABIC LETTER YEH}", "\N{ARABIC LETTER FARSI YEH}")),
    **dict.fromkeys("ةه", ("\N{ARABIC LETTER TEH MARBUTA}", "\N{ARABIC LETTER HEH}")),
}
_DIGIT_SCRIPTS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")


def respell(text: str, rng: random.Random) -> str:
    """The same text as another desk might write it: harakat, tatweel, hamza seats, maqsura, teh marbuta, digits' script.

    How much of each is chosen anew for every text, from none to all.
    """
    harakat, tatweel, seats, ends = (rng.choice((0.0, 0.05, 0.4, 1.0)) for _ in range(4))
    script = rng.choice(_DIGIT_SCRIPTS)
    text = _NUMBER.sub(lambda number: _in_script(number[0], script), text)
    out: list[str] = []
    for i, letter in enumerate(text):
        following = text[i + 1 : i + 2]
        written = letter
        if letter in _SEATS and rng.random() < seats:
            written = rng.choice(_SEATS[letter])
        elif letter in _AT_WORD_END and not following.isalpha() and rng.random() < ends:
            written = rng.choice(_AT_WORD_END[letter])
        out.append(written)
        if not _is_letter(letter) or not written:
            continue
        if rng.random() < harakat:
            out.append(rng.choice(_HARAKAT))
        if letter in _JOINS_ON and _is_letter(following) and rng.random() < 0.3 * tatweel:
            out.append("\N{ARABIC TATWEEL}" * rng.randint(1, 5))
    return "".join(out)


def _is_letter(char: str) -> bool:
    return char != "" and "\N{ARABIC LETTER HAMZA}" <= char <= "\N{ARABIC LETTER YEH}"


def _in_script(number: str, script: str) -> str:
    marks = ".," if script.isascii() else "\N{ARABIC DECIMAL SEPARATOR}\N{ARABIC THOUSANDS SEPARATOR}"
    return number.translate(str.maketrans("0123456789.,", script + marks))


# ── news ────────────────────────────────────────────────────────────────────────────────────────────────────────────

#: (headline, body) of news that recurs with other names and figures; the slots are filled by `news`. The last is a bulletin.
_NEWS = (
    (
        "عاجل: إصابة {n} أشخاص في حريق بمدينة {city}",
        "{city} (وكالة الأنباء السعودية) - أُصيب {n} أشخاص في حريق شبّ مساء أمس في مستودع للأثاث بمدينة "
        "{city}، وأخلت فرق الدفاع المدني {m} عائلة من البنايات المجاورة.\n"
        "وقال المتحدث باسم الدفاع المدني {name} إن الحريق أتى على مساحة 1,{m}0 متر مربع، وإن الفرق "
        "استعانت بـ {n} سيارات إطفاء للسيطرة عليه قبل الفجر.\n"
        "وأضاف أن التحقيقات الأولية تشير إلى ماس كهربائي، ولم تُسجَّل أي وفاة حتى الآن، فيما نُقل "
        "المصابون إلى مستشفى {city} العام لتلقي العلاج.",
    ),
    (
        "أسعار النفط ترتفع {n}.5 في المئة مع تراجع المخزونات",
        "لندن (رويترز) - ارتفعت أسعار النفط {n}.5 في المئة اليوم بعد أن أظهرت بيانات رسمية تراجع "
        "المخزونات بمقدار {m}.25 مليون برميل في الأسبوع الماضي.\n"
        "وصعد الخام القياسي إلى 8{n}.75 دولارا للبرميل، وهو أعلى مستوى له منذ مايو الماضي.\n"
        "وقال المحلل {name} إن الأسواق تنتظر اجتماع المنتجين في {city} لمعرفة ما إذا كانت التخفيضات "
        "ستستمر إلى نهاية السنة، وسط مؤشرات على تباطؤ الطلب في آسيا.",
    ),
    (
        "{name} يفوز بجائزة {city} للرواية العربية - صحيفة الاقتصادية الإلكترونية",
        "فاز الكاتب {name} بجائزة {city} للرواية العربية في دورتها {m} عن روايته الأولى التي تحكي سيرة "
        "ثلاثة أجيال من بنّائي السفن.\n"
        "وجاء في بيان لجنة التحكيم أن الرواية أعادت الاعتبار إلى ذاكرة الساحل بلغة هادئة ومبنى محكم، وأن "
        "التصويت انتهى بأغلبية {n} أصوات.\n"
        "وتبلغ قيمة الجائزة {m},000 دولار، وتُترجَم الرواية الفائزة إلى الإنجليزية والفرنسية، ويتسلّمها "
        "الفائز في حفل يُقام في شهر آذار المقبل.",
    ),
    (
        "الوزارة لا تعتزم رفع رسوم المدارس الأهلية هذا العام",
        "القاهرة - أ ش أ: نفى وزير التعليم {name} وجود نية لرفع رسوم المدارس الأهلية هذا العام، مؤكدا أن "
        "القرار السابق الذي حدّد الزيادة بنسبة {n} في المئة ما زال ساريا.\n"
        "وقال في مؤتمر صحفي عقده في {city} إن الوزارة تلقّت {m} شكوى من أولياء الأمور منذ بداية الفصل "
        "الدراسي، وإن لجنة مختصة ستنظر فيها خلال {n} أيام.\n"
        "وأوضح أن المدارس المخالفة ستُنذَر أولا ثم تُغرَّم، وقد يصل الأمر إلى إلغاء رخصتها نهائيا.",
    ),
    (
        "درجات الحرارة المتوقعة في {city} {day}",
        "تتوقع هيئة الأرصاد أن يسود طقس معتدل يوم {day} على {city} والقرى المحيطة بها، وأن تبلغ درجة "
        "الحرارة العظمى {a} مئوية والصغرى {b} مئوية.\n"
        "وتكون الرطوبة {c}٪ والرياح شمالية غربية سرعتها {d} كيلومترا في الساعة، ويبلغ ارتفاع الموج {e} "
        "سنتيمترا.",
    ),
)
_NAMES = ("أحمد آل مرعي", "هدى أبو إسماعيل", "مصطفى الرئيس", "لؤي الهادي", "ضياء بهاء الدين")
_DAYS = ("الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس")
_CITIES = ("أبها", "المكلا", "طرابلس", "الإسماعيلية", "إربد")

KINDS = len(_NEWS)


def news(kind: int, fill: int) -> tuple[str, str]:
    """Headline and body of one of the five kinds of news, filled with names, places and figures that `fill` chooses."""
    headline, body = _NEWS[kind]
    rng = random.Random(fill)
    slots = {"n": rng.randint(3, 9), "m": rng.randint(12, 98), "name": rng.choice(_NAMES), "city": rng.choice(_CITIES)}
    measured = {letter: rng.randint(10, 99) for letter in "abcde"}
    title, text = (part.format(**slots, **measured, day=_DAYS[fill % len(_DAYS)]) for part in (headline, body))
    return title, text


# ── texts that share nothing ────────────────────────────────────────────────────────────────────────────────────────

_VOCABULARY = (  # noqa: SIM905 - two hundred words in a list would be a page
    "مدينة قرية شارع جسر مدرسة جامعة مستشفى مكتبة متحف مسرح ملعب ميناء مطار محطة مصنع مزرعة سوق حديقة "
    "غابة بحيرة نهر وادي جبل صحراء ساحل جزيرة سفينة قطار حافلة دراجة طائرة طريق نفق محافظ مدير رئيس عضو "
    "لجنة مجلس نقابة جمعية شركة مصرف صندوق ميزانية قرض استثمار تجارة صناعة زراعة سياحة صيد نسيج زجاج حديد "
    "خشب نحاس قمح شعير زيتون تمور عنب قطن سكر ملح خريف شتاء ربيع صيف صباح مساء ليلة أسبوع موسم عقد قرن "
    "باحث طبيب مهندس معلم طالب عامل فلاح تاجر سائق حارس شاعر كاتب رسام نحات عازف ممثل مخرج لاعب مدرب حكم "
    "بطولة مباراة هدف كأس معرض مؤتمر ندوة ورشة مهرجان احتفال جائزة كتاب رواية قصيدة لوحة فيلم أغنية مقال "
    "دراسة تقرير خطة مشروع قانون قرار اتفاق عقوبة محكمة قضية شاهد محام شرطة إطفاء إسعاف حريق فيضان زلزال "
    "جفاف عاصفة ثلوج أمطار حرارة رياح غيوم شمس قمر نجم مختبر لقاح دواء عيادة ولادة وقاية غذاء مطبخ وصفة "
    "خبز حليب عسل شاي قهوة ملابس حرير خزف سجاد بناء ترميم تنقيب آثار نقوش مخطوط أرشيف أعلن أكد أوضح أضاف "
    "شدد افتتح زار استقبل ناقش بحث وقع أطلق أنهى بدأ واصل أجل ألغى خفض زاد درس راجع نشر عرض سلم تسلم كرم "
    "انتخب "
).split()


def unrelated_text(number: int, words: int = 60) -> str:
    """Text number `number`: no two share four words in a row but by a chance of one in a thousand million."""
    rng = random.Random(number)
    return " ".join(rng.choice(_VOCABULARY) for _ in range(words))
