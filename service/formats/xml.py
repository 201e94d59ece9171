"""XML as it arrives -> its tree, with entities, DTD and network off; and the text of an element.

lxml is imported where it is used; this module costs nothing to import.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

#: libxml2 itself refuses a tree deeper than 256 elements, and a text of more than 10 MB.
MAX_ELEMENTS = 200_000

_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,39})[\"']")
#: Before the root stand blanks, comments and processing instructions; each is left as it was matched, so this takes linear time.
_DOCTYPE = re.compile(r"((?>\s+|<\?.*?\?>|<!--.*?-->)*+)<!DOCTYPE", re.DOTALL)
#: Python's names of the encodings that XML in Arabic comes in; some of its others take time with the square of the length.
_ENCODINGS = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "cp1256", "cp1252", "iso8859-1", "iso8859-6"})
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|caption|d[dlt]|div|figcaption|figure|footer|h[1-6]|header|hl2|hr|li|main|ol|p|pre"
    "|section|table|t[dhr]|ul"
)
_BREAK = "\0"  # which XML cannot hold
_SILENT = frozenset({"script", "style", "head"})


class XmlError(ValueError):
    """The bytes are not XML that is read here; `line` and `column` count from 1."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"not valid XML at line {line}, column {column}: {reason}")
        self.line = line
        self.column = column


def parse_xml(data: bytes, charset: str = "") -> Any:
    """The root element of a document; comments and processing instructions are left out.

    Args:
        data: the document.
        charset: as the content type names it. A byte order mark goes before it; without both the XML declaration counts.

    Raises:
        XmlError: not well-formed, in another encoding than it says, a document type declaration, more than 256 levels or
            200,000 elements.
    """
    from lxml import etree

    parser = etree.XMLParser(
        encoding="utf-8",  # of the bytes handed over, whatever the declaration says
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    text = _decoded(data, charset)
    if prolog := _DOCTYPE.match(text):  # the parser never sees one: there is nothing for it to load or to expand
        before = prolog[1]
        reason = "a document type declaration is not accepted; leave <!DOCTYPE ...> out"
        raise XmlError(reason, before.count("\n") + 1, len(before) - before.rfind("\n"))
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as exc:
        raise XmlError(exc.msg.partition(", line ")[0], *exc.position) from exc
    for number, element in enumerate(root.iter()):
        if number == MAX_ELEMENTS:
            raise XmlError(f"more than {MAX_ELEMENTS:,} elements; post it in parts", element.sourceline)
    return root


def text_of(element: Any | None) -> str:
    """The text of an element, one line a block of markup in it; "" for None."""
    if element is None:
        return ""
    if not len(element):
        return (element.text or "").strip()
    from lxml import etree

    parts: list[str] = []
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, node in walker:
        name = local_name(node)
        if event == "start":
            if name in _SILENT and node is not element:
                walker.skip_subtree()
                continue
            parts += (_BREAK, node.text or "") if _BLOCK.fullmatch(name) else (node.text or "",)
        elif node is not element:
            parts += (_BREAK, node.tail or "") if _BLOCK.fullmatch(name) else (node.tail or "",)
    lines = (" ".join(line.split()) for line in "".join(parts).split(_BREAK))
    return "\n".join(line for line in lines if line)


def local_name(element: Any) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _decoded(data: bytes, charset: str) -> str:
    """The text, in the encoding of the byte order mark, else of the content type, else of the declaration. Raises XmlError."""
    for mark, marked in _MARKS:
        if data.startswith(mark):
            data, name = data[len(mark) :], marked
            break
    else:
        declared = _ENCODING.match(data)
        name = charset or (declared[1].decode() if declared else "utf-8")
    if (known := _python_name(name)) not in _ENCODINGS:
        raise XmlError(f"the encoding {name[:40]!r} is not accepted; send UTF-8")
    try:
        return data.decode(known)
    except UnicodeError as exc:
        raise XmlError(f"not valid {name[:40]}: {exc}") from exc


def _python_name(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return ""
