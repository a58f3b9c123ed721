"""Whoever comes when many photos are on before theirs is told how many, until it is their turn."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from visiting import DONE, Open, document, noise, roast_id, upload

ALOUD = """
window.aloud = [];
new MutationObserver(() => {
  const said = document.querySelector('.phase [role=status]:not([aria-live=off])')?.textContent;
  if (said && said !== aloud.at(-1)) aloud.push(said);
}).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
"""
"""A script that notes what screen readers are told of the phase."""


def analyzers_of(system: Any) -> list[int]:
    """The process ids of those who look at photos, children of `heckler up`."""
    listing = subprocess.run(["ps", "-Ao", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(None, 2) for line in listing.splitlines())
    found = [int(pid) for pid, up, what in rows if int(up) == system.process.pid and "cli.serve analyzers" in what]
    assert found
    return found


@pytest.fixture
def hold(own_system: Any) -> Iterator[Callable[[], Callable[[], None]]]:
    """Has everybody pause in the middle of what they do; what that gives lets them go on."""
    held: list[int] = []

    def go_on() -> None:
        while held:
            os.kill(held.pop(), signal.SIGCONT)

    def pause() -> Callable[[], None]:
        for pid in analyzers_of(own_system):
            os.kill(pid, signal.SIGSTOP)
            held.append(pid)
        return go_on

    yield pause
    go_on()


def submit(system: Any, count: int) -> None:
    photos = [noise()["buffer"] for _ in range(count)]
    with system.client() as client:
        for photo in photos:
            assert client.post("/api/roasts", files={"photo": photo}).status_code == 202


def aloud(page: Page) -> list[str]:
    said: list[str] = page.evaluate("aloud")
    return said


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
    said = [text for text in aloud(page) if "before yours" in text]
    assert said[0] == "3 photos are on before yours."
    assert len(said) == len(set(said))  # nothing twice
    assert document(own_system, id)["ahead"] == 0
