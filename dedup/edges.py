"""Stage 2c: what stands above and below an article's own text: repeated headline, dateline, byline, caption, credit, furniture.

Only the two ends are cut, and only by whole lines, by the prefix of the first sentence, or by a short last sentence that says
what it is: a false cut of text is worse than furniture left standing. What stands inside the text is left to the index.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import numpy as np

from dedup.arabic import SENTENCE_ENDS, has_digit
from dedup.credit import agencies_named, gap
from dedup.furniture import (
    ARCHIVE_WORDS,
    BYLINE_LABELS,
    CAPTION_LABELS,
    COPYRIGHT,
    DATE_WORDS,
    END_PHRASES,
    FOLLOW_US,
    PHOTO_LABELS,
    SIGN_OFFS,
    SOURCE_LABELS,
    TAG_LABELS,
    line_kind,
    opens_with,
    phrase_set,
    read_also_words,
    word_set,
)
from dedup.gazetteer import CITIES, MORE_GIVEN_NAMES, PLACES
from dedup.names import GIVEN_NAMES
from dedup.records import NormalText, Part
from dedup.wording import FUNCTION_WORDS, NEGATIONS

_MAX_LINES = 8  # cut above the text
_MAX_CUTS = 14  # below it
_PREFIX_WORDS = 18  # a dateline with author and date
_PREFIX_PIECES = 6
_PIECE_WORDS = 4  # of a name or a place
_LEAST_CAPTION = 4  # words before the name of who took the picture
_MAX_EPITHETS = 2  # behind an agency's name
_CAPTION_WORDS = 15
_OPENING_WORDS = 40  # of the report
_BYLINE_WORDS = 10
_TEXT_WORDS = 12  # a line of so many words is running text
_LINK_WORDS = 20  # of a line that is a link to another article
_BLOCK_LINES = 14  # under «اقرأ أيضاً»
_SENTENCE_WORDS = 25  # of a last sentence that is furniture
_CREDIT_WORDS = 6  # of a line in parentheses that ends with an agency
_ADDRESS_WORDS = 10  # of a line that is an address; its punctuation cuts it into many
_ADDRESS_LABEL_WORDS = 3
_LEAD_IN_WORDS = 6  # before a headline repeated below the text
_MIN_HEADLINE_WORDS = 3
_MIN_LEFT = 8  # words that a cut inside a line must leave
_PARENTHESIS_WORDS = 8

_STOPS = "".join(sorted(SENTENCE_ENDS))
_FULL_STOPS = (".", "!", "\N{ARABIC QUESTION MARK}", "\N{ARABIC FULL STOP}", "\N{ARABIC COMMA}", "\N{ARABIC SEMICOLON}")
_DASH = "-\N{EN DASH}\N{EM DASH}\N{ARABIC TATWEEL}"
_DASHED = re.compile(rf"\s[{_DASH}]+|[{_DASH}]+\s|[\N{{EN DASH}}\N{{EM DASH}}]")  # a hyphen inside a word has no space
_OTHER_SEPARATOR = re.compile(r"[:/|()\[\]\N{FULLWIDTH SOLIDUS}\N{FULLWIDTH COLON}]")
_COMMA = re.compile(r"[,+&\N{ARABIC COMMA}]")
_ADDRESS = re.compile(r"(?:https?://|www\.|\S@\S|@\w|\w@(?:\s|$)|\b[\w-]+\.(?:com|net|org|sa|ae|eg|info|me)\b)", re.IGNORECASE)
_HASHTAGS = re.compile(r"(?:\s*#\s*\w+)+\s*$")
_RIGHTS = re.compile(r"(?:\N{COPYRIGHT SIGN}|\([cC]\))")

#: Words that begin no place and no name in a dateline: verbs of saying and doing, and the titles of those who speak.
_NO_NAME = word_set("""
    قال قالت أكد أكدت أعلن أعلنت كشف كشفت ذكر ذكرت أوضح أوضحت أفاد أفادت صرح صرحت شدد شددت أشار أشارت نفى نفت وصل وصلت التقى التقت
    استقبل استقبلت بحث بحثت ترأس افتتح افتتحت قتل قتلت لقي لقيت أصيب أصيبت توفي توفيت شهد شهدت بدأ بدأت دعا دعت طالب طالبت حذر
    حذرت وقع وقعت تعرض أطلق أطلقت دشن رعى شارك شاركت عقد عقدت بعث تلقى غادر عاد عادت تسلم وجه أصدر أصدرت تمكن تمكنت
    وزير وزيرة الوزير رئيس رئيسة الرئيس مدير المدير المتحدث الناطق أمير الأمير الملك خادم ولي صاحب سمو معالي الشيخ محافظ المحافظ
    سفير السفير وزارة الوزارة هيئة الهيئة شركة الشركة جامعة بنك مجلس لجنة اللجنة مصدر مصادر عضو نائب النائب المدرب اللاعب المهاجم
    سؤال السؤال س ج ملاحظة تنويه أولا ثانيا ثالثا عاجل مقدمة الجواب التاريخ المكان الزمان العنوان الموضوع نعم طبعا
    هل لماذا كيف متى أين بعد قبل رغم أمام عندما حين إذا لو يا أيها بسم السلام الحمد
