"""The verify step against plain datasketch signing of the same articles, in turns and in CPU time: a busy
machine slows both.

Timed is `Deduplicator._verify` with the store's answer at hand: candidates whose texts lay taken apart when the article arrived
do so again, the others are fingerprinted anew. Signing is datasketch's MinHash of 128 permutations of the raw body: whitespace
words in runs of three, handed over in one call.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from functools import partial

from datasketch import MinHash

from benchmarks.corpus import Corpus
from benchmarks.recording import Recording
from benchmarks.scoring import Figure
from dedup import Article, Deduplicator
from dedup.recent import RecentTexts

ARTICLES = 300
PASSES = 7


def sample(corpus: Corpus) -> list[str]:
    """Ids of the articles to time."""
    return random.Random(0).sample([a.id for a in corpus.articles], min(ARTICLES, len(corpus.articles)))


def sign_plainly(article: Article, scheme: str) -> MinHash:
    """What a user of datasketch writes; `scheme` names its hash family: "legacy" is that of every version before 2.0."""
    words = article.body.split()
    signature = MinHash(num_perm=128, scheme=scheme)
    signature.update_batch([" ".join(words[i : i + 3]).encode() for i in range(len(words) - 2)])
    return signature


def time_verify(recording: Recording) -> dict[str, Figure]:
    """Verify time over signing time, the median of the passes; the interval is the smallest and the largest of them."""
    line = Deduplicator(recording.store, recording.settings)
    passes: dict[str, list[float]] = {"verify": [], "aligned": [], "legacy": [], "affine32": []}
    for _ in range(PASSES):
        spent = dict.fromkeys(passes, 0.0)

        def timed(name: str, step: Callable[[], object], spent: dict[str, float] = spent) -> None:
            start = time.process_time()
            step()
            spent[name] += time.process_time() - start

        for case in recording.verifying:
            verify = partial(line._verify, case.fingerprint, case.candidates, *case.rest)
            line._recent = RecentTexts()
            for seq, fingerprint in case.apart.items():
                line._recent.keep(seq, fingerprint)
            timed("verify", verify)
            timed("aligned", verify)  # once more: now every candidate lies taken apart
            for scheme in ("legacy", "affine32"):
                timed(scheme, partial(sign_plainly, case.fingerprint.article, scheme))
        for name, seconds in spent.items():
            passes[name].append(seconds)
    cases = len(recording.verifying)

    def over(name: str, scheme: str) -> Figure:
        ratios = [a / b for a, b in zip(passes[name], passes[scheme], strict=True)]
        return Figure(statistics.median(ratios), min(ratios), max(ratios), PASSES, cases, "articles, passes")

    def milliseconds(name: str) -> Figure:
        each = [1000 * seconds / cases for seconds in passes[name]]
        return Figure(statistics.median(each), min(each), max(each), PASSES, cases, "articles, passes")

    return {
        "verify time": over("verify", "legacy"),
        "verify time, texts taken apart": over("aligned", "legacy"),
        "verify time over the newer scheme": over("verify", "affine32"),
        **{f"{name} ms": milliseconds(name) for name in passes},
    }
