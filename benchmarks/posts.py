"""The articles that load is made of: those of the measuring corpus if there is one, else synthetic Arabic of our own.

Synthetic articles have 40 to 600 words (log-normal, median 180) drawn by Zipf's law from 20,000 made words; one in five repeats
an earlier one with some words changed, one in ten fills one of 20 frames, as bulletins do.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice

import orjson

from benchmarks import corpus
from dedup import Article
from service.formats.article import article_to_json

_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_FORMS = ("{}ا{}ي{}", "م{}{}و{}", "ت{}{}ي{}", "{}{}ا{}ة", "ا{}ت{}ا{}", "{}و{}{}", "مست{}{}{}", "ال{}{}{}")


def articles(count: int, data: str, *, seed: int = 1) -> tuple[list[Article], str]:
    """So many articles, and in a few words what they are; the corpus has an end, the synthetic ones have none."""
    if not data:
        return list(islice(synthetic(seed), count)), "synthetic articles"
    found = [a for a in corpus.load(data).articles if a.title.strip() or a.body.strip()]
    return found[:count], "articles of the measuring corpus"


def bodies(of: Sequence[Article]) -> list[bytes]:
    """Each as the JSON that a client posts."""
    return [orjson.dumps({name: value for name, value in article_to_json(a).items() if value}) for a in of]


def synthetic(seed: int = 1) -> Iterator[Article]:
    """Without an end; the same ones for the same seed."""
    chance = random.Random(seed)
    words = list({chance.choice(_FORMS).format(*chance.choices(_LETTERS, k=3)) for _ in range(40_000)})[:20_000]
    words.sort()
    chance.shuffle(words)
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    cumulative = []
    total = 0.0
    for weight in weights:
        total += weight
        cumulative.append(total)

    def draw(n: int) -> list[str]:
        return chance.choices(words, cum_weights=cumulative, k=n)

    frames = [draw(60) for _ in range(20)]
    kept: list[list[str]] = []
    number = 0
    while True:
        kind = chance.random()
        if kind < 0.2 and kept:
            text = [word if chance.random() > 0.02 else draw(1)[0] for word in chance.choice(kept)]
        elif kind < 0.3:
            text = [word if chance.random() > 0.15 else draw(1)[0] for word in chance.choice(frames)]
        else:
            text = draw(min(600, max(40, int(chance.lognormvariate(5.2, 0.6)))))
            if len(kept) < 2_000:
                kept.append(text)
            else:
                kept[chance.randrange(len(kept))] = text
        title = " ".join(draw(9))
        yield Article(f"post-{seed}-{number}", source=f"outlet-{chance.randrange(20)}", title=title, body=_sentences(text))
        number += 1


def _sentences(words: Sequence[str]) -> str:
    return " ".join(" ".join(words[at : at + 18]) + "." for at in range(0, len(words), 18))
