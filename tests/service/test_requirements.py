"""What is missing is named in one line; where everything is required, it is an error."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.service.conftest import ROOT


def collect(**env: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "tests/browser",
        "tests/service/test_html.py",
        "-p",
        "no:cacheprovider",
    ]
    without = {name: value for name, value in os.environ.items() if name not in ("MUKARRAR_DATA", "REQUIRE")}
    done = subprocess.run(command, cwd=ROOT, env={**without, **env}, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_missing_requirements_are_named_and_left_out() -> None:
    status, said = collect(PATH="/nonexistent")
    assert status == 0
    assert "no Chromium on PATH" in said
    assert "MUKARRAR_DATA does not name a folder" in said
    assert "test_pages.py" not in said


def test_where_everything_is_required_it_is_an_error() -> None:
    status, said = collect(PATH="/nonexistent", REQUIRE="all")
    assert status == 4
    assert "REQUIRE=all, but no Chromium on PATH" in said
