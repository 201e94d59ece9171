"""Verdict lines against hand-labelled pairs: each figure with its count and its 95 % interval.

Intervals are bootstrap intervals over articles, 400 resamples; where none or all of the cases count, so that every resample says
the same, the exact binomial bound stands in their place.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.corpus import Corpus, Label
from dedup import Article
from dedup.normalise import normalise
from dedup.segment import segment
from dedup.shingle import shingle

FLAGGED = frozenset({"repeat", "copy", "partial", "update"})
NAMES = {"same": ("repeat", "copy"), "partial": ("partial",), "update": ("update",), "template": ("template",)}
RESAMPLES = 400
_MIN_WORDS = 10  # of both bodies of a pair that must become candidates
_UNRELATED = 0.1  # containment of the smaller text's 3-word shingles below which two bodies have nothing to do with each other
_RUBRIC_FROM = 3  # the occurrence of a headline from which it should be known as a section title

Line = Mapping[str, Any]


# ── what the labels say ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Gold:
    """What the labels and texts of a corpus say, worked out once for every file of verdicts.

    `by_article` holds the labels by their later article, in the order of ids, without the headline stratum; `long_pairs` the
    positive pairs (b, a) among them that have ten words on either side; `rubrics` the articles whose headline stood over
    nothing but unrelated bodies before, from its third occurrence on.
    """

    by_article: dict[str, list[Label]]
    long_pairs: frozenset[tuple[str, str]]
    same_headlines: tuple[Label, ...]
    rubrics: tuple[str, ...]
    clear: tuple[str, ...]


def gold(corpus: Corpus) -> Gold:
    """Work out what every scoring needs of a corpus."""
    by_article: dict[str, list[Label]] = defaultdict(list)
    for label in corpus.labels:
        if label.stratum != "title":
            by_article[label.b].append(label)
    bodies = {a.id: a.body for a in corpus.articles}
    long_pairs = frozenset(
        (x.b, x.a)
        for labels in by_article.values()
        for x in labels
        if x.positive and all(len(normalise(bodies[i]).words) >= _MIN_WORDS for i in (x.a, x.b))
    )
    return Gold(
        dict(sorted(by_article.items())),
        long_pairs,
        tuple(x for x in corpus.labels if x.headline == "same"),
        tuple(rubrics(corpus.articles)),
        tuple(corpus.clear),
    )


def rubrics(articles: Sequence[Article]) -> list[str]:
    """Ids of the articles whose bare headline stood before only over bodies unrelated to theirs, at least twice.

    Articles are given in order of arrival. One without three words of text in a row is no occurrence: nobody can say what it
    is related to.
    """
    alike: dict[tuple[str, ...], list[Article]] = defaultdict(list)
    for article in articles:
        alike[segment(replace(article, body="")).headline.words].append(article)
    found: set[str] = set()
    for words, group in alike.items():
        if not words or len(group) < _RUBRIC_FROM:
            continue
        before: list[frozenset[int]] = []
        for article in group:
            parts = segment(article)
            runs = frozenset(shingle(parts.body.words, parts.own, size=3).tolist())
            if not runs:
                continue
            unrelated = all(len(runs & other) < _UNRELATED * min(len(runs), len(other)) for other in before)
            if unrelated and len(before) >= _RUBRIC_FROM - 1:
                found.add(article.id)
            before.append(runs)
    return [article.id for article in articles if article.id in found]


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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
class Figure:
    """One figure with its 95 % interval: `part` of `whole` cases (`unit`); a count where `counted`, else a ratio or a mean."""

    value: float
    low: float
    high: float
    part: float
    whole: int
    unit: str
    counted: bool = False

    def brief(self) -> str:
        """The figure and its interval."""
        return f"{_short(self.value)} [{_short(self.low)}, {_short(self.high)}]"

    def text(self) -> str:
        """The figure, its interval and the cases it stands on."""
        if self.counted:
            return f"{self.value:.0f} of {self.whole:,} {self.unit} [{self.low:.0f}, {self.high:.0f}]"
        return f"{self.brief()}, {self.part:,.0f} of {self.whole:,} {self.unit}"


@dataclass(frozen=True)
class Report:
    """Every figure by its name.

    `missing` are labelled and clear articles without a verdict, `clear_flagged` clear ones with a flag.
    """

    figures: dict[str, Figure]
    missing: list[str]
    clear_flagged: list[str]


def score(known: Gold, lines: Iterable[Line]) -> Report:
    """Score verdict lines of a whole corpus; figures for which the lines hold nothing are left out."""
    verdicts = {line["id"]: line for line in lines if "error" not in line}

    def body(article: str) -> Mapping[str, Any]:
        return verdicts.get(article, {}).get("body") or {}

    def headline(article: str) -> str | None:
        return (verdicts.get(article, {}).get("headline") or {}).get("verdict")

    scored = scored_articles(known, {i for i, v in verdicts.items() if (v.get("body") or {}).get("verdict") in FLAGGED})
    wrong: list[tuple[float, float]] = []
    named: list[tuple[float, float]] = []
    pairs: list[tuple[float, float]] = []
    long_pairs: list[tuple[float, float]] = []
    for article, labels in zip(scored, known.by_article.values(), strict=True):
        shown = (body(article.id).get("match") or {}).get("id")
        verdict = body(article.id).get("verdict")
        candidates = verdicts.get(article.id, {}).get("candidates", ())
        for x in (x for x in labels if x.a == shown):
            if article.flagged:
                wrong.append((not x.positive, 1))
            if x.label in NAMES:
                named.append((verdict in NAMES[x.label], 1))
        positive = [x for x in labels if x.positive]
        pairs += _unit((x.a in candidates, 1) for x in positive)
        long_pairs += _unit((x.a in candidates, 1) for x in positive if (x.b, x.a) in known.long_pairs)
    clear_flagged = [i for i in known.clear if body(i).get("verdict") in FLAGGED]
    flagged_clear = set(clear_flagged)
    templates = [a for a in scored if a.template and not a.gold]
    cross = [a for a in scored if a.gold and a.cross]
    flagged = [a for a in scored if a.flagged]
    figures = _weighed(scored, len(clear_flagged))
    figures |= {
        "templates flagged": ratio([(a.flagged, 1) for a in templates], "template articles", counted=True),
        "cross-outlet copies missed": ratio([(not a.flagged, 1) for a in cross], "cross-outlet copies", counted=True),
        "flags on clear articles": ratio([(i in flagged_clear, 1) for i in known.clear], "clear articles", counted=True),
        "match shown is wrong": ratio(wrong, "judged matches"),
        "matches judged": ratio([(_judged(a, known, body(a.id)), 1) for a in flagged], "flagged labelled articles"),
        "name agreement": ratio(named, "labelled pairs shown as match"),
    }
    sizes = [(len(v["candidates"]), 1) for v in verdicts.values() if "candidates" in v]
    if sizes:
        figures |= {
            "candidate recall": ratio(long_pairs, "positive pairs, both of ten words"),
            "candidate recall, every length": ratio(pairs, "positive pairs"),
            "candidates an article": ratio(sizes, "articles"),
            "most candidates": _most(sizes),
        }
    if any("headline" in v for v in verdicts.values()):
        same = [(headline(x.b) == "repeated", 1) for x in known.same_headlines]
        called = [(headline(i) in ("repeated", "near"), 1) for i in known.rubrics]
        figures |= {
            "same headlines repeated": ratio(same, "pairs with the same headline"),
            "rubrics repeated": ratio(called, "rubric articles"),
        }
    return Report(figures, [i for i in (*known.by_article, *known.clear) if i not in verdicts], clear_flagged)


def scored_articles(known: Gold, flagged: Collection[str]) -> list[Scored]:
    """The labelled articles, in the order of their ids."""
    return [
        Scored(
            b,
            labels[0].weight,
            any(x.positive for x in labels),
            b in flagged,
            any(x.label == "template" for x in labels),
            labels[0].stratum.endswith("cross"),
        )
        for b, labels in known.by_article.items()
    ]


def _unit(cases: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The cases of one article as one unit, so that they are drawn together; nothing if there are none."""
    cases = list(cases)
    return [(sum(p for p, _ in cases), sum(w for _, w in cases))] if cases else []


