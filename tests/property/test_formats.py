"""Whatever a document holds, each of its articles is an article or an error that can be told, and nothing else happens."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ArticleError
from dedup.records import Article
from service.formats.article import JsonError
from service.formats.documents import JSON_LD, NINJS, articles_of
from service.formats.xml import XmlError


def names(text: str) -> list[str]:
    return text.split()


JSON_NAMES = names(
    "uri type version firstcreated versionCreated pubStatus copyrightHolder language by title headlines bodies descriptions role "
    "contentType value @type @id @graph @value mainEntity mainEntityOfPage url headline name articleBody author publisher "
    "datePublished articleSection inLanguage identifier"
)
JSON_TEXTS = st.sampled_from(
    ["", "text", "main", "NewsArticle", "usable", "https://b.example.com/1", "x", "2025-11-09", "\ud800"]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | JSON_TEXTS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(JSON_NAMES), inner, max_size=6),
    max_leaves=25,
)

NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:r1="http://purl.org/rss/1.0/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:g="http://iptc.org/std/nar/2006-10-01/"'
)
XML_NAMES = names(
    "rss channel item title link guid pubDate description source language author category content:encoded dc:date dc:creator "
    "rdf:RDF r1:channel r1:item r1:title r1:link atom:feed atom:entry atom:id atom:title atom:link atom:author atom:name "
    "atom:content atom:summary atom:source atom:category atom:published "
    "g:newsMessage g:itemSet g:newsItem g:itemMeta g:itemClass g:provider "
    "g:pubStatus g:contentMeta g:headline g:contentSet g:inlineXML g:inlineData g:language html body p br script"
)
ATTRIBUTES = names(
    "isPermaLink url href rel type src label term xml:lang guid version qcode uri literal tag contenttype encoding"
)
XML_TEXTS = st.sampled_from(["", " ", "x", "https://b.example.com/1", "ninat:text", "2025-11-09", "<b>ع</b>", "false", "html"])


def element(name: str, attributes: dict[str, str], text: str, children: list[str]) -> str:
    inside = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{inside}>{escape(text)}{''.join(children)}</{name}>{escape(text)}"


def elements(children: st.SearchStrategy[list[str]]) -> st.SearchStrategy[str]:
    attributes = st.dictionaries(st.sampled_from(ATTRIBUTES), XML_TEXTS, max_size=3)
    return st.builds(element, st.sampled_from(XML_NAMES), attributes, XML_TEXTS, children)


XML_TREES = st.recursive(elements(st.just([])), lambda inner: elements(st.lists(inner, max_size=5)), max_leaves=25)
ROOTS = ("rss", "rdf:RDF", "item", "r1:item", "atom:feed", "atom:entry", "g:newsItem", "g:newsMessage")


def read(data: bytes, content_type: str) -> None:
    try:
        found = articles_of(data, content_type)
    except (ArticleError, JsonError, XmlError):
        return
    for one in found:
        if isinstance(one.article, Article):
            assert one.article.title == one.article.title.encode().decode()
            assert one.article.id
        else:
            assert isinstance(one.article, ArticleError)
            assert str(one.article)


@given(JSON_VALUES, st.sampled_from([NINJS, JSON_LD]))
def test_any_json(value: Any, content_type: str) -> None:
    read(json.dumps(value).encode(), content_type)


@given(st.dictionaries(st.sampled_from(JSON_NAMES), JSON_VALUES, max_size=8), st.sampled_from([NINJS, JSON_LD]))
def test_any_json_that_begins_well(members: dict[str, Any], content_type: str) -> None:
    read(json.dumps({"uri": "urn:x", "@type": "NewsArticle", **members}).encode(), content_type)


@given(
    st.sampled_from(ROOTS), st.lists(XML_TREES, max_size=6), st.dictionaries(st.sampled_from(ATTRIBUTES), XML_TEXTS, max_size=3)
)
def test_any_xml_of_the_formats(root: str, children: list[str], attributes: dict[str, str]) -> None:
    inside = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    read(f"<{root} {NAMESPACES}{inside}>{''.join(children)}</{root}>".encode(), "text/xml")


@given(st.binary(max_size=200), st.sampled_from([NINJS, JSON_LD, "text/xml"]))
def test_any_bytes(data: bytes, content_type: str) -> None:
    read(data, content_type)
