"""Who leads a story, who belongs to it, and whom its members count for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dedup import Article, Deduplicator, Settings
from dedup.publisher import agency_of, families_of, publisher_of
from dedup.records import Credit, Membership, PassageUse, Stored, StoryRow
from dedup.store.memory import MemoryStore
from dedup.story import arrange, belongs, describe, lead_order, opening_end
from dedup.verify import Verified, compare

MAY = datetime(2024, 5, 12, 8, tzinfo=UTC)
TOP = "أعلن مجلس بلدية السنديانة مساء الثلاثاء تحويل المسلخ القديم المهجور إلى مركز ثقافي يضم مسرحا وقاعة للمعارض ومرسما."
MIDDLE = "وذكرت المهندسة رنا الخطيب المكلفة بالترميم أن الجدران الحجرية سليمة وأن السقف الخشبي سيستبدل كله قبل الأمطار."
END = "ويرجو سكان الحي المجاور أن تنقل سوق المواشي الأسبوعية إلى مكان بعيد بعد سنوات من شكاواهم المتكررة إلى المحافظة دون جواب."


def stored(seq: int, source: str = "a", hours: float | None = 0, arrived_s: float = 0.0) -> Stored:
    published = None if hours is None else MAY + timedelta(hours=hours)
    return Stored(seq, arrived_s, Article(str(seq), source=source, published=published))


def verified(new: str, old: str, score: float = 0.9) -> tuple[Verified, dict[str, int]]:
    settings = Settings()
    dedup = Deduplicator(MemoryStore(settings), settings)
    after, before = dedup.fingerprint(Article("n", body=new)), dedup.fingerprint(Article("o", body=old))
    zeros = after.own.passage_at * 0
    pair = Verified(Stored(1, 0.0, before.article), compare(after, before, PassageUse(zeros, zeros, zeros)), score)
    return pair, {"new_opening": opening_end(after), "old_opening": opening_end(before)}


# ── the lead ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_agency_leads_then_the_earliest_published_then_the_first_arrival() -> None:
    first, later, agency = stored(1, hours=1), stored(2, hours=2), stored(3, source="واس", hours=3)
    assert sorted([later, agency, first], key=lead_order) == [agency, first, later]
    assert sorted([stored(5), stored(4)], key=lead_order)[0].seq == 4


def test_an_unknown_time_of_publication_is_that_of_arrival() -> None:
    unknown = stored(1, hours=None, arrived_s=(MAY + timedelta(hours=2)).timestamp())
    assert [s.seq for s in sorted([stored(2, hours=3), unknown, stored(3, hours=1)], key=lead_order)] == [3, 1, 2]


# ── belonging ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("member", "lead", "expected"),
    [
        (f"{TOP} {MIDDLE}", f"{TOP} {MIDDLE}", True),
        (f"{TOP} {MIDDLE} {END}", f"{MIDDLE} {END}", True),  # has all of the lead
        (f"{TOP} {END} {MIDDLE}", MIDDLE, False),  # has all of it, among other news
        (" ".join(f"{TOP} {MIDDLE}".split()[:22]), f"{TOP} {MIDDLE} {END}", True),  # a cut keeps the top
        (END, f"{TOP} {MIDDLE} {END}", False),  # a paragraph of background, or the last item of a digest
        (MIDDLE, f"{TOP} {MIDDLE}", False),
        (f"{END} {TOP} {MIDDLE}", f"{TOP} {MIDDLE} {END}", True),  # most of the lead, and its opening
        (f"{MIDDLE} {END}", f"{TOP} {MIDDLE} {END}", False),  # most of it, but not what it begins with
    ],
)
def test_a_member_begins_as_the_lead_does_or_holds_it_and_little_else(member: str, lead: str, expected: bool) -> None:
    pair, openings = verified(member, lead)
    assert belongs(pair, lead_is_newer=False, **openings) is expected
    pair, openings = verified(lead, member)
    assert belongs(pair, lead_is_newer=True, **openings) is expected


def test_a_doubtful_copy_belongs_to_no_story() -> None:
    for score, expected in ((0.69, False), (0.7, True)):
        pair, openings = verified(TOP, TOP, score)
        assert belongs(pair, lead_is_newer=False, **openings) is expected


def test_a_shared_name_is_no_shared_beginning() -> None:
    """Fifteen words of titles and a name at the head of two texts about different things."""
    name = "أكد وكيل وزارة الأشغال العامة المساعد لشؤون الطرق والجسور المهندس الدكتور سامي بن يوسف الحجري"
    pair, openings = verified(f"{name} {END}", f"{name} {TOP} {MIDDLE}")
    assert pair.comparison.passages[0].words == 15
    assert not belongs(pair, lead_is_newer=False, **openings)


def test_a_column_that_opens_with_the_news_is_no_member() -> None:
    """21 words begin both: of 42 and of 41 they are most of neither, of 35 they are most."""
    middle = MIDDLE.split()
    top = f"{TOP} {' '.join(middle[:3])}"
    rest = " ".join([*middle[3:], "ومن المنتظر أن يفتتح المركز في"])
    pair, openings = verified(f"{top} {END}", f"{top} {rest}")
    assert pair.comparison.passages[0].words == 21
    for newer in (False, True):
        assert not belongs(pair, lead_is_newer=newer, **openings)
    pair, openings = verified(f"{top} {END}", f"{top} {' '.join(middle[3:])}")
    assert belongs(pair, lead_is_newer=False, **openings)


def test_the_bulletin_of_another_day_is_no_member() -> None:
    friday = (
        "سجلت مديرية الصحة في وادي الغار اليوم الجمعة إصابة جديدة بحمى المستنقعات لمزارع في قرية الطاحون يبلغ من العمر 28 عاما "
        "ولم ترصد أي وفاة بالمرض خلال الساعات الماضية في مستشفيات المحافظة"
    )
    saturday = friday.replace("الجمعة", "السبت").replace("28", "30")
    pair, openings = verified(saturday, friday)
    assert pair.comparison.similarity.figure_agreement == 0
    assert not belongs(pair, lead_is_newer=False, **openings)
    assert not belongs(pair, lead_is_newer=True, **openings)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("الجمعة", "السبت"),  # the day alone: a slip, for the age and the number of beds agree
        ("28", "30"),  # a figure alone: corrected
        ("اليوم الجمعة", "أمس"),  # told a day later
    ],
)
def test_a_corrected_day_or_figure_makes_no_other_bulletin(old: str, new: str) -> None:
    text = (
        "نقل مستشفى وادي الغار مساء اليوم الجمعة 16 مصابا بحروق إلى العاصمة بينهم مزارع يبلغ من العمر 28 عاما بعد حريق في معصرة "
        "الزيتون الكبرى بقرية الطاحون أتى على 400 برميل من الزيت"
    )
    pair, openings = verified(text.replace(old, new), text)
    assert belongs(pair, lead_is_newer=False, **openings)


def test_a_text_without_words_has_no_opening() -> None:
    settings = Settings()
    assert opening_end(Deduplicator(MemoryStore(settings), settings).fingerprint(Article("a", title=TOP))) == 0


# ── arranging ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_the_first_three_the_one_with_most_members_leads_and_the_rest_go_on_alike() -> None:
    """1 leads nobody, 2 leads 3 and 4; 5 and 6 are left over, 5 leads 6."""
    pool = [stored(seq, hours=seq) for seq in (4, 6, 2, 1, 5, 3)]
    fits = {(2, 3): 0.8, (2, 4): 0.9, (3, 4): 0.7, (5, 6): 0.75}
    groups = arrange(pool, lambda lead, other: fits.get((lead.seq, other.seq)))
    assert [(lead.seq, members) for lead, members in groups] == [
        (2, {2: 1.0, 3: 0.8, 4: 0.9}),
        (5, {5: 1.0, 6: 0.75}),
        (1, {1: 1.0}),
    ]


def test_nothing_is_arranged_into_nothing() -> None:
    assert arrange([], lambda _lead, _other: 1.0) == []


# ── publishers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("واس", "spa"),
        ("وكالة الأنباء السعودية", "spa"),
        ("وكالةُ الصحافةِ الفرنسيّة", "afp"),
        ("AFP", "afp"),
        ("spa", "spa"),
        ("afp.com", "afp"),
        ("arabic.reuters.com", "reuters"),
        ("spa.gov.sa", "spa"),
        ("www.kuna.net.kw", "kuna"),
        ("wafa.ps", "wafa"),
        ("map.example.com", None),
        ("petra.com", None),  # an ordinary name outside Jordan
        ("map.com", None),
        ("barq24.example.com", None),
        ("صحيفة السنديانة", None),
        ("قالت رويترز", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_source_is_an_agency_by_its_name_key_or_host(source: str, key: str | None) -> None:
    assert agency_of(source) == key


def test_a_credit_makes_a_text_the_agencys_and_a_mention_does_not() -> None:
    credit, mention = (Credit("afp", "أ ف ب", 0, 5, kind) for kind in ("credit", "mention"))  # type: ignore[arg-type]
    assert publisher_of("nahar", credit, {"nahar": "house"}) == ("afp", "afp")
    assert publisher_of("nahar", mention, {"nahar": "house"}) == ("house", None)
    assert publisher_of("nahar", None, {}) == ("nahar", None)
    assert publisher_of("واس", credit, {}) == ("spa", "spa")


def test_families_are_pairs_of_source_and_family() -> None:
    assert families_of(("alpha=group", " beta = group ", "https://x/?a=b=c")) == {
        "alpha": "group",
        "beta": "group",
        "https://x/?a=b": "c",
    }


# ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_story_is_shown_in_order_of_publication_with_its_independent_publishers() -> None:
    row = StoryRow(1, "1", 2, (Membership(1, 0.9), Membership(2, 1.0), Membership(3, 0.8), Membership(4, 0.7)), 5)
    pool = [stored(1, "a", 2), stored(2, "b", 1), stored(3, "c", 3), stored(4, "d", 4)]
    credits = {1: Credit("afp", "أ ف ب", 0, 5, "credit"), 3: Credit("afp", "أ ف ب", 0, 5, "credit"), 2: None, 4: None}
    story = describe(row, pool, credits, {}, {"b": "house", "d": "house"})
    assert (story.id, story.lead, story.lead_rule) == ("1", "2", "earliest_published")
    assert [(m.id, m.agency, m.publisher, m.score) for m in story.members] == [
        ("2", None, "house", 1.0),
        ("1", "afp", "afp", 0.9),
        ("3", "afp", "afp", 0.8),
        ("4", None, "house", 0.7),
    ]
    assert story.publishers == ("house", "afp")
    shown = story.as_dict()
    assert (shown["articles"], shown["sources"]) == (4, ["b", "a", "c", "d"])
    assert (shown["first"], shown["last"]) == ("2024-05-12T09:00:00+00:00", "2024-05-12T12:00:00+00:00")


def test_where_the_lead_is_gone_the_next_one_is_shown() -> None:
    row = StoryRow(1, "1", 1, (Membership(1, 1.0), Membership(2, 0.9), Membership(3, 0.8)), 5)
    story = describe(row, [stored(2, hours=2), stored(3, source="واس", hours=3)], {}, {}, {})
    assert (story.id, story.lead, story.lead_rule) == ("1", "3", "agency")
    unknown = describe(StoryRow.alone(4, "4"), [stored(4, hours=None)], {}, {}, {})
    assert unknown.lead_rule == "earliest_arrival"
