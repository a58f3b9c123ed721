"""The page itself: on a phone, in both themes, with its reference and its small print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from visiting import DONE, TWO, Open, open_findings, upload


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_never_scrolls_sideways(open_page: Open, photos: Path, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    open_findings(page)
    page.get_by_role("button", name="Encore").click()
    page.locator(".why").first.tap()
    expect(page.locator(".passage .evidence")).to_be_visible()  # where there is no room beside the photo
    assert page.evaluate(wider) <= 0


@pytest.mark.parametrize("width", [390, 1280])
def test_the_masthead_is_there_before_any_script_and_stays_where_it_is(
    browser: Browser, open_page: Open, system: Any, width: int
) -> None:
    places = "['.wordmark', '.motto'].map(part => document.querySelector(part).getBoundingClientRect().toJSON())"
    drawn = f"document.fonts.ready.then(() => [document.querySelector('.bill').innerText.trim(), {places}])"
    bare = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=False)
    bare.goto(system.url)
    before = bare.evaluate(drawn)
    bare.close()
    page = open_page(viewport={"width": width, "height": 900})
    page.wait_for_selector(".empty-stage")
    assert page.evaluate(drawn) == before


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_both_themes_are_there(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    red, green, blue = map(
        int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    )
    assert (red + green + blue < 200) == (scheme == "dark")


def test_the_api_reference_is_drawn_without_another_server(open_page: Open, system: Any) -> None:
    page = open_page("/docs")
    expect(page.locator(".opblock-summary-path", has_text="/events")).to_be_visible()
    page.locator(".opblock-get", has_text="/healthz").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute", exact=True).click()
    expect(page.locator(".live-responses-table td.response-col_status").last).to_contain_text("200")
    icon = page.locator("link[rel*=icon]").get_attribute("href")
    assert httpx.get(f"{system.url}{icon}").headers["content-type"].startswith("image/svg")


def test_the_page_promises_what_the_server_keeps(open_page: Open, system: Any) -> None:
    about = httpx.get(f"{system.url}/api/about").json()
    assert (about["photo_ttl_s"], about["event_ttl_s"]) == (3600, 86400)
    page = open_page()
    expect(page.locator(".small-print")).to_contain_text("for an hour, what was noticed and said about them for a day.")
    shorter = {**about, "photo_ttl_s": 600, "event_ttl_s": 7200}
    page.route("**/api/about", lambda route: route.fulfill(json=shorter))
    page.reload()
    expect(page.locator(".small-print")).to_contain_text(
        "for 10 minutes, what was noticed and said about them for 2 hours."
    )
