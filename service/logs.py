"""Structured logs: one JSON line an event on standard error, ours and those of the libraries. Never an article's text."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import orjson
import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def set_up(level: str) -> None:
    """Send every event of at least `level` to standard error; called once, at start of a process."""
    threshold = getattr(logging, level.upper())
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter())
    logging.basicConfig(handlers=[handler], level=threshold, force=True)


def _line(event: Any, **options: Any) -> bytes:
    try:
        return orjson.dumps(event, **options)
    except TypeError:  # a number of more than 64 bits, half of a surrogate pair in a file name
        return json.dumps(event, **options).encode()


def formatter() -> logging.Formatter:
    """Renders what libraries log through `logging` as the same JSON lines."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED[:-1], structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
