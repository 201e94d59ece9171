"""One address for every spelling of a page's URL."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.urls import MAX_URL_CHARS, canonical_url

STORY = "https://example.com/news/story-1"

SAME = {
    "http://example.com/news/story-1": "http is https",
    "HTTPS://Example.COM/news/story-1": "scheme and host in any case",
    "//example.com/news/story-1": "no scheme",
    "example.com/news/story-1": "pasted without a scheme",
    "https://example.com:443/news/story-1": "the default port of https",
    "http://example.com:80/news/story-1": "the default port of http",
    "https://example.com./news/story-1": "a rooted host name",
    "https://reader@example.com/news/story-1": "a user name",
    "https://www.example.com/news/story-1": "www",
    "https://m.example.com/news/story-1": "the mobile host",
    "https://mobile.example.com/news/story-1": "the mobile host, spelt out",
    "https://amp.example.com/news/story-1": "the AMP host",
    "https://www.m.example.com/news/story-1": "both",
    "https://example.com/news/story-1/": "trailing slash",
    "https://example.com//news/./x/../story-1": "empty and dot segments",
    "https://example.com/news/story-1/amp": "AMP path",
    "https://example.com/news/story-1/amp/": "AMP path with a slash",
    "https://example.com/amp/news/story-1": "AMP path in front",
    "https://example.com/news/story-1.amp": "AMP ending",
    "https://example.com/news/story-1?amp": "AMP parameter",
    "https://example.com/news/story-1?amp=1": "AMP parameter with a value",
    "https://example.com/news/story-1?outputType=amp": "AMP output",
    "https://example.com/news/story-1?utm_source=x&utm_medium=y": "campaign parameters",
    "https://example.com/news/story-1?fbclid=IwAR0&gclid=1&igshid=2&mc_cid=3&ref=home": "click identifiers",
    "https://example.com/news/story-1?utm_source=x&amp;utm_medium=y": "an ampersand left over from HTML",
    "https://example.com/news/story-1?UTM_Source=x": "parameter names in any case",
    "https://example.com/news/story-1?": "an empty query",
    "https://example.com/news/story-1#comments": "a fragment",
    "https://example.com/%6Eews/story%2D1": "needless escapes",
    "  https://example.com/news/story-1\n": "blanks around",
    "https://example.com/ne\nws/story-1": "a line break inside",
}


@pytest.mark.parametrize("url", SAME, ids=SAME.values())
def test_spellings_of_one_address(url: str) -> None:
    assert canonical_url(url) == STORY


PAIRS = [
    ("https://example.com", "https://example.com/"),
    ("https://example.com/?amp", "https://example.com/"),
    ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
    ("https://example.com/a?id=7&utm_campaign=x", "https://example.com/a?id=7"),
    ("https://example.com/a?q=", "https://example.com/a?q"),
    ("https://example.com/a?q=x+y", "https://example.com/a?q=x%20y"),
    ("https://example.com/a?q=1%2B1", "https://example.com/a?q=1%2B1"),
    ("https://example.com/story.amp.html", "https://example.com/story.html"),
    ("https://example.com/a%2fb", "https://example.com/a%2Fb"),
    ("https://example.com:8080/a", "https://example.com:8080/a"),
    ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
    ("https://example.com/#!/story/1", "https://example.com/#!/story/1"),
    ("https://example.com/خبر/١", "https://example.com/%D8%AE%D8%A8%D8%B1/%D9%A1"),
    ("https://example.com/%d8%ae%d8%a8%d8%b1/%D9%A1", "https://example.com/%D8%AE%D8%A8%D8%B1/%D9%A1"),
    ("https://موقع.مثال/خبر", "https://xn--4gbrim.xn--mgbh0fb/%D8%AE%D8%A8%D8%B1"),
    ("https://xn--4gbrim.xn--mgbh0fb/خبر", "https://xn--4gbrim.xn--mgbh0fb/%D8%AE%D8%A8%D8%B1"),
]


@pytest.mark.parametrize(("url", "expected"), PAIRS)
def test_normal_form(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


DIFFERENT = [
    ("https://example.com/a?id=1", "https://example.com/a?id=2"),
    ("https://example.com/story-1", "https://example.com/Story-1"),
    ("https://example.com/a", "https://arabic.example.com/a"),
    ("https://m.com/a", "https://www.com/a"),  # too short a name to lose a label
    ("https://example.com/#!/story/1", "https://example.com/#!/story/2"),
    ("https://example.com/a/b", "https://example.com/a%2Fb"),
    ("https://example.com/camp", "https://example.com/c"),  # "amp" counts as a whole segment only
    ("https://example.com/a?reference=5", "https://example.com/a"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_pages_stay_apart(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


GARBAGE = [
    "",
    "   ",
    "no address",
    "hello.world",
    "urn:newsml:example.com:20250301:story",
    "tag:example.com,2025:1",
    "mailto:desk@example.com",
    "ftp://example.com/a",
    "http://",
    "https:///path",
    "http://exa mple.com/a",
    "http://example.com:port/a",
    "http://example.com:99999/a",
    "http://[::1/a",
    "http://a..b/c",
    "http://ا..ب/c",
    "http://" + "ا" * 300 + "/a",
    "https://example.com/" + "a" * MAX_URL_CHARS,
]


@pytest.mark.parametrize("text", GARBAGE)
def test_what_is_no_web_address_is_only_stripped(text: str) -> None:
    assert canonical_url(f" {text} ") == text.strip()


PARTS = (
    "http https :// // : / ? # & = + % %25 %2 %35 %2F %2e %D8%A7 %d8 amp .amp .amp.html &amp; utm_source=1 amp=1 "
    "ref . .. www. m. example.com xn-- ا خبر موقع.مثال [::1] @ :80 :443 :8080 ; a A _ ~ !"
)
PIECES = st.sampled_from([*PARTS.split(), "\ud800", "\u200f", "\u3002", "\uff0e", "\u2100", "\xa0", "\t", "\n", " "])


@given(
    st.one_of(
        st.text(),
        st.lists(PIECES, max_size=25).map("".join),
        st.lists(PIECES).map(lambda p: "http://a.b/" + "".join(p)),
    )
)
@example("http://a.b/%2%35")
@example("http://a.b/x.amp/amp.amp.html")
@example("http://a.b/..amp")
@example("http://www.www.www.a/")
def test_twice_is_once_and_nothing_raises(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
