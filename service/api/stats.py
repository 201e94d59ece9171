"""Stats: rates by outlet, verdict and day, as the dashboard shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, Response

from dedup.deduplicator import Deduplicator
from service import decisions
from service.api.http import parameters, reply
from service.api.operations import OF_STORE, Operation, Parameter, describes
from service.problems import Problem

_DAY = {"type": "string", "format": "date"}


def routes(deduplicator: Deduplicator, clock: Callable[[], float]) -> Blueprint:
    """The route /v1/stats."""
    blueprint = Blueprint("stats", __name__)

    @blueprint.get("/v1/stats")
    @describes(
        Operation(
            summary="Rates by outlet, verdict and day",
            description="Days are days (UTC) of publication, else of arrival; both ends are included. Each item counts once, "
            f"by its latest version. At most {decisions.MAX_DAYS} days.",
            tag="statistics",
            scope="read",
            parameters=(
                Parameter("from", "query", f"First day; {decisions.DEFAULT_DAYS - 1} days before `to` if absent.", _DAY),
                Parameter("to", "query", "Last day; the newest among the latest 50 decisions if absent.", _DAY),
            ),
            reply="StatsOut",
            reply_description="The counts and rates.",
            problems=(*OF_STORE, "invalid_parameter"),
        )
    )
    def stats() -> Response:
        first, last = days(parameters("from", "to"), deduplicator, now_s=clock())
        return reply(decisions.stats(deduplicator.store, first, last, duplicate_when=deduplicator.settings.duplicate_when))

    return blueprint


def days(query: dict[str, str], deduplicator: Deduplicator, *, now_s: float) -> tuple[date, date]:
    """The days a query asks for; raises Problem naming the parameter that is wrong."""
    first, last = (_day(query, name) for name in ("from", "to"))
    whole = timedelta(days=decisions.DEFAULT_DAYS - 1)
    try:
        if first is None and last is None:
            return decisions.default_days(deduplicator.store, now_s=now_s)
        last = last or (first or date.max) + whole
        first = first or last - whole
    except OverflowError as exc:
        raise Problem("invalid_parameter", "the days lie outside the calendar", field="from") from exc
    if first > last:
        raise Problem("invalid_parameter", f"from ({first}) lies after to ({last})", field="from")
    if (last - first).days >= decisions.MAX_DAYS:
        raise Problem("invalid_parameter", f"at most {decisions.MAX_DAYS} days, not {(last - first).days + 1}", field="from")
    return first, last


def _day(query: dict[str, str], name: str) -> date | None:
    value = query.get(name, "")
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as exc:
        raise Problem("invalid_parameter", f"{name} is a day such as 2025-11-09, not {value[:40]!r}", field=name) from exc
