"""Signing from raw text: ours, compiled and plain, beside datasketch, rensa and gaoya, on the same articles.

    python -m benchmarks.speed [--articles 2000] [--runs 7] [--docs]

Every contender starts from the same Python strings with its own tokeniser and makes 128 values (gaoya: 32 bands of 4) of runs of
three words; ours also makes the passage and band keys. In each run all contenders have their turn; times are CPU time of this
process, so that threads gain nothing, and ratios are taken run by run. In interchange mode ours starts from raw text, too, while
datasketch is handed the finished tokens.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import rensa
import xxhash
from datasketch import MinHash
from gaoya.minhash import MinHashStringIndex

from benchmarks.corpus import load, parser
from benchmarks.environment import brief
from benchmarks.quality import write_docs
from benchmarks.results import FOLDER, Spread, draw, ratios, write
from dedup import Article, Settings, compiled, sign_texts
from dedup.hashing import hash_words
from dedup.index import headline_keys, sign_words
from dedup.normalise import normalise
from dedup.sign import PERMUTATIONS
from service.config import Config
from service.kernels import load_now

PAGE = FOLDER / "speed.md"
SETTINGS = Settings()
_PEERS = ("datasketch", "rensa", "gaoya", "xxhash")
SIZE = SETTINGS.shingle_size

_PLAIN_FORM = ", plain"

Texts = Sequence[str]


@dataclass(frozen=True)
class Contender:
    """Something timed: what it is called in the table, and what it does."""

    name: str
    says: str
    run: Callable[[], object]
    plain: bool = False  # whether our kernels are put aside for it


@dataclass(frozen=True)
class Bar:
    """How many times as fast ours must be, and should be."""

    ours: str
    peer: str
    must: float | None = None
    aim: float | None = None

    def met(self, ratio: float) -> str:
        if self.must is None or self.aim is None:
            return ""
        return "aim" if ratio >= self.aim else "must" if ratio >= self.must else "**no**"


OURS, PLAIN, INTERCHANGE = "Mukarrar", "Mukarrar, plain", "Mukarrar, interchange"
BARS = (
    Bar(OURS, "datasketch, update", 50, 70),
    Bar(OURS, "datasketch, one call, legacy", 50, 70),
    Bar(OURS, "datasketch, one call", 50, 70),
    Bar(OURS, "datasketch, bulk, xxh32"),
    Bar(OURS, "rensa RMinHash", 20, 28),
    Bar(OURS, "rensa CMinHash", 20, 28),
    Bar(OURS, "rensa RMinHash, matrix"),
    Bar(OURS, "rensa CMinHash, bulk"),
    Bar(OURS, "gaoya"),
    Bar(OURS, PLAIN),
    Bar(INTERCHANGE, "datasketch on tokens, update", 12, 17),
    Bar(INTERCHANGE, "datasketch on tokens, one call", 12, 17),
    Bar(INTERCHANGE, "datasketch on tokens, bulk"),
)


# ── who takes part ───────────────────────────────────────────────────────────────────────────────────────────────────


def contenders(texts: Texts) -> list[Contender]:
    words = [normalise(text).words for text in texts]
    tokens = [[" ".join(w[i : i + SIZE]).encode() for i in range(len(w) - SIZE + 1)] for w in words]
    own, xxh32 = {"num_perm": PERMUTATIONS}, {"num_perm": PERMUTATIONS, "hashfunc": xxhash.xxh32_intdigest}
    return [
        Contender(OURS, "`sign_texts`, compiled: signatures and keys", partial(sign_texts, texts, SETTINGS)),
        Contender(PLAIN, "`sign_texts` without numba", partial(sign_texts, texts, SETTINGS), plain=True),
        Contender("datasketch, update", "`update` for each token, as its documentation shows", partial(_update, texts, own)),
        Contender(
            "datasketch, one call, legacy",
            '`update_batch`, `scheme="legacy"`: its default before 2.0',
            partial(_one_call, texts, {**own, "scheme": "legacy"}),
        ),
        Contender("datasketch, one call", "`update_batch`, its default of 2.0", partial(_one_call, texts, own)),
        Contender("datasketch, bulk, xxh32", "`bulk`, xxh32 for SHA-1: the fastest found", partial(_bulk, texts, xxh32)),
        Contender("rensa RMinHash", "`update` for each text", partial(_rensa, rensa.RMinHash, texts)),
        Contender("rensa CMinHash", "`update` for each text", partial(_rensa, rensa.CMinHash, texts)),
        Contender("rensa RMinHash, matrix", "`digest_matrix_from_token_sets`, one thread", partial(_rensa_matrix, texts)),
        Contender("rensa CMinHash, bulk", "`digests_from_token_sets`", partial(_rensa_bulk, texts)),
        Contender("gaoya", "`insert_document`, its word 3-grams: signs and files under 32 bands", partial(_gaoya, texts)),
        Contender(INTERCHANGE, "from raw text", partial(sign_texts, texts, SETTINGS, interchange=True)),
        Contender("datasketch on tokens, update", "finished tokens, xxh32", partial(_update_tokens, tokens, xxh32)),
        Contender("datasketch on tokens, one call", "finished tokens, xxh32", partial(_one_call_tokens, tokens, xxh32)),
        Contender("datasketch on tokens, bulk", "finished tokens, xxh32", partial(MinHash.bulk, tokens, **xxh32)),
    ]


def _runs(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + SIZE]) for i in range(len(words) - SIZE + 1)]


def _encoded(text: str) -> list[bytes]:
    words = text.split()
    return [" ".join(words[i : i + SIZE]).encode() for i in range(len(words) - SIZE + 1)]


def _update(texts: Texts, options: dict[str, Any]) -> None:
    _update_tokens(map(_encoded, texts), options)


def _update_tokens(tokens: Any, options: dict[str, Any]) -> None:
    for runs in tokens:
        signature = MinHash(**options)
        for run in runs:
            signature.update(run)


def _one_call(texts: Texts, options: dict[str, Any]) -> None:
    _one_call_tokens(map(_encoded, texts), options)


def _one_call_tokens(tokens: Any, options: dict[str, Any]) -> None:
    for runs in tokens:
        MinHash(**options).update_batch(runs)


def _bulk(texts: Texts, options: dict[str, Any]) -> None:
    MinHash.bulk(map(_encoded, texts), **options)


def _rensa(kind: Any, texts: Texts) -> None:
    for text in texts:
        signature = kind(num_perm=PERMUTATIONS, seed=1)
        signature.update(_runs(text))
        signature.digest()


def _rensa_matrix(texts: Texts) -> None:
    rensa.RMinHash.digest_matrix_from_token_sets(map(_runs, texts), PERMUTATIONS, 1)


def _rensa_bulk(texts: Texts) -> None:
    rensa.CMinHash.digests_from_token_sets(map(_runs, texts), PERMUTATIONS, 1)


def _gaoya(texts: Texts) -> None:
    index = MinHashStringIndex(hash_size=32, num_bands=32, band_size=4, ngram_range=(3, 3))
    for at, text in enumerate(texts):
        index.insert_document(at, text)


def stages(articles: Sequence[Article]) -> list[Contender]:
    """What the service does with each article by itself, in both forms."""
    s = SETTINGS
    bodies = [normalise(a.body) for a in articles]
    headlines = [hash_words(normalise(a.title).words) for a in articles]

    def sign_all() -> None:
        for body in bodies:
            ranges = np.array([[0, len(body.words)]], dtype=np.int32)
            sign_words(body.hashes, ranges, s.shingle_size, s.passage_words, s.passage_window, s.bands, s.rows)

    works: dict[str, Callable[[], object]] = {
        "`normalise`, a body": lambda: [normalise(a.body) for a in articles],
        "`normalise`, a headline": lambda: [normalise(a.title) for a in articles],
        "`sign_words`: shingles, signature, keys": sign_all,
        "`headline_keys`": lambda: [headline_keys(hashes, hashes, s.headline_bands) for hashes in headlines],
    }
    return [Contender(f"{name}{form}", "", work, plain=bool(form)) for name, work in works.items() for form in ("", _PLAIN_FORM)]


# ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────────────


def clock(parts: Sequence[Contender], articles: int, runs: int) -> dict[str, list[float]]:
    """Microseconds of CPU an article, for each contender in each run; one more run before them does not count."""
    spent: dict[str, list[float]] = {part.name: [] for part in parts}
    for run in range(runs + 1):
        for part in parts:
            if part.plain:
                compiled.serve_plain()
            started = time.process_time()
            part.run()
            took = time.process_time() - started
            load_now(Config.load())
            if run:
                spent[part.name].append(took / articles * 1e6)
    return spent


# ── the roofline ─────────────────────────────────────────────────────────────────────────────────────────────────────


def roofline(texts: Texts, runs: int) -> dict[str, Any]:
    """What an article takes at the least, and how fast this machine does each of it."""
    from numba import njit, uint32

    @njit(nogil=True)
    def multiply_add_min(hashes: Any, a: Any, b: Any, least: Any) -> None:
        for k in range(len(a)):
            found, factor, summand = uint32(0xFFFFFFFF), a[k], b[k]
            for i in range(len(hashes)):
                found = min(found, uint32(uint32(factor * hashes[i]) + summand))
            least[k] = found

    @njit(nogil=True)
    def read(block: Any) -> Any:
        total = np.uint64(0)
        for i in range(len(block)):
            total += block[i]
        return total

    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 1 << 32, 4096, dtype=np.uint32)  # 16 kB: in the nearest cache
    a, b = (rng.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32) for _ in range(2))
    block = rng.integers(0, 1 << 32, 32_000_000, dtype=np.uint64)  # 256 MB: in no cache
    least = np.empty(PERMUTATIONS, dtype=np.uint32)
    often = 20
    sums = _times(lambda: [multiply_add_min(hashes, a, b, least) for _ in range(often)], runs)
    reads = _times(lambda: read(block), runs)
    words = [len(normalise(text).words) for text in texts]
    shingles = sum(max(0, count - SIZE + 1) for count in words)
    return {
        "characters": sum(map(len, texts)) / len(texts),
        "bytes_read": 4 * sum(map(len, texts)) / len(texts),
        "word_hashes": sum(words) / len(texts),
        "shingle_hashes": shingles / len(texts),
        "multiply_adds": shingles * PERMUTATIONS / len(texts),
        "peak_multiply_adds_per_s": Spread.of([often * hashes.size * a.size / s for s in sums]),
        "peak_bytes_per_s": Spread.of([block.nbytes / s for s in reads]),
    }


def _times(work: Callable[[], object], runs: int) -> list[float]:
    work()
    took = []
    for _ in range(runs):
        started = time.process_time()
        work()
        took.append(time.process_time() - started)
    return took


# ── what is written ──────────────────────────────────────────────────────────────────────────────────────────────────


def table(parts: Sequence[Contender], spent: dict[str, list[float]]) -> str:
    lines = ["| what | how | µs an article | articles a second |", "|---|---|---|---|"]
    for part in parts:
        took = Spread.of(spent[part.name])
        lines.append(f"| {part.name} | {part.says} | {took} | {1e6 / took.median:,.0f} |")
    lines += ["", "| ours | peer | times as fast | must | aim | met |", "|---|---|---|---|---|---|"]
    for bar in BARS:
        ratio = ratios(spent[bar.peer], spent[bar.ours])
        must, aim = (f"{value:g}x" if value else "" for value in (bar.must, bar.aim))
        lines.append(f"| {bar.ours} | {bar.peer} | {ratio} | {must} | {aim} | {bar.met(ratio.median)} |")
    return "\n".join(lines)


def stage_table(parts: Sequence[Contender], spent: dict[str, list[float]]) -> str:
    lines = ["| stage, one article at a time | plain, µs | compiled, µs | times as fast |", "|---|---|---|---|"]
    for part in parts:
        if not part.plain:
            compiled, plain = spent[part.name], spent[part.name + _PLAIN_FORM]
            lines.append(f"| {part.name} | {Spread.of(plain)} | {Spread.of(compiled)} | {ratios(plain, compiled)} |")
    return "\n".join(lines)


def bounds(roof: dict[str, Any], spent: dict[str, list[float]]) -> str:
    took = Spread.of(spent[OURS]).median
    adds, memory = roof["peak_multiply_adds_per_s"], roof["peak_bytes_per_s"]
    adds_us, memory_us = roof["multiply_adds"] / adds.median * 1e6, roof["bytes_read"] / memory.median * 1e6
    rows = [
        ("text read, 4 bytes a character", f"{roof['bytes_read']:,.0f} bytes", f"{memory.median / 1e9:.1f} GB/s", memory_us),
        ("permutations", f"{roof['multiply_adds']:,.0f} multiply-add-min", f"{adds.median / 1e9:.1f} G/s", adds_us),
    ]
    lines = ["| bound | an article | the machine | µs at least | of our time |", "|---|---|---|---|---|"]
    lines += [f"| {what} | {amount} | {speed} | {us:.2f} | {us / took:.0%} |" for what, amount, speed, us in rows]
    lines += [
        "",
        f"An article has {roof['characters']:,.0f} characters, {roof['word_hashes']:,.0f} words, each hashed once, and "
        f"{roof['shingle_hashes']:,.0f} shingles; it takes us {took:.1f} µs.",
    ]
    return "\n".join(lines)


def plot(parts: Sequence[Contender], spent: dict[str, list[float]]) -> None:
    from matplotlib.figure import Figure as Drawing

    names = [part.name for part in parts][::-1]
    took = [Spread.of(spent[name]) for name in names]
    drawing = Drawing(figsize=(8, 5))
    axes = drawing.subplots()
    colours = ["#1f6f5c" if name.startswith(OURS) else "#9aa5a1" for name in names]
    errors = [[t.median - t.low for t in took], [t.high - t.median for t in took]]
    axes.barh(names, [t.median for t in took], xerr=errors, color=colours)
    axes.set_xscale("log")
    axes.set_xlabel("µs of one core an article, from raw text (on tokens: from finished tokens)")
    draw("speed", drawing)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--articles", type=int, default=2_000)
    arguments.add_argument("--runs", type=int, default=7)
    arguments.add_argument("--docs", action="store_true", help=f"rewrite {PAGE} and its JSON and plot")
    options = arguments.parse_args()
    corpus = load(options.data).articles
    articles = random.Random(0).sample(corpus, min(options.articles, len(corpus)))
    texts = [a.body for a in articles]
    load_now(Config.load())
    parts, by_stage = contenders(texts), stages(articles)
    spent = clock([*parts, *by_stage], len(texts), options.runs)
    roof = roofline(texts, options.runs)
    machine = brief("numba", "numpy", *_PEERS)
    about_runs = f"{len(texts):,} articles, {options.runs} runs: median [smallest, largest]. One of {machine}."
    page = f"{table(parts, spent)}\n\n{stage_table(by_stage, spent)}\n\n{bounds(roof, spent)}\n\n{about_runs}"
    print(page)
    if options.docs:
        command = "python -m benchmarks.speed --docs"
        took = {name: Spread.of(values) for name, values in spent.items()}
        against = {f"{bar.ours} / {bar.peer}": ratios(spent[bar.peer], spent[bar.ours]) for bar in BARS}
        versions = {name: version(name) for name in _PEERS}
        about = {"articles": len(texts), "peers": versions, "us_an_article": took, "times_as_fast": against, "roofline": roof}
        write("speed", command, about)
        plot(parts, spent)
        write_docs(PAGE, "speed", page)


if __name__ == "__main__":
    main()
