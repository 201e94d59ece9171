"""The measuring corpus, read from the folder named by MUKARRAR_DATA or --data; research data, never part of the project."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedup import Article
from service.formats.article import article_from_json

POSITIVE = frozenset({"same", "partial", "update"})


@dataclass(frozen=True)
class Label:
    """One pair read by hand; `b` is the later article."""

    pair: str
    a: str
    b: str
    label: str
    headline: str
    sure: bool
    stratum: str
    weight: float

    @property
    def positive(self) -> bool:
        return self.label in POSITIVE


@dataclass(frozen=True)
class Corpus:
    articles: list[Article]  # in file order
    labels: list[Label]
    clear: list[str]  # ids of articles on which any body flag is false

    def day(self) -> dict[str, str]:
        return {a.id: a.published.date().isoformat() for a in self.articles if a.published}

    def folds(self) -> dict[str, int]:
        """Article id -> fold: one day, one fold."""
        days = self.day()
        order = {day: i for i, day in enumerate(sorted(set(days.values())))}
        return {article: order[day] for article, day in days.items()}


def parser(description: str | None) -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", default=os.environ.get("MUKARRAR_DATA", ""), help="folder that holds saudi_dev/")
    return arguments


def load(data: str) -> Corpus:
    """Read the corpus, or end the program with a line that says what is missing."""
    folder = Path(data) / "saudi_dev"
    if not data or not (folder / "articles.jsonl.gz").is_file():
        sys.exit("the measuring corpus is absent: set MUKARRAR_DATA (or --data) to the folder that holds saudi_dev/")
    with gzip.open(folder / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [article_from_json(json.loads(line), default_id=lambda: "") for line in lines]
    labels = [_label(json.loads(line)) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]
    return Corpus(articles, labels, (folder / "clear.txt").read_text("utf-8").split())


def _label(row: dict[str, Any]) -> Label:
    return Label(row["pair"], row["a"], row["b"], row["label"], row["headline"], bool(row["sure"]), row["stratum"], row["weight"])
