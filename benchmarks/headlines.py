"""Headline verdicts: paraphrases found at a fixed rate of altered facts called the same, against RapidFuzz; and the corpus' own.

    python -m benchmarks.headlines --data FOLDER [--corpus]

Reads headlines/ans_train.jsonl under the folder: pairs labelled `agree` (a paraphrase), `disagree` (an altered fact), `other`. A
pair counts as found if the verdict on the second, with the first before it, is `repeated` or `near`. RapidFuzz's scorers get
the best threshold that the same rate leaves them, on the raw titles and on our normalised words. With --corpus also, over the
whole news corpus in file order, the two figures of `headline_rows`. Intervals are 95 % Wilson.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from benchmarks.corpus import Corpus, load, parser
from benchmarks.quality import run
from dedup import Article, Deduplicator, Settings
from dedup.segment import segment
from dedup.store.memory import MemoryStore

MAX_FALSE_RATE = 0.02
SAID_AGAIN = frozenset({"repeated", "near"})
SCORERS: dict[str, Callable[[str, str], float]] = {
    "ratio": fuzz.ratio,
    "token_sort_ratio": fuzz.token_sort_ratio,
    "token_set_ratio": fuzz.token_set_ratio,
    "WRatio": fuzz.WRatio,
}
UNRELATED_CONTAINMENT = 0.1  # of the smaller body's 3-word shingles: less is an unrelated body
_RECURRENCES = 2  # earlier equal headlines over unrelated bodies, from the third occurrence on


@dataclass(frozen=True)
class Pair:
    """One labelled pair of headlines; pairs that share a headline are in one half."""

    old: str
    new: str
    label: str
    half: int  # 0 or 1


@dataclass(frozen=True)
class Row:
    """What one way of judging finds."""

    name: str
    agree: tuple[int, int]  # paraphrases found, of all
    disagree: tuple[int, int]  # altered facts called the same, of all


def read_pairs(path: Path) -> list[Pair]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    parent: dict[str, str] = {}

    def group(text: str) -> str:
        while parent.setdefault(text, text) != text:
            text = parent[text]
        return text

    for row in rows:
        parent[group(row["a"])] = group(row["b"])
    return [
        Pair(row["a"], row["b"], row["label"], int(hashlib.md5(group(row["a"]).encode()).hexdigest(), 16) % 2) for row in rows
    ]


def wilson(part: int, whole: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if not whole:
        return 0.0, 0.0
    z, p = 1.96, part / whole
    middle, spread = p + z * z / (2 * whole), z * sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole))
    return max(0.0, (middle - spread) / (1 + z * z / whole)), min(1.0, (middle + spread) / (1 + z * z / whole))


def verdicts(pairs: Sequence[Pair]) -> list[str]:
    """Our headline verdict on each pair, as `mukarrar compare` gives it on two bare titles."""
    settings = Settings()
    deduplicator = Deduplicator(MemoryStore(settings), settings)
    return [
        deduplicator.compare(Article(id="old", title=pair.old), Article(id="new", title=pair.new)).headline.verdict
        for pair in pairs
    ]


def counted(name: str, pairs: Sequence[Pair], found: Sequence[bool]) -> Row:
    hits = Counter(pair.label for pair, hit in zip(pairs, found, strict=True) if hit)
    totals = Counter(pair.label for pair in pairs)
    return Row(name, (hits["agree"], totals["agree"]), (hits["disagree"], totals["disagree"]))


def at_rate(name: str, pairs: Sequence[Pair], scores: Sequence[float], rate: float) -> Row:
    """The row at the threshold that finds most while at most `rate` of the altered facts pass it."""
    most = rate * sum(pair.label == "disagree" for pair in pairs)
    best = counted(name, pairs, [False] * len(pairs))
    for threshold in sorted(set(scores), reverse=True):
        row = counted(name, pairs, [score >= threshold for score in scores])
        if row.disagree[0] > most:
            break
        best = row
    return best


def pair_rows(pairs: Sequence[Pair]) -> list[Row]:
    found = [verdict in SAID_AGAIN for verdict in verdicts(pairs)]
    rows = [counted("Mukarrar", pairs, found)]
    for half in (0, 1):
        chosen = [i for i, pair in enumerate(pairs) if pair.half == half]
        rows.append(counted(f"Mukarrar, half {half + 1}", [pairs[i] for i in chosen], [found[i] for i in chosen]))
    words = [tuple(" ".join(segment(Article(id="", title=t)).headline.words) for t in (pair.old, pair.new)) for pair in pairs]
    for name, scorer in SCORERS.items():
        for kind, texts in (("raw", [(pair.old, pair.new) for pair in pairs]), ("our words", words)):
            rows.append(at_rate(f"RapidFuzz {name}, {kind}", pairs, [scorer(*text) for text in texts], MAX_FALSE_RATE))
    return rows


def headline_rows(corpus: Corpus, lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Counts over verdict lines of the whole corpus in file order.

    Returns:
        `same headlines` labelled, and those `repeated`; `recurring headlines`: articles that are the third or later under one
        bare headline whose earlier bodies all are unrelated to theirs (`UNRELATED_CONTAINMENT`; an empty body is not), and
        those of them `called the same`: `repeated` or `near`.
    """
    said = {line["id"]: line["headline"]["verdict"] for line in lines}
    counts = {"same headlines": 0, "same headlines repeated": 0, "recurring headlines": 0, "recurring called the same": 0}
    for label in corpus.labels:
        if label.headline == "same":
            counts["same headlines"] += 1
            counts["same headlines repeated"] += said.get(label.b) == "repeated"
    earlier: defaultdict[tuple[str, ...], list[frozenset[tuple[str, ...]]]] = defaultdict(list)
    for article in corpus.articles:
        parts = segment(article)
        words = parts.body.words
        shingles = frozenset(words[i : i + 3] for i in range(len(words) - 2))
        if not parts.headline.words or not shingles:
            continue
        before = earlier[parts.headline.words]
        if len(before) >= _RECURRENCES and all(
            len(shingles & other) < UNRELATED_CONTAINMENT * min(len(shingles), len(other)) for other in before
        ):
            counts["recurring headlines"] += 1
            counts["recurring called the same"] += said.get(article.id) in SAID_AGAIN
        before.append(shingles)
    return counts


