"""Templates over HTTP and as a command: what the desk lists, names, pins and releases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service import schemas
from tests.service.conftest import NOW_S, ROOT, LocalClient

#: A price bulletin; the frame stands, the day and the figures change.
PRICES = (
    "سجلت أسعار الخضر في سوق وادي النخيل المركزي {} تغيرات متباينة، إذ بلغ سعر صندوق الطماطم {} ديناراً وصندوق الخيار {} ديناراً، "
    "فيما استقر سعر كيلوغرام البصل عند {} قرشاً. وقالت إدارة السوق إن الأسعار تخضع للعرض والطلب وتختلف بحسب الجودة والمنشأ، "
    "ودعت التجار إلى إعلان الأسعار على البضائع المعروضة والمستهلكين إلى الإبلاغ عن أي مخالفة على الرقم المجاني."
)
BULLETINS = [
    PRICES.format("صباح الأحد", 14, 9, 35),
    PRICES.format("مساء الثلاثاء", 22, 17, 48),
    PRICES.format("ظهر الخميس", 11, 6, 52),
]
CLOSING = "ودعت التجار إلى إعلان الأسعار على البضائع المعروضة والمستهلكين إلى الإبلاغ عن أي مخالفة على الرقم المجاني"


def post(client: LocalClient, article_id: str, body: str, source: str = "souq", title: str = "") -> dict[str, Any]:
    article = {"id": article_id, "source": source, "title": title, "body": body}
    reply: dict[str, Any] = client.post("/v1/articles", json=article).get_json()
    return reply


@pytest.fixture
def learnt(client: LocalClient) -> LocalClient:
    """Three bulletins were posted; template 1 is theirs."""
    for n, body in enumerate(BULLETINS):
        verdict = post(client, f"p{n}", body, source="souq" if n else "madar", title=f"أسعار الخضر {n}")
        assert verdict["body"]["verdict"] == ("template" if n else "new")
    return client


def failed(reply: Any) -> tuple[int, str, str | None]:
    body = schemas.Problem.model_validate(reply.get_json(force=True))
    assert reply.mimetype == "application/problem+json"
    return reply.status_code, body.code, body.field


# ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_learnt_template_is_listed_and_read(learnt: LocalClient) -> None:
    listed = schemas.TemplatesOut.model_validate(learnt.get("/v1/templates").get_json())
    assert listed.next is None
    (line,) = listed.templates
    assert (line.id, line.state, line.name, line.articles) == (1, "learnt", "", 3)
    assert [(s.source, s.articles) for s in line.sources] == [("souq", 2), ("madar", 1)]
    assert line.first == line.last == "2025-11-09T14:53:20+00:00"
    assert line.example is not None
    assert (line.example.id, line.example.title) == ("p2", "أسعار الخضر 2")
    whole = schemas.TemplateOut.model_validate(learnt.get("/v1/templates/1").get_json())
    assert [e.id for e in whole.examples] == ["p0", "p1", "p2"]
    assert any(CLOSING in passage for passage in whole.wording)
    assert "الخميس" not in " ".join(whole.wording)
    assert whole.changes == []


def test_pinned_and_released_states_change_later_verdicts(learnt: LocalClient) -> None:
    reply = learnt.post("/v1/templates/1", json={"name": "أسعار الخضر", "state": "pinned"})
    template = schemas.TemplateOut.model_validate(reply.get_json())
    assert (template.state, template.name) == ("pinned", "أسعار الخضر")
    assert [c.model_dump() for c in template.changes] == [
        {"at": "2025-11-09T14:53:20+00:00", "by": "", "state": "pinned", "name": "أسعار الخضر"}
    ]
    assert post(learnt, "again", BULLETINS[2], source="sahifa")["body"]["verdict"] == "repeat"
    framed = post(learnt, "p3", PRICES.format("صباح الجمعة", 14, 8, 60))
    assert (framed["duplicate"], framed["body"]["rule"]) == (False, "pinned_template")
    assert learnt.get("/v1/templates/1").get_json()["articles"] == 4
    assert learnt.post("/v1/templates/1", json={"state": "released"}).get_json()["state"] == "released"
    assert post(learnt, "p4", PRICES.format("صباح السبت", 31, 27, 70))["body"]["verdict"] != "template"
    learnt.post("/v1/templates/1", json={"state": "learnt", "name": ""})
    states = [(c["state"], c["name"]) for c in learnt.get("/v1/templates/1").get_json()["changes"]]
    assert states == [("pinned", "أسعار الخضر"), ("released", None), ("learnt", "")]


def test_wording_seen_once_is_pinned_by_its_article(client: LocalClient) -> None:
    post(client, "p0", BULLETINS[0])
    reply = client.post("/v1/templates", json={"article": "p0", "wording": CLOSING, "name": "خاتمة"})
    template = schemas.TemplateOut.model_validate(reply.get_json())
    assert (template.id, template.state, template.name, template.wording) == (1, "pinned", "خاتمة", [CLOSING])


def test_lists_are_cut_and_continued(learnt: LocalClient) -> None:
    for n in range(3):
        wording = BULLETINS[n].split("، فيما")[0]
        assert learnt.post("/v1/templates", json={"article": f"p{n}", "wording": wording, "name": f"n{n}"}).status_code == 200

    def ids(query: str) -> list[int]:
        return [t["id"] for t in learnt.get(f"/v1/templates?{query}").get_json()["templates"]]

    assert ids("") == [1, 4, 3, 2]
    assert ids("state=pinned") == [4, 3, 2]
    assert ids("source=madar") == [1, 2]
    assert ids("state=pinned&source=souq") == [4, 3]
    first = learnt.get("/v1/templates?limit=3").get_json()
    assert [t["id"] for t in first["templates"]] == [1, 4, 3]
    rest = learnt.get(f"/v1/templates?limit=3&cursor={first['next']}").get_json()
    assert ([t["id"] for t in rest["templates"]], rest["next"]) == ([2], None)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/v1/templates/9", None, (404, "template_not_found", "id")),
        ("GET", "/v1/templates/x", None, (404, "not_found", None)),
        ("GET", "/v1/templates?state=pined", None, (422, "invalid_template", "state")),
        ("GET", "/v1/templates?limit=0", None, (422, "invalid_parameter", "limit")),
        ("GET", "/v1/templates?limit=all", None, (422, "invalid_parameter", "limit")),
        ("GET", "/v1/templates?cursor=1", None, (422, "invalid_parameter", "cursor")),
        ("GET", "/v1/templates?stat=pinned", None, (422, "invalid_parameter", "stat")),
        ("POST", "/v1/templates/9", {"state": "pinned"}, (404, "template_not_found", "id")),
        ("POST", f"/v1/templates/{10**30}", {"state": "pinned"}, (404, "template_not_found", "id")),
        ("POST", "/v1/templates/1", {}, (422, "invalid_template", "state")),
        ("POST", "/v1/templates/1", {"stat": "pinned"}, (422, "invalid_template", "state")),
        ("POST", "/v1/templates/1", [], (422, "invalid_template", "")),
        ("POST", "/v1/templates/1", {"state": "gone"}, (422, "invalid_template", "state")),
        ("POST", "/v1/templates/1", {"name": 5}, (422, "invalid_template", "name")),
        ("POST", "/v1/templates/1", {"name": "x" * 201}, (422, "invalid_template", "name")),
        ("POST", "/v1/templates/1", {"name": "a\x1b[31m"}, (422, "invalid_template", "name")),
        ("POST", "/v1/templates", {"wording": CLOSING}, (422, "invalid_template", "article")),
        ("POST", "/v1/templates", {"article": "nobody"}, (404, "unknown_article", "id")),
        ("POST", "/v1/templates", {"article": "p0", "wording": "كلام ليس في النص"}, (422, "invalid_template", "wording")),
        ("POST", "/v1/templates", {"article": "p0", "wording": "أسعار الخضر"}, (422, "invalid_template", "wording")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    learnt: LocalClient, method: str, path: str, body: Any, expected: tuple[int, str, str | None]
) -> None:
    assert failed(learnt.open(path, method=method, json=body)) == expected


def test_broken_unicode_is_told(learnt: LocalClient) -> None:
    for path, body, field in (
        ("/v1/templates/1", b'{"name": "\\ud800"}', "name"),
        ("/v1/templates", b'{"article": "\\ud800"}', "article"),
    ):
        reply = learnt.post(path, data=body, content_type="application/json")
        assert failed(reply) == (422, "invalid_template", field)


# ── the command ─────────────────────────────────────────────────────────────────────────────────────────────────────

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(learnt: LocalClient, redis_url: str, namespace: str, tmp_path: Path) -> Run:
    """Runs `mukarrar templates ...` on the index of this test."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MUKARRAR_") and name != "PORT"}
    env |= {"PYTHONPATH": str(ROOT), "MUKARRAR_REDIS_URL": redis_url, "MUKARRAR_NAMESPACE": namespace, "LOGNAME": "sami"}

    def run(*args: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from service.cli import main; main()", "templates", *args]
        result = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path, timeout=60, check=False)
        assert result.returncode == status, result.stderr
        assert "Traceback" not in result.stderr
        return result

    return run


