"""Names as Arabic newsrooms write them: the spellings of one foreign name; given names; places with their adjectives.

The tables come from knowledge of Arabic newsroom usage and were written by hand, not learnt from any corpus. All words stand in
normalised spelling: without hamza, ه for ة, ي for ى, and Persian letters already folded (پ ب, چ ج, ڤ ف, گ ك).

Transliteration wavers in long vowels and in a few consonants (g as غ ج ق ك; t as ت ط; s as س ث ص; z as ز), where Arabic words
carry their meaning: محمد is not محمود, سالم not سليم. So there are two ways to be one name, surest first: a row of
`_VARIANTS`, and a rule that speaks only of long words that cannot be built from an Arabic root of three letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dedup.wording import listed, rows

#: One row, one foreign name or word: the canonical spelling, then the others in use. A spelling that is also an Arabic word
#: (نادل, a waiter, for Nadal) is left out.
_VARIANTS: tuple[tuple[str, ...], ...] = rows("""
    ترامب ترمب طرامب
    غوتيريش غوتيريس غوتيرش غوتيرس جوتيريش جوتيريس جوتيرش جوتيرس كوتيريش كوتيريس قوتيريش غوتييريش غوتييريس
    نتنياهو نتانياهو نيتانياهو نتينياهو نيتنياهو ناتانياهو
    بوتين بوتن بوطين
    ميدفيديف مدفيديف ميدفيدف مدفيدف
    لافروف لافرف لفروف
    زيلينسكي زيلنسكي زلينسكي زلنسكي
    بايدن بايدين
    اوباما اوبامه
    كلينتون كلنتون كلينتن
    بومبيو بمبيو
    تيلرسون تيليرسون تلرسون
    بلينكن بلينكين بلنكن
    بولتون بولتن
    ماكرون ماكرن مكرون
    هولاند هولند اولاند
    ساركوزي سركوزي
    ميركل ميركيل مركل ميركال
    شولتس شولتز شولتش
    شتاينماير شتاينمايير
    جونسون جونسن
    كاميرون كامرون كاميرن
    ثاتشر تاتشر
    ستارمر ستارمير
    برلسكوني برلوسكوني بيرلوسكوني بيرلسكوني
    ميلوني ملوني
    اردوغان اردوجان اردوقان اوردوغان
    غولن جولن كولن غولين
    رفسنجاني رافسنجاني
    خامنيي خامناي خامنايي
    غاندي جاندي
    جينبينغ جينبينج جنبينغ جينبنغ جينبنج
    غورباتشوف جورباتشوف قورباتشوف كورباتشوف
    يلتسين يلتسن
    بريجنيف بريجنف برجنيف
    خروتشوف خروشوف خروتشيف خروشيف
    ستالين ستالن
    لوكاشينكو لوكاشنكو
    بوروشينكو بوروشنكو بروشينكو
    يانوكوفيتش يانكوفيتش يانوكوفتش
    ميلوسيفيتش ميلوشيفيتش ميلوزيفيتش ميلوسوفيتش
    زوكربيرغ زوكربيرج زوكربرغ زوكربرج زوكيربيرغ زوكيربيرج
    بيزوس بزوس
    غيتس جيتس
    واينستين وينستين واينستاين وينستاين
    اينشتاين انشتاين اينشتين انشتين
    شكسبير شيكسبير
    موزارت موتسارت موتزارت
    بيتهوفن بتهوفن بيتهوفين
    غيفارا جيفارا
    كاسترو كسترو
    تشافيز شافيز تشافيس شافيس
    مادورو مدورو
    بولسونارو بولسنارو
    مانديلا منديلا
    موغابي موجابي
    غريفيث غريفيثس جريفيث غريفثس جريفيثس
    بيدرسون بيدرسن بدرسون
    غراندي جراندي
    غروسي جروسي
    بلاتر بلاتير
    انفانتينو اينفانتينو
    مورينيو مورينهو
    غوارديولا جوارديولا كوارديولا
    انشيلوتي انشلوتي انتشيلوتي
    رونالدو رونلدو
    مبابي امبابي
    بنزيما بنزيمه بنزما
    ليفاندوفسكي ليفندوفسكي
    ابراهيموفيتش ابراهيموفتش ايبراهيموفيتش
    غريزمان جريزمان
    سواريز سواريس
    فيدرر فيديرر
    ديوكوفيتش دجوكوفيتش ديوكوفتش
    شوماخر شوماكر
    هاميلتون هاملتون
    واشنطن واشنطون واشنغطن
    هوليوود هوليود
    شيكاغو شيكاجو
    فيلادلفيا فيلاديلفيا
    كاليفورنيا كليفورنيا
    فيرجينيا فرجينيا
    ماساتشوستس ماساشوستس ماساتشوسيتس
    بلومبرغ بلومبيرغ بلومبرج بلومبيرج
    هامبورغ هامبورج
    ستراسبورغ ستراسبورج شتراسبورغ سترازبورغ
    لوكسمبورغ لكسمبورغ لوكسمبورج لوكسمبرغ
    سالزبورغ سالزبورج
    يوهانسبرغ جوهانسبرغ يوهانسبورغ جوهانسبورغ جوهانسبرج
    بطرسبورغ بطرسبرغ بيترسبورغ بترسبورغ بطرسبورج بيترسبرغ
    ادنبره ايدنبره
    هلسنكي هلسينكي
    كوبنهاغن كوبنهاجن
    ستوكهولم استوكهولم ستوكهلم
    بروكسل بروكسيل
    جنيف جينيف
    زيوريخ زوريخ زيورخ
    مدريد مادريد
    برشلونه برسلونه
    بوخارست بوخاريست
    بودابست بودابيست
    بلغراد بلجراد بلكراد
    سراييفو ساراييفو سرايفو
    زغرب زاغرب
    غروزني جروزني
    طوكيو توكيو
    بيونغيانغ بيونجيانج بيونغيانج بيونجيانغ
    هونغ هونج
    كونغ كونج
    شنغهاي شانغهاي شنجهاي شانجهاي
    بانكوك بانجكوك بانغكوك
    سنغافوره سنغافورا سنجافوره سنقافوره
    كوالالمبور كوالالامبور
    كراتشي كاراتشي
    مومباي بومباي
    بنغلاديش بنجلاديش بنغلادش بنجلادش
    طاجيكستان تاجيكستان
    قيرغيزستان قرغيزستان قيرغيزيا قرغيزيا
    كازاخستان كازاكستان قازاخستان
    اوزبكستان اوزباكستان
    اذربيجان اذربايجان
    اوكرانيا اوكراينا
    بيلاروسيا بيلاروس بيلوروسيا
    بلغاريا بلجاريا
    هنغاريا هنجاريا
    انجلترا انكلترا انغلترا
    انجليزي انكليزي انغليزي
    امريكا اميركا
    فنزويلا فينزويلا
    كولومبيا كلومبيا
    اوروغواي اوروجواي
    باراغواي باراجواي
    غواتيمالا جواتيمالا
    نيكاراغوا نيكاراجوا
    نيجيريا نايجيريا
    اثيوبيا ايثيوبيا
    اريتريا ارتريا
    موزمبيق موزامبيق
    زيمبابوي زمبابوي
    انغولا انجولا
    كونغو كونجو
    غابون جابون
    غينيا جينيا
    مقديشو موغاديشو مقديشيو
    غوانتانامو جوانتانامو غوانتنامو جوانتنامو كوانتانامو
    انغوشيا انجوشيا
    داغستان داجستان
    ناغورني ناجورني ناغورنو ناجورنو
    كاراباخ كراباخ كاراباغ
    دونيتسك دونتسك
    ماريوبول ماريوبل
    خاركيف خاركوف
    غوغل جوجل قوقل كوكل
    مايكروسوفت ميكروسوفت
    فيسبوك فايسبوك
    انستغرام انستجرام انستقرام اينستغرام اينستجرام
    تلغرام تلجرام تيليغرام تيليجرام تليغرام تليجرام
    يوتيوب يوتوب
    نتفليكس نيتفليكس نتفلكس
    بيتكوين بتكوين
    فولكسفاغن فولكسفاجن فولكسواغن فولكسواجن
    مرسيدس مارسيدس
    بوينغ بوينج
    ايرباص ايرباس
    سامسونغ سامسونج
    غولدمان جولدمان
    بنتاغون بنتاجون
    كونغرس كونجرس كونكرس كونقرس
    غازبروم جازبروم
    يونيسف يونيسيف
    انفلونزا انفلوانزا انفلوينزا
    اولمبياد اوليمبياد
    اولمبي اوليمبي
    اولمبيه اوليمبيه
    ديمقراطيه ديموقراطيه
    ديمقراطي ديموقراطي
    تكنولوجيا تكنلوجيا
    كيماوي كيميايي كيمياوي
    كيماويه كيمياييه كيمياويه
    سيناريو سناريو
    كيلوغرام كيلوجرام