def show(rows: Iterable[Row]) -> None:
    for row in rows:
        shares = []
        for part, whole in (row.agree, row.disagree):
            low, high = wilson(part, whole)
            shares.append(f"{part:4d} of {whole:4d} = {part / whole:.3f} [{low:.3f}, {high:.3f}]")
        print(f"  {row.name:38s} agree {shares[0]}   disagree {shares[1]}")


def main() -> None:
    arguments: argparse.ArgumentParser = parser(__doc__)
    arguments.add_argument("--corpus", action="store_true", help="also judge the whole news corpus (minutes)")
    options = arguments.parse_args()
    path = Path(options.data) / "headlines" / "ans_train.jsonl"
    if not options.data or not path.is_file():
        sys.exit("the headline pairs are absent: set MUKARRAR_DATA (or --data) to the folder that holds headlines/")
    print(f"found as repeated or near, at most {MAX_FALSE_RATE:.0%} of the altered facts")
    show(pair_rows(read_pairs(path)))
    if options.corpus:
        settings = Settings()
        corpus = load(options.data)
        counts = headline_rows(corpus, run(corpus, Deduplicator(MemoryStore(settings), settings)))
        print("the news corpus, in order of arrival")
        pairs = ("same headlines repeated", "same headlines"), ("recurring called the same", "recurring headlines")
        for part, whole in pairs:
            low, high = wilson(counts[part], counts[whole])
            share = counts[part] / max(counts[whole], 1)
            print(f"  {part:28s} {counts[part]} of {counts[whole]} = {share:.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