def test_the_desk_lists_names_pins_and_forgets(run: Run, learnt: LocalClient) -> None:
    assert run().stdout.split() == ["1", "3", "learnt", "أسعار", "الخضر", "2", "(souq", "2,", "madar", "1)"]
    assert run("name", "1", "نشرة الخضر").stdout.split()[:5] == ["1", "3", "learnt", "نشرة", "الخضر"]
    assert run("pin", "1", "--by", "ليلى").stdout.split()[2] == "pinned"
    assert run("--state", "learnt").stderr == "mukarrar: no template\n"
    (line,) = run("list", "--json", "--source", "madar").stdout.splitlines()
    assert json.loads(line) == learnt.get("/v1/templates").get_json()["templates"][0]
    assert run("release", "1").stdout.split()[2] == "released"
    assert run("forget", "1").stdout.split()[2] == "learnt"
    assert json.loads(run("show", "1", "--json").stdout) == learnt.get("/v1/templates/1").get_json()
    shown = run("show", "1").stdout
    assert shown.startswith(
        "Template 1, learnt: نشرة الخضر\n  3 articles, 2025-11-09 14:53 to 2025-11-09 14:53 UTC\n  souq 2, madar 1\n"
    )
    assert CLOSING in shown
    assert [line.split("  ")[2] for line in shown.split("Changes\n")[1].splitlines()] == [
        "sami: named 'نشرة الخضر'",
        "ليلى: pinned",
        "sami: released",
        "sami: learnt",
    ]


def test_the_desk_pins_wording_of_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "closing.txt").write_text(CLOSING, encoding="utf-8")
    shown = run("add", "p0", "--wording", "@closing.txt", "--name", "خاتمة").stdout
    assert shown.startswith("Template 2, pinned: خاتمة\n  1 articles")
    assert f"Wording\n  {CLOSING}\n" in shown


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("show", "9"), 1, "no template 9 is in the registry"),
        (("add", "nobody"), 1, "no article with the id 'nobody' is in the index"),
        (("add", "p0", "--wording", "كلام آخر"), 1, "does not stand in the article in one piece"),
        (("pin", "0"), 2, "0 is not in the range x>=1"),
        (("pn", "1"), 2, "No such command 'pn'"),
    ],
)
def test_what_the_desk_cannot_do_is_told(run: Run, args: tuple[str, ...], status: int, said: str) -> None:
    assert said in run(*args, status=status).stderr


def test_the_clock_of_a_change_is_the_servers(learnt: LocalClient) -> None:
    reply = learnt.post("/v1/templates/1", json={"name": "x"}).get_json()
    assert reply["changes"][0]["at"].startswith("2025-11-09T14:53:20")
    assert NOW_S == 1_762_700_000.0