""")
#: Letters joined before a name in running text; a variant keeps them.
_JOINED = ("", "و", "ف", "ب", "ل", "ك", "وب", "ول", "ال", "وال", "بال", "كال", "فال", "لل", "ولل")
_NOTHING_JOINED = ("",)
_JOINED_FROM = {first: ("", *(j for j in _JOINED if j.startswith(first))) for first in "وفبلكا"}  # by the word's first letter
_ARTICLES = ("ال", "لل")  # given names have none: «الأمين العام» is no Amin

#: Words of four strong letters that the rule would take for spellings of each other: an orange and Portugal, a chain and an
#: earthquake, a country and a president.
_NEVER_FOLDED: frozenset[str] = frozenset(("برتقال", "برتغال", "سلسله", "زلزله", "هولندا", "كربلا", "غربله", "عسقلان"))
#: Letters that foreign names are not written with: a word that has one is Arabic.
_ARABIC_ONLY = frozenset("عحضظذ")
_AUGMENTS = ("است", "يست", "تست", "نست", "مست", "سي", "ست", "سن", "ان", "ين", "تن", "من", "مت", "يت", "ا", "ي", "ت", "ن", "م")
_ENDINGS = ("يات", "يون", "يين", "يه", "ات", "ان", "ون", "ين", "وا", "ها", "هم", "نا", "كم", "ه", "ي", "ا", "ت")
_VOWELS = "اوي"
_SOUNDS = str.maketrans("غجقطثصزش", "كككتسسسس")
_MIN_RULE_LETTERS = 5
_MIN_RULE_CONSONANTS = 4


@lru_cache(maxsize=65_536)  # words recur
def variant_key(word: str) -> str:
    """One spelling for all spellings of a foreign name, with the letters joined before it kept; any other word is itself.

    The key of a name in the table is its first spelling, that of a name under the rule its consonants, which is no word.
    Precise rather than complete: two Arabic words never have one key.
    """
    for joined in _JOINED_FROM.get(word[:1], _NOTHING_JOINED):
        if word.startswith(joined) and word[len(joined) :] in _CANONICAL and (not joined or len(word) - len(joined) >= 3):
            return joined + _CANONICAL[word[len(joined) :]]
    return _by_rule(word)


@lru_cache(maxsize=65_536)
def readings(word: str) -> tuple[tuple[str, str], ...]:
    """Every way to part a word into letters joined before it (none, first) and the rest of at least three letters."""
    joined = _JOINED_FROM.get(word[:1], _NOTHING_JOINED)
    return tuple((j, word[len(j) :]) for j in joined if not j or (word.startswith(j) and len(word) - len(j) >= 3))


@lru_cache(maxsize=65_536)
def place_of(word: str) -> tuple[str, str] | None:
    """The letters joined before a word and the place that it speaks of, by name, adjective or capital; None for other words."""
    return next(((joined, PLACES[bare]) for joined, bare in readings(word) if bare in PLACES), None)


@lru_cache(maxsize=65_536)
def given_name(word: str) -> str:
    """The given name that a word is, without letters joined before it; empty for other words."""
    return next((bare for joined, bare in readings(word) if bare in GIVEN_NAMES and not joined.endswith(_ARTICLES)), "")


def is_name(word: str) -> bool:
    """Whether a word is known for a name: a place, a given name, or a foreign name of the table."""
    return place_of(word) is not None or bool(given_name(word)) or any(bare in _CANONICAL for _, bare in readings(word))


def _by_rule(word: str) -> str:
    if len(word) < _MIN_RULE_LETTERS or not word.isalpha() or word in _NEVER_FOLDED or not "ء" <= word[0] <= "ي":
        return word
    if _ARABIC_ONLY.intersection(word) or _foreign_consonants(word) < _MIN_RULE_CONSONANTS:  # the cheap half first
        return word
    if any(_foreign_consonants(core) < _MIN_RULE_CONSONANTS for core in _cores(word)):
        return word
    inside, last = word[1:-1], word[-1]
    key = word[0] + "".join(c for c in inside if c not in _VOWELS) + ("" if last in "اه" else last)
    return key.translate(_SOUNDS)


def _cores(word: str) -> Iterator[str]:
    """What may be left of a word without what grammar adds before and behind a root; likely ones first, for who looks for one."""
    joined = [word[len(p) :] for p in _JOINED_FROM.get(word[0], _NOTHING_JOINED) if word.startswith(p)]
    for core in joined:
        yield from _without_ending(core)
    bare = [core[len(a) :] for core in joined for a in _AUGMENTS if core.startswith(a)]
    for core in bare:
        yield from _without_ending(core)
    for core in (*joined, *bare):
        if len(core) > 2 and core[1] == "ت":  # the t of the eighth form
            yield from _without_ending(core[0] + core[2:])


def _without_ending(core: str) -> Iterator[str]:
    """A core, then without each ending that it may have."""
    yield core
    if core.endswith(_ENDINGS):
        yield from (core[: -len(e)] for e in _ENDINGS if core.endswith(e))


def _foreign_consonants(core: str) -> int:
    """How many strong letters a core has; a reduplicated root (زلزل) and a broken plural (فنادق, براكين) count as Arabic."""
    strong = core.replace("ا", "").replace("و", "").replace("ي", "")  # the vowels, four times as fast as letter by letter
    if len(strong) == 4 and (strong[:2] == strong[2:] or (core[2:3] == "ا" and len(core) in (5, 6))):
        return 3
    return len(strong)


def _canonical() -> dict[str, str]:
    table: dict[str, str] = {}
    for first, *others in _VARIANTS:
        spellings = [(first, others)]
        if first.endswith("ا"):  # the adjective of a country
            stems = [name.removesuffix("ا").removesuffix("ي") for name in (first, *others) if name.endswith("ا")]
            spellings += [(stems[0] + e, [stem + e for stem in stems[1:]]) for e in ("ي", "يه", "يين", "يون")]
        for canonical, variants in spellings:
            table |= dict.fromkeys((canonical, *variants), canonical)
    return table


_CANONICAL: dict[str, str] = _canonical()

#: Given names of the Arab world that differ from each other by vowels or by an added letter, as a headline may confuse them, and
#: other frequent ones. «علي» is missing: in normalised spelling it is the preposition.
GIVEN_NAMES: frozenset[str] = listed("""
    محمد محمود احمد حامد حميد حمد حمدان حمود حماد حمدي حمزه محمدي احمدي
    حسن حسين حسان محسن حسني حسنيه حسناوي
    سالم سليم سلمان سليمان سلمي سلوي
    سعد سعيد سعود مسعود اسعد سعاد سعدون سعديه
    عامر عمر عمار عمرو عمران عمير معمر
    خالد خلود خليل مخلد
    ناصر نصير نصار منصور نصرت
    صالح صلاح صالحه
    جابر جبار جبير جبران
    راشد رشيد رشاد رشدي مرشد رشيده
    كريم اكرم مكرم كريمه
    جمال جميل جميله جمانه
    فهد فهيد مفهد
    فيصل
    عادل عدلي عديل
    ماجد مجيد امجد مجدي ماجده
    شريف اشرف شريفه
    امين ايمن امينه مامون ايمان
    هاشم هشام
    زيد زياد يزيد زايد زيدان زاهد
    باسل باسم بسام ابتسام بسمه
    قاسم
    حاتم حازم
    طارق طلال طلعت طاهر
    يوسف يونس ياسر ياسين يحيي يعقوب ياسمين
    ابراهيم اسماعيل اسحاق ادريس ايوب الياس انس انيس اوس اويس
    بديع بشار بشير بشري بكر بلال
    بندر بهجت
    تامر تميم تركي توفيق
    ثامر ثابت ثنيان
    جاسم جعفر جلال جهاد جواد جورج
    حبيب حسام حيدر حنان حنين
    داود دانيال دينا
    رامي رامز رافع رايد رياض ريان ريم رنا رانيا رغد
    زكريا زكي زهير زينب
    سامي ساميه سامر سمير سميره سميه ساره سهام سهيل سيف سعاد سلطان سفيان سطام
    شادي شيرين شيما
    صابر صادق صبري صفيه
    عباس عبدالله عبيدالله عبدالرحمن عبدالرحيم عبدالعزيز عبدالقادر عبدالكريم عبدالمجيد عبدالملك عبدالناصر عبدالفتاح عبده
    عثمان عدنان عزام عصام عصمت عقيل علا عليا علاوي عماد عواد عيسي عاطف عاصم عبير عايشه عايض
    غازي غالب غانم غسان غاده غدير
    فاروق فارس فاطمه فايز فايزه فرحان فريد فريده فواد فواز فوزي فوزيه فادي فاضل فضل فتحي فاتن
    قيس قصي قحطان
    كاظم كامل كميل كنعان كوثر
    لبني لطفي لطيف لميا ليلي لينا لجين لوي ليث
    ماهر مازن مالك مبارك مجاهد محسن مراد مرزوق مروان مروه مريم مشاري مشعل مصطفي مصعب معاذ معتز مقرن ممدوح منال مني منير
    منيره مها مهند موسي ميثم
    نايف نادر ناديه ناجي نبيل نبيله نجيب نجلا نديم نزار نعيم نعمان نواف نوره نوال نوري
    هاله هاني هبه هيثم هلال هيفا
    وليد وايل وسام وسيم وفيق وحيد ودود
