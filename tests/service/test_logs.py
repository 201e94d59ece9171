"""One JSON line an event, whatever the event holds."""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
import structlog
from service import logs
logs.set_up("info")
log = structlog.get_logger()
log.debug("not.written")
log.info("plain", title="خبر", count=3)
log.info("odd", number=2**80, name="a\\udcff", thing={1}.__class__)
"""


def test_events_are_json_lines() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True)
    plain, odd = [json.loads(line) for line in done.stderr.splitlines()]
    assert (plain["event"], plain["level"], plain["title"], plain["count"]) == ("plain", "info", "خبر", 3)
    assert (odd["number"], odd["name"]) == (2**80, "a\udcff")
    assert "خبر".encode() in done.stderr
