"""Publication times as people write them, read into one: aware, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# "Tue, 21 Jul 2015 10:05:00 +0300": what RSS and mail send.
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{1,2}:\d{2}", re.ASCII)
_ISO_8601 = re.compile(r"\d{4}-?(?:\d{2}|W\d{2})", re.ASCII)


def parse_time(text: str) -> datetime:
    """Read ISO 8601 (date alone, space or T, Z or offset, fractions, basic form) or RFC 2822; without a zone it is UTC.

    Returns:
        The moment, in UTC.

    Raises:
        ValueError: the text is neither, or the moment lies outside the years 1 to 9999.
    """
    text = text.strip()
    if _RFC_2822.match(text):
        from email.utils import parsedate_to_datetime  # 15 ms, and rarely needed

        moment = parsedate_to_datetime(text)
    elif _ISO_8601.match(text):
        # A space before the offset and the names of UTC are common in feeds; `fromisoformat` knows neither.
        moment = datetime.fromisoformat(re.sub(r"\s*(?:Z|UTC|GMT|\s(?=[+-]\d))", _offset, text.upper(), count=1))
    else:
        raise ValueError(f"{text!r} is not a time")
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError(f"{text!r} lies outside the years 1 to 9999") from exc


def _offset(found: re.Match[str]) -> str:
    return "+00:00" if found.group().strip() else ""
