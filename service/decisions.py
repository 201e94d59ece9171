"""What the decision log says: rates by outlet, verdict and day. The dashboard shows the same numbers as GET /v1/stats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dedup.store.protocol import Bucket, Store

MAX_DAYS = 400
DEFAULT_DAYS = 30

#: Order of the verdicts wherever they are listed.
BODY_VERDICTS = ("repeat", "copy", "partial", "update", "template", "new", "too_short")
HEADLINE_VERDICTS = ("repeated", "near", "changed", "rubric", "new", "missing")
REPEATED_HEADLINES = frozenset({"repeated", "near"})


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one outlet, one day, or all; each item counts once, by its latest version."""

    articles: int = 0
    duplicates: int = 0
    repeated_headlines: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The counts, and the rates rounded to 4 digits (0 where there is no article)."""
        whole = self.articles or 1
        return {
            "articles": self.articles,
            "duplicates": self.duplicates,
            "duplicate_rate": round(self.duplicates / whole, 4),
            "repeated_headlines": self.repeated_headlines,
            "repeated_headline_rate": round(self.repeated_headlines / whole, 4),
        }


def stats(store: Store, first: date, last: date, *, duplicate_when: Iterable[str]) -> dict[str, Any]:
    """Rates of the days first..last (of publication, else of arrival), from the store's roll-ups.

    Args:
        store: where the roll-ups are.
        first: first day counted.
        last: last day counted, at most MAX_DAYS - 1 after `first`.
        duplicate_when: body verdicts that count as duplicates.

    Returns:
        `from`, `to`, the totals, `by_source` (most articles first), `by_body`, `by_headline` (every verdict, in the order
        of the documentation) and `by_day` (every day, those without articles too).
    """
    duplicates = frozenset(duplicate_when)
    counts = store.counts(first.isoformat(), last.isoformat())
    by_source = _group(counts.items(), "source", duplicates)
    by_day = _group(counts.items(), "day", duplicates)
    total = _group(((bucket._replace(day=""), n) for bucket, n in counts.items()), "day", duplicates).get("", Tally())
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        **total.as_dict(),
        "by_source": [
            {"source": source, **tally.as_dict()}
            for source, tally in sorted(by_source.items(), key=lambda item: (-item[1].articles, item[0]))
        ],
        "by_body": _shares(counts.items(), "body", BODY_VERDICTS, total.articles),
        "by_headline": _shares(counts.items(), "headline", HEADLINE_VERDICTS, total.articles),
        "by_day": [{"day": day, **by_day.get(day, Tally()).as_dict()} for day in days],
    }


def default_days(store: Store, *, now_s: float) -> tuple[date, date]:
    """The days shown when none are asked for: the 30 that end with the newest day among the latest 50 decisions.

    An archive of another year is seen at once. A publication day in the future does not count; without any, today.
    """
    today = datetime.fromtimestamp(now_s, UTC).date()
    days = [date.fromisoformat(decision.day) for decision in store.decisions(limit=50)]
    last = max((day for day in days if day <= today + timedelta(days=1)), default=today)
    return last - timedelta(days=DEFAULT_DAYS - 1), last


def _group(counts: Iterable[tuple[Bucket, int]], part: str, duplicates: frozenset[str]) -> dict[str, Tally]:
    articles: Counter[str] = Counter()
    copies: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    for bucket, n in counts:
        key = getattr(bucket, part)
        articles[key] += n
        copies[key] += n * (bucket.body in duplicates)
        repeated[key] += n * (bucket.headline in REPEATED_HEADLINES)
    return {key: Tally(articles[key], copies[key], repeated[key]) for key in articles if articles[key]}


def _shares(counts: Iterable[tuple[Bucket, int]], part: str, verdicts: Iterable[str], total: int) -> list[dict[str, Any]]:
    found: Counter[str] = Counter()
    for bucket, n in counts:
        found[getattr(bucket, part)] += n
    return [
        {"verdict": verdict, "articles": found[verdict], "share": round(found[verdict] / (total or 1), 4)} for verdict in verdicts
    ]
