"""A headless Chromium, and a watch over what its pages ask of other places."""

from __future__ import annotations

import pytest
import required

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def browser(chromium):
    """A headless Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        required.lacking("browser", "playwright is not installed")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield opened
        opened.close()


class Watch:
    """What a page asked of other places, and what it complained about."""

    def __init__(self, page, home: str):
        self.outside: list[str] = []
        self.errors: list[str] = []
        local = (home, "data:", "blob:", "about:")

        def seen(route):
            url = route.request.url
            if url.startswith(local) or url.replace("ws:", "http:").startswith(local):
                route.continue_()
            else:
                self.outside.append(url)
                route.abort()

        page.route("**/*", seen)
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def barriers():
    """barriers(page, part): what axe-core finds in a part of a page against WCAG 2.2, levels A and AA, in words."""
    from axe_playwright_python.sync_playwright import Axe

    def found(page, part: str) -> list[str]:
        told = Axe().run(page, context=part, options={"runOnly": WCAG}).response
        assert len(told["passes"]) >= 5, f"axe-core found nothing to look at in {part}"
        return [
            f"{broken['id']}: {place['html'][:120]} {place['failureSummary']}"
            for broken in told["violations"]
            for place in broken["nodes"]
        ]

    return found


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def watch():
    """Watch(page, home): `home` is the address that a page may load from."""
    return Watch
