"""When something fails, breaks off or is not there, the page says so, and there is a way on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, Route, expect
from visiting import DONE, TWO, Open, document, noise, noted, noting, roast_id, spoken, squeezed, upload

CANCEL = """
new MutationObserver(() => {
  const button = [...document.querySelectorAll('button')].find((b) => b.textContent === 'Cancel');
  if (button && !button.disabled && !window.pressed) { window.pressed = true; button.click(); }
}).observe(document, { subtree: true, childList: true });
"""


def test_a_running_roast_can_be_cancelled(open_page: Open, system: Any) -> None:
    page = open_page(script=CANCEL)
    upload(page, noise())
    expect(page.locator(".phase[data-phase=cancelled]")).to_be_visible()
    assert document(system, roast_id(page))["status"] == "cancelled"
    assert page.locator(".roast").count() == 0


def test_an_unknown_roast_says_so(open_page: Open) -> None:
    page = open_page("/#/r/AAAAAAAAAAAAAAAAAAAAAA")
    expect(page.locator(".problem[data-code=not_found] .hint")).to_be_visible()
    page.get_by_role("button", name="Back to the start").click()
    expect(page.get_by_role("heading", name="Put a photo on stage.")).to_be_visible()


def test_a_lost_connection_is_said_and_resumed_where_it_broke(
    open_page: Open, system: Any, bad_line: Any, photos: Path
) -> None:
    page = open_page(base=bad_line.url, script=noting("document.querySelector('.offline')?.className"))
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    assert noted(page) == ["offline"]
    expect(page.locator(".offline")).to_have_count(0)
    assert bad_line.resumed[0] is None
    assert int(bad_line.resumed[1] or 0) > 0
    assert spoken(page) == squeezed(document(system, roast_id(page))["roast"]["text"])


def test_a_server_that_is_down_for_a_while_is_waited_for(open_page: Open, photos: Path) -> None:
    page = open_page()
    answers = iter([503, 503])

    def refuse(route: Route) -> None:
        status = next(answers, None)
        if status is None:
            return route.continue_()
        route.fulfill(status=status, json={"title": "T", "detail": "D", "code": "bus_down", "hint": "H"})

    page.route("**/events*", refuse)
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)


def retell(page: Page, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Lets the page hear the real events as `change` makes them; those that it makes None of are left out."""

    def tell(route: Route) -> None:
        frames = [dict(line.split(": ", 1) for line in text.splitlines()) for text in told(route.request.url)]
        changed = [(frame, change(json.loads(frame["data"]))) for frame in frames]
        lines = [
            f"id: {frame.get('id', '')}\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n"
            for frame, event in changed
            if event
        ]
        route.fulfill(body="".join(lines), content_type="text/event-stream")

    def told(url: str) -> list[str]:
        return [text for text in httpx.get(url, timeout=60).text.split("\n\n") if "data: " in text]

    page.route("**/events*", tell)


def test_an_analyzer_that_failed_says_why_and_the_roast_says_that_it_went_without(
    open_page: Open, photos: Path
) -> None:
    def fail(event: dict[str, Any]) -> dict[str, Any]:
        if event["type"] == "feature" and event["analyzer"] == "text":
            return {**event, "status": "failed", "finding": None, "reason": "it stumbled three times"}
        return {**event, "complete": False, "missing": {"text": "it failed"}} if event["type"] == "joined" else event

    page = open_page()
    retell(page, fail)
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    expect(page.locator(".lane[data-analyzer=text] .said")).to_have_text("failed: it stumbled three times")
    expect(page.locator(".joined")).to_contain_text("without text (it failed)")


def test_a_refusal_is_kind_and_offers_no_encore(open_page: Open, photos: Path) -> None:
    def refuse(event: dict[str, Any]) -> dict[str, Any] | None:
        if event["type"] in ("line", "joined"):
            return None
        refusal = {"type": "failed", "code": "explicit", "detail": "Not this one.", "hint": "Try one with clothes on."}
        return {"id": event["id"], "at": event["at"], **refusal} if event["type"] == "roast" else event

    page = open_page()
    retell(page, refuse)
    upload(page, photos / TWO)
    expect(page.locator(".verdict[data-code=explicit]")).to_contain_text("Try one with clothes on.")
    expect(page.get_by_role("button", name="Encore")).to_have_count(0)
    assert page.locator(".roast").count() == 0
