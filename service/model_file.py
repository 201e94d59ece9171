"""The copy model as a small TOML file that a person can read: `mukarrar tune` writes it, the setting `model_file` names it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dedup.errors import SettingsError
from dedup.model import COPY_MODEL, CopyModel
from dedup.settings import Settings

_REMEDY = "make one with `mukarrar tune`, or leave model_file empty for the shipped model"


def read_model(path: Path) -> CopyModel:
    """The model in a file, checked as `Settings` checks it. Raises SettingsError naming file and fault."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise SettingsError("model_file", f"there is no file {str(path)!r}; {_REMEDY}") from exc
    except (ValueError, OSError) as exc:
        raise SettingsError("model_file", f"{path} is not a readable TOML file: {exc}; {_REMEDY}") from exc
    try:
        model = Settings(model=_model(table)).model
    except SettingsError as exc:
        reason = str(exc).partition(": ")[2]
        raise SettingsError("model_file", f"{path}: {reason}; {_REMEDY}") from exc
    weights = dict(model.weights)  # in the shipped order: the version of the settings is that of the values, not of the file
    return CopyModel(float(model.intercept), tuple((name, float(weights[name])) for name, _ in COPY_MODEL.weights))


def model_text(model: CopyModel, about: Iterable[str]) -> str:
    """The file's text: `about` as comment lines, then the intercept and the weights by name."""
    lines = [f"# {line}".rstrip() for line in about]
    lines += ["", f"intercept = {float(model.intercept)}", "", "[weights]"]
    lines += [f"{name} = {float(weight)}" for name, weight in model.weights]
    return "\n".join(lines) + "\n"


def _model(table: dict[str, Any]) -> CopyModel:
    unknown = sorted(set(table) - {"intercept", "weights"})
    if unknown:
        raise SettingsError("model", f"has the unknown {', '.join(unknown)}")
    if "intercept" not in table or not isinstance(table.get("weights"), dict):
        raise SettingsError("model", "needs `intercept` and a table `[weights]`")
    return CopyModel(table["intercept"], tuple(table["weights"].items()))
