"""Settings: ranges, and what an index or a verdict is tied to."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from dedup.errors import SettingsError
from dedup.model import COPY_MODEL, CopyModel
from dedup.settings import Settings

NAMES = [spec.name for spec in fields(Settings)]
INDEX = {spec.name for spec in fields(Settings) if spec.metadata["index"]}
OTHER: dict[str, Any] = {  # a valid value beside the default for every setting
    "min_body_words": 9,
    "max_title_chars": 999,
    "max_body_bytes": 2_000_000,
    "duplicate_when": ("repeat",),
    "window_s": 86_400.0,
    "retention_s": 50 * 86_400.0,
    "generation_s": 86_400.0,
    "max_candidates": 21,
    "shingle_size": 4,
    "passage_words": 5,
    "passage_window": 9,
    "bands": 9,
    "rows": 5,
    "headline_bands": 9,
    "list_cap": 65,
    "source_cap": 9,
    "model": CopyModel(COPY_MODEL.intercept - 0.001, COPY_MODEL.weights),
    "publisher_families": ("alpha=group",),
}


def test_defaults_are_those_of_the_design() -> None:
    s = Settings()
    assert (s.min_body_words, s.max_title_chars, s.max_body_bytes) == (8, 1_000, 1_000_000)
    assert s.duplicate_when == ("repeat", "copy", "partial", "update")
    assert (s.window_s, s.retention_s) == (30 * 86_400, 45 * 86_400)
    assert (s.list_cap, s.source_cap, s.max_candidates) == (64, 8, 20)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().bands = 9  # type: ignore[misc]


def test_every_setting_has_a_help_text() -> None:
    assert [spec.name for spec in fields(Settings) if not spec.metadata["help"]] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_body_words", 0),
        ("max_title_chars", 100_001),
        ("max_body_bytes", 999),
        ("window_s", 0),
        ("retention_s", -1),
        ("max_candidates", 101),
        ("shingle_size", 11),
        ("passage_words", 1),
        ("rows", 0),
        ("list_cap", 1_001),
        ("bands", True),
        ("bands", "8"),
        ("bands", None),
        ("bands", 8.5),  # a count
        ("max_candidates", 20.0),
        ("window_s", math.nan),
        ("retention_s", math.inf),
        ("retention_s", math.nan),
        ("generation_s", math.nan),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(**{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("field", "value"), [("min_body_words", 1), ("max_body_bytes", 100_000_000), ("rows", 16), ("bands", 32)]
)
def test_the_ends_of_a_range_are_accepted(field: str, value: int) -> None:
    assert getattr(Settings(**{field: value}), field) == value  # type: ignore[arg-type]


def test_bands_times_rows_fit_the_signature() -> None:
    assert Settings(bands=32, rows=4).bands == 32
    with pytest.raises(SettingsError, match="33 x 4"):
        Settings(bands=33, rows=4)


def test_unknown_verdicts_are_refused() -> None:
    with pytest.raises(SettingsError, match="nonsense"):
        Settings(duplicate_when=("copy", "nonsense"))


@pytest.mark.parametrize("pair", ["alpha", "alpha=", "=group", " = "])
def test_families_are_written_as_pairs(pair: str) -> None:
    with pytest.raises(SettingsError, match=r"publisher_families: .* source=family"):
        Settings(publisher_families=("beta=group", pair))


def test_a_source_is_in_one_family() -> None:
    assert Settings(publisher_families=("a=g", "b=g")).publisher_families == ("a=g", "b=g")
    with pytest.raises(SettingsError, match="named twice: a"):
        Settings(publisher_families=("a=g", "b=g", "a =h"))


def test_a_generation_is_not_longer_than_the_retention() -> None:
    with pytest.raises(SettingsError, match="retention_s"):
        Settings(generation_s=11, retention_s=10)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_part_of_the_version_and_index_settings_of_the_fingerprint(name: str) -> None:
    before, after = Settings(), replace(Settings(), **{name: OTHER[name]})
    assert after.version() != before.version()
    assert (after.fingerprint() != before.fingerprint()) is (name in INDEX)


def test_what_an_index_cannot_change_under() -> None:
    """Whatever goes into a key, a list or a generation."""
    keys = {"shingle_size", "passage_words", "passage_window", "bands", "rows", "headline_bands"}
    assert keys | {"list_cap", "source_cap", "generation_s"} == INDEX


def test_fingerprint_and_version_are_12_hex_digits_and_the_same_in_every_process() -> None:
    for digest in (Settings().fingerprint(), Settings().version()):
        assert len(digest) == 12
        assert int(digest, 16) >= 0
    assert Settings().version() == Settings(bands=8).version()


# ── the copy model ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_model_is_the_default() -> None:
    assert Settings().model is COPY_MODEL


def weighted(**weights: Any) -> CopyModel:
    return CopyModel(-1.0, tuple((dict(COPY_MODEL.weights) | weights).items()))


@pytest.mark.parametrize("name", [name for name, _ in COPY_MODEL.weights])
def test_a_weight_may_be_0_but_not_pull_the_other_way(name: str) -> None:
    shipped = dict(COPY_MODEL.weights)[name]
    assert dict(Settings(model=weighted(**{name: 0.0})).model.weights)[name] == 0.0
    with pytest.raises(SettingsError, match=f"the weight of {name} must be 0 or {'more' if shipped > 0 else 'less'}"):
        Settings(model=weighted(**{name: -0.1 if shipped > 0 else 0.1}))


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (weighted(nonsense=1.0), "has the unknown nonsense"),
        (CopyModel(-1.0, COPY_MODEL.weights[1:]), f"lacks {COPY_MODEL.weights[0][0]}"),
        (CopyModel(-1.0, (*COPY_MODEL.weights, COPY_MODEL.weights[0])), "names a feature twice"),
        (CopyModel(math.nan, COPY_MODEL.weights), "intercept must be a finite number, not nan"),
        (weighted(**{COPY_MODEL.weights[0][0]: math.inf}), "must be a finite number, not inf"),
        (weighted(**{COPY_MODEL.weights[0][0]: True}), "must be a finite number, not True"),
        (weighted(**{COPY_MODEL.weights[0][0]: "7"}), "must be a finite number, not '7'"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(model: CopyModel, says: str) -> None:
    with pytest.raises(SettingsError, match="model: ") as caught:
        Settings(model=model)
    assert says in str(caught.value)
