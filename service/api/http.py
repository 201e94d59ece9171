"""What every route does with a request and a reply."""

from __future__ import annotations

import codecs
import difflib
import re
from typing import Any

import orjson
from flask import Response, request
from werkzeug.routing import BaseConverter

from service.formats.article import load_json
from service.problems import Problem


class IdConverter(BaseConverter):
    """The rest of a path, slashes and all: an id may be a URL."""

    regex = ".+"
    part_isolating = False


_TRUE = {"1", "true", "yes", ""}
_FALSE = {"0", "false", "no"}


def json_body() -> Any:
    """The request body as parsed JSON; only under a JSON content type, which no plain web form can send."""
    if not request.is_json:
        raise Problem("unsupported_media_type", f"expected Content-Type: application/json, not {request.mimetype or 'none'}")
    return load_json(raw_body())


def text_body() -> str:
    """The request body as text, in the charset of its content type; UTF-8 if it names none."""
    charset = request.mimetype_params.get("charset", "utf-8")
    data = raw_body()
    try:
        return data.decode(codecs.lookup(charset).name)
    except LookupError as exc:
        raise Problem("unsupported_media_type", f"the charset {charset[:40]!r} is unknown") from exc
    except UnicodeError as exc:
        raise Problem("bad_request", f"the body is not valid {charset[:40]}: {exc}", field="text") from exc


def raw_body() -> bytes:
    """The request body, which the gate has read; one that is compressed is refused by name, instead of being called broken."""
    refuse_compressed()
    return bytes(request.environ["wsgi.input"].read())


def refuse_compressed() -> None:
    """Raise Problem where a body is sent in a content encoding."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Problem("unsupported_media_type", f"Content-Encoding {encoding[:40]!r} is not accepted; send the body as it is")


def parameters(*known: str) -> dict[str, str]:
    """The parameters of the query; one that is not known is an error, lest a misspelt `dry_run` should write."""
    if not request.query_string:
        return {}
    for name in request.args:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise Problem("invalid_parameter", f"no such parameter: {name[:80]!r}{hint}", field=name[:80])
    return request.args.to_dict()


def flag(values: dict[str, str], name: str) -> bool:
    """A yes-or-no parameter; absent is no, present without a value is yes."""
    value = values.get(name, "no").strip().lower()
    if value not in _TRUE | _FALSE:
        raise Problem("invalid_parameter", f"{name} is true or false, not {value[:80]!r}", field=name)
    return value in _TRUE


def limit_of(value: str | None, *, default: int, most: int) -> int:
    """How many a list shall have at most."""
    if value is None:
        return default
    if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= most:
        raise Problem("invalid_parameter", f"limit is a number from 1 to {most}, not {value[:40]!r}", field="limit")
    return int(value)


def reply(value: Any) -> Response:
    """A JSON reply: one line, as the batch command prints it."""
    return Response(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE), mimetype="application/json")