""")
_CITIES, _PLACES = word_set(CITIES), phrase_set(PLACES)
_GIVEN_NAMES = GIVEN_NAMES | word_set(MORE_GIVEN_NAMES)
_INSTEAD_OF_A_PLACE = word_set("خاص متابعات")
_TITLES = word_set("د م أ أد الدكتور الدكتورة دكتور دكتورة المهندس مهندس أستاذ الأستاذ لواء عميد")  # before a name in a byline
_FROM, _IN = word_set("من"), word_set("في")
_NISBA = "\N{ARABIC LETTER YEH}"
_OF_DATES = word_set(DATE_WORDS)

PieceKind = Literal["dateline", "byline", "caption"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a dateline between two separators."""

    start: int
    end: int
    kind: PieceKind
    sure: bool  # an agency, a date, a known place, a labelled or known name; else a guess by its length
    agency: bool
    weak: bool = False  # numbers that nothing says are a date


class Edges:
    """Reads the two ends of a body.

    Args:
        body: the text.
        headlines: the headline with and without its labels, as normalised words.
        author: as the feed names it, as normalised words.
    """

    def __init__(self, body: NormalText, headlines: Sequence[tuple[str, ...]], author: tuple[str, ...] = ()) -> None:
        self.body = body
        self.words = body.words
        self.n = len(body.words)
        self.headlines = [h for h in dict.fromkeys(headlines) if h]
        self.author = author
        self.names = agencies_named(body)
        self._lines: list[int] = np.flatnonzero(body.breaks == 2).tolist()  # where each begins; the first at word 0
        self._inside_names = {k for named in self.names for k in range(named.start + 1, named.end)}
        self._named_from = {named.start: named for named in self.names}
        self._named_to = {named.end: named for named in self.names}

    def parts(self) -> tuple[tuple[tuple[int, int], ...], tuple[Part, ...]]:
        """The range of the own text, and the parts above and below it; everything is own where nothing else would be left."""
        if not self.n:
            return (), ()
        above = _merged(self._above())
        start = above[-1].end if above else 0
        below = _merged(reversed(list(self._below(start))))
        end = below[0].start if below else self.n
        return ((start, end),), (*above, *below)

    # ── above the text ───────────────────────────────────────────────────────────────────────────────────────────

    def _above(self) -> Iterator[Part]:
        at = 0
        for _ in range(_MAX_LINES):
            end = self._line_end(at)
            headline_end = self._headline_at(at)
            if headline_end is not None:
                yield Part("headline", at, headline_end)
                at = headline_end
                continue
            kind = self._line_above(at, end) if end < self.n else None
            if kind is not None:
                yield Part(kind, at, end)
                at = end
                continue
            pieces = self._prefix(at)
            if not pieces:
                return
            label = at
            for piece, behind in zip_longest(pieces, pieces[1:]):
                # «متابعة:» is the label of a byline only where a name follows; behind «تصوير:» stands the photographer
                lone = self._is_bare_label(piece) and (behind is None or behind.kind != "byline") and piece.kind == "byline"
                photographer = piece.kind == "byline" and opens_with(PHOTO_LABELS, self.words, label, piece.start) > 0
                yield Part("dateline" if lone else "caption" if photographer else piece.kind, piece.start, piece.end)
                label = piece.start
            at = pieces[-1].end
            if self.body.breaks[at] != 2:
                return

    def _line_end(self, at: int) -> int:
        k = bisect_right(self._lines, at)
        return self._lines[k] if k < len(self._lines) else self.n

    def _headline_at(self, at: int) -> int | None:
        """The word behind a headline that fills the line or lines from `at` on."""
        for headline in self.headlines:
            end = at + len(headline)
            if end < self.n and self.body.breaks[end] == 2 and self.words[at:end] == headline:
                return end
        return None

    def _line_above(self, at: int, end: int) -> Literal["caption", "byline", "furniture"] | None:
        words, trail = self.words[at:end], self._trail(end)
        if self._is_caption(at, end):
            return "caption"
        if self._is_byline(at, end):
            # a name that opens the report too is that of the person in the picture
            opening = self.words[end : end + _OPENING_WORDS]
            return "caption" if any(opening[i : i + len(words)] == words for i in range(len(opening))) else "byline"
        kind = line_kind(self._text(at, end) + trail, words, "")
        return "furniture" if kind == "share" or (kind == "date" and _is_date(words)) else None

    def _is_caption(self, at: int, end: int) -> bool:
        """Whether a line is about a picture: it says so, or names who took it in parentheses above running text."""
        words, n = self.words[at:end], end - at
        if n > _CAPTION_WORDS or self._stopped(end):
            return False
        archive = word_set(ARCHIVE_WORDS)
        label = opens_with(CAPTION_LABELS, self.words, at, end)
        if label and (
            label == n or words[-1] in archive or _marks(gap(self.body, at + label), ":/|-") or words[label] in archive
        ):
            return True
        last = words[-1] in archive and (n == 1 or _marks(gap(self.body, end - 1), "-([:/|\N{EN DASH}"))
        if last:
            return True
        named = self._named_to.get(end)
        return (
            named is not None
            and named.start - at >= _LEAST_CAPTION
            and not self._prefix(at)
            and gap(self.body, named.start).rstrip().endswith("(")
            and self._running_text(end)
        )

    def _is_byline(self, at: int, end: int) -> bool:
        """Whether a line is «كتب: ...», a known author's name, or a name with a title or a given name above running text."""
        words, n = self.words[at:end], end - at
        if n > _BYLINE_WORDS or self._stopped(end) or any(map(has_digit, words)):
            return False
        if self.author and words == self.author:
            return True
        label = opens_with(BYLINE_LABELS, self.words, at, end)
        if label and self._separated(at + label + 1, end):
            return False  # more than one part: «تقرير: هند المرزوقي - دبي»
        if label and label < n and (_separates(gap(self.body, at + label)) or self._is_name(at + label, end)):
            return not _plain(words[label:])
        return self._running_text(end) and not self._separated(at, end) and n >= 2 and self._is_name(at, end)

    def _is_name(self, at: int, end: int) -> bool:
        """Two to four words, of which the first (behind titles) is a given name."""
        while at < end and self.words[at] in _TITLES:
            at += 1
            if end - at >= 2 and end - at <= _PIECE_WORDS and not _plain(self.words[at:end]):
                return True  # a title stands before names only
        first = self.words[at] if at < end else ""
        given = first in _GIVEN_NAMES or (first.startswith("عبد") and len(first) > 3) or first == "عبد"
        return given and 2 <= end - at <= _PIECE_WORDS + 1 and not _plain(self.words[at:end])

    def _running_text(self, at: int) -> bool:
        return at < self.n and self._line_end(at) - at >= _TEXT_WORDS

    def _separated(self, at: int, end: int) -> bool:
        return any(_separates(gap(self.body, i)) for i in range(at + 1, end))

    def _prefix(self, at: int) -> list[_Piece]:
        """The pieces of the dateline and byline that the line at `at` begins with."""
        pieces: list[_Piece] = []
        best: list[_Piece] = []
        start = at
        for k in range(at + 1, min(at + _PREFIX_WORDS, self.n - 1) + 1):
            between, newline = gap(self.body, k), self.body.breaks[k] == 2
            if between == " " and not newline:
                continue
            separates = _separates(between)
            if not separates and not newline:
                inside = self._inside_a_name(k) or len(self.words[k - 1]) == 1
                if _marks(between, _STOPS) and not inside:
                    break
                joined = k in self._named_to and k in self._named_from and _COMMA.search(between)
                if not joined:
                    continue
            if self._inside_a_name(k):
                continue
            piece = self._piece(start, k)
            if piece is None or (newline and _marks(between, _STOPS)):
                break
            pieces.append(piece)
            if len(pieces) > _PREFIX_PIECES:
                break
            if self._accepted(pieces, between, newline):
                best = list(pieces)
                if piece.agency and between.strip().startswith((")", "]")) and _DASHED.search(between):
                    break
            elif ":" in between and not piece.sure:
                break
            if newline:
                break
            start = k
        return best

    def _inside_a_name(self, k: int) -> bool:
        """Whether word `k` goes on an agency's name, as the letters of an abbreviation do."""
        return k in self._inside_names

    def _piece(self, start: int, end: int) -> _Piece | None:
        words = self.words[start:end]
        behind = self._behind_agencies(start, end)
        epithets = self.words[behind:end] if behind > start else ()  # «وكالة الأنباء السعودية الرسمية»
        if behind == end or (0 < len(epithets) <= _MAX_EPITHETS and all(w.startswith("ال") for w in epithets)):
            return _Piece(start, end, "dateline", True, True)
        if all(has_digit(w) or w in _OF_DATES for w in words) and any(map(has_digit, words)):
            return _Piece(start, end, "dateline", True, False, weak=all(map(has_digit, words)))
        label = opens_with(PHOTO_LABELS, self.words, start, end)
        if label and (label == len(words) or self._is_name(start + label, end)):
            return _Piece(start, end, "caption", True, False)
        if words[0] in _INSTEAD_OF_A_PLACE and len(words) <= 2:  # «خاص», «خاص المرصاد»
            return _Piece(start, end, "dateline", True, False)
        label = opens_with(BYLINE_LABELS, self.words, start, end)
        if label == len(words) or (label and len(words) <= label + _PIECE_WORDS + 1 and not _plain(words[label:])):
            # «كتب أحمد سالم»; «كتب» alone needs the name behind it
            sure = label == len(words) or self._is_name(start + label, end)
            return _Piece(start, end, "byline", sure, False)
        if label and words[label] in _IN and len(words) <= label + 3:  # «مراسلنا في حلب»
            return _Piece(start, end, "byline", True, False)
        if words[0] in _FROM and self._is_name(start + 1, end):
            return _Piece(start, end, "byline", True, False)
        named = self._named_to.get(end)
        if (
            named is not None
            and not named.proclitic
            and 1 <= named.start - start <= 10
            and self._is_dated_place(start, named.start)
        ):
            return _Piece(start, end, "dateline", True, True)
        if self._is_dated_place(start, end) and any(map(has_digit, words)):
            return _Piece(start, end, "dateline", True, False, weak=not any(w in _OF_DATES for w in words))
        if any(map(has_digit, words)) or _plain(words) or len(words) > _PIECE_WORDS + 1:
            return None
        if words in _PLACES:
            return _Piece(start, end, "dateline", True, False)
        if self.author and words == self.author:
            return _Piece(start, end, "byline", True, False)
        if len(words) == 1:
            return _Piece(start, end, "dateline", words[0] in _CITIES, False)
        if self._is_name(start, end):
            return _Piece(start, end, "byline", True, False)
        if len(words) > _PIECE_WORDS:
            return None
        # «لجين الأحمدي» is a person by the ending of her name; «عين اليوم», «المنطقة الشرقية» may be an outlet or a place
        person = words[-1].endswith(_NISBA) and not words[0].startswith("ال")
        return _Piece(start, end, "byline" if person else "dateline", False, False)

    def _behind_agencies(self, start: int, end: int) -> int:
        """The word behind the agencies that stand one after the other from `start` on."""
        at = start
        while at < end and (named := self._named_from.get(at)) is not None and not (named.proclitic and at == start):
            at = named.end
        return at

    def _is_dated_place(self, start: int, end: int) -> bool:
        """A place of one or two words, then maybe a date («أبوظبي في 5 مايو», «الرياض 14 شوال 1436 هـ»)."""
        place = 2 if self.words[start : start + 2] in _PLACES else 1
        rest = self.words[start + place : end]
        if _plain(self.words[start : start + place]) or any(map(has_digit, self.words[start : start + place])):
            return False
        return all(has_digit(w) or w in _OF_DATES or w == "في" for w in rest) and (not rest or any(map(has_digit, rest)))

    def _is_bare_label(self, piece: _Piece) -> bool:
        labels = PHOTO_LABELS if piece.kind == "caption" else BYLINE_LABELS
        return opens_with(labels, self.words, piece.start, piece.end) == piece.end - piece.start

    def _accepted(self, pieces: Sequence[_Piece], between: str, newline: bool) -> bool:
        """Whether a dateline may end behind the last of the pieces, with `between` before the text."""
        last = pieces[-1]
        colon = ":" in between or "\N{FULLWIDTH COLON}" in between
        dash = _DASHED.search(between) is not None
        bracket = between.strip().startswith((")", "]"))
        agency = any(p.agency for p in pieces)
        whole = self.words[pieces[0].start : last.end]
        if any(p.weak for p in pieces) and not agency:
            return False
        if any(map(has_digit, whole)) and all(has_digit(w) or w in _OF_DATES for w in whole):
            return False  # a date heads an entry of a chronicle
        unsure = [p for p in pieces if not p.sure and p.end - p.start > 1]
        if self._is_bare_label(last) and (len(pieces) == 1 or last.kind == "caption"):
            return False  # «متابعة:», «تقرير -» need a name or a place beside them, «تصوير:» a name behind
        if newline:
            if len(pieces) == 1:
                return last.agency or self.words[last.start] in _INSTEAD_OF_A_PLACE
            return agency or (len(unsure) <= 1 and self._running_text(last.end))
        if bracket and not dash and not colon:
            return last.agency or any(piece.kind == "caption" for piece in pieces[-2:])
        if colon:
            return last.sure if len(pieces) == 1 else len(unsure) <= 1
        if dash:
            if len(pieces) == 1:
                return last.sure and not self._parenthesis_follows(last.end)
            return agency or not unsure
        return agency and last.agency  # a slash

    def _parenthesis_follows(self, at: int) -> bool:
        """Whether the dash before word `at` opens a parenthesis: «الوزير - كما ذكر مكتبه - وصل»."""
        for k in range(at + 1, min(at + _PARENTHESIS_WORDS, self.n - 1) + 1):
            if self.body.breaks[k]:
                return False
            if _DASHED.search(gap(self.body, k)):
                piece = self._piece(at, k)
                return piece is None or (not piece.sure and k - at > 1)
        return False

    # ── below the text ───────────────────────────────────────────────────────────────────────────────────────────

    def _below(self, start: int) -> Iterator[Part]:
        """Parts from the last one backwards."""
        end = self.n
        for _ in range(_MAX_CUTS):
            cut = self._cut_below(start, end)
            if cut is None or cut.start <= start:
                return
            yield cut
            end = cut.start

    def _cut_below(self, start: int, end: int) -> Part | None:
        line = max(start, self._line_start(end))
        block = self._block(start, end)
        if block is not None:
            return Part("furniture", block, end)
        if line > start:
            kind = self._last_line(line, end)
            if kind is not None:
                return Part(kind, line, end)
        credit = self._credit_below(line, end)
        if credit is not None and credit - start >= _MIN_LEFT:
            return Part("credit", credit, end)
        repeated = self._headline_below(line, end)
        if repeated is not None and repeated - start >= _MIN_LEFT:
            return Part("furniture", repeated, end)
        tags = self._hashtags(line, end)
        if tags is not None and tags - start >= _MIN_LEFT:
            return Part("furniture", tags, end)
        sentence = self._sentence_start(line, end)
        if sentence - start >= _MIN_LEFT and line < sentence and end - sentence <= _SENTENCE_WORDS:
            kind = self._says_what_it_is(sentence, end)
            if kind is not None:
                return Part(kind, sentence, end)
        return None

    def _line_start(self, end: int) -> int:
        return self._lines[bisect_right(self._lines, end - 1) - 1]

    def _sentence_start(self, line: int, end: int) -> int:
        """Where the last sentence begins; full stops inside an address or an abbreviation end none."""
        at = end - 1
        while at > line and (not self.body.breaks[at] or not any(c.isspace() for c in gap(self.body, at))):
            at -= 1
        return at

    def _block(self, start: int, end: int) -> int | None:
        """Where a block begins that ends the text: «اقرأ أيضاً» and under it nothing but links."""
        at = end
        for _ in range(_BLOCK_LINES):
            line = self._line_start(at)
            if line <= start:
                return None
            words = self.words[line:at]
            if words in phrase_set(END_PHRASES):
                return line
            if at - line > _LINK_WORDS or self._stopped(at):
                return None
            at = line
        return None

    def _last_line(self, at: int, end: int) -> Literal["byline", "caption", "credit", "furniture"] | None:
        words = self.words[at:end]
        text = self._text(at, end) + self._trail(end)
        also = read_also_words(words)
        behind = text[int(self.body.ends[at + also - 1]) - int(self.body.starts[at]) :] if also else ""
        kind = line_kind(text.strip(), words, behind)
        if kind not in ("plain", "date") or (kind == "date" and _is_date(words)) or words in phrase_set(SIGN_OFFS):
            return "furniture"
        if _HASHTAGS.fullmatch(self._lead(at) + text.rstrip()):
            return "furniture"
        if self._is_address(at, end, self._lead(at) + text):
            return "furniture"
        if self._behind_agencies(at, end) == end:
            return "credit"
        if end in self._named_to and end - at <= _CREDIT_WORDS and self._lead(at).rstrip().endswith("("):
            return "credit"  # «(المرصاد - وكالات)»
        if self._is_caption(at, end) and opens_with(CAPTION_LABELS, self.words, at, end):
            return "caption"
        return self._says_what_it_is(at, end)

    def _is_address(self, at: int, end: int, text: str) -> bool:
        """Whether a line is the writer's address with a word or two before it, and no link that the sentence before announces."""
        if end - at > _ADDRESS_WORDS or not _ADDRESS.search(text) or gap(self.body, at).lstrip().startswith(":"):
            return False
        return sum(not word.isascii() for word in self.words[at:end]) <= _ADDRESS_LABEL_WORDS

    def _says_what_it_is(self, at: int, end: int) -> Literal["byline", "credit", "furniture"] | None:
        """What a last line or sentence is by its first words."""
        words, n, stopped = self.words[at:end], end - at, self._stopped(end)
        source = opens_with(SOURCE_LABELS, self.words, at, end)
        if source and source < n <= source + 6 and _marks(gap(self.body, at + source), ":-/|"):
            return "credit"
        byline = opens_with(BYLINE_LABELS, self.words, at, end)
        if byline and byline < n <= byline + 6 and not stopped:
            marked = _marks(gap(self.body, at + byline), ":-/|\N{EN DASH}")
            if (marked or self._is_name(at + byline, end)) and not _plain(words[byline:]):
                return "byline"
        if (
            self._lead(at).rstrip().endswith("(")
            and byline
            and n <= _SENTENCE_WORDS
            and self._trail(end).lstrip().startswith(")")
        ):
            return "byline"  # «(إعداد ... - تحرير ...)»
        if n > _SENTENCE_WORDS:
            return None
        rights = opens_with(COPYRIGHT, self.words, at, end) or _RIGHTS.search(self._lead(at)[-4:])
        rights = rights or any(opens_with(COPYRIGHT[:4], self.words, i, end) for i in range(at, min(at + 3, end)))
        if rights or opens_with(FOLLOW_US, self.words, at, end):
            return "furniture"
        tags = opens_with(TAG_LABELS, self.words, at, end)
        if tags and tags < n and not stopped and not any(_marks(gap(self.body, i), _STOPS) for i in range(at + 1, end)):
            return "furniture"
        also = read_also_words(words)
        if also and also < n and _marks(gap(self.body, at + also), ":|-<>.\N{HORIZONTAL ELLIPSIS}"):
            return "furniture"
        return None

    def _credit_below(self, line: int, end: int) -> int | None:
        """Where the credit begins that a line ends with, set apart from its last sentence: «... (أ ف ب)», «... - وكالات»."""
        at = end
        while (named := self._named_to.get(at)) is not None and named.start > line:
            between = gap(self.body, named.start)
            if named.proclitic or not (_marks(between, "([/|" + _STOPS) or _DASHED.search(between) or _COMMA.search(between)):
                break
            at = named.start
        if at == end or _COMMA.search(gap(self.body, at)):
            return None
        before = gap(self.body, at)
        bracketed = _marks(before, "([") and self._named_to.get(at) is None
        strict = self._named_from[at].strict and not (_marks(before, _STOPS) or bracketed)
        return None if strict or self._is_gloss(at) else at

    def _is_gloss(self, at: int) -> bool:
        """Whether the name in parentheses only abbreviates the words before it («... الأنباء القطرية (قنا)»)."""
        return self.words[at - 1] in word_set("وكالة الوكالة") if at else False

    def _headline_below(self, line: int, end: int) -> int | None:
        """Where a link to the article itself begins: a few words, a colon and its headline («رابط الخبر: ...»)."""
        for headline in self.headlines:
            at = end - len(headline)
            if len(headline) < _MIN_HEADLINE_WORDS or at <= line - 1 or at < 1 or self.words[at:end] != headline:
                continue
            if ":" not in gap(self.body, at):
                continue
            begin = max(line, at - _LEAD_IN_WORDS)
            starts = [i for i in range(begin, at) if i == line or self.body.breaks[i] > 0]
            label = next((i for i in range(begin, at) if opens_with(FOLLOW_US, self.words, i, at)), None)
            if label is not None:
                return label
            if starts:
                return starts[-1]
        return None

    def _hashtags(self, line: int, end: int) -> int | None:
        """Where the tags begin that a line ends with: two or more, or one behind the last sentence."""
        text = self._text(line, end)
        match = _HASHTAGS.search(text)
        if match is None:
            return None
        offset = int(self.body.starts[line]) + match.start()
        at = next((i for i in range(line, end) if self.body.starts[i] >= offset), end)
        if at == end or (match[0].count("#") < 2 and not _marks(gap(self.body, at), _STOPS)):
            return None
        return at

    # ── text around words ────────────────────────────────────────────────────────────────────────────────────────

    def _text(self, at: int, end: int) -> str:
        return self.body.original[int(self.body.starts[at]) : int(self.body.ends[end - 1])]

    def _lead(self, at: int) -> str:
        """What stands before a word on its line."""
        return gap(self.body, at).rsplit("\n", 1)[-1]

    def _trail(self, end: int) -> str:
        """What stands behind the word before `end` on its line."""
        return gap(self.body, end).split("\n", 1)[0]

    def _stopped(self, end: int) -> bool:
        """Whether the line that ends before word `end` ends as a sentence does."""
        return self._trail(end).strip(" \t\xa0\"'»”)]").startswith(_FULL_STOPS)


