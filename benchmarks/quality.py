"""The quality table: the body and headline verdicts against hand-labelled pairs of real Arabic news.

    python -m benchmarks.quality [--peers] [--list] [--output FILE] [--docs docs/quality.md]
    python -m benchmarks.quality --verdicts FILE

Prints our figures twice: out of fold (the copy model refitted without the days that it judges) and fitted, beside what they must
and should be. With --peers the usual tools follow, in the same run on the same labels. With --verdicts a file of verdict lines
(`mukarrar check --candidates`) is scored instead. Ends with a line and a non-zero status if a labelled or clear article has no
verdict.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks import environment
from benchmarks.corpus import Corpus, load, parser
from benchmarks.folds import decide, fitted, out_of_fold
from benchmarks.peers import compete, peer_table
from benchmarks.recording import record
from benchmarks.scoring import Gold, Report, gold, score
from benchmarks.verify_time import sample, time_verify
from dedup import Settings


@dataclass(frozen=True)
class Bar:
    """A row of the table: what a figure must and should be."""

    figure: str
    name: str
    side: Literal["least", "most"]
    must: float | None = None
    aim: float | None = None

    def met(self, value: float) -> str:
        """Which of its marks a figure reaches."""
        for name, mark in (("aim", self.aim), ("must", self.must)):
            if mark is not None and (value >= mark if self.side == "least" else value <= mark):
                return name
        return "" if self.must is None else "**no**"


BARS = (
    Bar("weighted F1", "weighted F1 of the body verdict", "least", 0.97, 0.985),
    Bar("stratified F1", "stratified F1 (hard cases count equally)", "least", 0.93, 0.96),
    Bar("template false rate", "template false rate, weighted", "most", 0.12, 0.05),
    Bar("templates flagged", "template articles flagged", "most", 4, 1),
    Bar("cross-outlet recall", "cross-outlet recall, weighted", "least", 0.96, 0.98),
    Bar("cross-outlet copies missed", "cross-outlet copies missed", "most", 3, 1),
    Bar("flags on clear articles", "flags on clear articles (each read)", "most", 20),
    Bar("match shown is wrong", "match shown is wrong, of judged", "most", 0.04, 0.01),
    Bar("matches judged", "matches judged, of flagged labelled articles", "least", 0.6),
    Bar("candidate recall", "labelled positive pairs that become candidates", "least", 0.985, 0.995),
    Bar("candidates an article", "candidates an article, mean", "most", 8, 5),
    Bar("most candidates", "candidates verified, most", "most", 20),
    Bar("same headlines repeated", "same headline found as `repeated`", "least", 0.96, 1.0),
    Bar("rubrics repeated", "rubric from its third occurrence on called `repeated` or `near`", "most", 0.05, 0.01),
    Bar("name agreement", "verdict name agrees with the label (two readers: .93)", "least", 0.8, 0.88),
    Bar("verify time", "verify step over datasketch signing of the same articles (its scheme before 2.0)", "most", 4),
    Bar("verify time, texts taken apart", "the same, where every candidate's text lies taken apart", "most"),
    Bar("verify time over the newer scheme", "verify step over signing by datasketch 2.0's new scheme", "most"),
)


def table(reports: Mapping[str, Report]) -> str:
    """The bars beside the figures of each report, as a Markdown table; `met` is said of the first report."""
    first = next(iter(reports.values()))
    lines = [f"| figure | must | aim | {' | '.join(reports)} | met |", "|---|---|---|" + "---|" * (len(reports) + 1)]
    for bar in BARS:
        if bar.figure not in first.figures:
            continue
        must, aim = (("≥ " if bar.side == "least" else "≤ ") + _mark(m) if m is not None else "" for m in (bar.must, bar.aim))
        cells = [r.figures[bar.figure].text() if bar.figure in r.figures else "" for r in reports.values()]
        met = bar.met(first.figures[bar.figure].value)
        lines.append(f"| {bar.name} | {must} | {aim} | {' | '.join(cells)} | {met} |")
    return "\n".join(lines)


def _mark(value: float) -> str:
    """A bar as the table's reader writes it: .97, 4, 1."""
    return f"{value:g}".removeprefix("0")


def write_docs(path: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- begin NAME -->` and `<!-- end NAME -->` in a page."""
    page = path.read_text("utf-8")
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        sys.exit(f"{path} has no place for {name}: {begin.strip()} ... {end}")
    head, rest = page.split(begin)
    path.write_text(head + begin + text.rstrip() + "\n" + end + rest.split(end)[1], "utf-8")


def refuse_missing(title: str, report: Report) -> None:
    """End the program if a labelled or clear article has no verdict: figures over the rest would flatter."""
    if report.missing:
        sys.exit(f"{title}: no verdict for {len(report.missing)} labelled or clear articles, for example {report.missing[:3]}")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--verdicts", type=Path, help="score this file of verdict lines instead")
    arguments.add_argument("--peers", action="store_true", help="measure the usual tools too (several minutes)")
    arguments.add_argument("--list", action="store_true", help="name the clear articles that are flagged out of fold")
    arguments.add_argument("--write", type=Path, help="write the out-of-fold verdict lines here, for another scorer")
    arguments.add_argument("--output", type=Path, help="write every figure to this JSON file")
    arguments.add_argument("--docs", type=Path, help="replace the tables of this page")
    options = arguments.parse_args()
    if options.verdicts and (options.docs or options.write):
        arguments.error("--docs and --write take the verdicts of this run, not a file's")
    corpus = load(options.data)
    known = gold(corpus)
    if options.verdicts:
        lines = map(json.loads, options.verdicts.read_text("utf-8").splitlines())
        reports = {options.verdicts.name: score(known, lines)}
    else:
        reports = _ours(corpus, known, options.write)
    for title, report in reports.items():
        refuse_missing(title, report)
    texts = {"ours": table(reports)}
    result: dict[str, Any] = {"ours": {t: _plain(r) for t, r in reports.items()}}
    print(f"\n{texts['ours']}\n")
    if options.list:
        for article in next(iter(reports.values())).clear_flagged:
            print(f"clear and flagged: {article}")
    if options.peers:
        rows = compete(corpus, known)
        texts["peers"] = peer_table(rows)
        result["peers"] = [{**asdict(r), "report": _plain(r.report)} for r in rows]
        print(f"\n{texts['peers']}\n")
    texts["run"] = environment.line(len(corpus.articles), len(corpus.labels))
    result["run"] = environment.facts()
    print(texts["run"])
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    if options.docs:
        for name, text in texts.items():
            write_docs(options.docs, name, text)


def _ours(corpus: Corpus, known: Gold, write: Path | None) -> dict[str, Report]:
    recording = record(corpus, Settings(), timed=sample(corpus))
    unseen = decide(recording, out_of_fold(corpus, recording))
    if write:
        write.write_text("".join(json.dumps(line) + "\n" for line in unseen), "utf-8")
    reports = {"out of fold": score(known, unseen), "fitted": score(known, decide(recording, fitted))}
    reports["out of fold"].figures.update(time_verify(recording))
    return reports


def _plain(report: Report) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in report.figures.items()}


if __name__ == "__main__":
    main()