""")

#: Places: name, capital (news puts it for the government) and the stems that their adjectives begin with.
_PLACE_ROWS: tuple[tuple[str, ...], ...] = rows("""
    السعوديه سعودي سعوديه سعوديين سعوديون الرياض
    مصر مصري مصريه مصريين مصريون القاهره
    الاردن اردني اردنيه اردنيين عمان
    سوريا سوريه سوري سوريين سوريون دمشق
    لبنان لبناني لبنانيه لبنانيين بيروت
    العراق عراقي عراقيه عراقيين عراقيون بغداد
    الكويت كويتي كويتيه كويتيين
    قطر قطري قطريه قطريين الدوحه
    البحرين بحريني بحرينيه بحرينيين المنامه
    الامارات اماراتي اماراتيه اماراتيين ابوظبي
    مسقط عماني عمانيه عمانيين
    اليمن يمني يمنيه يمنيين صنعا
    فلسطين فلسطيني فلسطينيه فلسطينيين فلسطينيون
    اسراييل اسراييلي اسراييليه اسراييليين
    ليبيا ليبي ليبيه ليبيين طرابلس
    تونس تونسي تونسيه تونسيين
    الجزاير جزايري جزايريه جزايريين
    المغرب مغربي مغربيه مغاربه الرباط
    موريتانيا موريتاني موريتانيه نواكشوط
    السودان سوداني سودانيه سودانيين الخرطوم
    الصومال صومالي صوماليه صوماليين مقديشو
    جيبوتي جيبوتيه
    ايران ايراني ايرانيه ايرانيين طهران
    تركيا تركي تركيه اتراك انقره
    افغانستان افغاني افغانيه افغان كابول
    باكستان باكستاني باكستانيه باكستانيين
    الهند هندي هنديه هنود نيودلهي
    الصين صيني صينيه صينيين بكين
    اليابان ياباني يابانيه يابانيين طوكيو
    كوريا كوري كوريه كوريين
    روسيا روسي روسيه روس موسكو
    اوكرانيا اوكراني اوكرانيه كييف
    امريكا امريكي امريكيه امريكيين امريكيون واشنطن
    كندا كندي كنديه كنديين اوتاوا
    المكسيك مكسيكي مكسيكيه
    البرازيل برازيلي برازيليه
    الارجنتين ارجنتيني ارجنتينيه
    فنزويلا فنزويلي فنزويليه
    كوبا كوبي كوبيه هافانا
    بريطانيا بريطاني بريطانيه بريطانيين لندن
    فرنسا فرنسي فرنسيه فرنسيين باريس
    المانيا الماني المانيه المان برلين
    ايطاليا ايطالي ايطاليه ايطاليين روما
    اسبانيا اسباني اسبانيه اسبان مدريد
    البرتغال برتغالي برتغاليه لشبونه
    اليونان يوناني يونانيه اثينا
    هولندا هولندي هولنديه امستردام
    بلجيكا بلجيكي بلجيكيه
    سويسرا سويسري سويسريه
    النمسا نمساوي نمساويه فيينا
    السويد سويدي سويديه ستوكهولم
    النرويج نرويجي نرويجيه اوسلو
    الدنمارك دنماركي دنماركيه كوبنهاغن
    فنلندا فنلندي فنلنديه هلسنكي
    بولندا بولندي بولنديه وارسو
    المجر مجري مجريه بودابست
    رومانيا روماني رومانيه بوخارست
    بلغاريا بلغاري بلغاريه صوفيا
    صربيا صربي صربيه بلغراد
    البوسنه بوسني بوسنيه سراييفو
    قبرص قبرصي قبرصيه نيقوسيا
    اذربيجان اذري اذريه باكو
    ارمينيا ارميني ارمينيه يريفان
    جورجيا جورجي جورجيه تبليسي
    كازاخستان كازاخستاني كازاخستانيه
    اثيوبيا اثيوبي اثيوبيه
    اريتريا اريتري اريتريه اسمره
    كينيا كيني كينيه نيروبي
    نيجيريا نيجيري نيجيريه ابوجا
    غانا غاني غانيه اكرا
    غينيا غيني غينيه كوناكري
    تشاد تشادي تشاديه نجامينا
    النيجر نيامي
    السنغال سنغالي سنغاليه داكار
    اوغندا اوغندي اوغنديه كمبالا
    رواندا رواندي روانديه كيغالي
    زيمبابوي زيمبابوي هراري
    اندونيسيا اندونيسي اندونيسيه جاكرتا
    ماليزيا ماليزي ماليزيه كوالالمبور
    تايلاند تايلاندي تايلانديه بانكوك
    فيتنام فيتنامي فيتناميه هانوي
    الفلبين فلبيني فلبينيه مانيلا
    ميانمار بورما ميانماري
    بنغلاديش بنغالي دكا
    سنغافوره سنغافوري
    استراليا استرالي استراليه كانبيرا
    نيوزيلندا نيوزيلندي نيوزيلنديه
    اوروبا اوروبي اوروبيه اوروبيين بروكسل
    افريقيا افريقي افريقيه افارقه
    اسيا اسيوي اسيويه
    الخليج خليجي خليجيه
    دبي
    الشارقه
    مكه
    الدمام
    القصيم
    عسير
    جازان
    نجران
    تبوك
    حايل
    الطايف
    عدن
    تعز
    الحديده
    مارب
    البصره
    الموصل
    كركوك
    اربيل
    النجف
    كربلا
    الانبار
    الفلوجه
    حلب حلبي
    حمص
    ادلب
    درعا
    اللاذقيه
    الرقه
    غزه غزي
    القدس مقدسي
    نابلس
    حيفا
    الاسكندريه
    اسوان
    الاقصر
    اسيوط
    بورسعيد
    السويس
    الاسماعيليه
    سينا
    بنغازي
    مصراته
    صفاقس
    سوسه
    القيروان
    بنزرت
    وهران
    قسنطينه
    عنابه
    مراكش
    طنجه
    اغادير
    مكناس
    دارفور
    كردفان
    بورتسودان
    صيدا
    اسطنبول
    ازمير
    اصفهان
    شيراز
    مشهد
    نيويورك
    شيكاغو
    هوليوود
    ميلانو
    برشلونه
    ميونيخ
    جنيف
    دبلن
    براغ
""")

#: Name, adjective or capital, as it stands and without its article -> the place.
PLACES: dict[str, str] = {}
for _first, *_others in _PLACE_ROWS:
    for _word in (_first, *_others):
        PLACES.setdefault(_word, _first)
        if _word.startswith("ال") and len(_word) > 5:
            PLACES.setdefault(_word[2:], _first)