def _judged(article: Scored, known: Gold, body: Mapping[str, Any]) -> bool:
    """Whether the match that is shown is one of the labelled pairs."""
    return (body.get("match") or {}).get("id") in {x.a for x in known.by_article[article.id]}


def measure(articles: Sequence[Scored], false_clear: int) -> dict[str, float]:
    """The point figures over a sample of labelled articles."""
    totals = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]  # weighted and plain: found, false, missed
    templates = template_flags = cross = cross_found = 0.0
    for a in articles:
        if a.gold or a.flagged:
            at = 0 if a.gold and a.flagged else 1 if a.flagged else 2
            totals[0][at] += a.weight
            totals[1][at] += 1
        if a.template and not a.gold:
            templates += a.weight
            template_flags += a.weight * a.flagged
        if a.gold and a.cross:
            cross += a.weight
            cross_found += a.weight * a.flagged
    totals[0][1] += false_clear
    figures: dict[str, float] = {}
    for name, (found, false, missed) in zip(("weighted", "stratified"), totals, strict=True):
        precision = found / (found + false) if found + false else 0.0
        recall = found / (found + missed) if found + missed else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        figures |= {f"{name} precision": precision, f"{name} recall": recall, f"{name} F1": f1}
    figures["template false rate"] = template_flags / templates if templates else 0.0
    figures["cross-outlet recall"] = cross_found / cross if cross else 0.0
    return figures


