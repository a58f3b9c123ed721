"""Words of other languages fit and run their own way; times run from left to right whatever one reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from visiting import DONE, TWO, Open, create

WORDS = {
    "de": "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen und Rindfleischetikettierungsüberwachungsgesetz!",
    "ar": "هذه الصورة جميلة، لكن الإضاءة نائمة!",
}
MIRRORED = "new MutationObserver(() => (document.documentElement.dir = 'rtl')).observe(document, { childList: true });"
"""A script that turns the page for readers of Arabic and Hebrew."""


@pytest.fixture(scope="module")
def roast(system: Any, photos: Path) -> str:
    """A finished roast of two people."""
    return create(system, photos / TWO)


def translated(event: dict[str, Any], language: str, writer: str) -> dict[str, Any]:
    """The event as it would be had `writer` told every joke in `language`."""
    text = WORDS[language]
    match event["type"]:
        case "submitted":
            return {**event, "options": {**event["options"], "language": language}}
        case "line":
            return {**event, "text": text}
        case "roast":
            jokes = [{**joke, "text": text} for joke in event["jokes"]]
            return {**event, "text": "\n\n".join(joke["text"] for joke in jokes), "jokes": jokes, "writer": writer}
    return event


def speak(page: Page, id: str, language: str, writer: str = "a model") -> None:
    """Tells the page the roast as it is, but for its words, their language and their writer."""

    def frame(line: str) -> str:
        name, _, data = line.partition(": ")
        return f"data: {json.dumps(translated(json.loads(data), language, writer))}" if name == "data" else line

    def stream(route: Route) -> None:
        told = httpx.get(route.request.url, timeout=60).text.splitlines()
        route.fulfill(body="".join(f"{frame(line)}\n" for line in told), content_type="text/event-stream")

    page.route(re.compile(rf"{id}/events"), stream)
    page.route(re.compile(rf"/api/requests/{id}$"), lambda route: route.abort())
    page.goto(f"{page.url.split('#')[0]}#/r/{id}")
    page.wait_for_selector(DONE)


@pytest.mark.parametrize("language", WORDS)
def test_long_words_widen_no_page(open_page: Open, roast: str, language: str) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    speak(page, roast, language)
    expect(page.locator(".passage > p").first).to_contain_text(WORDS[language])
    page.get_by_role("button", name="why?").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_long_words_widen_no_list_of_what_was_on(open_page: Open) -> None:
    kept = {"id": "A" * 22, "persona": "critic", "line": WORDS["de"], "thumbnail": "", "gone": True}
    script = f"localStorage['heckler.recents'] = JSON.stringify([{{ ...{json.dumps(kept)}, at: Date.now() }}]);"
    page = open_page(script=script, viewport={"width": 360, "height": 740})
    line = page.locator(".recents .line")
    expect(line).to_have_attribute("dir", "auto")
    assert line.evaluate("line => line.scrollWidth <= line.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("ar", "rtl")])
def test_a_roast_says_its_language_and_runs_its_way(open_page: Open, roast: str, language: str, direction: str) -> None:
    page = open_page()
    speak(page, roast, language)
    expect(page.locator(".roast")).to_have_attribute("lang", language)
    expect(page.locator(".passage > p").first).to_have_css("direction", direction)
    why = page.get_by_role("button", name="why?").first
    expect(why).to_have_css("direction", "ltr")  # the page's own words are English
    expect(why).to_have_attribute("lang", "en")


def test_the_house_writes_english_whatever_was_asked_for(open_page: Open, roast: str) -> None:
    page = open_page()
    speak(page, roast, "de", writer="house")
    assert page.locator(".roast").get_attribute("lang") is None


def starts(page: Page, selector: str) -> list[float]:
    """The left ends of what there is, in the order of the document."""
    found: list[float] = page.locator(selector).evaluate_all("all => all.map(e => e.getBoundingClientRect().left)")
    return found


def test_times_run_from_left_to_right_on_a_page_that_does_not(open_page: Open, roast: str) -> None:
    page = open_page(f"/#/r/{roast}", script=MIRRORED)
    page.wait_for_selector(DONE)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    times = starts(page, ".axis span")
    assert times == sorted(times)
    page.get_by_role("button", name="Play it again").click()
    position = page.locator(".scrubber")
    page.get_by_role("slider", name="Moment").press("Home")
    expect(position).to_have_attribute("data-position", "0")
    ticks = starts(page, ".ticks span")
    assert ticks == sorted(ticks)
    assert ticks[0] < ticks[-1]
    back, play, forward = starts(page, ".transport button")
    assert back < play < forward
    page.keyboard.press("ArrowRight")
    expect(position).not_to_have_attribute("data-position", "0")
    page.keyboard.press("ArrowLeft")
    expect(position).to_have_attribute("data-position", "0")


WRITTEN = """
window.written = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (...words) {
  written.push(`${this.direction} ${this.textAlign}`);
  return write.apply(this, words);
};
"""
"""A script that notes which way, and from which end, every word on a canvas was written."""


def test_names_on_the_photo_stand_on_their_tags_on_a_page_that_runs_leftwards(open_page: Open, roast: str) -> None:
    page = open_page(f"/#/r/{roast}", script=WRITTEN + MIRRORED)
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="why?").first.click()
    page.wait_for_function("() => written.length > 0")
    assert page.evaluate("[...new Set(written)]") == ["ltr left"]
