"""Stories on the measuring corpus: how large they are, and whether any holds a pair of unrelated articles.

    python -m benchmarks.stories --data FOLDER [--read N]

Judges the whole corpus in a memory store and prints figures and ids only. `--read N` prints N sampled pairs of members, the N
least alike of them (two items that share words with one lead), and the N that are the least sure copies of each other (one
frame filled twice), with the beginnings of their texts, to be read in the terminal; nothing is written anywhere. Beside our
stories stands what union-find makes of the same matches.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from benchmarks.corpus import POSITIVE, Corpus, load, parser
from benchmarks.recording import NOW_S, batches
from dedup import Article, Deduplicator, Settings, Verdict
from dedup.records import U32, Fingerprint
from dedup.store.memory import MemoryStore

_LOW = 0.1  # containment of the shorter text below which a pair shares next to nothing
_PAIRS_OF_A_GROUP = 30
_LARGEST = 10
_WORDS_SHOWN = 150

Groups = list[list[str]]


class Texts:
    """The corpus, taken apart on demand."""

    def __init__(self, corpus: Corpus, deduplicator: Deduplicator) -> None:
        self.articles = {article.id: article for article in corpus.articles}
        self._deduplicator = deduplicator
        self._known: dict[str, Fingerprint] = {}

    def containment(self, a: str, b: str) -> float:
        """Shared shingles over those of the shorter text."""
        x, y = self._shingles(a), self._shingles(b)
        shorter = min(len(x), len(y))
        return len(np.intersect1d(x, y, assume_unique=True)) / shorter if shorter else 0.0

    def score(self, a: str, b: str) -> float:
        """How sure `b` is a copy of `a`, were they the only two articles."""
        return self._deduplicator.compare(self.articles[a], self.articles[b]).body.score

    def _shingles(self, article_id: str) -> U32:
        if article_id not in self._known:
            self._known[article_id] = self._deduplicator.fingerprint(self.articles[article_id])
        return self._known[article_id].own.shingles


def judge(corpus: Corpus) -> tuple[Deduplicator, dict[str, Verdict]]:
    """The corpus, judged in file order."""
    settings = Settings()
    deduplicator = Deduplicator(MemoryStore(settings), settings)
    verdicts: dict[str, Verdict] = {}
    for batch in batches(corpus.articles, 50):
        for answer in deduplicator.check(batch, now_s=NOW_S):
            if isinstance(answer, Verdict):
                verdicts[answer.id] = answer
    return deduplicator, verdicts


def stories(deduplicator: Deduplicator, ids: Iterable[str]) -> dict[str, list[str]]:
    """Lead -> members, of the stories with at least two."""
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for article_id in ids:
        if article_id not in seen:
            story = deduplicator.story(article_id)
            assert story is not None
            members = [member.id for member in story.members]
            seen.update(members)
            if len(members) > 1:
                found[story.lead] = members
    return found


def clusters(verdicts: Mapping[str, Verdict]) -> Groups:
    """Union-find over the same matches, further items of digests included: what chaining makes of them."""
    parent = {article_id: article_id for article_id in verdicts}

    def root(article_id: str) -> str:
        while parent[article_id] != article_id:
            parent[article_id] = parent[parent[article_id]]
            article_id = parent[article_id]
        return article_id

    for article_id, verdict in verdicts.items():
        if verdict.duplicate and verdict.body.match:
            for match in (verdict.body.match, *verdict.body.also):
                parent[root(article_id)] = root(match.id)
    by_root = defaultdict(list)
    for article_id in verdicts:
        by_root[root(article_id)].append(article_id)
    return [group for group in by_root.values() if len(group) > 1]


def pairs(groups: Iterable[Sequence[str]], chance: random.Random) -> list[tuple[str, str]]:
    """Pairs of members, at most 30 of one group."""
    found = []
    for group in groups:
        of_group = list(combinations(group, 2))
        found += chance.sample(of_group, min(_PAIRS_OF_A_GROUP, len(of_group)))
    return found


def report(name: str, groups: Groups, corpus: Corpus, texts: Texts) -> None:
    sizes = Counter(len(group) for group in groups)
    sampled = pairs(groups, random.Random(1))
    low = sum(texts.containment(a, b) < _LOW for a, b in sampled)
    member = {article_id: n for n, group in enumerate(groups) for article_id in group}
    labels = [x for x in corpus.labels if x.stratum != "title"]
    inside = [x for x in labels if x.a in member and member[x.a] == member.get(x.b)]
    wrong = Counter(x.label for x in inside if x.label not in POSITIVE)
    positive = [x for x in labels if x.label in POSITIVE]
    print(f"{name}: {len(groups)} groups, {sum(map(len, groups))} articles, largest {max(sizes)}")
    print("  sizes   ", ", ".join(f"{size}: {count}" for size, count in sorted(sizes.items())))
    print(f"  pairs    {len(sampled)} sampled, {low} with containment < {_LOW} ({low / len(sampled):.1%})")
    print(f"  labelled {len(inside)} pairs inside, of them no copies: {dict(wrong) or 'none'}")
    print(f"           {sum(x in inside for x in positive)} of {len(positive)} labelled copies inside")


def largest(deduplicator: Deduplicator, groups: Mapping[str, Sequence[str]], texts: Texts) -> None:
    print(
        f"\nthe {_LARGEST} largest stories: articles, outlets, independent publishers; score against the lead (least, median);\n"
        "  least containment of a sampled pair; ids, * the lead"
    )
    for lead, group in sorted(groups.items(), key=lambda item: -len(item[1]))[:_LARGEST]:
        story = deduplicator.story(lead)
        assert story is not None
        scores = [m.score for m in story.members if m.id != lead]
        least = min(texts.containment(a, b) for a, b in pairs([group], random.Random(1)))
        outlets = len({m.source for m in story.members})
        ids = " ".join(f"*{i}" if i == lead else i for i in group)
        print(f"  {len(group):3} {outlets:3} {len(story.publishers):3}", end="")
        print(f"  {min(scores):.2f} {statistics.median(scores):.2f}  {least:.2f}  {ids}")


def show(article: Article) -> str:
    beginning = " ".join(article.body.split()[:_WORDS_SHOWN])
    return f"  {article.id} {article.source} {article.published}\n    {article.title.strip()}\n    {beginning}"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--read", type=int, default=0, metavar="N", help="print N sampled pairs with their texts")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    corpus = load(options.data)
    deduplicator, verdicts = judge(corpus)
    found = stories(deduplicator, verdicts)
    texts = Texts(corpus, deduplicator)
    ours = list(found.values())
    report("stories", ours, corpus, texts)
    report("union-find over the same matches", clusters(verdicts), corpus, texts)
    flagged = [v for v in verdicts.values() if v.duplicate and v.body.match]
    of = {article_id: n for n, group in enumerate(ours) for article_id in group}
    with_match = sum(v.id in of and of[v.id] == of.get(v.body.match.id) for v in flagged if v.body.match)
    digests = sum(v.body.relation == "merged" for v in flagged)
    print(f"\n{len(flagged)} flagged: {with_match} in the story of their match, {digests} digests, in none")
    largest(deduplicator, found, texts)
    sampled = pairs(ours, random.Random(options.seed))
    if not options.read:
        return
    for name, chosen in (
        ("sampled", random.Random(options.seed).sample(sampled, options.read)),
        ("least alike", sorted(sampled, key=lambda pair: texts.containment(*pair))[: options.read]),
        ("least sure", sorted(sampled, key=lambda pair: texts.score(*pair))[: options.read]),
    ):
        for n, (a, b) in enumerate(chosen, 1):
            print(
                f"\n{name} {n}. containment {texts.containment(a, b):.2f}\n{show(texts.articles[a])}\n{show(texts.articles[b])}"
            )


if __name__ == "__main__":
    main()
