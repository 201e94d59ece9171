"""Everything that changes a decision, in one frozen dataclass. Each field carries its help text and its range."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dedup.errors import SettingsError
from dedup.model import COPY_MODEL, CopyModel

#: Raised whenever normalisation, hashing or key derivation changes: an index of another profile is refused.
PROFILE = 2

DAY_S = 86_400.0


def _setting(default: Any, help: str, low: float | None = None, high: float | None = None, *, index: bool = False) -> Any:
    """A field with its help; `index` marks those that an existing index cannot change under."""
    return field(default=default, metadata={"help": help, "low": low, "high": high, "index": index})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that changes a decision. Raises SettingsError naming the field that is out of range."""

    min_body_words: int = _setting(8, "fewer words than this in a body are `too_short` to judge", 1, 1000)
    max_title_chars: int = _setting(1_000, "longest title accepted, in characters", 1, 100_000)
    max_body_bytes: int = _setting(1_000_000, "longest body accepted, in UTF-8 bytes", 1_000, 100_000_000)
    duplicate_when: tuple[str, ...] = _setting(
        ("repeat", "copy", "partial", "update"), "body verdicts for which `duplicate` is true"
    )
    window_s: float = _setting(30 * DAY_S, "matching window: largest distance between two publication times, in seconds", 1)
    retention_s: float = _setting(45 * DAY_S, "how long an arrived article is kept and answers, in seconds", 1)
    generation_s: float = _setting(22.5 * DAY_S, "length of one generation of lists, in seconds", 1, index=True)
    max_candidates: int = _setting(20, "most candidates verified for one article", 1, 100)
    publisher_families: tuple[str, ...] = _setting(
        (), "`source=family` for each source that counts as one publisher with others, as in `alpha=group,beta=group`"
    )
    shingle_size: int = _setting(3, "words in one MinHash shingle", 1, 10, index=True)
    passage_words: int = _setting(4, "words in one passage run", 2, 10, index=True)
    passage_window: int = _setting(8, "winnowing window: one passage key is kept out of every this many runs", 1, 100, index=True)
    bands: int = _setting(8, "LSH bands over the body signature", 1, 64, index=True)
    rows: int = _setting(4, "MinHash values in one band; bands x rows <= 128", 1, 64, index=True)
    headline_bands: int = _setting(8, "LSH bands over the headline signature, 2 values each", 1, 64, index=True)
    list_cap: int = _setting(64, "most entries under one key in a generation", 1, 1_000, index=True)
    source_cap: int = _setting(8, "most entries of one source under one key in a generation", 1, 1_000, index=True)
    model: CopyModel = _setting(COPY_MODEL, "the copy model; `mukarrar tune` makes another of your labels")  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        for spec in fields(self):
            low, high = spec.metadata["low"], spec.metadata["high"]
            value = getattr(self, spec.name)
            if low is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int if isinstance(spec.default, int) else (int, float)):
                kind = "a whole number" if isinstance(spec.default, int) else "a number"
                raise SettingsError(spec.name, f"must be {kind}, not {value!r}")
            if not math.isfinite(value):
                raise SettingsError(spec.name, f"must be finite, not {value!r}")
            if value < low or (high is not None and value > high):
                raise SettingsError(spec.name, f"must be between {low:g} and {high:g}" if high else f"must be at least {low:g}")
        if self.bands * self.rows > 128:
            raise SettingsError("bands", f"bands x rows must be at most 128, not {self.bands} x {self.rows}")
        unknown = set(self.duplicate_when) - {"repeat", "copy", "partial", "update", "template"}
        if unknown:
            raise SettingsError("duplicate_when", f"unknown verdicts {sorted(unknown)}")
        sources = []
        for pair in self.publisher_families:
            source, _, family = pair.rpartition("=")
            if not source.strip() or not family.strip():
                raise SettingsError("publisher_families", f"{pair!r} is not of the form source=family")
            sources.append(source.strip())
        twice = sorted({source for source in sources if sources.count(source) > 1})
        if twice:
            raise SettingsError("publisher_families", f"sources named twice: {', '.join(twice)}")
        if self.generation_s > self.retention_s:
            raise SettingsError("generation_s", "must not be longer than retention_s")
        _check_model(self.model)

    def fingerprint(self) -> str:
        """12 hex digits over what an existing index cannot change under (hash and permutation scheme included)."""
        index = {f.name: getattr(self, f.name) for f in fields(self) if f.metadata["index"]}
        return _digest({"profile": PROFILE, "hash": "xxh32/affine32", **index})

    def version(self) -> str:
        """12 hex digits over every setting and the copy model: stands in each verdict."""
        return _digest({"profile": PROFILE, **asdict(self)})


def _check_model(model: CopyModel) -> None:
    """Whether a model has the features of the shipped one, each pulling its way: more shared text never against a copy."""
    shipped = dict(COPY_MODEL.weights)
    names = [name for name, _ in model.weights]
    if set(names) != set(shipped) or len(names) != len(shipped):
        missing, unknown = sorted(set(shipped) - set(names)), sorted(set(names) - set(shipped))
        told = [f"{what} {', '.join(which)}" for what, which in (("lacks", missing), ("has the unknown", unknown)) if which]
        raise SettingsError("model", " and ".join(told) or "names a feature twice")
    for name, value in (("intercept", model.intercept), *model.weights):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise SettingsError("model", f"{name} must be a finite number, not {value!r}")
    for name, weight in model.weights:
        if weight * shipped[name] < 0:
            way = "0 or more" if shipped[name] > 0 else "0 or less"
            raise SettingsError("model", f"the weight of {name} must be {way}, not {weight:g}")


def _digest(values: dict[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=6).hexdigest()
