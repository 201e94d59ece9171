"""Rules that every store keeps alike."""

from __future__ import annotations

import hashlib
import math
from datetime import date, timedelta

from dedup.settings import Settings

MAX_HISTORY = 64  # the latest versions of an item that are looked at
MAX_VERSION = 65_535
SAME_CONTENT = 32  # of the articles with the same content, so many of the first and of the last are answered
MAX_GENERATION = 2**24  # articles in one generation of lists: the next one opens early
MAX_DAYS = 400  # of roll-ups in one answer


def id_hash(article_id: str) -> bytes:
    """What stands for an article id in `Entry.id_hash`: 8 bytes, BLAKE2b of its UTF-8."""
    return hashlib.blake2b(article_id.encode(), digest_size=8).digest()


def generations_at(now_s: float, settings: Settings) -> tuple[int, int]:
    """The generation that an arrival at `now_s` falls into, and the oldest that is still live.

    A generation is live while an article that arrived at its very end is within the retention:
    (generation + 1) * generation_s + retention_s > now_s.
    """
    return math.floor(now_s / settings.generation_s), math.floor((now_s - settings.retention_s) / settings.generation_s)


def days(first_day: str, last_day: str) -> list[str]:
    """The days first..last, YYYY-MM-DD, both included; empty if the last comes before the first.

    Raises:
        ValueError: not a date, or more than 400 days.
    """
    first, last = date.fromisoformat(first_day), date.fromisoformat(last_day)
    count = (last - first).days + 1
    if count > MAX_DAYS:
        raise ValueError(f"{count} days asked for, at most {MAX_DAYS} are answered; ask for a shorter span")
    return [(first + timedelta(days=n)).isoformat() for n in range(count)]
