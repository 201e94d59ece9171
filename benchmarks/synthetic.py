"""Synthetic Arabic articles, made by rule from a seed: `python -m benchmarks.synthetic` prints how they compare with a corpus.

Nothing in them is taken from a corpus but the figures below, which `--data` measures again beside what is generated here:

- Words are 120,000 made-up strings of Arabic letters, drawn by Zipf's law, so that new ones keep coming as an archive grows.
- An article has a log-normal number of words (mean about 290, median 200).
- `COPIES` of the articles take over an earlier one, whole, edited here and there, or in part with text of their own; earlier
  ones are drawn mostly from the last few hundred, as news goes round quickly.
- `TEMPLATES` of the articles fill one of 400 frames, drawn by Zipf's law, with half of their words their own.
- Every article has standing phrases of 5 to 12 words out of 5,000, drawn by Zipf's law: agency credits, titles, page furniture.

For filling a store with a million, `Stream.entries` makes an article's keys from the places of its words: its passage and band
keys are those that `Deduplicator` makes of the same text (a test compares them); the keys of headlines are drawn.
"""

from __future__ import annotations

import hashlib
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from benchmarks import corpus
from dedup import Article, Settings
from dedup.hashing import hash_words
from dedup.index import MIN_WEIGHT, band_keys, passage_keys, rank
from dedup.normalise import normalise
from dedup.prepare import Prepared, prepare
from dedup.records import U32, Entry
from dedup.shingle import combine_runs
from dedup.sign import sign
from dedup.store.memory import MemoryStore
from dedup.store.rules import id_hash
from dedup.textpack import pack_article

Kind = Literal["new", "repeat", "edited", "partial", "template"]

COPIES: dict[Kind, float] = {"repeat": 0.012, "edited": 0.075, "partial": 0.07}
TEMPLATES = 0.025
VOCABULARY, FRAMES, PHRASES = 120_000, 400, 5_000
MEMORY = 20_000  # articles that a copy may be taken from
SOURCES = 14
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
ARTICLES_A_DAY = 20_000
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


@dataclass(frozen=True, slots=True)
class Made:
    """One article, with what was done to make it: `of` is the number of the article it was copied from."""

    number: int
    kind: Kind
    of: int | None
    article: Article
    words: U32  # places of its words in the vocabulary


