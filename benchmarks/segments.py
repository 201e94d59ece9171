"""How well the parts of an article are told apart: on the cases written for it, and how often each occurs in the corpus.

python -m benchmarks.segments [--data FOLDER]

Of each kind: cases where the very words were found, found wrongly, and missed. The corpus has no labels for this, so only counts
are printed of it, and how many of its copies do not name the agency that an earlier copy credits.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import load, parser
from benchmarks.recording import NOW_S, batches
from dedup import Article, Deduplicator, Settings, Verdict
from dedup.normalise import normalise
from dedup.segment import segment
from dedup.store.memory import MemoryStore

CASES = Path(__file__).parents[1] / "tests" / "golden" / "segments" / "cases.toml"
PARTS = {"headline": "headline", "dateline": "dateline", "byline": "byline", "caption": "caption", "credit": "credit_line",
         "furniture": "furniture"}  # fmt: skip
KINDS = (*PARTS.values(), "credit", "mention")


@dataclass(frozen=True)
class Case:
    """One article and its parts: kind -> normalised words, or the key of an agency."""

    name: str
    article: Article
    expected: Mapping[str, str]
    open: str


def load_cases() -> list[Case]:
    file = tomllib.loads(CASES.read_text("utf-8"))
    cases = []
    for row in file["case"]:
        unknown = set(row) - {"name", "title", "body", "author", "open", *KINDS}
        if unknown:  # a typo must not pass as a case that expects nothing
            raise ValueError(f"{row['name']}: unknown {sorted(unknown)}")
        body = row["body"].format(news=file["news"], more=file["more"])
        expected = {
            kind: row[kind] if kind in ("credit", "mention") else " ".join(normalise(row[kind]).words)
            for kind in KINDS
            if kind in row
        }
        article = Article(id=row["name"], title=row.get("title", ""), body=body, author=row.get("author", ""))
        cases.append(Case(row["name"], article, expected, row.get("open", "")))
    return cases


def found_in(article: Article) -> dict[str, str]:
    """What the rules find, in the form of `Case.expected`."""
    segments = segment(article)
    found: dict[str, list[str]] = {}
    for part in segments.parts:
        found.setdefault(PARTS[part.kind], []).extend(segments.body.words[part.start : part.end])
    out = {kind: " ".join(words) for kind, words in found.items()}
    if segments.credit is not None:
        out[segments.credit.kind] = segments.credit.agency
    return out


def measure(cases: Sequence[Case]) -> dict[str, tuple[int, int, int]]:
    """Of each kind: right, found wrongly, missed. A part with other words than expected is both wrong and missed."""
    counts: Counter[tuple[str, str]] = Counter()
    for case in cases:
        found = found_in(case.article)
        for kind in KINDS:
            got, want = found.get(kind), case.expected.get(kind)
            counts[kind, "right"] += got is not None and got == want
            counts[kind, "wrong"] += got is not None and got != want
            counts[kind, "missed"] += want is not None and got != want
    return {kind: (counts[kind, "right"], counts[kind, "wrong"], counts[kind, "missed"]) for kind in KINDS}


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def show_cases() -> None:
    cases = load_cases()
    print(f"{len(cases)} cases, {sum(found_in(c.article) == c.expected for c in cases)} met as a whole")
    print(f"  {'kind':12s} right wrong missed  precision recall")
    for kind, (right, wrong, missed) in measure(cases).items():
        precision, recall = _share(right, right + wrong), _share(right, right + missed)
        print(f"  {kind:12s} {right:5d} {wrong:5d} {missed:6d}  {precision:>9s} {recall:>6s}")


def show_corpus(articles: Sequence[Article]) -> None:
    counts: Counter[str] = Counter()
    cut = words = 0
    for article in articles:
        segments = segment(article)
        counts.update({part.kind for part in segments.parts})
        words += len(segments.body.words)
        cut += sum(part.end - part.start for part in segments.parts)
        if segments.credit is not None:
            counts[f"{segments.credit.kind} of an agency"] += 1
    print(f"\n{len(articles)} articles of the corpus, {cut} of {words} words are not their own text = {_share(cut, words)}")
    for kind in (*PARTS, "credit of an agency", "mention of an agency"):
        print(f"  {kind:22s} {counts[kind]:6d} = {_share(counts[kind], len(articles))}")
    settings = Settings()
    deduplicator = Deduplicator(MemoryStore(settings), settings)
    verdicts = [v for batch in batches(articles, 50) for v in deduplicator.check(batch, now_s=NOW_S) if isinstance(v, Verdict)]
    copies = [v for v in verdicts if v.body.verdict in ("repeat", "copy", "partial", "update")]
    uncredited = [v for v in copies if v.uncredited is not None]
    print(f"  copies {len(copies)}, of a text that is credited elsewhere and not there: {len(uncredited)}")


def main() -> None:
    options = parser(__doc__).parse_args()
    show_cases()
    if options.data:
        show_corpus(load(options.data).articles)
    else:
        print("corpus left out: MUKARRAR_DATA does not name the measuring corpus")


if __name__ == "__main__":
    main()
