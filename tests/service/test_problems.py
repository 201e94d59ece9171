"""Every failure has a code of its own, a problem document, and a line in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import structlog
from werkzeug.exceptions import HTTPException, default_exceptions

import service.embedded
from dedup.errors import DedupError
from service import schemas
from service.batch import ReaderGoneError
from service.formats.article import JsonError
from service.parallel import WorkerLostError
from service.problems import KINDS, Problem, problem_of
from service.readers import RecordError
from tests.service.conftest import LocalClient

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
assert service.embedded.EmbeddedRedisError.code  # imported for the tree to be whole


def tree(head: type[DedupError]) -> Iterator[type[DedupError]]:
    yield head
    for child in head.__subclasses__():
        yield from tree(child)


@pytest.mark.parametrize("error", list(tree(DedupError)), ids=lambda error: error.__name__)
def test_every_error_of_the_tree_has_a_problem(error: type[DedupError]) -> None:
    if error in (RecordError, ReaderGoneError, WorkerLostError):
        return  # the first has the code it is made with; the others are of the batch command alone
    assert error.code in KINDS
    if "code" not in vars(error):
        pytest.fail(f"{error.__name__} shares the code of its parent")


def test_codes_are_names_and_statuses_are_statuses() -> None:
    for code, kind in KINDS.items():
        assert re.fullmatch(r"[a-z][a-z_]+", code)
        assert HTTPStatus(kind.status) >= 400
        assert kind.title
        assert kind.remedy.endswith(".")


def test_documentation_lists_every_code_as_it_is() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert [(code, int(status), title, remedy) for code, status, title, remedy in rows] == [
        (code, kind.status, kind.title, kind.remedy) for code, kind in KINDS.items()
    ]


@pytest.mark.parametrize("error", [kind for kind in default_exceptions.values() if kind.code])
def test_every_http_error_has_a_problem_of_its_class(error: type[HTTPException], client: LocalClient) -> None:
    with client.application.test_request_context("/x"):
        code = problem_of(error()).code
    assert KINDS[code].status // 100 == (error.code or 0) // 100


def test_unforeseen_errors_say_nothing() -> None:
    problem = problem_of(RuntimeError("secret text"))
    assert problem.code == "internal"
    assert "secret" not in str(problem.body())


def test_json_errors_say_where() -> None:
    members = problem_of(JsonError("expected a value", 9, 2, 4)).body()
    assert (members["code"], members["line"], members["column"], members["position"]) == ("invalid_json", 2, 4, 9)


def test_pointer_of_a_field() -> None:
    assert Problem("invalid_article", "x", field="b/title").body()["pointer"] == "/b/title"
    assert Problem("invalid_article", "x", field="").body()["pointer"] == ""
    assert "pointer" not in Problem("invalid_article", "x").body()


def check(reply: Any, status: int, code: str) -> dict[str, Any]:
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
    members: dict[str, Any] = reply.get_json(force=True)
    schemas.Problem.model_validate(members)
    assert members["code"] == code
    return members


def test_unknown_path(client: LocalClient) -> None:
    for path in ("/v1/nothing", "/v1", "/nothing", "/static/../app.py", "/static/nothing.css"):
        check(client.get(path), 404, "not_found")


def test_unknown_path_in_a_browser_is_a_page_outside_the_api(client: LocalClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = client.get("/<b>nothing", headers=browser)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "&lt;b&gt;nothing" in page.get_data(as_text=True)
    check(client.get("/v1/nothing", headers=browser), 404, "not_found")
    check(client.post("/nothing", headers=browser), 404, "not_found")


def test_wrong_method_says_which_are_right(client: LocalClient) -> None:
    reply = client.put("/v1/articles", json={})
    check(reply, 405, "method_not_allowed")
    assert set(reply.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_errors_on_our_side_are_logged_not_told(client: LocalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret text")

    monkeypatch.setattr("service.decisions.stats", fail)
    with structlog.testing.capture_logs() as logs:
        reply = client.get("/v1/stats")
    members = check(reply, 500, "internal")
    assert "secret" not in reply.get_data(as_text=True)
    (line,) = [line for line in logs if line["event"] == "request.failed"]
    assert (line["code"], line["exc_info"], members["request_id"]) == ("internal", True, reply.headers["X-Request-Id"])


def test_request_id_is_the_callers_if_it_is_a_decent_one(client: LocalClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "abc-1.2_3"}).headers["X-Request-Id"] == "abc-1.2_3"
    for wanted in ("", "a b", "x" * 65, "<script>"):
        made = client.get("/healthz", headers={"X-Request-Id": wanted}).headers["X-Request-Id"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)
