"""Plain and compiled forms: the plain one serves until the other is there, and whenever it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup import compiled


def test_a_twin_is_called_like_its_plain_function() -> None:
    twin = compiled.Twin(lambda left, right=2: left + right, "nowhere")
    assert twin(1) == 3
    assert twin(1, right=5) == 6


def test_a_failure_to_compile_leaves_the_plain_forms_serving(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    twin = compiled.Twin(len, "no_such_module")
    monkeypatch.setattr(compiled, "_twins", [twin])
    monkeypatch.setattr(compiled, "_state", "plain")
    monkeypatch.setattr(compiled, "_reason", "")
    assert compiled.load(tmp_path) == "failed"
    assert "no_such_module" in compiled.reason()
    assert twin((1, 2)) == 2
