"""A running service, asked over HTTP, in place of a store of one's own."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from dedup.errors import ArticleError, SettingsError, StoreError
from dedup.records import Article
from service.formats.article import article_to_json

TRIES = 5  # of a request that the service has no turn for, or that its connection was lost under
MAX_WAIT_S = 10.0
#: Articles in one post: their verdicts fit between the two ends of a connection, since they are read once all is sent.
POST_ARTICLES = 200
#: Errors of a line that say nothing about its article; it is posted again.
_NOT_THE_ARTICLES = frozenset({"store_unavailable", "store_timeout", "store_full", "index_mismatch", "internal"})


class RefusedError(ArticleError):
    """The service refused an article; code, field and text are those of its line."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("field") or ""), str(error.get("message") or "refused"))
        self.code = str(error.get("code") or "invalid_article")


class Client:
    """One connection, kept open. Not for several threads.

    Args:
        url: of the service, such as http://127.0.0.1:8080.
        api_key: sent as a bearer token; "" sends none.
        timeout_s: longest wait for one answer.
    """

    def __init__(self, url: str, *, api_key: str = "", timeout_s: float = 60.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError("server", f"{url!r} is not the http:// or https:// address of a service")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_s)
        self._url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._path = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def check(self, articles: Sequence[Article]) -> list[dict[str, Any] | ArticleError]:
        """For each article, in order, its verdict line, judged and added; or why the service will not have it.

        Raises:
            StoreError: the service cannot be reached, refuses us, or has no turn for us after several tries.
        """
        answers: list[dict[str, Any] | ArticleError] = []
        for start in range(0, len(articles), POST_ARTICLES):
            some = articles[start : start + POST_ARTICLES]
            body = b"".join(orjson.dumps(_members(article), option=orjson.OPT_APPEND_NEWLINE) for article in some)
            lines = self._post("/v1/articles:bulk", body, len(some))
            answers += [RefusedError(line["error"]) if "error" in line else line for line in lines]
        return answers

    def close(self) -> None:
        """Give back the connection."""
        self._connection.close()

    def _post(self, path: str, body: bytes, count: int) -> list[dict[str, Any]]:
        """The lines of the reply. Posting again is safe: an article with the same id and text is replayed."""
        reason = ""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(min(MAX_WAIT_S, 0.2 * 2**attempt))
            try:
                self._connection.request("POST", self._path + path, body, self._headers)
                response = self._connection.getresponse()
                data = response.read()
            except (OSError, http.client.HTTPException) as exc:
                self._connection.close()
                reason = f"cannot be reached: {exc or type(exc).__name__}"
                if isinstance(exc, ConnectionRefusedError):  # nobody listens: waiting is no help
                    break
                continue
            lines = self._lines(response.status, data)
            if response.status == 200 and len(lines) == count:
                reason = next((line["error"]["message"] for line in lines if _is_the_services(line)), "")
                if not reason:
                    return lines
            elif response.status == 503:
                reason = f"answered 503: {lines[0].get('detail')}"
            else:
                said = lines[0] if lines else {}
                raise StoreError(
                    self._url, f"answered {response.status}: {said.get('detail') or said.get('title') or 'no reason given'}"
                )
        raise StoreError(self._url, reason)

    def _lines(self, status: int, data: bytes) -> list[dict[str, Any]]:
        try:
            lines = [orjson.loads(line) for line in data.splitlines()]
        except orjson.JSONDecodeError:
            lines = []
        if not lines or not all(isinstance(line, dict) for line in lines):
            raise StoreError(self._url, f"answered {status} without JSON; is it a Mukarrar service?")
        return lines


def _members(article: Article) -> dict[str, Any]:
    return {name: value for name, value in article_to_json(article).items() if value}


def _is_the_services(line: dict[str, Any]) -> bool:
    return "error" in line and line["error"]["code"] in _NOT_THE_ARTICLES