def _marks(text: str, marks: str) -> bool:
    return any(c in marks for c in text)


def _separates(between: str) -> bool:
    return _DASHED.search(between) is not None or _OTHER_SEPARATOR.search(between) is not None


def _is_date(words: Sequence[str]) -> bool:
    """Whether a line of numbers and words of dates is one: it has such a word, or day, month and year."""
    return any(not has_digit(w) for w in words) or (len(words) >= 3 and any(len(w) == 4 for w in words))


def _plain(words: Sequence[str]) -> bool:
    """Whether words of grammar, verbs of saying or titles show that this is a sentence, not a name."""
    if not words:
        return False
    for i, word in enumerate(words):
        if word in FUNCTION_WORDS or word in NEGATIONS or (i == 0 and word in _NO_NAME):
            return True
        if word == "الله" and (i == 0 or words[i - 1] not in ("عبد", "رام", "فتح", "نصر", "حبيب", "سعد", "عطا", "خلف")):
            return True
    return False


def _merged(parts: Iterator[Part] | Sequence[Part] | reversed[Part]) -> list[Part]:
    """Neighbours of one kind as one part."""
    out: list[Part] = []
    for part in parts:
        if out and out[-1].kind == part.kind and out[-1].end == part.start:
            out[-1] = Part(part.kind, out[-1].start, part.end)
        else:
            out.append(part)
    return out
