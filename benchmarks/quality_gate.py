"""The quality gate: out-of-fold figures against floors.json. Floors only rise; lowering one takes a decision record.

    make gate                                     (MUKARRAR_DATA names the folder of the measuring corpus)
    python -m benchmarks.quality_gate --raise     after a gain: move floors up and ceilings down to what was measured

One pass over the corpus: what the decisions take is recorded, and each fold's model decides from that (`benchmarks/folds.py`).
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.corpus import load, parser
from benchmarks.folds import decide, out_of_fold
from benchmarks.quality import refuse_missing, table
from benchmarks.recording import record
from benchmarks.scoring import Figure, Report, gold, score
from dedup import Settings

FLOORS = Path(__file__).with_name("floors.json")
#: Left between a measured figure and its raised floor: the last digit of a ratio moves with the machine's NumPy.
_SLACK = 0.002
_NOT_RAISED = ("most candidates",)  # a setting

Floors = dict[str, dict[str, float]]


def failures(found: Mapping[str, Figure], floors: Floors) -> list[str]:
    """One line for each bar that is not met, or that names no figure."""
    out = []
    for side, bars in floors.items():
        for name, bar in bars.items():
            if name not in found:
                out.append(f"{name} was not measured")
            elif found[name].value < bar if side == "at least" else found[name].value > bar:
                out.append(f"{name} is {found[name].text()}; {side} {bar:g}")
    return out


def raised(found: Mapping[str, Figure], floors: Floors) -> Floors:
    """The floors moved to what was measured, less a little for ratios; none is ever lowered."""
    out: Floors = {side: dict(bars) for side, bars in floors.items()}
    for name, bar in floors["at least"].items():
        out["at least"][name] = max(bar, math.floor(1000 * (found[name].value - _SLACK)) / 1000)
    for name, bar in floors["at most"].items():
        if name not in _NOT_RAISED:
            value = found[name].value if found[name].counted else math.ceil(1000 * (found[name].value + _SLACK)) / 1000
            out["at most"][name] = min(bar, value)
    return out


def measure_here(data: str) -> Report:
    """The out-of-fold figures of the whole corpus."""
    corpus = load(data)
    recording = record(corpus, Settings())
    return score(gold(corpus), decide(recording, out_of_fold(corpus, recording)))


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--raise", dest="raise_floors", action="store_true", help="raise the floors to what was measured")
    options = arguments.parse_args()
    if not options.data and os.environ.get("REQUIRE") != "all":
        print("quality gate left out: MUKARRAR_DATA does not name the measuring corpus")
        return
    floors = json.loads(FLOORS.read_text("utf-8"))
    report = measure_here(options.data)
    print(table({"out of fold": report}))
    refuse_missing("quality gate", report)
    problems = failures(report.figures, floors)
    for problem in problems:
        print(f"FAILED: {problem}")
    print("quality gate: " + ("failed" if problems else "passed"))
    if options.raise_floors and not problems:
        FLOORS.write_text(json.dumps(raised(report.figures, floors), indent=2) + "\n", "utf-8")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
