r"""The usual tools on the same labels, in the same run: `python -m benchmarks.quality --peers`.

Each tool reads the articles' bodies (RapidFuzz: their titles) in file order and says of each whether an earlier article is like
it enough, and which is most like it. It is measured with its own tokeniser and with our normaliser (the words of the article's
own text), at its usual threshold and at the best one. The best is chosen on the labels themselves: that flatters it, not us.

- datasketch: whitespace words in runs of 3; alike is what shares an LSH bucket of 128 permutations, the match has the best
  estimated Jaccard. Usual: .9, its default.
- text-dedup: `\W` split in runs of 5, texts of fewer tokens left out; clusters of LSH buckets of 240 permutations, whose members
  stay where their exact Jaccard with another one reaches the threshold; the match is the one that is kept. Usual: .7, its README.
- SimHash: `\W` split in runs of 3, Hamming distance of 64 bits. Usual: 3, text-dedup's default.
- TF-IDF: words of two letters or more, cosine, weights as scikit-learn's vectoriser makes them by default. Usual: .8.
- Jaccard, containment: whitespace words in runs of 3, exact over all pairs, containment of the smaller. Usual: .8.
- RapidFuzz: titles as they stand, by whichever of `ratio`, `token_sort_ratio` and `token_set_ratio` does best on the labels
  (`partial_ratio` and `WRatio` reach .56 and .50 there, the others .59 to .65, for 40 times the work). Usual: 90.

datasketch and RapidFuzz are the packages themselves. text-dedup and scikit-learn are no dependency of ours: their published
recipes are followed here, with datasketch's permutations and with scipy.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import regex  # comes with trafilatura's date parser; text-dedup's `\W` is this one, which keeps harakat inside words
import xxhash
from datasketch import MinHash, MinHashLSH
from rapidfuzz import fuzz, process
from scipy import sparse

from benchmarks.corpus import Corpus
from benchmarks.scoring import Gold, Report, measure, score, scored_articles
from dedup.segment import segment

Floats = npt.NDArray[np.float64]
Tokens = Sequence[Sequence[str]]
Matches = Mapping[int, int]  # article -> the earlier article it is like, both by their place in the file

_BLOCK = 1000
_LSH_GRID: Sequence[float] = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)  # below and above where each does best
_CLUSTER_GRID: Sequence[float] = (0.07, 0.1, 0.15, 0.2, 0.3, 0.5)
_GRID: Sequence[float] = tuple(round(0.02 * k, 2) for k in range(1, 50))
_FREQUENT = 300  # articles; words of more articles than this are multiplied as a dense matrix
_CLEAR_SAMPLE = 300  # clear articles on which RapidFuzz's scorers are compared
_OWN, _OURS = "its own", "our normaliser"


@dataclass(frozen=True)
class Found:
    """For each article the earlier one most like it (-1: none) and how like it is, shape (n,); -inf where there is none."""

    best: npt.NDArray[np.int64]
    likeness: Floats

    def above(self, threshold: float) -> Matches:
        """The articles that an earlier one is like enough."""
        return {int(i): int(self.best[i]) for i in np.flatnonzero(self.likeness >= threshold)}


@dataclass(frozen=True)
class Row:
    """One tool with one tokeniser at one threshold."""

    tool: str
    tokens: str
    threshold: str
    report: Report
    cpu_s: float


def compete(corpus: Corpus, known: Gold) -> list[Row]:
    """Measure every tool."""
    ids = [a.id for a in corpus.articles]
    bodies = [a.body for a in corpus.articles]
    parts = [segment(a) for a in corpus.articles]
    ours = [[w for start, end in p.own for w in p.body.words[start:end]] for p in parts]
    headlines = [" ".join(p.headline.words) for p in parts]
    del parts
    white = [body.split() for body in bodies]
    rows: list[Row] = []

    def add(tool: str, tokens: str, usual: float, answers: Mapping[float, Matches], started: float) -> None:
        cpu_s = time.process_time() - started
        best = max(answers, key=lambda t: _weighted_f1(known, ids, answers[t]))
        for name, threshold in (("usual", usual), ("best", best)):
            report = score(known, _lines(ids, answers[threshold]))
            rows.append(Row(tool, tokens, f"{name} ({abs(threshold):g})", report, round(cpu_s, 1)))
            print(_row(rows[-1]), flush=True)

    for tool, own, by_buckets, usual, grid in (
        ("datasketch", white, _datasketch, 0.9, _LSH_GRID),
        ("text-dedup", [regex.split(r"\W", body.lower()) for body in bodies], _text_dedup, 0.7, _CLUSTER_GRID),
    ):
        for tokens, texts in ((_OWN, own), (_OURS, ours)):
            started = time.process_time()
            add(tool, tokens, usual, by_buckets(texts, sorted({usual, *grid})), started)
    for tool, own, find, usual, grid in (
        ("SimHash", [re.split(r"\W", body.lower()) for body in bodies], _simhash, -3.0, [-float(k) for k in range(25)]),
        ("TF-IDF cosine", [re.findall(r"(?u)\b\w\w+\b", body.lower()) for body in bodies], _tf_idf, 0.8, _GRID),
        ("exact Jaccard", white, _jaccard, 0.8, _GRID),
        ("exact containment", white, _containment, 0.8, _GRID),
    ):
        for tokens, texts in ((_OWN, own), (_OURS, ours)):
            started = time.process_time()
            found = find(texts)
            add(tool, tokens, usual, {t: found.above(t) for t in grid}, started)
    for tokens, titles in ((_OWN, [a.title for a in corpus.articles]), (_OURS, headlines)):
        started = time.process_time()
        scorer, found = _rapidfuzz(titles, known, ids)
        add(f"RapidFuzz {scorer}, titles", tokens, 90, {t: found.above(t) for t in range(40, 101, 2)}, started)
    return rows


def _lines(ids: Sequence[str], matches: Matches) -> Iterator[dict[str, Any]]:
    for at, article in enumerate(ids):
        match = {"id": ids[matches[at]]} if at in matches else None
        yield {"id": article, "body": {"verdict": "copy" if match else "new", "match": match}}


def _weighted_f1(known: Gold, ids: Sequence[str], matches: Matches, *, drawn: int = 1) -> float:
    """The weighted F1 where one in `drawn` clear articles was looked up."""
    flagged = {ids[at] for at in matches}
    return measure(scored_articles(known, flagged), drawn * len(flagged.intersection(known.clear)))["weighted F1"]


def _runs(words: Sequence[str], size: int) -> set[bytes]:
    return {" ".join(words[i : i + size]).encode() for i in range(len(words) - size + 1)}


# ── tools that keep buckets ──────────────────────────────────────────────────────────────────────────────────────────


def _signatures(sets: Iterable[set[bytes]], permutations: int) -> list[MinHash | None]:
    """One signature a set; none for an empty set, whose signatures would all be equal."""
    out: list[MinHash | None] = []
    for runs in sets:
        signature = MinHash(num_perm=permutations) if runs else None
        if signature is not None:
            signature.update_batch(list(runs))
        out.append(signature)
    return out


def _datasketch(texts: Tokens, thresholds: Iterable[float]) -> dict[float, Matches]:
    signatures = _signatures((_runs(words, 3) for words in texts), 128)
    values = np.array([np.zeros(128, dtype=np.uint32) if s is None else s.hashvalues for s in signatures])
    answers: dict[float, Matches] = {}
    for threshold in thresholds:
        index = MinHashLSH(threshold=threshold, num_perm=128)
        matches: dict[int, int] = {}
        for at, signature in enumerate(signatures):
            if signature is None:
                continue
            like = np.array(sorted(index.query(signature)), dtype=np.int64)
            if len(like):
                matches[at] = int(like[(values[like] == values[at]).sum(axis=1).argmax()])
            index.insert(at, signature, check_duplication=False)
        answers[threshold] = matches
    return answers


def _text_dedup(texts: Tokens, thresholds: Iterable[float]) -> dict[float, Matches]:
    sets = [_runs(words, 5) if len(words) >= 5 else set() for words in texts]
    signatures = _signatures(sets, 240)
    hashed = [frozenset(map(xxhash.xxh64_intdigest, runs)) for runs in sets]
    return {t: _clusters(signatures, hashed, t) for t in thresholds}


def _clusters(signatures: Sequence[MinHash | None], sets: Sequence[frozenset[int]], threshold: float) -> dict[int, int]:
    """Buckets joined by union-find; a member stays if its Jaccard with another one reaches the threshold, the first is kept."""
    plan = MinHashLSH(threshold=threshold, num_perm=240)
    parent = list(range(len(sets)))

    def find(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for band in range(plan.b):
        first: dict[bytes, int] = {}
        for at, signature in enumerate(signatures):
            if signature is not None:
                key = signature.hashvalues[band * plan.r : (band + 1) * plan.r].tobytes()
                left, right = find(first.setdefault(key, at)), find(at)
                parent[max(left, right)] = min(left, right)
    clusters: dict[int, list[int]] = defaultdict(list)
    for at in range(len(sets)):
        clusters[find(at)].append(at)
    matches: dict[int, int] = {}
    for members in clusters.values():
        alike: set[int] = set()
        for k, a in enumerate(members):
            for b in members[k + 1 :]:
                if a in alike and b in alike:
                    continue
                if min(len(sets[a]), len(sets[b])) < threshold * max(len(sets[a]), len(sets[b])):
                    continue
                both = len(sets[a] & sets[b])
                if both and both >= threshold * (len(sets[a]) + len(sets[b]) - both):
                    alike |= {a, b}
        matches |= dict.fromkeys(sorted(alike)[1:], min(alike, default=-1))
    return matches


# ── measures over all pairs ──────────────────────────────────────────────────────────────────────────────────────────


def _best_earlier(count: int, block: Callable[[int, int], Floats]) -> Found:
    """The best earlier article of each; `block(a, b)` gives how like the articles a..b-1 are to those before b."""
    best = np.full(count, -1, dtype=np.int64)
    likeness = np.full(count, -np.inf)
    for a in range(0, count, _BLOCK):
        b = min(a + _BLOCK, count)
        values = block(a, b)
        values[np.arange(b)[None, :] >= np.arange(a, b)[:, None]] = -np.inf
        best[a:b] = values.argmax(axis=1)  # of equals the earliest
        likeness[a:b] = values.max(axis=1)
    best[np.isneginf(likeness)] = -1
    return Found(best, likeness)


def _simhash(texts: Tokens) -> Found:
    """Likeness is the Hamming distance, negated."""
    bits = np.arange(64, dtype=np.uint64)
    values = np.zeros(len(texts), dtype=np.uint64)
    for at, words in enumerate(texts):
        hashes = np.array([xxhash.xxh3_64_intdigest(run) for run in _runs(words, 3)], dtype=np.uint64)
        ones = ((hashes[:, None] >> bits) & np.uint64(1)).sum(axis=0)
        values[at] = np.bitwise_or.reduce(np.where(2 * ones > len(hashes), np.uint64(1) << bits, np.uint64(0)))
    empty = np.array([len(words) < 3 for words in texts])

    def block(a: int, b: int) -> Floats:
        distance: Floats = -np.bitwise_count(values[a:b, None] ^ values[None, :b]).astype(np.float64)
        distance[empty[a:b]] = -np.inf
        distance[:, empty[:b]] = -np.inf
        return distance

    return _best_earlier(len(texts), block)


def _counts(texts: Iterable[Iterable[Any]]) -> sparse.csr_matrix:
    """How often each article (row) has each token (column)."""
    columns: dict[Any, int] = {}
    data: list[int] = []
    indices: list[int] = []
    ends = [0]
    for tokens in texts:
        for token, times in Counter(tokens).items():
            indices.append(columns.setdefault(token, len(columns)))
            data.append(times)
        ends.append(len(indices))
    return sparse.csr_matrix((np.array(data, dtype=np.float32), indices, ends), shape=(len(ends) - 1, len(columns)))


def _tf_idf(texts: Tokens) -> Found:
    """Cosine of counts weighed by smoothed idf, rows of unit length."""
    counts = _counts(texts)
    count = counts.shape[0]
    articles = np.bincount(counts.indices, minlength=counts.shape[1])
    weighed = counts @ sparse.diags(np.log((1 + count) / (1 + articles)) + 1).astype(np.float32)
    length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    unit = (sparse.diags(1 / np.maximum(length, 1e-9)) @ weighed).tocsr().astype(np.float32)
    frequent = articles > _FREQUENT
    dense, rare = unit[:, frequent].toarray(), unit[:, ~frequent].tocsr()
    turned = rare.T.tocsr()

    def block(a: int, b: int) -> Floats:
        likeness: Floats = (dense[a:b] @ dense[:b].T + (rare[a:b] @ turned[:, :b]).toarray()).astype(np.float64)
        likeness[likeness <= 0] = -np.inf
        return likeness

    return _best_earlier(count, block)


def _jaccard(texts: Tokens) -> Found:
    return _overlap(texts, lambda both, new, old: both / (new + old - both))


def _containment(texts: Tokens) -> Found:
    return _overlap(texts, lambda both, new, old: both / np.minimum(new, old))


def _overlap(texts: Tokens, likeness: Callable[[Floats, Floats, Floats], Floats]) -> Found:
    """The measure of the sets of three-word runs, from how many two articles share and how many each has."""
    runs = _counts(_runs(words, 3) for words in texts)
    sizes = np.maximum(1.0, np.diff(runs.indptr).astype(np.float64))
    turned = runs.T.tocsr()

    def block(a: int, b: int) -> Floats:
        both = (runs[a:b] @ turned[:, :b]).tocoo()
        values = np.full((b - a, b), -np.inf)
        values[both.row, both.col] = likeness(both.data.astype(np.float64), sizes[a + both.row], sizes[both.col])
        return values

    return _best_earlier(len(texts), block)


def _rapidfuzz(titles: Sequence[str], known: Gold, ids: Sequence[str]) -> tuple[str, Found]:
    """Likeness of titles by the scorer whose best threshold does best on the labels and a sample of the clear articles.

    Only articles that are scored are looked up, each among all before it.
    """
    place = {article: at for at, article in enumerate(ids)}
    labelled = [place[i] for i in known.by_article]
    clear = [place[i] for i in known.clear]
    drawn = max(1, len(clear) // _CLEAR_SAMPLE)
    few = sorted({*labelled, *clear[::drawn]})
    scorers = {s.__name__: s for s in (fuzz.ratio, fuzz.token_sort_ratio, fuzz.token_set_ratio)}

    def quality(name: str) -> float:
        found = _titles(titles, few, scorers[name])
        return max(_weighted_f1(known, ids, found.above(t), drawn=drawn) for t in range(40, 101, 2))

    name = max(scorers, key=quality)
    return name, _titles(titles, sorted({*labelled, *clear}), scorers[name])


def _titles(titles: Sequence[str], wanted: Sequence[int], scorer: Any) -> Found:
    best = np.full(len(titles), -1, dtype=np.int64)
    likeness = np.full(len(titles), -np.inf)
    for start in range(0, len(wanted), 100):
        rows = np.array(wanted[start : start + 100])
        end = int(rows[-1]) + 1
        values = process.cdist([titles[i] for i in rows], titles[:end], scorer=scorer, score_cutoff=40, dtype=np.float32)
        values[np.arange(end)[None, :] >= rows[:, None]] = -1
        best[rows], likeness[rows] = values.argmax(axis=1), values.max(axis=1)
    return Found(best, likeness)


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────


def peer_table(rows: Sequence[Row]) -> str:
    """One line a tool, tokeniser and threshold, as a Markdown table."""
    lines = [
        "| tool | tokens | threshold | weighted F1 | stratified F1 | templates flagged: weighted, of 39 | "
        "cross-outlet recall, missed of 82 | clear articles flagged | match shown is wrong, of judged | CPU s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_row, rows)])


def _row(row: Row) -> str:
    f = row.report.figures
    cells = [
        row.tool,
        row.tokens,
        row.threshold,
        f["weighted F1"].brief(),
        f["stratified F1"].brief(),
        f"{f['template false rate'].brief()}, {f['templates flagged'].part:.0f}",
        f"{f['cross-outlet recall'].brief()}, {f['cross-outlet copies missed'].part:.0f}",
        f"{f['flags on clear articles'].part:,.0f}",
        f"{f['match shown is wrong'].brief()} of {f['match shown is wrong'].whole}",
        f"{row.cpu_s:.0f}",
    ]
    return f"| {' | '.join(cells)} |"
