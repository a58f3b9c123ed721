"""The page under its strict policy: all of it works, and what somebody smuggles into it does not run.

That nothing on the way breaks the policy is looked at in every test here: `open_page` fails for a violation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visiting import DONE, TWO, create, open_findings, roast_id, upload

Open = Callable[..., Page]
NOTE = """
window.blocked = [];
addEventListener("securitypolicyviolation", (event) => blocked.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
SMUGGLED = """
const script = document.createElement("script");
script.textContent = "window.ran = 'inline'";
document.body.append(script);
const bait = document.createElement("div");
bait.innerHTML = '<img src="data:," onerror="window.ran = 1"><p style="color: red" onclick="window.ran = 2">x</p>';
document.body.append(bait);
bait.querySelector("p").click();
const far = document.createElement("script");
far.src = "https://example.org/x.js";
document.body.append(far);
"""
DIRECTIVES = {"script-src-elem inline", "script-src-attr inline", "style-src-attr inline"}


def blocked(page: Page) -> list[str]:
    found: list[str] = page.evaluate("blocked")
    return found


def test_a_visit_from_the_front_page_to_the_docs_breaks_no_rule(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page(script=NOTE)
    expect(page.get_by_role("radio").first).to_be_attached()
    upload(page, photos / TWO)
    roast_id(page)
    expect(page.locator(DONE)).to_be_visible()
    open_findings(page)
    page.get_by_role("button", name="Every event, in its order").click()
    expect(page.locator("[data-event]").first).to_be_visible()
    page.get_by_role("button", name="Play it again").click()
    page.get_by_role("button", name="Close the replay").click()
    assert blocked(page) == []
    page.goto(f"{system.url}/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    page.locator(".opblock").first.click()
    expect(page.locator(".opblock.is-open .opblock-body").first).to_be_visible()
    assert blocked(page) == []


def test_a_shared_link_breaks_no_rule(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page(f"/r/{create(system, photos / TWO)}", script=NOTE)
    expect(page.locator(DONE)).to_be_visible()
    page.get_by_role("button", name="Share", exact=True).click()
    page.wait_for_function("() => document.querySelector('.share img')?.naturalWidth > 0")
    assert blocked(page) == []


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_what_is_smuggled_into_a_page_does_not_run(browser: Any, system: Any, path: str) -> None:
    page = browser.new_page()
    page.add_init_script(NOTE)
    page.goto(system.url + path)
    page.evaluate(SMUGGLED)
    page.wait_for_function("() => blocked.length >= 4")
    assert page.evaluate("window.ran") is None
    found = blocked(page)
    assert set(found) >= DIRECTIVES
    assert any("example.org" in each for each in found)
    assert page.evaluate("getComputedStyle(document.querySelector('p[style]')).color") != "rgb(255, 0, 0)"
    page.close()
