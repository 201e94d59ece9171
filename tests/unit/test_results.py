from __future__ import annotations

import json
from pathlib import Path

from benchmarks.results import Spread, ratios, write


def test_ratios_pair_the_runs() -> None:
    assert ratios([2.0, 9.0, 4.0], [1.0, 3.0, 1.0]) == Spread(3.0, 2.0, 4.0, 3)
    assert str(Spread(3.0, 2.0, 4.0, 3)) == "3 [2, 4]"


def test_figures_stand_beside_their_command_and_machine(tmp_path: Path) -> None:
    path = write("speed", "python -m benchmarks.speed", {"ours": Spread(1.0, 1.0, 1.0, 5)}, tmp_path)
    written = json.loads(path.read_text("utf-8"))
    assert written["figures"] == {"ours": {"median": 1.0, "low": 1.0, "high": 1.0, "runs": 5}}
    assert written["command"] == "python -m benchmarks.speed"
    assert written["machine"]["python"]
