"""What a speed benchmark leaves behind: its figures as JSON and one plot as SVG, in docs/performance/."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.environment import facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

FOLDER = Path("docs/performance")


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several runs, with the smallest and the largest of them."""

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values), len(values))

    def __str__(self) -> str:
        return f"{self.median:,.3g} [{self.low:,.3g}, {self.high:,.3g}]"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Ours over theirs, run by run: a machine that slows down for one run slows both."""
    return Spread.of([a / b for a, b in zip(ours, theirs, strict=True)])


def write(name: str, command: str, figures: dict[str, Any], folder: Path = FOLDER) -> Path:
    """Write `<name>.json`: the figures, with the command that made them, the day and the machine."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content = {"command": command, "date": date.today().isoformat(), "machine": facts(), "figures": figures}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=asdict) + "\n", encoding="utf-8")
    return path


def draw(name: str, drawing: Drawing, folder: Path = FOLDER) -> Path:
    """Write `<name>.svg`, the same bytes for the same drawing."""
    import matplotlib as mpl

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.svg"
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        drawing.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
    return path
