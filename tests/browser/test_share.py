"""Taking a roast home: the card in its dialog, the ways out, and the link that comes back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
ONE = "people/portrait_official.jpg"
SHEET = """
  window.shared = [];
  navigator.canShare = (data) => !!data.files;
  navigator.share = (data) => (window.shared.push(data), Promise.resolve());
"""
"""A browser with a share sheet, which Chromium on Linux is not."""


@pytest.fixture
def told(system: Any, photos: Path) -> str:
    """The id of a finished roast."""
    with system.client() as client, (photos / ONE).open("rb") as file:
        fields, accept = {"persona": "fool"}, {"Accept": "text/event-stream"}
        with client.stream("POST", "/api/roasts", files={"photo": file}, data=fields, headers=accept) as answer:
            answer.read()
            return str(answer.headers["location"].rsplit("/", 1)[1])


def open_dialog(page: Page) -> Any:
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Take it home")
    expect(dialog.locator("img")).to_be_visible()
    return dialog


@pytest.mark.parametrize(("label", "size"), [("Wide", (1200, 630)), ("Tall", (1080, 1350))])
def test_the_card_is_saved_as_it_is_seen(open_page: Open, told: str, label: str, size: tuple[int, int]) -> None:
    page = open_page(f"/#/r/{told}")
    dialog = open_dialog(page)
    dialog.get_by_text(label, exact=True).click()
    expect(dialog.get_by_role("radio", name=label)).to_be_checked()
    page.wait_for_function("(width) => document.querySelector('.share img')?.naturalWidth === width", arg=size[0])
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Save card").click()
    assert download.value.suggested_filename.endswith(".png")
    with Image.open(download.value.path()) as card:
        assert card.size == size
        assert card.info == {}


def test_nothing_moves_when_the_card_arrives_or_changes_its_format(open_page: Open, told: str) -> None:
    page = open_page(f"/#/r/{told}")
    page.route("**/card.png*", lambda _: None)  # it never arrives
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Take it home")
    expect(dialog.get_by_text("Printing your ticket")).to_be_visible()
    before = dialog.get_by_role("button", name="Copy link").bounding_box()
    page.keyboard.press("Escape")
    page.unroute_all(behavior="ignoreErrors")
    dialog = open_dialog(page)
    for label in ("Wide", "Tall"):
        dialog.get_by_text(label, exact=True).click()
        expect(dialog.locator("img")).to_be_visible()
        assert dialog.get_by_role("button", name="Copy link").bounding_box() == before


def test_the_share_sheet_gets_the_card_and_the_link(open_page: Open, system: Any, told: str) -> None:
    page = open_page(f"/#/r/{told}", script=SHEET)
    open_dialog(page).get_by_role("button", name="Share…").click()
    sent = page.evaluate("shared.map(({ url, files }) => [url, files.map((f) => [f.name, f.type, f.size > 50000])])")
    assert sent == [[f"{system.url}/r/{told}", [["heckler-landscape.png", "image/png", True]]]]


def test_where_there_is_no_share_sheet_the_link_is_copied_and_leads_back(
    open_page: Open, system: Any, told: str
) -> None:
    page = open_page(f"/#/r/{told}", permissions=["clipboard-read", "clipboard-write"])
    dialog = open_dialog(page)
    expect(dialog.get_by_role("button", name="Share…")).to_have_count(0)
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_role("status")).to_have_text("The link is copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{system.url}/r/{told}"
    other = open_page(link.removeprefix(system.url))
    expect(other.locator(".roast[data-complete=true]")).to_be_visible()
    assert other.url == f"{system.url}/#/r/{told}"
    other.reload()
    expect(other.locator(".roast[data-complete=true]")).to_be_visible()


def test_a_chat_that_follows_the_link_finds_a_picture(system: Any, told: str) -> None:
    text = httpx.get(f"{system.url}/r/{told}").text
    found = dict(re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)">', text))
    assert found["og:title"] == "Roasted by The Fool"
    with Image.open(io.BytesIO(httpx.get(found["og:image"], timeout=60).content)) as card:
        assert card.size == (int(found["og:image:width"]), int(found["og:image:height"]))
    assert re.search(r'name="robots" content="noindex', text)


def test_who_can_see_it_is_said_and_a_card_that_is_gone_says_so(open_page: Open, told: str) -> None:
    page = open_page(f"/#/r/{told}")
    problem = {"title": "The photo is gone", "detail": "d", "hint": "Send it again.", "code": "photo_gone"}
    page.route("**/card.png*", lambda route: route.fulfill(status=410, json=problem))
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Take it home")
    expect(dialog.get_by_role("alert")).to_contain_text("The photo is gone. Photos are kept for a short time only.")
    expect(dialog.get_by_role("button", name="Try again")).to_have_count(0)  # it will not come back
    expect(dialog.get_by_role("button", name="Save card")).to_be_disabled()
    expect(dialog).to_contain_text("Whoever has the link sees the photo and this card for an hour")


def test_the_keyboard_gets_in_and_out(open_page: Open, told: str) -> None:
    page = open_page(f"/#/r/{told}")
    share = page.get_by_role("button", name="Share", exact=True)
    share.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Take it home")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("radio", name="Tall")).to_be_checked()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(share).to_be_focused()


@pytest.mark.parametrize("width", [320, 360, 768])
def test_the_dialog_fits_the_narrowest_screens(open_page: Open, told: str, width: int) -> None:
    page = open_page(f"/#/r/{told}", viewport={"width": width, "height": 640})
    dialog = open_dialog(page)
    assert dialog.evaluate("d => d.scrollWidth <= d.clientWidth")
    box = dialog.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    dialog.get_by_text("deleting the roast does not reach it").scroll_into_view_if_needed()
    expect(dialog.get_by_text("deleting the roast does not reach it")).to_be_in_viewport()
