"""Pairs for a person to read: is what the verdicts say of them right?

    python -m benchmarks.read_pairs unlabelled --verdicts FILE --out FILE [--count 50] [--seed 0] [--answers FILE]

Draws pairs from a file of verdict lines (`mukarrar check --candidates`, or `benchmarks.quality --write`), prints both articles
side by side and reads y (right), n (wrong), ? (cannot say) or q (stop) from the terminal, or from --answers, one a line in the
order of the pairs. The same seed draws the same pairs; those judged before are not shown again. What is drawn:

    unlabelled   flagged articles that no label speaks of, each beside the match that is shown
    clear        flagged articles of the clear list, each beside the match that is shown
    story        two members of one story (of `mukarrar check`; the lines of `benchmarks.quality` name none)

Only ids and judgements are written, one JSON object a line, to a file that must lie outside the repository: the corpus is
research data.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, TextIO

from benchmarks.corpus import Corpus, load, parser
from benchmarks.scoring import FLAGGED, ratio
from dedup import Article

REPOSITORY = Path(__file__).resolve().parents[1]
JUDGEMENTS = {"y": "right", "n": "wrong", "?": "open"}

Pair = tuple[str, str]  # the later article and the earlier one


def shown_matches(corpus: Corpus, lines: Iterable[Mapping[str, Any]], *, clear: bool) -> list[Pair]:
    """Flagged articles beside the match they show: of the clear list, or those that no label speaks of."""
    labelled, clear_ids = {x.b for x in corpus.labels}, set(corpus.clear)
    return [
        (line["id"], line["body"]["match"]["id"])
        for line in lines
        if (line.get("body") or {}).get("verdict") in FLAGGED
        and (line["id"] in clear_ids if clear else line["id"] not in labelled)
    ]


def within_stories(lines: Iterable[Mapping[str, Any]], generator: random.Random) -> list[Pair]:
    """For every article that joined a story one earlier member of it, drawn at random."""
    members: dict[str, list[str]] = defaultdict(list)
    pairs = []
    for line in (x for x in lines if x.get("story")):
        story = members[line["story"]]
        if story:
            pairs.append((line["id"], generator.choice(story)))
        story.append(line["id"])
    return pairs


def draw(pairs: Sequence[Pair], count: int, generator: random.Random) -> list[Pair]:
    """At most `count` of them, in random order."""
    return generator.sample(pairs, min(count, len(pairs)))


def side_by_side(new: Article, old: Article, width: int) -> str:
    """Both articles in two columns, the later one on the left."""
    column = (width - 3) // 2
    rows = []
    for left, right in zip_longest(_lines(new, column), _lines(old, column), fillvalue=""):
        rows.append(f"{left:<{column}} | {right}".rstrip())
    return "\n".join(rows)


def _lines(article: Article, width: int) -> list[str]:
    published = article.published.isoformat() if article.published else "undated"
    out = [article.id[:width], f"{article.source}, {published}, {len(article.body.split())} words"[:width], "-" * width]
    for paragraph in (article.title, "", *article.body.splitlines()):
        out += textwrap.wrap(paragraph, width) or [""]
    return out


def ask(corpus: Corpus, pairs: Sequence[Pair], answers: Iterator[str], out: TextIO, width: int) -> None:
    """Show each pair and write down what is answered, until the answers end."""
    articles = {a.id: a for a in corpus.articles}
    for number, (new, old) in enumerate(pairs, 1):
        print(f"\n=== {number} of {len(pairs)}\n{side_by_side(articles[new], articles[old], width)}")
        answer = ""
        while answer not in JUDGEMENTS:
            print("right? y, n, ? or q: ", end="", flush=True)
            answer = next(answers, "q").strip()
            if answer == "q":
                return
        out.write(json.dumps({"b": new, "a": old, "judgement": JUDGEMENTS[answer]}) + "\n")
        out.flush()


def outside(path: Path) -> Path:
    """The path, or the end of the program if it lies inside the repository."""
    if path.resolve().is_relative_to(REPOSITORY):
        sys.exit(f"--out {path} lies inside the repository; ids of research data do not belong there")
    return path


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("kind", choices=("unlabelled", "clear", "story"))
    arguments.add_argument("--verdicts", type=Path, required=True, help="verdict lines of the corpus in file order")
    arguments.add_argument("--out", type=Path, required=True, help="where judgements go; outside the repository")
    arguments.add_argument("--count", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--answers", type=Path, help="read the answers from here instead of the terminal")
    options = arguments.parse_args()
    out = outside(options.out)
    corpus = load(options.data)
    lines = [json.loads(line) for line in options.verdicts.read_text("utf-8").splitlines()]
    generator = random.Random(options.seed)
    if options.kind == "story":
        pairs = within_stories(lines, generator)
    else:
        pairs = shown_matches(corpus, lines, clear=options.kind == "clear")
    drawn = draw(pairs, options.count, generator)
    before = {(j["b"], j["a"]) for j in _judged(out)}
    answers = iter(options.answers.read_text().splitlines()) if options.answers else iter(sys.stdin.readline, "")
    with out.open("a", encoding="utf-8") as file:
        ask(corpus, [p for p in drawn if p not in before], answers, file, shutil.get_terminal_size((160, 40)).columns)
    said = [j["judgement"] for j in _judged(out) if (j["b"], j["a"]) in set(drawn)]
    wrong = ratio([(j == "wrong", 1) for j in said if j != "open"], "judged pairs")
    print(f"\n{len(pairs)} pairs, {len(drawn)} drawn, {len(said)} judged, {said.count('open')} open; wrong: {wrong.text()}")


def _judged(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


if __name__ == "__main__":
    main()
