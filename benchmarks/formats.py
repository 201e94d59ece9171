"""What it costs to read an article in each format, and the worst documents that we could write.

CPU time of this process. Per article: the documented examples, each read `--reads` times a run, beside the same articles as
our JSON. Worst: documents of the length of a single post at most, made to cost much; each is read once, in a process of its
own, for its memory.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson

from benchmarks import environment
from dedup.errors import ArticleError
from dedup.records import Article
from service.formats.article import JsonError, article_from_json, article_to_json, load_json, unique_id
from service.formats.documents import JSON_LD, NINJS, articles_of, examples
from service.formats.xml import XmlError

_ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
_G2 = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'
_XML = "application/xml"

#: Name -> content type and document.
WORST: dict[str, tuple[str, Callable[[], str]]] = {
    "RSS, 199,000 empty items": (_XML, lambda: f"<rss><channel>{'<item/>' * 199_000}</channel></rss>"),
    "Atom, 90,000 links and entries": (_XML, lambda: f"<feed {_ATOM}>{'<link/>' * 90_000}{'<entry/>' * 90_000}</feed>"),
    "RSS, one item of 190,000 paragraphs": (_XML, lambda: f"<item><description>{'<p>x</p>' * 190_000}</description></item>"),
    "NewsML-G2, 90,000 texts": (
        _XML,
        lambda: f"<newsItem {_G2} guid='x'><contentSet>{'<inlineXML><b/></inlineXML>' * 90_000}</contentSet></newsItem>",
    ),
    "NewsML-G2, 190,000 paragraphs 240 deep": (
        _XML,
        lambda: (
            f"<newsItem {_G2} guid='x'><contentSet><inlineXML>{'<body>' * 240}{'<p/>' * 190_000}{'</body>' * 240}"
            "</inlineXML></contentSet></newsItem>"
        ),
    ),
    "XML, an element with 200,000 attributes": (_XML, lambda: "<rss " + " ".join(f"a{n}=''" for n in range(200_000)) + "/>"),
    "XML, 750,000 elements": (_XML, lambda: f"<rss>{'<a/>' * 749_990}</rss>"),
    "XML, 300,000 comments and no root": (_XML, lambda: "<!-- x -->" * 300_000),
    "JSON-LD, 60,000 articles": (JSON_LD, lambda: json.dumps([{"@type": "Article"}] * 60_000)),
    "JSON-LD, 100,000 references to a long list": (
        JSON_LD,
        lambda: json.dumps(
            {"@graph": [{"@type": "Article", "author": [{"@id": "b"}] * 100_000}, {"@id": "b", "name": [1] * 300_000}]}
        ),
    ),
    "ninjs, 100,000 bodies": (NINJS, lambda: json.dumps({"uri": "x", "bodies": [{"value": "x"}] * 100_000})),
}


def read_once(name: str) -> tuple[int, float, float]:
    """Bytes, CPU seconds and megabytes more at the peak of reading one of the worst documents."""
    content_type, made = WORST[name]
    data = made().encode()
    articles_of(b"<rss><channel/></rss>", _XML)  # imports
    before, start = _peak_mb(), time.process_time()
    with suppress(ArticleError, JsonError, XmlError):
        articles_of(data, content_type)
    return len(data), time.process_time() - start, _peak_mb() - before


def per_article(documents: dict[str, bytes], *, reads: int, runs: int) -> dict[str, tuple[list[float], list[float]]]:
    """Microseconds a read, run by run: in the format itself, and the same article as our JSON."""
    ours = {name: orjson.dumps(article_to_json(_only(data, name))) for name, data in documents.items()}
    spent: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in documents}
    for _ in range(runs):
        for name, data in documents.items():
            spent[name][0].append(_timed(lambda data=data, name=name: articles_of(data, name), reads))  # type: ignore[misc]
            json_data = ours[name]
            spent[name][1].append(
                _timed(lambda data=json_data: article_from_json(load_json(data), default_id=unique_id), reads)  # type: ignore[misc]
            )
    return spent


def _only(data: bytes, content_type: str) -> Article:
    (found,) = articles_of(data, content_type)
    assert isinstance(found.article, Article)
    return found.article


def _timed(step: Callable[[], Any], reads: int) -> float:
    start = time.process_time()
    for _ in range(reads):
        step()
    return 1e6 * (time.process_time() - start) / reads


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cell(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} [{min(values):.0f}, {max(values):.0f}]"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    documents = {name: v.encode() if isinstance(v, str) else orjson.dumps(v) for name, v in examples().items()}
    print("| content type | µs an article | the same as our JSON |\n|---|---|---|")
    for name, (theirs, ours) in per_article(documents, reads=options.reads, runs=options.runs).items():
        print(f"| `{name}` | {_cell(theirs)} | {_cell(ours)} |")
    print("\n| document | MB | CPU s | MB of memory |\n|---|---|---|---|")
    for name in WORST:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            size, seconds, memory = pool.apply(read_once, (name,))
        print(f"| {name} | {size / 1e6:.1f} | {seconds:.2f} | {memory:.0f} |")
    print(f"\nMedian [least, most] of {options.runs} runs of {options.reads} reads; {environment.brief('lxml', 'orjson')}.")


if __name__ == "__main__":
    main()
