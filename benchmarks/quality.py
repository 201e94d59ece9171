"""The quality table: the body and headline verdicts against hand-labelled pairs of real Arabic news.

    python -m benchmarks.quality --data FOLDER [--verdicts FILE]

Prints our figures twice: out of fold (the copy model refitted on the days that an article is not of) and fitted. With
--verdicts, scores a file of verdict lines (`mukarrar check --candidates`) instead. Intervals are 95 % bootstrap over articles.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.corpus import Corpus, load, parser
from benchmarks.fit_verdict import NOW_S, batches, collect, fit, training_set
from dedup import Article, Deduplicator, Settings
from dedup.model import CopyModel
from dedup.store.memory import MemoryStore

FLAGGED = frozenset({"repeat", "copy", "partial", "update"})
NAMES = {"same": ("repeat", "copy"), "partial": ("partial",), "update": ("update",), "template": ("template",)}
_RESAMPLES = 400

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Scored:
    """One labelled article, as the body verdict left it."""

    id: str
    weight: float
    gold: bool
    flagged: bool
    template: bool
    cross: bool


@dataclass(frozen=True)
class Report:
    """Every figure with its interval or its count; `missing` are labelled articles without a verdict."""

    figures: dict[str, tuple[float, float, float]]
    counts: dict[str, int]
    missing: list[str]


def score(corpus: Corpus, lines: Iterable[Line]) -> Report:
    """Score verdict lines of the whole corpus."""
    verdicts = {line["id"]: line for line in lines}
    by_article = defaultdict(list)
    for label in corpus.labels:
        if label.stratum != "title":
            by_article[label.b].append(label)
    scored: list[Scored] = []
    counts: dict[str, int] = defaultdict(int)
    for b, labels in sorted(by_article.items()):
        body = verdicts.get(b, {}).get("body") or {}
        got, shown = body.get("verdict") in FLAGGED, (body.get("match") or {}).get("id")
        scored.append(
            Scored(
                b,
                labels[0].weight,
                any(x.positive for x in labels),
                got,
                any(x.label == "template" for x in labels),
                labels[0].stratum.endswith("cross"),
            )
        )
        for label in labels:
            if label.a == shown:
                if got:
                    counts["matches judged"] += 1
                    counts["matches wrong"] += not label.positive
                if label.label in NAMES:
                    counts["names judged"] += 1
                    counts["names right"] += body["verdict"] in NAMES[label.label]
            if label.positive:
                counts["positive pairs"] += 1
                counts["positive pairs among candidates"] += label.a in verdicts.get(b, {}).get("candidates", ())
    counts["clear flagged"] = sum((verdicts.get(i, {}).get("body") or {}).get("verdict") in FLAGGED for i in corpus.clear)
    counts["templates"] = sum(a.template and not a.gold for a in scored)
    counts["templates flagged"] = sum(a.template and not a.gold and a.flagged for a in scored)
    counts["cross-outlet copies"] = sum(a.gold and a.cross for a in scored)
    counts["cross-outlet copies missed"] = sum(a.gold and a.cross and not a.flagged for a in scored)
    counts["articles flagged"] = sum(a.flagged for a in scored)
    sizes = [len(v["candidates"]) for v in verdicts.values() if "candidates" in v]
    counts["candidates"], counts["articles with candidates listed"] = sum(sizes), len(sizes)
    counts["most candidates"] = max(sizes, default=0)
    _headlines(corpus, verdicts, counts)
    missing = [b for b in by_article if b not in verdicts]
    return Report(_intervals(scored, counts["clear flagged"]), dict(counts), missing)


def _headlines(corpus: Corpus, verdicts: Mapping[str, Line], counts: dict[str, int]) -> None:
    """Labelled equal headlines found as `repeated`."""
    for label in corpus.labels:
        if label.headline == "same":
            counts["same headlines"] += 1
            counts["same headlines repeated"] += (verdicts.get(label.b, {}).get("headline") or {}).get("verdict") == "repeated"


def measure(articles: Sequence[Scored], false_clear: int) -> dict[str, float]:
    """The point figures over a sample of labelled articles."""

    def rates(tp: float, fp: float, fn: float) -> tuple[float, float, float]:
        precision, recall = (tp / (tp + fp) if tp + fp else 0.0), (tp / (tp + fn) if tp + fn else 0.0)
        return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def total(weighted: bool, test: Any) -> float:
        return sum((a.weight if weighted else 1.0) for a in articles if test(a))

    figures: dict[str, float] = {}
    for name, weighted in (("weighted", True), ("stratified", False)):
        found = total(weighted, lambda a: a.gold and a.flagged)
        false = total(weighted, lambda a: a.flagged and not a.gold) + (false_clear if weighted else 0)
        missed = total(weighted, lambda a: a.gold and not a.flagged)
        precision, recall, f1 = rates(found, false, missed)
        figures |= {f"{name} precision": precision, f"{name} recall": recall, f"{name} F1": f1}
    templates = total(True, lambda a: a.template and not a.gold)
    cross = total(True, lambda a: a.gold and a.cross)
    flagged = total(True, lambda a: a.template and not a.gold and a.flagged)
    figures["template false rate"] = flagged / templates if templates else 0.0
    figures["cross-outlet recall"] = total(True, lambda a: a.gold and a.cross and a.flagged) / cross if cross else 0.0
    return figures


def _intervals(scored: Sequence[Scored], false_clear: int) -> dict[str, tuple[float, float, float]]:
    point = measure(scored, false_clear)
    generator = random.Random(0)
    samples = [measure([scored[generator.randrange(len(scored))] for _ in scored], false_clear) for _ in range(_RESAMPLES)]
    out = {}
    for name, value in point.items():
        ordered = sorted(sample[name] for sample in samples)
        out[name] = (value, ordered[_RESAMPLES // 40], ordered[-_RESAMPLES // 40 - 1])
    return out


class FoldJudge(Deduplicator):
    """Judges each article with the model that was fitted without the articles of its day."""

    def __init__(self, settings: Settings, folds: Mapping[str, int], models: Sequence[CopyModel]) -> None:
        super().__init__(MemoryStore(settings), settings)
        self.folds, self.models = folds, models

    def _model(self, article: Article) -> CopyModel:
        return self.models[self.folds[article.id]]


def run(corpus: Corpus, deduplicator: Deduplicator) -> list[Line]:
    """Verdict lines of the whole corpus in file order."""
    lines: list[Line] = []
    for batch in batches(corpus.articles, 50):
        for verdict in deduplicator.check(batch, now_s=NOW_S):
            if isinstance(verdict, Exception):
                continue
            lines.append(verdict.as_dict(candidates=True))
    return lines


def out_of_fold(corpus: Corpus, settings: Settings) -> list[Line]:
    """Verdict lines made with models that never saw the day they judge."""
    pairs, folds = collect(corpus, settings), corpus.folds()
    models = [
        fit(*training_set(corpus, pairs, [i for i, f in folds.items() if f != fold])) for fold in range(max(folds.values()) + 1)
    ]
    return run(corpus, FoldJudge(settings, folds, models))


def show(title: str, report: Report) -> None:
    print(f"\n{title}")
    for name, (value, low, high) in report.figures.items():
        print(f"  {name:24s} {value:.3f}   95 % [{low:.3f}, {high:.3f}]")
    c = report.counts
    rows = (
        ("templates flagged", c["templates flagged"], c["templates"]),
        ("cross-outlet copies missed", c["cross-outlet copies missed"], c["cross-outlet copies"]),
        ("flags on clear articles", c["clear flagged"], 0),
        ("match shown is wrong", c.get("matches wrong", 0), c.get("matches judged", 0)),
        ("matches judged, of flagged", c.get("matches judged", 0), c["articles flagged"]),
        ("verdict name agrees", c.get("names right", 0), c.get("names judged", 0)),
        ("candidate recall", c["positive pairs among candidates"], c["positive pairs"]),
        ("same headlines repeated", c.get("same headlines repeated", 0), c.get("same headlines", 0)),
    )
    for name, part, whole in rows:
        print(f"  {name:28s} {part}" + (f" of {whole} = {part / whole:.3f}" if whole else ""))
    if c["articles with candidates listed"]:
        mean = c["candidates"] / c["articles with candidates listed"]
        print(f"  {'candidates an article':28s} {mean:.2f}, most {c['most candidates']}")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--verdicts", type=Path, help="score this file of verdict lines instead")
    options = arguments.parse_args()
    corpus = load(options.data)
    if options.verdicts:
        reports = {str(options.verdicts): score(corpus, map(json.loads, options.verdicts.read_text("utf-8").splitlines()))}
    else:
        settings = Settings()
        reports = {
            "out of fold": score(corpus, out_of_fold(corpus, settings)),
            "fitted": score(corpus, run(corpus, Deduplicator(MemoryStore(settings), settings))),
        }
    for title, report in reports.items():
        show(title, report)
        if report.missing:
            sys.exit(f"no verdict for {len(report.missing)} labelled articles, for example {report.missing[:3]}")


if __name__ == "__main__":
    main()
