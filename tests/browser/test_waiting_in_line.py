"""Whoever comes when many photos are on before theirs is told how many, until it is their turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from visiting import DONE, Open, document, noise, noted, noting, roast_id, upload

ALOUD = noting("document.querySelector('.phase [role=status]:not([aria-live=off])')?.textContent || null")
"""A script that notes what screen readers are told of the phase."""


def submit(system: Any, count: int) -> None:
    photos = [noise()["buffer"] for _ in range(count)]
    with system.client() as client:
        for photo in photos:
            assert client.post("/api/roasts", files={"photo": photo}).status_code == 202


def test_the_place_in_the_line_is_told_until_the_turn_comes(
    open_page: Open, own_system: Any, hold: Callable[[], Callable[[], None]]
) -> None:
    page = open_page(base=own_system.url, script=ALOUD)
    go_on = hold()
    submit(own_system, 3)
    upload(page, noise())
    phase = page.locator(".phase")
    expect(phase).to_have_text("3 photos are on before yours.")
    expect(page).to_have_title("3 photos are on before yours · Heckler")
    expect(page.locator(".long-wait")).to_have_count(0)  # it says less
    id = roast_id(page)
    page.reload()
    expect(phase).to_have_text("3 photos are on before yours.")
    go_on()
    page.wait_for_selector(DONE)
    expect(phase).not_to_contain_text("before yours")
    said = [text for text in noted(page) if "before yours" in text]
    assert said[0] == "3 photos are on before yours."
    assert len(said) == len(set(said))  # nothing twice
    assert document(own_system, id)["ahead"] == 0
