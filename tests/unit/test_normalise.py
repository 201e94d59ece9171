"""Text -> comparable words, and where they stand in the original."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest

from dedup.normalise import normalise

#: Profile 1: (what it shows, a text, its words). A change to any expectation needs a new profile number.
KNOWN_ANSWERS = [
    # ── marks and letters ──
    ("plain words", "وصل الوزير إلى بغداد", "وصل الوزير الي بغداد"),
    ("harakat", "وَصَلَ الوَزِيرُ", "وصل الوزير"),
    ("tanwin", "مبنىً جديداً لغويٌّ", "مبني جديدا لغوي"),
    ("shadda with a vowel", "السُّعُودِيَّةُ", "السعوديه"),
    ("superscript alef", "هـٰذا الرحمـٰن", "هذا الرحمن"),
    ("Quranic pause marks", "الكتاب\N{ARABIC SMALL HIGH JEEM} لا ريب", "الكتاب لا ريب"),
    ("tatweel", "الريـــــاض", "الرياض"),
    ("a run of tatweel alone is no word", "قال ـــ نعم", "قال نعم"),
    ("hamza above, below and madda on alef", "أحمد إبراهيم آدم", "احمد ابراهيم ادم"),
    ("alef wasla", "\N{ARABIC LETTER ALEF WASLA}لكتاب", "الكتاب"),
    ("hamza on waw and yeh", "مسؤول مسائل", "مسوول مسايل"),
    ("hamza without a seat", "سماء جزءاً", "سما جزا"),
    ("hamza as a combining mark", "ا\N{ARABIC HAMZA ABOVE}حمد و\N{ARABIC HAMZA ABOVE}", "احمد و"),
    ("hamza alone is no word", "أ ء ب", "ا ب"),
    ("maqsura", "مستشف\N{ARABIC LETTER ALEF MAKSURA} عل\N{ARABIC LETTER ALEF MAKSURA}", "مستشفي علي"),
    ("teh marbuta", "مدينة المدرسة", "مدينه المدرسه"),
    ("sukun at a word's end stays inside the word", "قُلْ لَمْ", "قل لم"),
    # ── presentation forms and ligatures ──
    (
        "presentation forms",
        "\N{ARABIC LETTER SEEN INITIAL FORM}\N{ARABIC LETTER LAM MEDIAL FORM}"
        "\N{ARABIC LETTER ALEF FINAL FORM}\N{ARABIC LETTER MEEM ISOLATED FORM}",
        "سلام",
    ),
    ("lam-alef", "\N{ARABIC LIGATURE LAM WITH ALEF ISOLATED FORM} س\N{ARABIC LIGATURE LAM WITH ALEF FINAL FORM}م", "لا سلام"),
    ("lam-alef with hamza", "\N{ARABIC LIGATURE LAM WITH ALEF WITH HAMZA ABOVE ISOLATED FORM}ن", "لان"),
    ("U+FDF2 Allah", "عبد \N{ARABIC LIGATURE ALLAH ISOLATED FORM}", "عبدالله"),
    ("names of servants are one word, apart or together", "عبد الرحمن وعبدالعزيز لعبد الله", "عبدالرحمن وعبدالعزيز لعبدالله"),
    ("but no other word and its article", "العبد الصالح عبد ربه", "العبد الصالح عبد ربه"),
    ("nor over the end of a sentence", "كان عبد. الرحمن", "كان عبد الرحمن"),
    (
        "U+FDFA, four words in one character",
        "النبي \N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM} قال",
        "النبي صلي الله عليه وسلم قال",
    ),
    ("U+FDFB, two words", "\N{ARABIC LIGATURE JALLAJALALOUHOU}", "جل جلاله"),
    ("rial sign", "500 \N{RIAL SIGN}", "500 ريال"),
    ("basmala sign is an ornament", "\N{ARABIC LIGATURE BISMILLAH AR-RAHMAN AR-RAHEEM} خبر", "خبر"),
    # ── Persian, Urdu, Kurdish letters ──
    ("Farsi yeh and keheh", "\N{ARABIC LETTER KEHEH}تاب\N{ARABIC LETTER FARSI YEH}", "كتابي"),
    ("gaf, peh, tcheh, jeh, veh", "گاز پاريس چاد ژنرال ڤيينا", "كاز باريس جاد زنرال فيينا"),
    ("heh goal and doachashmee", "\N{ARABIC LETTER HEH GOAL}ذا ب\N{ARABIC LETTER HEH DOACHASHMEE}ارت", "هذا بهارت"),
    ("yeh barree", "پاکستان ک\N{ARABIC LETTER YEH BARREE}", "باكستان كي"),
    # ── digits ──
    ("Arabic-Indic digits", "٢٠٢٤", "2024"),
    ("Persian digits", "۱۴۰۳", "1403"),
    ("5 is not 50", "5 ٥٠ ۵۰۰", "5 50 500"),
    ("full-width and Devanagari digits", "１２ \N{DEVANAGARI DIGIT THREE}", "12 3"),
    ("decimal mark", "3.5 ٣٫٥", "3.5 3.5"),
    ("thousands marks", "1,500 ١٬٥٠٠ ١،٥٠٠ 12,345,678", "1500 1500 1500 12345678"),
    ("both marks", "١٬٥٠٠٫٧٥", "1500.75"),
    ("a comma that groups nothing separates", "12,34 و1,2345 و12345,678", "12 34 و1 2345 و12345 678"),
    ("a full stop behind a number ends the sentence", "عام 2024. وقال", "عام 2024 وقال"),
    ("per cent and currency signs separate", "٪50 $20 30%", "50 20 30"),
    ("hyphen and colon between digits separate", "2-1 20:30 2023/2024", "2 1 20 30 2023 2024"),
    ("superscript and circled digits", "م² ①", "م2 1"),
    # ── character references and markup ──
    ("named reference", "قال &quot;نعم&quot;&nbsp;ثم", "قال نعم ثم"),
    ("numeric reference in the middle", "ا&#1604;بيت &#x0641;&#x064A;", "البيت في"),
    ("escaped twice and three times", "بي&amp;#39;ت ال&amp;amp;#1604;ه", "بي ت الله"),
    ("escaped ampersand", "شركة إس &amp;amp; بي", "شركه اس بي"),
    ("no such entity", "أ &nosuch; ب", "ا nosuch ب"),
    ("ampersand alone", "AT&T & Co", "at t co"),
    ("tags separate", "<p>وصل</p><b>الوزير</b>", "وصل الوزير"),
    ("tag attributes are no words", '<a href="http://example.com/x" title="شاهد">الخبر</a>', "الخبر"),
    ("comments", "قبل<!-- تعليق <b> -->بعد", "قبل بعد"),
    ("scripts and styles", "أ<script>var خبر = 1;</script>ب<STYLE>.x{}</STYLE>ج", "ا ب ج"),
    ("less-than as arithmetic", "5 < 10 و x<5", "5 10 و x 5"),
    # ── invisible characters ──
    (
        "zero-width joiner, non-joiner, space",
        "سل\N{ZERO WIDTH JOINER}ام مي\N{ZERO WIDTH NON-JOINER}رو نع\N{ZERO WIDTH SPACE}م",
        "سلام ميرو نعم",
    ),
    ("byte order mark", "\N{ZERO WIDTH NO-BREAK SPACE}خبر", "خبر"),
    (
        "bidi marks, embeddings, isolates",
        "\N{RIGHT-TO-LEFT MARK}قا\N{LEFT-TO-RIGHT MARK}ل \N{RIGHT-TO-LEFT EMBEDDING}هو\N{POP DIRECTIONAL FORMATTING}"
        " \N{FIRST STRONG ISOLATE}لنا\N{POP DIRECTIONAL ISOLATE}",
        "قال هو لنا",
    ),
    ("Arabic letter mark and soft hyphen", "م\N{ARABIC LETTER MARK}ن ال\N{SOFT HYPHEN}بيت", "من البيت"),
    ("no-break and ideographic spaces", "من\N{NO-BREAK SPACE}هنا\N{IDEOGRAPHIC SPACE}الآن", "من هنا الان"),
    ("NUL separates", "قال\0نعم", "قال نعم"),
    ("a lone surrogate separates", "قال\ud800نعم \udfff", "قال نعم"),
    # ── other scripts ──
    ("Latin case", "BBC Straße ÉCOLE", "bbc strasse ecole"),
    ("Turkish and Greek case", "İstanbul ΣΟΦΟΣ σοφος", "istanbul σοφοσ σοφοσ"),
    ("full-width Latin", "ＡＦＰ", "afp"),
    ("emoji and flags", "فوز 🎉 السعودية 🇸🇦👨‍👩‍👧", "فوز السعوديه"),
    ("keycap emoji keep their digit", "5\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP} نقاط", "5 نقاط"),
    # ── nothing ──
    ("empty", "", ""),
    ("only marks", "«…» — ؟!", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [(t, w) for _, t, w in KNOWN_ANSWERS], ids=[why for why, _, _ in KNOWN_ANSWERS])
def test_known_answers_of_profile_1(text: str, words: str) -> None:
    assert normalise(text).words == tuple(words.split())


@pytest.mark.parametrize(
    ("text", "slices"),
    [
        ("قالَ الوزيرُ: «نعم»", ["قالَ", "الوزيرُ", "نعم"]),
        ("ـقالـ نعم", ["قالـ", "نعم"]),  # what follows the last letter belongs to the word, what precedes the first does not
        ("بلغ ١٬٥٠٠٫٥ طن.", ["بلغ", "١٬٥٠٠٫٥", "طن"]),
        ("ال&#1604;ه &amp;quot;نعم&amp;quot;", ["ال&#1604;ه", "نعم"]),
        ("ال&#1604;&#1607; هو", ["ال&#1604;&#1607;", "هو"]),
        ("<b>قال</b> <i>نعم</i>", ["قال", "نعم"]),
        ("قال\ufdfb.", ["قال\ufdfb", "\ufdfb"]),  # two words, the first of them joined to the word before
        ("🎉قال🎉", ["قال"]),
    ],
)  # fmt: skip
def test_offsets_point_into_the_original(text: str, slices: list[str]) -> None:
    found = normalise(text)
    assert [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)] == slices


@pytest.mark.parametrize(
    ("text", "breaks"),
    [
        ("قال نعم", [2, 0]),
        ("قال نعم. وصل اليوم", [2, 0, 1, 0]),
        ("قال نعم؟ لا! بل… ثم؛ كان۔ هنا", [2, 0, 1, 1, 1, 1, 1]),
        ("قال نعم.\nوصل اليوم\n\nثم", [2, 0, 2, 0, 2]),
        ("قال، ثم: نعم", [2, 0, 0]),
        ("بلغ 3.5 طن", [2, 0, 0]),
        ("<p>قال</p><p>نعم</p>", [2, 2]),
        ("قال<br/>نعم <b>ثم</b> عاد", [2, 2, 0, 0]),
        ("قال\N{LINE SEPARATOR}نعم\r\nثم", [2, 2, 2]),
        ("", []),
    ],
)
def test_breaks_say_where_lines_and_sentences_begin(text: str, breaks: list[int]) -> None:
    assert normalise(text).breaks.tolist() == breaks


def test_the_original_is_kept_as_it_came() -> None:
    text = "<p>قالَ&nbsp;\ud800</p>"
    assert normalise(text).original is text


def test_the_arrays_have_the_types_the_record_names() -> None:
    for text in ("", "قال نعم"):
        found = normalise(text)
        assert [a.dtype.name for a in (found.starts, found.ends, found.breaks)] == ["int32", "int32", "uint8"]
        assert len(found.starts) == len(found.ends) == len(found.breaks) == len(found.words)


def test_every_character_of_unicode_is_folded_once_and_for_all() -> None:
    """Twice is once for each of the 1,114,112 code points, and nothing but letters, digits and numbers is left."""
    for plane in range(0, sys.maxunicode + 1, 0x10000):
        words = normalise(" ".join(map(chr, range(plane, plane + 0x10000)))).words
        assert normalise(" ".join(words)).words == words
        assert {unicodedata.category(c)[0] for word in words for c in word} <= {"L", "N"}


def test_u_fdfa_repeated_expands_without_loss() -> None:
    """18 code points for one: 10,000 of them in a row make four words each, joined where they touch."""
    found = normalise("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 10_000)
    assert len(found.words) == 30_001
    assert found.words[:5] == ("صلي", "الله", "عليه", "وسلمصلي", "الله")


@pytest.mark.parametrize("unit", ["<!--", "<script ", "<style>", "</script", "<a", "<p ", "&amp;", "&", "&#", "1,", "\u0651"])
def test_hostile_markup_takes_linear_time(unit: str) -> None:
    """A tenth of a millisecond a kB is usual; with quadratic time 50 kB take seconds and a body at its limit half an hour."""
    text = unit * (50_000 // len(unit))
    began = time.perf_counter()
    normalise(text)
    assert time.perf_counter() - began < 0.5