class Stream:
    """Articles one after the other, numbers 0, 1, 2 ...; the same for the same seed."""

    def __init__(self, seed: int = 1, *, vocabulary: int = VOCABULARY) -> None:
        self._random = np.random.default_rng(seed)
        self.vocabulary = self._vocabulary(vocabulary)
        self.hashes = hash_words(self.vocabulary)
        self._words = np.array(self.vocabulary, dtype=object)
        ranks = np.arange(1, vocabulary + 1)
        self._cumulative = np.cumsum(1 / (ranks + 2.0))
        self._frames = [self._draw(int(n)) for n in self._random.integers(60, 200, FRAMES)]
        self._phrases = [self._draw(int(n)) for n in self._random.integers(5, 13, PHRASES)]
        self._earlier: list[tuple[int, U32]] = []
        self._next = 0

    def articles(self, count: int) -> list[Made]:
        """The next `count` articles."""
        return [self._article() for _ in range(count)]

    def entries(self, made: list[Made], settings: Settings) -> list[Entry]:
        """What the store is given of each article, without taking its text apart."""
        return [self._entry(one, settings) for one in made]

    def _article(self) -> Made:
        number, self._next = self._next, self._next + 1
        kind, of, words = self._text()
        self._earlier.append((number, words))
        if len(self._earlier) > 2 * MEMORY:
            del self._earlier[:MEMORY]
        return Made(number, kind, of, self._dressed(number, words), words)

    def _text(self) -> tuple[Kind, int | None, U32]:
        roll = self._random.random()
        if len(self._earlier) > 100:
            for kind, share in COPIES.items():
                if roll < share:
                    age = min(int(self._random.pareto(0.7) * 20) + 1, len(self._earlier))
                    of, words = self._earlier[-age]
                    return kind, of, self._copied(kind, words)
                roll -= share
        if roll < TEMPLATES:
            frame = self._frames[self._zipf(FRAMES)].copy()
            slots = self._random.random(len(frame) // 10) < 0.5
            for slot in np.flatnonzero(slots):  # whole runs are replaced: names, figures, places
                frame[slot * 10 : slot * 10 + 6] = self._draw(6)
            return "template", None, frame
        length = int(np.clip(self._random.lognormal(np.log(210), 0.86), 12, 3_000))
        words = self._draw(length)
        for _ in range(1 + length // 300):
            phrase = self._phrases[self._zipf(PHRASES)]
            at = int(self._random.integers(0, max(1, length - len(phrase))))
            words[at : at + len(phrase)] = phrase[: length - at]
        return "new", None, words

    def _copied(self, kind: Kind, words: U32) -> U32:
        if kind == "repeat":
            return words
        if kind == "edited":  # a few words exchanged, the ends cut
            copied = words[: max(12, int(len(words) * self._random.uniform(0.85, 1.0)))].copy()
            edits = self._random.integers(0, len(copied), 1 + len(copied) // 40)
            copied[edits] = self._draw(len(edits))
            return copied
        start = int(self._random.integers(0, max(1, len(words) // 3)))
        kept = words[start : start + max(12, int(len(words) * self._random.uniform(0.4, 0.7)))]
        return np.concatenate((kept, self._draw(int(len(kept) * self._random.uniform(0.2, 0.9)))))

    def _dressed(self, number: int, words: U32) -> Article:
        text = self._words[words].tolist()
        lines = [" ".join(text[at : at + 15]) for at in range(0, len(text), 15)]
        title = " ".join(self._words[self._draw(8)].tolist())
        source = f"source-{self._zipf(SOURCES)}"
        return Article(
            id=f"{source}-{number:07}",
            source=source,
            url=f"https://www.{source}.example/news/{number:07}",
            published=FIRST_DAY + timedelta(days=number / ARTICLES_A_DAY),
            title=title,
            body=".\n".join(lines),
        )

    def _entry(self, one: Made, settings: Settings) -> Entry:
        hashes, article, text = self.hashes[one.words], one.article, one.words.tobytes()
        ranges = [(0, len(hashes))]
        passages, _ = passage_keys(combine_runs(hashes, ranges, settings.passage_words), settings.passage_window)
        shingles = np.unique(combine_runs(hashes, ranges, settings.shingle_size))
        bands = band_keys(sign(shingles), bands=settings.bands, rows=settings.rows)
        headline = np.frombuffer(_digest("title", article.title.encode(), 4 * (1 + settings.headline_bands)), dtype="<u4")
        keys = np.concatenate((passages, bands, headline))
        _, first = np.unique(keys, return_index=True)
        return Entry(
            id=article.id,
            source=article.source,
            id_hash=id_hash(article.id),
            url_hash=_digest("url", article.url.encode()),
            content_hash=_digest("body", text),
            text_digest=_digest("text", text + article.title.encode()),
            source_hash=int.from_bytes(_digest("source", article.source.encode(), 4), "little"),
            keys=keys[np.sort(first)].astype(np.uint32),
            blob=pack_article(article, one.number / ARTICLES_A_DAY * 86_400),
        )

    def _draw(self, count: int) -> U32:
        """Words by Zipf's law."""
        places = np.searchsorted(self._cumulative, self._random.random(count) * self._cumulative[-1])
        words: U32 = places.astype(np.uint32)
        return words

    def _zipf(self, count: int) -> int:
        return int(count ** self._random.random()) - 1

    def _vocabulary(self, count: int) -> list[str]:
        """Made-up words of 2 to 8 letters that normalisation leaves as they are."""
        letters = np.array(list(_LETTERS))
        words: dict[str, None] = {}
        while len(words) < count:
            lengths = self._random.integers(2, 9, 2_000)
            made = ["".join(row[:length]) for row, length in zip(self._random.choice(letters, (2_000, 8)), lengths, strict=True)]
            words.update((word, None) for word in made if normalise(word).words == (word,))
        return list(words)[:count]


def _digest(kind: str, content: bytes, size: int = 8) -> bytes:
    return hashlib.blake2b(content, digest_size=size, person=kind.encode()).digest()


def main() -> None:
    arguments = corpus.parser(__doc__)
    arguments.add_argument("--articles", type=int, default=5_000)
    args = arguments.parse_args()
    print(_measured("synthetic", [made.article for made in Stream().articles(args.articles)]))
    if args.data:
        print(_measured("corpus", corpus.load(args.data).articles[: args.articles]))


def _measured(name: str, articles: list[Article]) -> str:
    settings = Settings()
    store = MemoryStore(settings)
    prepared = [p for p in (prepare(article, settings, now_s=0.0) for article in articles) if isinstance(p, Prepared)]
    entries = [p.entry for p in prepared]
    admitted = store.admit(entries, now_s=0.0)
    ranked = [
        rank(a.postings, 0, p.plan.body, exclude=(), min_weight=MIN_WEIGHT) for a, p in zip(admitted, prepared, strict=True)
    ]
    words = [len(article.body.split()) for article in articles]
    keys = [len(entry.keys) for entry in entries]
    return (
        f"{name}: {len(entries):,} articles; words {statistics.mean(words):.0f} (median {statistics.median(words):.0f}), "
        f"keys {statistics.mean(keys):.1f} (median {statistics.median(keys):.0f}), "
        f"postings found {statistics.mean(len(a.postings.seqs) for a in admitted):.1f}, "
        f"keys that found some {sum(int((np.diff(a.postings.offsets) > 0).sum()) for a in admitted) / sum(keys):.1%}, "
        f"candidates {statistics.mean(map(len, ranked)):.2f}, with candidates {statistics.mean(map(bool, ranked)):.1%}, "
        f"packed {statistics.mean(len(entry.blob) for entry in entries):,.0f} bytes"
    )


if __name__ == "__main__":
    main()
