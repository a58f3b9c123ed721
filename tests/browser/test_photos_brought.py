"""A photo is brought by hand, by paste or by drop, and is seen at once."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from playwright.sync_api import Route, expect
from visiting import DONE, TWO, Open, awake, upload


def test_the_photo_is_on_stage_before_the_server_has_it(open_page: Open, photos: Path) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/api/roasts", lambda route: held.append(route))
    upload(page, photos / TWO)
    page.wait_for_function("() => document.querySelector('.stage img')?.naturalWidth > 0")
    expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
    page.wait_for_timeout(0)  # lets the held request be noted
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_selector(DONE)


def test_an_upload_can_be_stopped(open_page: Open, photos: Path) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/api/roasts", lambda route: held.append(route))
    upload(page, photos / TWO)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="Put a photo on stage.")).to_be_visible()


def test_a_file_that_is_no_photo_is_turned_away_kindly(open_page: Open, tmp_path: Path, photos: Path) -> None:
    liar = tmp_path / "holiday.jpg"
    liar.write_text("Dear diary, today I pretended to be a photograph.")
    page = open_page()
    upload(page, liar)
    problem = page.locator(".problem[data-code=not_an_image]")
    expect(problem.get_by_role("heading")).to_have_text("This is not an image")
    expect(problem.locator(".hint")).to_contain_text("JPEG")
    upload(page, photos / TWO)  # and the way on from there works
    page.wait_for_selector(DONE)


TRANSFER = """
const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
const transfer = new DataTransfer();
transfer.items.add(new File([bytes], 'photo.jpg', { type: 'image/jpeg' }));
"""


def test_a_photo_can_be_pasted(open_page: Open, photos: Path) -> None:
    page = awake(open_page())
    paste = "document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }))"
    page.evaluate(f"(data) => {{ {TRANSFER} {paste} }}", base64.b64encode((photos / TWO).read_bytes()).decode())
    page.wait_for_selector(DONE)


def test_a_photo_can_be_dropped_anywhere(open_page: Open, photos: Path) -> None:
    page = awake(open_page())
    drag = """
    const stir = (name) => document.querySelector('footer').dispatchEvent(
      new DragEvent(name, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    stir('dragenter');
    window.drop = () => stir('drop');
    """
    page.evaluate(f"(data) => {{ {TRANSFER} {drag} }}", base64.b64encode((photos / TWO).read_bytes()).decode())
    expect(page.locator(".drop-veil")).to_be_visible()
    page.evaluate("drop()")
    expect(page.locator(".drop-veil")).to_have_count(0)
    page.wait_for_selector(DONE)


def test_photos_of_a_kind_that_the_system_does_not_know_are_no_less_dropped(open_page: Open, photos: Path) -> None:
    page = awake(open_page())
    drop = """
    transfer.items.add(new File([bytes], 'IMG_1.HEIC'));
    transfer.items.add(new File(['dear diary'], 'notes.txt', { type: 'text/plain' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    """
    page.evaluate(f"(data) => {{ {TRANSFER} {drop} }}", base64.b64encode((photos / TWO).read_bytes()).decode())
    expect(page.locator(".queue li")).to_have_count(2)


def test_a_photo_that_the_browser_cannot_show_appears_once_developed(open_page: Open, photos: Path) -> None:
    page = open_page()
    upload(page, photos / "exif/iphone.heic")
    page.wait_for_function("() => document.querySelector('.stage img')?.naturalWidth > 0")
    expect(page.locator(".stage img")).to_have_attribute("src", re.compile(r"^/api/requests/.*/photo$"))
    page.wait_for_selector(DONE)
