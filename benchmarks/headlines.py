"""Headline verdicts: paraphrases found at a fixed rate of altered facts called the same, against RapidFuzz.

    python -m benchmarks.headlines --data FOLDER

Reads headlines/ans_train.jsonl under the folder: pairs labelled `agree` (a paraphrase), `disagree` (an altered fact), `other`. A
pair counts as found if the verdict on the second, with the first before it, is `repeated` or `near`. RapidFuzz's scorers get
the best threshold that the same rate leaves them, on the raw titles and on our normalised words. Intervals are 95 % Wilson.
What headlines come to on the news corpus is in the table of `benchmarks.quality`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from rapidfuzz import fuzz

from benchmarks.corpus import parser
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


def show(rows: Iterable[Row]) -> None:
    for row in rows:
        shares = []
        for part, whole in (row.agree, row.disagree):
            low, high = wilson(part, whole)
            shares.append(f"{part:4d} of {whole:4d} = {part / whole:.3f} [{low:.3f}, {high:.3f}]")
        print(f"  {row.name:38s} agree {shares[0]}   disagree {shares[1]}")


def main() -> None:
    options = parser(__doc__).parse_args()
    path = Path(options.data) / "headlines" / "ans_train.jsonl"
    if not options.data or not path.is_file():
        sys.exit("the headline pairs are absent: set MUKARRAR_DATA (or --data) to the folder that holds headlines/")
    print(f"found as repeated or near, at most {MAX_FALSE_RATE:.0%} of the altered facts")
    show(pair_rows(read_pairs(path)))


if __name__ == "__main__":
    main()
