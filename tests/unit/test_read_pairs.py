"""Drawing pairs for a person to read, and writing down what was said of them."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpus import Corpus, Label
from benchmarks.read_pairs import REPOSITORY, ask, draw, outside, shown_matches, side_by_side, within_stories
from dedup import Article


def line(article: str, verdict: str = "new", match: str = "", story: str = "") -> dict[str, Any]:
    return {"id": article, "body": {"verdict": verdict, "match": {"id": match} if match else None}, "story": story or article}


LINES = [
    line("a"),
    line("b", "copy", "a", "a"),
    line("c", "template", "a"),
    line("d", "partial", "b", "a"),
    line("e", "update", "a", "a"),
]
CORPUS = Corpus(
    [Article(id=i, source="خليج", title="عنوان قصير", body=f"نص المقال {i}") for i in "abcde"],
    [Label("1", "a", "e", "update", "diff", True, "b1", 1.0)],
    ["d"],
)


def test_flagged_articles_without_a_label_are_shown_beside_their_match() -> None:
    assert shown_matches(CORPUS, LINES, clear=False) == [("b", "a"), ("d", "b")]
    assert shown_matches(CORPUS, LINES, clear=True) == [("d", "b")]


def test_a_member_of_a_story_is_shown_beside_an_earlier_one() -> None:
    pairs = within_stories(LINES, random.Random(1))
    assert [new for new, _ in pairs] == ["b", "d", "e"]
    assert all(old in {"a", "b", "d"} and old < new for new, old in pairs)


def test_the_same_seed_draws_the_same_pairs() -> None:
    pairs = [(str(k), "a") for k in range(200)]
    assert draw(pairs, 50, random.Random(3)) == draw(pairs, 50, random.Random(3))
    assert len(set(draw(pairs, 50, random.Random(3)))) == 50
    assert len(draw(pairs[:4], 50, random.Random(3))) == 4


def test_only_ids_and_judgements_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    ask(CORPUS, [("b", "a"), ("d", "b"), ("e", "a")], iter(["maybe", "y", "n", "q"]), out, 80)
    assert [json.loads(x) for x in out.getvalue().splitlines()] == [
        {"b": "b", "a": "a", "judgement": "right"},
        {"b": "d", "a": "b", "judgement": "wrong"},
    ]
    assert "نص المقال b" in capsys.readouterr().out


def test_two_columns() -> None:
    shown = side_by_side(CORPUS.articles[0], Article(id="z", body="سطر\nسطر آخر"), 83).splitlines()
    assert shown[0] == "a" + " " * 39 + " | z"
    assert [[part.strip() for part in row.split(" |")] for row in shown[3:]] == [
        ["عنوان قصير", ""],
        ["", ""],
        ["نص المقال a", "سطر"],
        ["", "سطر آخر"],
    ]


def test_judgements_never_land_in_the_repository(tmp_path: Path) -> None:
    assert outside(tmp_path / "read.jsonl") == tmp_path / "read.jsonl"
    with pytest.raises(SystemExit, match="lies inside the repository"):
        outside(REPOSITORY / "benchmarks" / "read.jsonl")
