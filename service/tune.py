"""An operator's own labelled pairs -> another copy model, measured on pairs it was not fitted on. Nothing is applied here."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Literal

import numpy as np

from dedup.deduplicator import Deduplicator
from dedup.errors import ArticleError, UnknownArticleError
from dedup.explanation import Explanation
from dedup.fit import folds, refit
from dedup.model import COPY_MODEL, CopyModel
from dedup.records import Article
from dedup.store.protocol import latest
from dedup.verdict import judge
from dedup.verify import Comparison
from service.formats.article import article_from_json
from service.readers import InputError, Source
from service.readers.jsonl import JsonLines

COPY_LABELS = ("copy", "same", "partial", "update")
OTHER_LABELS = ("not_copy", "template", "related", "unrelated")
MAX_WEIGHT = 1_000.0
_ERRORS_SHOWN = 20
_CHANCE = 0.05  # a gain that is likelier than this by chance is none


@dataclass(frozen=True, slots=True)
class Label:
    """One line: two articles, or ids of such, the older first, and whether the later takes over the earlier one."""

    line: int
    a: Article | str
    b: Article | str
    copy: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label with the comparison of its pair; `frequencies` as in `Explanation`."""

    label: Label
    explanation: Explanation
    comparison: Comparison
    keys: tuple[Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its count and its 95 % interval (Wilson); `value` is 0 where there is nothing to count."""

    value: float
    part: int
    whole: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How a model judges the labelled pairs."""

    precision: Rate
    recall: Rate
    f1: Rate  # of twice the copies found, in the copies said and the copies there are


@dataclass(frozen=True, slots=True)
class Tuning:
    """What came of it. `after` is out of fold; `model` is fitted on all pairs."""

    given: CopyModel
    model: CopyModel
    before: Figures
    after: Figures
    pairs: int
    copies: int
    folds: int
    ruled: int  # pairs that a rule decides, whatever the model says: in the figures, not in the fit
    as_of_arrival: int  # pairs whose passage frequencies are known
    too_short: tuple[int, ...]  # lines left out
    repeated: tuple[int, ...]
    gained: tuple[int, ...]  # lines judged right now and wrong before
    lost: tuple[int, ...]
    chance: float  # that gained and lost differ so much or more if neither model is better

    @property
    def verdict(self) -> Literal["better", "perhaps", "no better"]:
        """Whether the new model is worth using."""
        if self.after.f1.value <= self.before.f1.value or len(self.gained) <= len(self.lost):
            return "no better"
        return "better" if self.chance <= _CHANCE else "perhaps"


def read_labels(source: Source, *, max_line_bytes: int) -> list[Label]:
    """The labels of a JSON Lines file.

    Raises:
        InputError: there is none, or lines cannot be used; each is named with its number and what helps.
    """
    found: list[Label] = []
    errors: list[tuple[int, str]] = []
    for number, obj in JsonLines(source, max_line_bytes=max_line_bytes).objects():
        try:
            found.append(_label(number, obj))
        except ArticleError as error:
            errors.append((number, str(error)))
    _raise(source.name, errors)
    if not found:
        raise InputError(source.name, 'holds no labels; write one a line: {"a": ..., "b": ..., "label": "copy"}')
    return found


def needs_index(labels: Iterable[Label]) -> bool:
    """Whether any label names an article by its id."""
    return any(isinstance(side, str) for label in labels for side in (label.a, label.b))


def feed(deduplicator: Deduplicator, reader: JsonLines, *, now_s: float) -> tuple[int, int]:
    """Let the articles of a file arrive one after the other; how many did, and how many lines were none."""
    arrived = refused = 0
    batch: list[Article] = []

    def arrive() -> None:
        nonlocal arrived, refused
        answers = deduplicator.check(batch, now_s=now_s)
        refused += sum(isinstance(answer, ArticleError) for answer in answers)
        arrived += sum(not isinstance(answer, ArticleError) for answer in answers)
        batch.clear()

    for _, record in reader:
        if not isinstance(record, Article):
            refused += 1
            continue
        batch.append(record)
        if len(batch) == 50:
            arrive()
    if batch:
        arrive()
    return arrived, refused


def tune(labels: Sequence[Label], deduplicator: Deduplicator, *, name: str, where: str) -> Tuning:
    """Refit the model in force on labelled pairs, and measure both out of fold.

    Args:
        labels: at least one of either kind.
        deduplicator: holds the articles that labels name by id; its settings have the model to start from.
        name: of the label file, for errors.
        where: ids are looked up, for errors: "in articles.jsonl".

    Raises:
        InputError: labels contradict each other, an id is unknown, all pairs are of one kind or of one connected group.
    """
    errors: list[tuple[int, str]] = []
    kept: dict[frozenset[Hashable], Labelled] = {}
    short: list[int] = []
    repeated: list[int] = []
    for label in labels:
        try:
            explanation, keys = _explained(label, deduplicator, where)
        except ArticleError as error:
            errors.append((label.line, str(error)))
            continue
        other = kept.get(frozenset(keys))
        if other and other.label.copy != label.copy:
            errors.append((label.line, f"contradicts line {other.label.line}: the same two articles, the other label; keep one"))
        elif other:
            repeated.append(label.line)
        elif explanation.comparison is None:
            short.append(label.line)
        else:
            kept[frozenset(keys)] = Labelled(label, explanation, explanation.comparison, keys)
    _raise(name, errors)
    pairs = list(kept.values())
    copies = sum(pair.label.copy for pair in pairs)
    if copies in (0, len(pairs)):
        have, lack = ("copies", "are none") if copies else ("pairs that are no copies", "are copies")
        raise InputError(
            name, f"its {len(pairs)} usable labels are all of {have}; label pairs that {lack}, too, best such as were misjudged"
        )
    fold_of = folds([pair.keys for pair in pairs])
    if max(fold_of) == 0:
        raise InputError(
            name,
            "its pairs all hang together by common articles: no pair is left to measure a model on; label others, too",
        )
    given = deduplicator.settings.model
    before = [_says(pair, given) for pair in pairs]
    after = list(before)
    for fold in range(max(fold_of) + 1):
        inside = [number == fold for number in fold_of]
        model = _fitted(given, list(compress(pairs, [not here for here in inside])))
        for at in compress(range(len(pairs)), inside):
            after[at] = _says(pairs[at], model)
    right = [(was == pair.label.copy, now == pair.label.copy) for was, now, pair in zip(before, after, pairs, strict=True)]
    gained = tuple(pair.label.line for pair, (was, now) in zip(pairs, right, strict=True) if now and not was)
    lost = tuple(pair.label.line for pair, (was, now) in zip(pairs, right, strict=True) if was and not now)
    return Tuning(
        given=given,
        model=_fitted(given, pairs),
        before=figures(pairs, before),
        after=figures(pairs, after),
        pairs=len(pairs),
        copies=copies,
        folds=max(fold_of) + 1,
        ruled=sum(pair.explanation.ruled for pair in pairs),
        as_of_arrival=sum(pair.explanation.frequencies != "none" for pair in pairs),
        too_short=tuple(short),
        repeated=tuple(repeated),
        gained=gained,
        lost=lost,
        chance=sign_test(len(gained), len(lost)),
    )


def figures(pairs: Sequence[Labelled], said: Sequence[bool]) -> Figures:
    """Precision, recall and F1 of what was said of the pairs, weighted by the labels; counts are of pairs."""
    hits = [pair.label.copy and answer for pair, answer in zip(pairs, said, strict=True)]
    either = [pair.label.copy or answer for pair, answer in zip(pairs, said, strict=True)]
    weights = [pair.label.weight for pair in pairs]
    precision = _rate(hits, said, weights)
    recall = _rate(hits, [pair.label.copy for pair in pairs], weights)
    overlap = _rate(hits, either, weights)  # hits / (hits + misses + false alarms), of which F1 is a rising function
    value, low, high = (2 * share / (1 + share) for share in (overlap.value, overlap.low, overlap.high))
    return Figures(precision, recall, Rate(value, 2 * precision.part, precision.whole + recall.whole, low, high))


def sign_test(gained: int, lost: int) -> float:
    """The chance of `gained` or more out of `gained + lost` where each is as likely as the other (exact, one-sided)."""
    n = gained + lost
    return float(sum(math.comb(n, k) for k in range(gained, n + 1)) / 2**n)


def about(tuning: Tuning) -> Iterator[str]:
    """The head of the model file: where it comes from, and how to use it."""
    yield "A copy model of Mukarrar, made by `mukarrar tune`: log-odds of a copy = intercept + sum(weight * feature)."
    yield "Used only where it is named: mukarrar serve --model-file FILE, or MUKARRAR_MODEL_FILE, or model_file in mukarrar.toml."
    yield ""
    yield from report(tuning)


def changes(tuning: Tuning) -> Iterator[str]:
    """Each coefficient before and after."""
    yield "Coefficients, before and after (fitted on all pairs):"
    yield f"  {'intercept':<22} {tuning.given.intercept:>8.3f} {tuning.model.intercept:>8.3f}"
    for (name, before), (_, after) in zip(tuning.given.weights, tuning.model.weights, strict=True):
        yield f"  {name:<22} {before:>8.3f} {after:>8.3f}"


def report(tuning: Tuning) -> Iterator[str]:
    """The figures before and after, and whether the new model is worth using."""
    t = tuning
    others = t.pairs - t.copies
    yield f"{t.pairs} labelled pairs: {t.copies} {'copy' if t.copies == 1 else 'copies'}, {others} other{'s' * (others != 1)}."
    if t.too_short:
        yield f"Left out, too short to judge: {_lines(t.too_short)}."
    if t.repeated:
        yield f"Left out, labelled before: {_lines(t.repeated)}."
    if t.ruled:
        yield f"Decided by a rule whatever the model says, in the figures but not in the fit: {t.ruled}."
    known, unknown = t.as_of_arrival, t.pairs - t.as_of_arrival
    if known and unknown:
        yield f"Passage frequencies: as of arrival for {known} pairs; unknown for {unknown}."
    else:
        yield f"Passage frequencies: {'as of arrival' if known else 'unknown'}."
    yield f"Before is {'the shipped model' if t.given == COPY_MODEL else 'the model of model_file'}; after is out of fold"
    yield f"({t.folds} folds, no article in two). Counts are of pairs, intervals of 95 %."
    yield f"  {'':<10} {'before':<30} after"
    for name in ("precision", "recall"):
        yield f"  {name:<10} {_told(getattr(t.before, name)):<30} {_told(getattr(t.after, name))}"
    yield f"  {'F1':<10} {_value(t.before.f1):<30} {_value(t.after.f1)}"
    if t.gained or t.lost:
        yield f"Right now, wrong before: {_lines(t.gained)}. Wrong now, right before: {_lines(t.lost)}."
    yield {
        "better": f"The new model is better than the one before (the chance that this is luck: {t.chance:.3f}).",
        "perhaps": f"The new model may be better, or this is luck (a chance of {t.chance:.2f}): label more before you use it.",
        "no better": "The new model is no better than the one before: keep that one.",
    }[t.verdict]


def _label(number: int, obj: Any) -> Label:
    if isinstance(obj, ArticleError):
        raise obj
    if not isinstance(obj, dict):
        raise ArticleError("", 'expected an object: {"a": ..., "b": ..., "label": "copy"}')
    word = obj.get("label")
    if word not in COPY_LABELS + OTHER_LABELS:
        expected = f"copy or not_copy, or one of {', '.join((*COPY_LABELS[1:], *OTHER_LABELS[1:]))}"
        raise ArticleError("label", f"label is {'missing' if word is None else repr(word)}; expected {expected}")
    weight = obj.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 < weight <= MAX_WEIGHT:
        raise ArticleError("weight", f"weight is {weight!r}; expected a number above 0, at most {MAX_WEIGHT:,.0f}, or none for 1")
    return Label(number, _given(obj, "a"), _given(obj, "b"), word in COPY_LABELS, float(weight))


def _given(obj: dict[str, Any], side: str) -> Article | str:
    """A side of a label: a string with a blank is a text, one without an id; an object with nothing but an id is that id."""
    value = obj.get(side)
    if value is None or value == "":
        raise ArticleError(side, f"{side} is missing; expected an article object, a text or an id")
    if isinstance(value, str):
        value = {"body": value} if any(letter.isspace() for letter in value.strip()) else {"id": value.strip()}
    try:
        article = article_from_json(value, default_id=lambda: side, at=f"{side}/")
    except ArticleError as error:
        raise ArticleError(error.field, f"{error.field}: {error}") from error
    return article if article.title.strip() or article.body.strip() else article.id


def _explained(label: Label, deduplicator: Deduplicator, where: str) -> tuple[Explanation, tuple[Hashable, Hashable]]:
    """The pair compared, by the frequencies as of arrival if both articles are in the index; and what each side is known by."""
    try:
        if isinstance(label.a, str) and isinstance(label.b, str):
            explanation = deduplicator.explain(label.a, label.b)
        else:
            explanation = deduplicator.explain_texts(*(_article(side, deduplicator) for side in (label.a, label.b)))
    except UnknownArticleError as error:
        raise ArticleError(
            error.field,
            f"no article with the id {error.article_id!r} is {where}; name the file that has it with --articles, "
            "or write the article itself as an object",
        ) from error
    a, b = explanation.earlier.article, explanation.later.article
    keys = _key(a), _key(b)
    if keys[0] == keys[1] and label.a == label.b:
        raise ArticleError("b", "a and b are the same article; label two")
    return explanation, keys


def _article(side: Article | str, deduplicator: Deduplicator) -> Article:
    return side if isinstance(side, Article) else latest(deduplicator.store, side).article


def _key(article: Article) -> bytes:
    """The same for the same outlet, title and text, whether written out or named by its id."""
    return hashlib.blake2b("\0".join((article.source, article.title, article.body)).encode(), digest_size=16).digest()


def _says(pair: Labelled, model: CopyModel) -> bool:
    """Whether the verdict calls the pair a copy under a model: rules and persons' decisions count as they do in the service."""
    return judge(pair.explanation.earlier, pair.comparison, model, pair.explanation.wording).is_copy


def _fitted(given: CopyModel, pairs: Sequence[Labelled]) -> CopyModel:
    """The model refitted on the pairs that it decides: those that a rule decides must not pull it anywhere."""
    pairs = [pair for pair in pairs if not pair.explanation.ruled]
    names = [name for name, _ in given.weights]
    rows = [[float(getattr(pair.comparison.similarity, name)) for name in names] for pair in pairs]
    return refit(
        given,
        np.array(rows, dtype=np.float64).reshape(len(pairs), len(names)),
        np.array([float(pair.label.copy) for pair in pairs]),
        np.array([pair.label.weight for pair in pairs]),
    )


def _rate(part: Sequence[bool], whole: Sequence[bool], weights: Sequence[float]) -> Rate:
    """Weighted share of `whole` that is in `part`; the interval is Wilson's, of as many pairs as the weights are worth."""
    of = [weight for weight, inside in zip(weights, whole, strict=True) if inside]
    if not of:
        return Rate(0.0, 0, 0, 0.0, 1.0)
    total = sum(of)
    value = sum(weight for weight, inside in zip(weights, part, strict=True) if inside) / total
    n, z = total**2 / sum(weight**2 for weight in of), 1.959964
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    return Rate(value, sum(part), len(of), max(0.0, centre - half), min(1.0, centre + half))


def _told(rate: Rate) -> str:
    return f"{_value(rate)} {rate.part}/{rate.whole}"


def _value(rate: Rate) -> str:
    return f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"


def _lines(numbers: Sequence[int]) -> str:
    if not numbers:
        return "none"
    shown = ", ".join(map(str, numbers[:_ERRORS_SHOWN])) + (" ..." if len(numbers) > _ERRORS_SHOWN else "")
    return f"{len(numbers)} (line{'s' if len(numbers) > 1 else ''} {shown})"


def _raise(name: str, errors: Sequence[tuple[int, str]]) -> None:
    if errors:
        shown = "".join(f"\n  line {line}: {text}" for line, text in errors[:_ERRORS_SHOWN])
        more = f"\n  and {len(errors) - _ERRORS_SHOWN} more" if len(errors) > _ERRORS_SHOWN else ""
        raise InputError(name, f"{len(errors)} line{'s' if len(errors) > 1 else ''} cannot be used:{shown}{more}")
