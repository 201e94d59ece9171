"""Tuning: labels read or refused line by line, measured out of fold, written to a file that is used only where it is named."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest

from dedup.deduplicator import Deduplicator
from dedup.model import COPY_MODEL, CopyModel
from dedup.records import Article
from dedup.registry import TemplateRegistry
from dedup.settings import Settings
from dedup.store.memory import MemoryStore
from service.config import Config
from service.model_file import model_text, read_model
from service.readers import InputError, Source
from service.readers.jsonl import JsonLines
from service.tune import COPY_LABELS, OTHER_LABELS, Label, about, feed, needs_index, read_labels, report, sign_test, tune
from tests.service.conftest import FIRE, HOSPITAL, NOW_S
from tests.service.test_cli import Run, jsonl, lines, run
from tests.strategies_text import unrelated_text

__all__ = ["run"]  # the fixture

TOWNS = ("الطفيلة", "المفرق", "جرش", "عجلون", "مادبا", "السلط", "الرمثا", "معان", "الكرك", "إربد", "الشوبك", "دير علا")
ROADS = ("مدرسة", "عيادة", "مكتبة", "حديقة", "ملعب", "سوق", "مخبز", "جسر", "نادٍ", "متحف", "مسبح", "مرأب")


def report_of(n: int) -> str:
    """A report like no other."""
    town, road = TOWNS[n % 12], ROADS[n // 12 % 12]
    return (
        f"شهدت بلدة {town} أمس نقاشاً حاداً حول {road} قديمة أغلقت قبل {n + 3} أعوام بعد تصدع جدرانها الشرقية. "
        f"وطالب سكان {town} بإعادة بناء ما تهدم منها على نفقة البلدية رقم {n + 40}، فيما اقترح مهندسون نقلها إلى تلة مجاورة. "
        f"وأرجأ المجلس قراره إلى جلسة تعقد بعد {n + 5} أسابيع ليستمع إلى رأي {road} أخرى في المحافظة."
    )


def extended(n: int) -> str:
    return f"{report_of(n)} وفي سياق متصل أعلن متبرع من {TOWNS[(n + 5) % 12]} استعداده لتحمل ثلث الكلفة إذا بدأ العمل قبل الشتاء."


def bulletin(n: int) -> str:
    """A weather bulletin: the frame stays, place and figures change."""
    return (
        f"يسود طقس معتدل نهار اليوم في {TOWNS[n % 12]} وتكون الرياح شمالية غربية خفيفة إلى معتدلة السرعة، "
        f"وتبلغ درجة الحرارة العظمى {20 + n} والصغرى {8 + n} مئوية ونسبة الرطوبة {40 + n} بالمئة، بحسب دائرة الأرصاد."
    )


def labels_of(n: int) -> list[dict[str, Any]]:
    """`n` copies and `n` others, as texts."""
    copies = [{"a": report_of(k), "b": extended(k), "label": "partial"} for k in range(n)]
    others = [{"a": bulletin(k), "b": report_of(k + 50), "label": "unrelated"} for k in range(n)]
    return [label for pair in zip(copies, others, strict=True) for label in pair]


def read(path: Path) -> list[Label]:
    return read_labels(Source(str(path)), max_line_bytes=1_000_000)


def empty(**settings: Any) -> Deduplicator:
    chosen = Settings(**settings)
    return Deduplicator(MemoryStore(chosen), chosen)


def tuned(path: Path, deduplicator: Deduplicator | None = None) -> Any:
    return tune(read(path), deduplicator or empty(), name=path.name, where="in the index")


# ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", [*COPY_LABELS, *OTHER_LABELS])
def test_every_label_is_one_of_two_kinds(tmp_path: Path, word: str) -> None:
    (label,) = read(jsonl(tmp_path / "l.jsonl", {"a": "id-1", "b": "id-2", "label": word}))
    assert label == Label(1, "id-1", "id-2", word in ("copy", "same", "partial", "update"), 1.0)


def test_a_side_is_an_article_a_text_or_an_id(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "l.jsonl",
        {"a": FIRE, "b": {"title": "حريق", "body": FIRE, "source": "barq"}, "label": "same", "weight": 0.5},
        {"a": "s01", "b": {"id": "an id with blanks"}, "label": "related"},
    )
    first, second = read(path)
    assert not isinstance(first.a, str)
    assert not isinstance(first.b, str)
    assert (first.a.body, first.b.source, first.weight) == (FIRE, "barq", 0.5)
    assert (second.a, second.b) == ("s01", "an id with blanks")
    assert needs_index([second])
    assert not needs_index([first])


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"a": "x", "b": "y"}, "label is missing; expected copy or not_copy, or one of same, partial"),
        ({"a": "x", "b": "y", "label": "duplicate"}, "label is 'duplicate'; expected copy or not_copy"),
        ({"a": "x", "b": "y", "label": ["copy"]}, "label is ['copy']"),
        ({"a": "x", "label": "copy"}, "b is missing; expected an article object, a text or an id"),
        ({"a": "", "b": "y", "label": "copy"}, "a is missing"),
        ({"a": 7, "b": "y", "label": "copy"}, "a: expected an object with the members of an article, not a number"),
        ({"a": {"body": 7}, "b": "y", "label": "copy"}, "a/body: body must be a string"),
        ({"a": "x", "b": "y", "label": "copy", "weight": 0}, "weight is 0; expected a number above 0"),
        ({"a": "x", "b": "y", "label": "copy", "weight": "1"}, "weight is '1'"),
        ({"a": "x", "b": "y", "label": "copy", "weight": True}, "weight is True"),
        ([1], "expected an object"),
        (b"{\n", "not valid JSON"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_number(tmp_path: Path, record: Any, says: str) -> None:
    path = jsonl(tmp_path / "l.jsonl", {"a": "x", "b": "y", "label": "copy"}, record)
    with pytest.raises(InputError) as caught:
        read(path)
    assert "1 line cannot be used:\n  line 2: " in str(caught.value)
    assert says in str(caught.value)


def test_all_wrong_lines_are_told_at_once_the_first_twenty_in_full(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "l.jsonl", *({"a": "x", "b": "y", "label": n} for n in range(23)))
    with pytest.raises(InputError, match="23 lines cannot be used") as caught:
        read(path)
    assert str(caught.value).count("\n  line ") == 20
    assert str(caught.value).endswith("and 3 more")


def test_an_empty_file_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no labels; write one a line"):
        read(jsonl(tmp_path / "l.jsonl", b"\n"))


# ── what labels cannot be tuned on ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("word", "says"), [("copy", "that are none, too"), ("template", "that are copies, too")])
def test_one_kind_of_label_is_not_enough(tmp_path: Path, word: str, says: str) -> None:
    path = jsonl(tmp_path / "l.jsonl", *({"a": report_of(n), "b": extended(n), "label": word} for n in range(3)))
    with pytest.raises(InputError, match=says):
        tuned(path)


def test_contradicting_labels_name_both_lines_in_either_order(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "l.jsonl",
        *labels_of(2),
        {"a": extended(0), "b": report_of(0), "label": "template"},
    )
    with pytest.raises(InputError, match="line 5: contradicts line 1: the same two articles, the other label; keep one"):
        tuned(path)


def test_an_unknown_id_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "l.jsonl", *labels_of(2), {"a": "s01", "b": "s02", "label": "copy"}, {"a": "s03", "b": FIRE, "label": "copy"}
    )
    with pytest.raises(InputError) as caught:
        tuned(path)
    assert "line 5: no article with the id 's01' is in the index; name the file that has it with --articles" in str(caught.value)
    assert "line 6: no article with the id 's03' is in the index" in str(caught.value)


def test_pairs_that_hang_together_cannot_be_measured(tmp_path: Path) -> None:
    labels = {"a": FIRE, "b": f"{FIRE} {HOSPITAL}", "label": "copy"}, {"a": HOSPITAL, "b": FIRE, "label": "unrelated"}
    with pytest.raises(InputError, match="hang together by common articles"):
        tuned(jsonl(tmp_path / "l.jsonl", *labels))


def stream(path: Path) -> JsonLines:
    return JsonLines(Source(str(path)), max_line_bytes=10_000)


def test_an_article_is_not_labelled_against_itself(tmp_path: Path) -> None:
    deduplicator = empty()
    path = jsonl(tmp_path / "l.jsonl", *labels_of(2), {"a": "x", "b": "x", "label": "copy"})
    feed(deduplicator, stream(jsonl(tmp_path / "a.jsonl", {"id": "x", "body": FIRE})), now_s=NOW_S)
    with pytest.raises(InputError, match="line 5: a and b are both 'x'; name two articles"):
        tuned(path, deduplicator)


# ── measured ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_model_that_is_right_already_is_kept(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "l.jsonl", *labels_of(8))
    found = tuned(path)
    assert (found.pairs, found.copies, found.as_of_arrival, found.gained, found.lost) == (16, 8, 0, (), ())
    assert (found.before.f1.value, found.after.f1.value) == (1.0, 1.0)
    assert (found.before.recall.part, found.before.recall.whole) == (8, 8)
    assert found.verdict == "no better"
    said = "\n".join(report(found))
    assert "16 labelled pairs: 8 copies, 8 others." in said
    assert "Passage frequencies: unknown." in said
    assert "Before is the shipped model" in said
    assert "no better than the one before: keep that one" in said


def test_labels_that_disagree_with_the_model_make_a_better_one(tmp_path: Path) -> None:
    """A model so strict that it takes no extended article for a copy."""
    strict = CopyModel(COPY_MODEL.intercept - 7, COPY_MODEL.weights)
    found = tuned(jsonl(tmp_path / "l.jsonl", *labels_of(24)), empty(model=strict))
    assert (found.before.recall.part, found.before.recall.whole) == (0, 24)
    assert (found.after.recall.part, found.after.precision.value) == (24, 1.0)
    assert (found.gained, found.lost, found.chance) == (tuple(range(1, 49, 2)), (), 0.5**24)
    assert found.verdict == "better"
    assert "Before is the model of model_file" in "\n".join(report(found))


def test_a_gain_that_may_be_luck_is_called_so(tmp_path: Path) -> None:
    strict = CopyModel(COPY_MODEL.intercept - 7, COPY_MODEL.weights)
    found = tuned(jsonl(tmp_path / "l.jsonl", *labels_of(4)), empty(model=strict))
    assert (len(found.gained), len(found.lost), found.chance) == (4, 0, 0.0625)
    assert found.verdict == "perhaps"
    assert "or this is luck (a chance of 0.06): label more before you use it." in "\n".join(report(found))


def test_short_and_repeated_pairs_are_left_out_and_told(tmp_path: Path) -> None:
    first = labels_of(3)
    path = jsonl(tmp_path / "l.jsonl", *first, first[0], {"a": "نص قصير", "b": report_of(0), "label": "related"})
    found = tuned(path)
    assert (found.pairs, found.repeated, found.too_short) == (6, (7,), (8,))
    said = "\n".join(report(found))
    assert "Left out, too short to judge: 1 (line 8)." in said
    assert "Left out, labelled before: 1 (line 7)." in said


def test_ids_are_compared_by_the_frequencies_of_their_arrival(tmp_path: Path) -> None:
    articles = [{"id": f"w{n}", "source": "barq", "body": bulletin(n)} for n in range(8)]
    articles += [{"id": f"r{n}", "source": "nabd", "body": unrelated_text(n, 60)} for n in range(6)]
    articles += [{"id": f"x{n}", "source": "sada", "body": f"{unrelated_text(n, 60)} {report_of(n)}"} for n in range(6)]
    deduplicator = empty()
    assert feed(deduplicator, stream(jsonl(tmp_path / "a.jsonl", *articles, b"{\n")), now_s=NOW_S) == (20, 1)
    path = jsonl(
        tmp_path / "l.jsonl",
        *({"a": f"r{n}", "b": f"x{n}", "label": "partial"} for n in range(6)),
        *({"a": f"w{n}", "b": f"w{n + 1}", "label": "template"} for n in (0, 2, 4, 6)),
        {"a": FIRE, "b": HOSPITAL, "label": "unrelated"},
    )
    found = tuned(path, deduplicator)
    assert (found.pairs, found.as_of_arrival) == (11, 10)
    assert "as of arrival for 10 pairs; unknown for 1" in "\n".join(report(found))
    assert found.before.recall.part == 6
    assert found.before.precision.whole == 6  # no bulletin is called a copy
    assert found.ruled == 4
    assert "in the figures but not in the fit: 4." in "\n".join(report(found))


def test_what_a_rule_decides_pulls_the_model_nowhere(tmp_path: Path) -> None:
    """Bulletins of two days look like copies to the model and are none by a rule: it must not unlearn copies by them."""
    frames = [{"a": bulletin(n), "b": bulletin(n + 1), "label": "template"} for n in range(0, 20, 2)]
    with_frames = tuned(jsonl(tmp_path / "with.jsonl", *labels_of(6), *frames))
    without = tuned(jsonl(tmp_path / "without.jsonl", *labels_of(6)))
    assert with_frames.ruled == 10
    assert with_frames.model == without.model
    assert with_frames.pairs == without.pairs + 10


def test_pinned_wording_counts_as_in_the_service(tmp_path: Path) -> None:
    """The model takes every extended report for a copy; of the one whose wording a person pinned the service does not."""
    deduplicator = empty()
    deduplicator.check([Article("r9", body=report_of(9))], now_s=NOW_S)
    TemplateRegistry(deduplicator).teach("r9", by="layla", now_s=NOW_S)
    deduplicator.check([Article("x9", body=extended(9))], now_s=NOW_S)
    found = tuned(jsonl(tmp_path / "l.jsonl", *labels_of(3), {"a": "r9", "b": "x9", "label": "template"}), deduplicator)
    assert (found.before.precision.part, found.before.precision.whole) == (3, 3)
    assert found.ruled == 1


def test_weights_count_in_the_figures(tmp_path: Path) -> None:
    """One copy of weight 3 that the model misses, one of weight 1 that it finds: a recall of a quarter."""
    path = jsonl(
        tmp_path / "l.jsonl",
        {"a": report_of(0), "b": extended(0), "label": "copy"},
        {"a": FIRE, "b": HOSPITAL, "label": "copy", "weight": 3},
        {"a": report_of(1), "b": bulletin(1), "label": "not_copy"},
    )
    before = tuned(path).before
    assert (before.recall.value, before.recall.part, before.recall.whole) == (0.25, 1, 2)
    assert before.precision.value == 1.0
    assert before.f1.value == pytest.approx(0.4)  # 2 * 1 * .25 / 1.25


def test_intervals_are_wilsons(tmp_path: Path) -> None:
    """8 of 8 (Wilson 1927): n / (n + z^2) = 8 / 11.8415 to 1."""
    recall = tuned(jsonl(tmp_path / "l.jsonl", *labels_of(8))).before.recall
    assert (recall.low, recall.high) == (pytest.approx(0.6756, abs=1e-4), 1.0)


@pytest.mark.parametrize(("gained", "lost", "chance"), [(0, 0, 1.0), (1, 0, 0.5), (5, 0, 1 / 32), (4, 1, 6 / 32), (0, 3, 1.0)])
def test_the_chance_of_luck(gained: int, lost: int, chance: float) -> None:
    assert sign_test(gained, lost) == chance


# ── the file and the command ────────────────────────────────────────────────────────────────────────────────────────


def test_the_file_loads_and_changes_the_version_of_the_settings(tmp_path: Path) -> None:
    found = tuned(jsonl(tmp_path / "l.jsonl", *labels_of(6)))
    file = tmp_path / "model.toml"
    file.write_text(model_text(found.model, about(found)), encoding="utf-8")
    assert read_model(file) == found.model
    assert found.model != COPY_MODEL
    assert Config.load({"model_file": str(file)}, {}).settings.version() != Config.load(env={}).settings.version()
    text = file.read_text(encoding="utf-8")
    assert "# 12 labelled pairs: 6 copies, 6 others." in text
    assert "# The new model is no better than the one before: keep that one." in text
    assert tomllib.loads(text)["weights"] == dict(found.model.weights)


def test_the_command_tunes_writes_and_applies_nothing(run: Run, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "l.jsonl", *labels_of(6))
    (before,) = lines(run("compare", FIRE, HOSPITAL))
    told = run("tune", path)
    assert told.returncode == 0, told.stderr.decode()
    assert "Nothing was changed or written; --output FILE writes the new model." in told.stdout.decode()
    model = tmp_path / "model.toml"
    written = run("tune", path, "--output", model)
    assert written.returncode == 0, written.stderr.decode()
    assert f"use it with --model-file {model}" in written.stdout.decode()
    assert "intercept" in written.stdout.decode()
    (after,) = lines(run("compare", FIRE, HOSPITAL))
    assert after == before
    (named,) = lines(run("compare", FIRE, HOSPITAL, "--model-file", model))
    assert named["settings"] == Settings(model=read_model(model)).version() != before["settings"]
    again = run("tune", path, "--model-file", model, "--output", model)
    assert again.returncode == 2
    assert b"is the model in force; write to another file" in again.stderr


def test_the_command_takes_ids_from_a_file_or_from_the_index(run: Run, tmp_path: Path) -> None:
    articles = [{"id": f"r{n}", "source": "nabd", "body": report_of(n)} for n in range(4)]
    articles += [{"id": f"x{n}", "source": "sada", "body": extended(n)} for n in range(4)]
    arrivals = jsonl(tmp_path / "a.jsonl", *articles)
    labels = [{"a": f"r{n}", "b": f"x{n}", "label": "copy"} for n in range(4)]
    labels += [{"a": f"r{n}", "b": bulletin(n), "label": "unrelated"} for n in range(2)]
    path = jsonl(tmp_path / "l.jsonl", *labels)
    from_file = run("tune", path, "--articles", arrivals)
    assert from_file.returncode == 0, from_file.stderr.decode()
    assert from_file.stdout.decode().startswith(f"8 articles arrived from {arrivals}.\n6 labelled pairs: 4 copies, 2 others.\n")
    missing = run("tune", path)
    assert missing.returncode == 2
    assert b"no article with the id 'r0' is in the index" in missing.stderr
    assert b"Traceback" not in missing.stderr
    run("check", arrivals)
    from_index = run("tune", path)
    assert from_index.returncode == 0, from_index.stderr.decode()
    assert from_index.stdout.decode() == from_file.stdout.decode().partition("\n")[2]


@pytest.mark.parametrize("content", [b"", orjson.dumps({"a": "x", "b": "y", "label": "maybe"})])
def test_the_command_ends_with_2_on_labels_that_cannot_be_used(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "l.jsonl"
    path.write_bytes(content)
    result = run("tune", path)
    assert result.returncode == 2
    assert str(path).encode() in result.stderr
    assert b"Traceback" not in result.stderr
