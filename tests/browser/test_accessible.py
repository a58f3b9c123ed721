"""axe-core looks at every screen, in both lights and on a phone, and finds nothing to complain of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visiting import DONE, TWO, Open, create, noise, open_findings, upload

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
LOOKS: dict[str, dict[str, Any]] = {
    "matinee": {"color_scheme": "light"},
    "evening": {"color_scheme": "dark"},
    "phone": {"color_scheme": "dark", "viewport": {"width": 360, "height": 780}},
}


def complaints(page: Page) -> list[str]:
    """What axe-core finds wrong: the rule, the place, and why."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{rule['id']} at {node['target']}: {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.fixture(scope="module")
def roast(system: Any, photos: Path) -> str:
    """A finished roast of two people."""
    return create(system, photos / TWO)


def home(page: Page, roast: str) -> None:
    expect(page.get_by_role("button", name="Choose a photo")).to_be_visible()


def read(page: Page, roast: str) -> None:
    page.goto(f"{page.url.split('#')[0]}#/r/{roast}")
    page.wait_for_selector(DONE)


def explained(page: Page, roast: str) -> None:
    read(page, roast)
    page.get_by_role("button", name="why?").first.click()


def looked_closer(page: Page, roast: str) -> None:
    read(page, roast)
    open_findings(page)
    page.get_by_role("button", name="Every event, in its order").click()
    page.get_by_role("button", name="Play it again").click()
    page.keyboard.press("Home")


def shared(page: Page, roast: str) -> None:
    read(page, roast)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("dialog").locator("img")).to_be_visible()


def refused(page: Page, roast: str) -> None:
    upload(page, {"name": "poem.jpg", "mimeType": "image/jpeg", "buffer": b"no photo at all"})
    expect(page.get_by_role("alert")).to_be_visible()


def unknown(page: Page, roast: str) -> None:
    page.goto(f"{page.url.split('#')[0]}#/r/{'x' * 22}")
    expect(page.get_by_role("alert")).to_be_visible()


def under_way(page: Page, roast: str) -> None:
    upload(page, noise())
    page.wait_for_selector("[data-analyzer]")


SCREENS: tuple[Callable[[Page, str], None], ...] = (
    home, read, explained, looked_closer, shared, refused, unknown, under_way,
)  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_nobody_is_kept_out(open_page: Open, roast: str, screen: Callable[[Page, str], None], look: str) -> None:
    page = open_page("/", **LOOKS[look])
    screen(page, roast)
    assert complaints(page) == []
