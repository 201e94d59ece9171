"""Stage 8a: who stands behind a source: an agency, a family of outlets, or the outlet itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from dedup.agencies import AGENCIES
from dedup.normalise import normalise
from dedup.records import Credit

_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "info", "mil", "net", "org"))  # as in gov.sa, com.kw


@cache
def _by_name() -> dict[tuple[str, ...], str]:
    """Normalised words of each key and name -> key."""
    names = {normalise(name.text).words: agency.key for agency in AGENCIES for name in agency.names}
    return names | {normalise(agency.key).words: agency.key for agency in AGENCIES}


@cache
def _by_host() -> dict[str, tuple[str, str]]:
    """A host's own label -> key, and the country's domain it must stand under ("" for any).

    A key or Latin name that is also an ordinary word (map, sama, petra) says nothing under `.com`.
    """
    labels: dict[str, tuple[str, str]] = {}
    for agency in AGENCIES:
        labels[agency.key] = (agency.key, agency.country.lower())
        for name in agency.names:
            if name.text.isascii() and name.text.isalpha():
                bound = agency.country.lower() if name.credit_position_only else ""
                labels[name.text.lower()] = (agency.key, bound)
    return labels


def agency_of(source: str) -> str | None:
    """The key of the agency that a source is, by its name, key or host; None for any other outlet."""
    label, top = _own_label(source)
    if label:
        key, bound = _by_host().get(label, ("", ""))
        return key if key and bound in ("", top) else None
    return _by_name().get(normalise(source).words) if source else None


def _own_label(source: str) -> tuple[str, str]:
    """`spa.gov.sa` -> ("spa", "sa"); ("", "") for what is no host."""
    labels = source.lower().split(".")
    if len(labels) < 2 or not all(labels) or not source.isascii() or " " in source:
        return "", ""
    top = labels.pop()
    if len(labels) > 1 and len(top) == 2 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return labels[-1], top


def publisher_of(source: str, credit: Credit | None, families: Mapping[str, str]) -> tuple[str, str | None]:
    """Whom an article counts for, and the agency behind it: five outlets that print one agency's text are one publisher.

    A credit makes it the agency's; a mere mention does not. Else the family of its source, or the source itself.
    """
    agency = agency_of(source) or (credit.agency if credit is not None and credit.kind == "credit" else None)
    return agency or families.get(source, source), agency


def families_of(pairs: Sequence[str]) -> dict[str, str]:
    """`source=family` pairs, as in `Settings.publisher_families`, by source."""
    return {source.strip(): family.strip() for source, _, family in (pair.rpartition("=") for pair in pairs)}
