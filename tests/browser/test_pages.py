"""The pages in a real browser: both languages, both themes, phone and desk; with pictures to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import HOSTILE
from tests.requirements import needs_chromium
from tests.service.conftest import Served, serving

pytestmark = needs_chromium

Visit = Callable[..., Page]
LOOKS = [(lang, scheme, width) for lang in ("ar", "en") for scheme in ("light", "dark") for width in (360, 1440)]

#: Text whose contrast with what lies behind it is below WCAG AA (4.5; 3 for large text): [text, ratio].
CONTRAST = """() => {
  const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const channel = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > .99) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement, style = getComputedStyle(element);
    if (!node.data.trim() || element.closest('svg, option') || !element.getClientRects().length) continue;
    const [a, b] = [luminance(rgb(style.color)), luminance(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + .05) / (b + .05);
    if (ratio < (large ? 3 : 4.5)) poor.push([node.data.trim().slice(0, 30), Math.round(ratio * 100) / 100]);
  }
  return poor;
}"""


def picture(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("name", "path", "lang", "scheme", "width"),
    [
        (*page, *look)
        for looks, pages in (
            (LOOKS, [("overview", "/"), ("copy", "/articles/s04"), ("update", "/articles/s18")]),
            ([look for look in LOOKS if look[0] == "en"], [("docs", "/docs")]),
            (
                [("ar", "light", 360), ("en", "dark", 1440)],
                [
                    ("week", "/?from=2025-11-03&to=2025-11-09"),
                    ("nothing", "/?from=2020-01-01&to=2020-01-30"),
                    ("new", "/articles/s01"),
                    ("missing", "/articles/nobody"),
                ],
            ),
        )
        for page in pages
        for look in looks
    ],
    ids=lambda part: str(part).strip("/") or "home",
)
def test_every_page_in_every_look(
    sample: Served, visit: Visit, screenshots: Path, name: str, path: str, lang: str, scheme: str, width: int
) -> None:
    page = visit(sample, path, lang=lang, scheme=scheme, width=width)
    direction = page.evaluate("[document.documentElement.lang, getComputedStyle(document.body).direction]")
    assert direction == (["en", "ltr"] if lang == "en" else ["ar", "rtl"])
    light = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0] > 127")
    assert light is (scheme == "light")
    assert page.locator("h1").count() == 1
    assert page.evaluate(CONTRAST) == []
    if name != "missing":
        picture(page, screenshots, f"{name}-{lang}-{scheme}-{width}")
        return
    assert "unknown_article" in page.inner_text("main")


def test_an_empty_index_greets(redis_url: str, namespace: str, visit: Visit, screenshots: Path) -> None:
    with serving(redis_url=redis_url, namespace=namespace) as empty:
        for lang in ("ar", "en"):
            page = visit(empty, "/", lang=lang, width=360)
            assert f"curl {empty.url}/v1/articles" in page.inner_text("main")
            picture(page, screenshots, f"empty-{lang}-light-360")


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("width", [360, 1440])
def test_what_is_sent_is_shown_as_text(hostile: Served, visit: Visit, screenshots: Path, number: int, width: int) -> None:
    text = HOSTILE[number]
    for path in ("/", f"/articles/h{number}", f"/articles/h{number}-copy"):
        page = visit(hostile, path, width=width)
        assert "owned" not in page.title() or "<script>" in page.title() or "onerror" in page.title()
        assert text in page.evaluate("document.querySelector('main').textContent")
        assert page.locator("main script, main img, main b, a[href^='javascript:']").count() == 0
        assert page.evaluate(
            "[...document.querySelectorAll('main *')].every(e => !e.getAttributeNames().some(n => n.startsWith('on')))"
        )
    picture(page, screenshots, f"hostile-{number}-{width}")


def test_direction_of_a_title_never_leaks(hostile: Served, visit: Visit) -> None:
    """An override without its end stands in an isolate of its own: the date after it still reads forwards."""
    page = visit(hostile, "/", lang="en")
    row = page.locator("ol.latest li", has_text="كلام مقلوب").first
    assert row.locator("bdi").first.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
    boxes: Any = row.locator("time").evaluate(
        """e => { const r = document.createRange(), t = e.firstChild;
        return [0, t.length - 1].map(i => { r.setStart(t, i); r.setEnd(t, i + 1); return r.getBoundingClientRect().left; }); }"""
    )
    assert boxes[0] < boxes[1]


def test_from_the_first_page_to_an_original_and_back(sample: Served, visit: Visit) -> None:
    page = visit(sample, "/", lang="en")
    page.locator("ol.latest a.headline", has_text="ألسنة اللهب تلتهم مخازن الأخشاب").click()
    assert page.url.startswith(f"{sample.url}/articles/s04")
    texts = page.locator(".text .body")
    assert texts.count() == 2
    assert texts.nth(0).locator("mark").count() > 0
    assert "إصابة ثلاثة عمال" in page.locator(".text h2").nth(1).inner_text()
    left, right = (texts.nth(n).bounding_box() for n in (0, 1))
    assert left is not None
    assert right is not None
    assert left["x"] < right["x"]  # side by side; left to right in English
    page.get_by_role("link", name="العربية").click()
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert page.url.startswith(f"{sample.url}/articles/s04")
    page.get_by_role("link", name="نظرة عامة").click()
    assert page.evaluate("document.documentElement.dir") == "rtl"
    page.wait_for_load_state()  # a count does not wait
    assert page.locator("ol.latest li").count() > 30


def test_days_are_chosen_in_the_form(sample: Served, visit: Visit) -> None:
    page = visit(sample, "/", lang="en")
    page.locator("input[name=from]").fill("2025-11-09")
    page.locator("input[name=to]").fill("2025-11-09")
    page.get_by_role("button", name="Show").click()
    assert "from=2025-11-09&to=2025-11-09" in page.url
    page.wait_for_load_state()
    assert page.locator(".chart g").count() == 1


def test_keyboard_alone(sample: Served, visit: Visit) -> None:
    page = visit(sample, "/", lang="en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    assert page.url.endswith("#main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "from"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
