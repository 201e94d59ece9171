"""A real browser on a real server that holds the bundled sample day, a few hostile articles, and nothing else."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.requirements import chromium
from tests.service.conftest import FIRE, ROOT, Served, serving

SAMPLE = ROOT / "service" / "sample"
SCREENSHOTS = ROOT / "screenshots"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--disable-quic",
    "--no-first-run",
]
HOSTILE = [
    "<script>document.title='owned'</script><b>غامق</b>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "\u202eكلام مقلوب بلا نهاية",
    "\u2067معزول \u2066بلا نهاية",
    "كلمةواحدةطويلةجداً" * 55,
    "😀🚨👨‍👩‍👧‍👦 عاجل",
]


@pytest.fixture(scope="session")
def sample(redis_url: str) -> Iterator[Served]:
    """The sample day, posted as an integrator would."""
    with serving(redis_url=redis_url, namespace=uuid.uuid4().hex) as served:
        for line in (SAMPLE / "day.jsonl").read_text(encoding="utf-8").splitlines():
            assert served.post("/v1/articles", json.loads(line))[0] == 200
        page = {
            "text": (SAMPLE / "page.txt").read_text(encoding="utf-8"),
            "source": "barq24",
            "published": "2025-11-09",
            "id": "page",
        }
        assert served.post("/v1/pages", page)[0] == 200
        yield served


@pytest.fixture(scope="session")
def hostile(redis_url: str) -> Iterator[Served]:
    """Articles whose every field tries to be something else than text."""
    with serving(redis_url=redis_url, namespace=uuid.uuid4().hex) as served:
        for n, text in enumerate(HOSTILE):
            for copy in ("", "-copy"):
                article = {
                    "id": f"h{n}{copy}",
                    "source": text[:60] + copy,
                    "title": text,
                    "url": f"javascript:alert({n})" if copy else f"https://e.example.com/{text[:40]}",
                    "body": f"{text} {FIRE} رقم {n * 7919} {text}",
                    "published": "2025-11-09",
                }
                assert served.post("/v1/articles", article)[0] == 200
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system; never a downloaded one."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Callable[[str, str, int], BrowserContext]]:
    """A window of each look, made once: language, light or dark, width."""

    @cache
    def context(lang: str, scheme: str, width: int) -> BrowserContext:
        return browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="ar-EG" if lang == "ar" else "en-GB",
        )

    yield context
    for made in browser.contexts:
        made.close()


@pytest.fixture
def visit(contexts: Callable[[str, str, int], BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Opens a page; after the test: no error in the console, no request to another host, nothing wider than the window."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(served: Served, path: str, *, lang: str = "ar", scheme: str = "light", width: int = 1440) -> Page:
        page = contexts(lang, scheme, width).new_page()
        pages.append(page)

        def complain(message: ConsoleMessage) -> None:
            if message.location["url"] != page.url:  # that the page itself is a 404 is what some tests want to see
                complaints.append(f"{path}: console: {message.text}")

        def watch(request: Request) -> None:
            if not request.url.startswith(served.url):
                complaints.append(f"{path}: asks for {request.url}")

        page.on("console", complain)
        page.on("request", watch)
        page.on("pageerror", lambda error: complaints.append(f"{path}: error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"{path}: dialog: {dialog.message}"))
        page.goto(served.url + path + ("&" if "?" in path else "?") + f"lang={lang}")
        return page

    yield open_page
    for page in pages:
        too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        url = page.url
        page.close()
        assert not too_wide, f"{url} scrolls sideways"
    assert complaints == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages go; git ignores it."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS
