"""Whoever leaves leaves nothing behind, and whoever arrives somewhere begins at its beginning."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, expect
from visiting import DONE, TWO, Open, create, noise, process_of, roast_id, upload, wait_for_pictures

SENT = """
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...given) {
  this.upload.addEventListener('load', () => { window.sent = true; });
  send.apply(this, given);
};
"""
"""A script that notes that an upload has left the browser."""


def wait_until_all_is_loaded(page: Page) -> None:
    """On a busy machine the network may be idle for a while before the page's script runs and asks for the rest."""
    expect(page.locator(".small-print")).to_contain_text("for an hour")  # said when all its questions are answered
    wait_for_pictures(page)


def test_a_photo_that_was_sent_when_its_owner_stopped_it_is_erased(open_page: Open, own_system: Any) -> None:
    page = open_page(base=own_system.url, script=SENT)
    wait_until_all_is_loaded(page)  # what waits for an answer holds one of six connections
    gateway = process_of(own_system, "gateway")
    os.kill(gateway, signal.SIGSTOP)
    try:
        upload(page, noise(size=(64, 48)))  # small: it fits into what lies between the browser and the gateway
        page.wait_for_function("() => window.sent")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("heading", name="Put a photo on stage.")).to_be_visible()
        with page.expect_response(lambda answer: answer.request.method == "DELETE") as erasing:
            os.kill(gateway, signal.SIGCONT)
    finally:
        os.kill(gateway, signal.SIGCONT)
    assert erasing.value.status == 200
    assert httpx.get(erasing.value.url).status_code == 404
    expect(page.locator(".recents li")).to_have_count(0)


def test_a_photo_that_the_server_would_not_take_is_not_sent(open_page: Open, system: Any) -> None:
    page = open_page()
    expect(page.locator(".small-print")).to_contain_text("for an hour")  # the page has heard the limits
    limit = httpx.get(f"{system.url}/api/about").json()["max_upload_bytes"]
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    posted: list[str] = []
    upload(page, {"name": "huge.jpg", "mimeType": "image/jpeg", "buffer": bytes(limit + 1)})
    problem = page.locator(".problem[data-code=too_large]")
    expect(problem).to_contain_text(f"A photo may have {limit / 2**20:.0f} MiB.")
    assert posted == []


def scrolled_down(page: Page) -> None:
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("() => scrollY > 200")


def test_what_comes_next_is_seen_from_its_beginning(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page(f"/#/r/{create(system, photos / TWO)}", viewport={"width": 390, "height": 700})
    page.wait_for_selector(DONE)
    scrolled_down(page)
    page.get_by_role("button", name="Encore").click()
    page.get_by_role("button", name="Roast it again").click()
    page.wait_for_function("() => scrollY === 0")
    page.wait_for_selector(DONE)
    scrolled_down(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_text("New photo").click()
    chooser.value.set_files(photos / "coffee.png")
    page.wait_for_function("() => scrollY === 0")
    page.wait_for_selector(DONE)
    scrolled_down(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.locator(".notice")).to_be_in_viewport()


def test_an_erased_photo_leaves_the_line_and_its_notice_goes_with_the_next_show(
    open_page: Open, system: Any, photos: Path
) -> None:
    page = open_page()
    page.set_input_files("input[type=file]", [photos / name for name in ("coffee.png", "chelsea.png", TWO)])
    expect(page.locator(".queue li.done")).to_have_count(3)
    gone = roast_id(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.locator(".notice")).to_contain_text("Erased")
    expect(page.locator(".queue li")).to_have_count(2)
    expect(page.locator(f".queue a[href*='{gone}']")).to_have_count(0)
    page.locator(".queue li a").first.click()
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Heckler, to the front door").click()
    expect(page.get_by_role("heading", name="Put a photo on stage.")).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)


def test_a_link_is_copied_from_a_dialog_where_there_is_no_clipboard(open_page: Open, system: Any, photos: Path) -> None:
    """As on plain HTTP: what was copied is what can be pasted."""
    bare = "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
    page = open_page(f"/#/r/{create(system, photos / TWO)}", script=bare)
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Take it home")
    page.evaluate("document.addEventListener('copy', () => { window.copied = getSelection().toString(); })")
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_role("status")).to_have_text("The link is copied.")
    assert page.evaluate("window.copied") == page.url.replace("/#/r/", "/r/")
    expect(dialog.get_by_role("button", name="Copy link")).to_be_focused()