def _weighed(scored: Sequence[Scored], false_clear: int) -> dict[str, Figure]:
    """The figures that weights go into, resampled with Python's generator so that others can repeat them."""
    point = measure(scored, false_clear)
    generator = random.Random(0)
    samples = [measure([scored[generator.randrange(len(scored))] for _ in scored], false_clear) for _ in range(RESAMPLES)]
    templates = [a for a in scored if a.template and not a.gold]
    cross = [a for a in scored if a.gold and a.cross]
    right = sum(a.gold == a.flagged for a in scored)
    cases = {
        "template false rate": (sum(a.flagged for a in templates), len(templates), "template articles"),
        "cross-outlet recall": (sum(a.flagged for a in cross), len(cross), "cross-outlet copies"),
    }
    figures = {}
    for name, value in point.items():
        ordered = sorted(sample[name] for sample in samples)
        part, whole, unit = cases.get(name, (right, len(scored), "labelled articles right"))
        figures[name] = Figure(value, *_middle(ordered), part, whole, unit)
    return figures


def ratio(units: Sequence[tuple[float, float]], unit: str, *, counted: bool = False) -> Figure:
    """The sum of the parts over the sum of the wholes, or the parts themselves where `counted`; units are drawn as a whole."""
    if not units:
        return Figure(0.0, 0.0, 0.0 if counted else 1.0, 0, 0, unit, counted)
    part, whole = np.array(units, dtype=np.float64).T
    total = float(whole.sum())
    value = float(part.sum()) / total
    if not part.any() or (part == whole).all():  # no resample could say anything else
        bound = 0.025 ** (1 / total)
        low, high = (0.0, 1 - bound) if value == 0.0 else (bound, 1.0)
    else:
        generator = np.random.default_rng(0)
        drawn = (generator.integers(0, len(units), len(units)) for _ in range(RESAMPLES))
        low, high = _middle(sorted(float(part[at].sum() / whole[at].sum()) for at in drawn))
    scale = total if counted else 1.0
    return Figure(value * scale, low * scale, high * scale, float(part.sum()), int(total), unit, counted)


def _middle(ordered: Sequence[float]) -> tuple[float, float]:
    """The bounds of the middle 95 %."""
    return ordered[RESAMPLES // 40], ordered[-RESAMPLES // 40 - 1]


def _most(sizes: Sequence[tuple[int, int]]) -> Figure:
    most = max(size for size, _ in sizes)
    return Figure(most, most, most, sum(size == most for size, _ in sizes), len(sizes), "articles")


def _short(value: float) -> str:
    """Three digits, without a zero before the point; two where the figure is a mean of more than one."""
    if value > 1:
        return f"{value:.0f}" if value == int(value) else f"{value:.2f}"
    return f"{value:.3f}".removeprefix("0")
