"""The quality gate: out-of-fold figures against floors.json. Floors only rise; lowering one takes a decision record.

make gate    (MUKARRAR_DATA names the folder of the measuring corpus)
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from benchmarks.corpus import load, parser
from benchmarks.quality import Report, out_of_fold, score, show
from dedup import Settings

FLOORS = Path(__file__).with_name("floors.json")


def figures(report: Report) -> dict[str, float]:
    """What floors and ceilings may name: every figure, and the counts as shares where that says more."""
    c = report.counts
    return {
        **{name: value for name, (value, _, _) in report.figures.items()},
        "candidate recall": c["positive pairs among candidates"] / c["positive pairs"],
        "candidates an article": c["candidates"] / c["articles with candidates listed"],
        "flags on clear articles": float(c["clear flagged"]),
        "name agreement": c.get("names right", 0) / max(1, c.get("names judged", 0)),
    }


def failures(found: dict[str, float], floors: dict[str, dict[str, float]]) -> list[str]:
    """One line for each bar that is not met."""
    out = [f"{name} is {found[name]:.4f}, the floor is {bar}" for name, bar in floors["at least"].items() if found[name] < bar]
    return out + [
        f"{name} is {found[name]:.4f}, the ceiling is {bar}" for name, bar in floors["at most"].items() if found[name] > bar
    ]


def main() -> None:
    options = parser(__doc__).parse_args()
    if not options.data and os.environ.get("REQUIRE") != "all":
        print("quality gate left out: MUKARRAR_DATA does not name the measuring corpus")
        return
    corpus = load(options.data)
    report = score(corpus, out_of_fold(corpus, Settings()))
    show("out of fold", report)
    problems = failures(figures(report), json.loads(FLOORS.read_text("utf-8")))
    if report.missing:
        problems.append(f"no verdict for {len(report.missing)} labelled articles")
    for problem in problems:
        print(f"FAILED: {problem}")
    print("quality gate: " + ("failed" if problems else "passed"))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
