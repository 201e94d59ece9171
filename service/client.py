"""A running service, asked over HTTP, in place of a store of one's own."""

from __future__ import annotations

import http.client
import time
from typing import Any
from urllib.parse import urlsplit

import orjson

from dedup.errors import ArticleError, SettingsError, StoreError
from dedup.records import Article
from service.formats.article import article_to_json

TRIES = 5  # of a request that the service has no turn for, or that its connection was lost under
MAX_WAIT_S = 10.0
#: Answers that say something about the article, not about the service.
_ABOUT_THE_ARTICLE = frozenset({400, 409, 413, 422})


class RefusedError(ArticleError):
    """The service refused an article; code, field and text are those of its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("field") or ""), str(problem.get("detail") or problem.get("title") or "refused"))
        self.code = str(problem.get("code") or "invalid_article")


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
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def check(self, article: Article) -> dict[str, Any] | RefusedError:
        """The verdict line of an article, judged and added; or why the service will not have it.

        Raises:
            StoreError: the service cannot be reached, refuses us, or has no turn for us after several tries.
        """
        body = orjson.dumps({name: value for name, value in article_to_json(article).items() if value})
        status, reply = self._post("/v1/articles", body)
        if status == 200:
            return reply
        if status in _ABOUT_THE_ARTICLE:
            return RefusedError(reply)
        raise StoreError(self._url, f"answered {status}: {reply.get('detail') or reply.get('title') or 'no reason given'}")

    def close(self) -> None:
        """Give back the connection."""
        self._connection.close()

    def _post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Posting again is safe: an article with the same id and text is replayed."""
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
            try:
                reply = orjson.loads(data)
            except orjson.JSONDecodeError:
                reply = None
            if not isinstance(reply, dict):
                raise StoreError(self._url, f"answered {response.status} without JSON; is it a Mukarrar service?")
            if response.status != 503:
                return response.status, reply
            reason = f"answered 503: {reply.get('detail')}"
        raise StoreError(self._url, reason)
