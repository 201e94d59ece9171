"""How much of real news pages each HTML extractor returns, and how long it takes. Figures only: docs/decisions/0007.

usage: MUKARRAR_DATA=FOLDER python benchmarks/html_extractors.py

FOLDER/pages holds `*.html` and `expected.jsonl` ({"id", "body", ...}; body "" where the page is not labelled). Resiliparse is
no dependency of ours: its rows appear where it is installed (`pip install resiliparse`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from service.formats.html import html_to_page

RUNS = 7


def trafilatura_default(html: str) -> str:
    from trafilatura import bare_extraction

    return _text(bare_extraction(html, with_metadata=True))


def trafilatura_fast(html: str) -> str:
    from trafilatura import bare_extraction

    options = {"extensive_search": False, "original_date": True}
    return _text(bare_extraction(html, fast=True, with_metadata=True, include_comments=False, date_extraction_params=options))


def _text(document: Any) -> str:
    return (document.text or "") if document else ""


def resiliparse(html: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(html, main_content=True))


def ours(html: str) -> str:
    page = html_to_page(html)
    return page.text.removeprefix(f"{page.title}\n{page.title}\n")


def main() -> None:
    if not os.environ.get("MUKARRAR_DATA"):
        sys.exit(__doc__)
    pages = Path(os.environ["MUKARRAR_DATA"], "pages")
    bodies = {}
    for line in (pages / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        bodies[row["id"]] = row["body"]
    extractors: dict[str, Callable[[str], str]] = {
        "ours": ours,
        "trafilatura defaults": trafilatura_default,
        "trafilatura fast": trafilatura_fast,
    }
    print(f"python {platform.python_version()}, trafilatura {version('trafilatura')}, lxml {version('lxml')}", end="")
    if importlib.util.find_spec("resiliparse"):
        extractors["resiliparse main content"] = resiliparse
        print(f", resiliparse {version('resiliparse')}", end="")
    print(f"; {RUNS} runs a page, milliseconds: median (slowest)\n")
    print("| page | kB | extractor | characters | body exact | ms |\n|---|---|---|---|---|---|")
    for name, body in bodies.items():
        html = (pages / name).read_text(encoding="utf-8", errors="replace")
        for label, extract in extractors.items():
            text = extract(html).strip()  # the first call imports
            times = []
            for _ in range(RUNS):
                start = time.perf_counter()
                extract(html)
                times.append((time.perf_counter() - start) * 1000)
            exact = "" if not body else "yes" if text == body else "no"
            spread = f"{statistics.median(times):.0f} ({max(times):.0f})"
            print(f"| {Path(name).stem} | {len(html) // 1000} | {label} | {len(text)} | {exact} | {spread} |")


if __name__ == "__main__":
    main()
