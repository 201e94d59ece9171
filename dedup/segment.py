"""Stage 2: an article -> headline, body, the body's own text, agency credit."""

from __future__ import annotations

import re
from functools import lru_cache

from dedup.arabic import has_digit
from dedup.credit import find_credit
from dedup.edges import Edges
from dedup.normalise import normalise
from dedup.records import Article, NormalText, Segments

#: First words of a headline that name its kind or urgency, not its news; compared after normalisation, before `:`, `/`, `|`, `-`
#: or dots. Written by hand.
_LABELS = frozenset(
    " ".join(normalise(label).words)
    for label in (
        "عاجل", "عاجل جدا", "خاص", "حصري", "حصريا", "انفراد", "متابعة", "تحديث", "محدث", "تقرير", "تحليل", "رأي", "فيديو",
        "بالفيديو", "شاهد", "شاهد بالفيديو", "صور", "بالصور", "بالصور والفيديو", "بالفيديو والصور", "عام", "رياضي", "سياسي",
        "اقتصادي", "ثقافي", "محلي", "دولي", "عربي", "فيديو وصور", "مباشر", "نشرة", "خبر عاجل", "هام", "مهم",
    )
)  # fmt: skip
#: «صحيفة …:» names the outlet that is quoted. Only these: «وكالة الطاقة:» and «قناة السويس:» speak for themselves.
_MEDIA = frozenset(("صحيفه", "جريده", "مجله"))
#: Words that an outlet's name has or lacks: «صحيفة سبق», «سبق نت».
_OUTLET_KINDS = _MEDIA | {"وكاله", "موقع", "قناه", "شبكه", "بوابه", "نت", "اونلاين", "الالكترونيه", "net", "online", "com"}
_LABEL_END = re.compile(r"\s*(?:[:/|\N{HORIZONTAL ELLIPSIS}\N{FULLWIDTH SOLIDUS}]|\.{2,}|[-\N{EN DASH}\N{EM DASH}](?=\s)|!)\s*")
_OUTLET_END = re.compile(r"(?:\s+[-\N{EN DASH}\N{EM DASH}]\s+|\s*\|\s*)([^-|\N{EN DASH}\N{EM DASH}]+)$")
_BRACKETED_END = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*$")
_MAX_LABEL_WORDS = 3
_MIN_HEADLINE_WORDS = 4  # nothing is taken off a headline that would leave less


def segment(article: Article) -> Segments:
    """Take an article apart.

    The headline loses its label («عاجل:», «سبق -»: the outlet's own name counts as one) and a trailing outlet name; the
    body's own text is the body without what stands above it (the headline repeated, captions, dateline, byline) and below
    it (credit, byline, share lines, "read also", copyright, tags).
    """
    headline = _bare_headline(article.title, article.source)
    body = normalise(article.body)
    labelled = _is_cut(headline)
    headlines = (headline.words, normalise(article.title).words) if labelled else (headline.words,)
    edges = Edges(body, headlines, normalise(article.author).words if article.author else ())
    own, parts = edges.parts()
    return Segments(headline, body, own, parts, find_credit(body, edges.names, parts))


def _is_cut(headline: NormalText) -> bool:
    """Whether letters or digits of the title stand before or behind the headline."""
    if not headline.words:
        return True
    rest = headline.original[: int(headline.starts[0])] + headline.original[int(headline.ends[-1]) :]
    return any(map(str.isalnum, rest))


@lru_cache(maxsize=4096)
def _joined(text: str) -> str:
    """The normalised words of a short text, joined by spaces; outlets and labels recur."""
    return " ".join(normalise(text).words)


def _bare_headline(title: str, source: str) -> NormalText:
    whole = normalise(title)
    first, last = 0, len(whole.words)
    end = _OUTLET_END.search(title)
    rest = title
    if end and _is_outlet(end[1]) and last - len(_joined(end[1]).split()) >= _MIN_HEADLINE_WORDS:
        last -= len(_joined(end[1]).split())
        rest = title[: end.start()]
    bracketed = _BRACKETED_END.search(rest)
    if bracketed and _joined(bracketed[1]) in _LABELS:
        last -= len(_joined(bracketed[1]).split())
    while True:
        for match in _LABEL_END.finditer(title, int(whole.starts[first]) if first < last else len(title)):
            count = int((whole.starts < match.start()).sum()) - first
            label = " ".join(whole.words[first : first + count])
            if _is_label(label, match[0].strip(), source, last - first - count):
                first += count
                break
            if count > _MAX_LABEL_WORDS:
                return _cut(whole, first, last)
        else:
            return _cut(whole, first, last)


def _is_label(label: str, mark: str, source: str, left: int) -> bool:
    """Whether the words before a mark are a label or an outlet's name; `left` words stay behind it."""
    words = label.split()
    if not words or left < 2:
        return False
    if label in _LABELS or _outlet(label) == _outlet(_joined(source)):
        return True
    if words[0] in _MEDIA and mark in (":", "|"):
        return len(words) <= 1 + _MAX_LABEL_WORDS
    return mark == "|" and left >= _MIN_HEADLINE_WORDS and len(words) <= _MAX_LABEL_WORDS and not any(map(has_digit, words))


@lru_cache(maxsize=4096)
def _outlet(name: str) -> tuple[str, ...]:
    """An outlet's name without the words that say what kind it is; the whole where nothing else is left."""
    words = name.split()
    return tuple(word for word in words if word not in _OUTLET_KINDS) or tuple(words)


def _is_outlet(text: str) -> bool:
    """Whether what stands behind the last dash may be an outlet's name: a few words, no figure."""
    words = _joined(text).split()
    return len(words) <= _MAX_LABEL_WORDS and not any(map(has_digit, words))


def _cut(text: NormalText, first: int, last: int) -> NormalText:
    if first == 0 and last == len(text.words):
        return text
    kept = slice(first, last)
    return NormalText(text.original, text.words[kept], text.hashes[kept], text.starts[kept], text.ends[kept], text.breaks[kept])
