"""Several photos at once, pictures of ours, and what this device remembers of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from visiting import DONE, TWO, Open, create, document, noise, roast_id, upload

KEPT = "JSON.parse(localStorage.getItem('heckler.recents') ?? '[]')"


def test_three_photos_go_on_one_after_another_and_each_has_a_link(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page()
    page.set_input_files("input[type=file]", [photos / TWO, photos / "chelsea.png", photos / "coffee.png"])
    seats = page.locator(".queue li")
    expect(seats).to_have_count(3)
    expect(seats.nth(1).locator(".where")).to_have_text(re.compile("next|arriving|on stage|done"))
    first = roast_id(page)
    page.wait_for_selector(DONE)
    expect(page.locator(".queue li.done")).to_have_count(3)
    assert roast_id(page) == first  # nobody is torn away from what they read
    links = page.locator(".queue li a").evaluate_all("all => all.map(a => a.hash.split('/').at(-1))")
    assert len(set(links)) == 3
    assert links[0] == first
    begun = [document(system, id)["timings"] for id in links]
    ends = [time["submitted_at"] + time["total_ms"] / 1000 for time in begun]
    assert all(end <= next["submitted_at"] + 0.05 for end, next in zip(ends, begun[1:], strict=False))
    seats.nth(2).locator("a").click()
    page.wait_for_selector(DONE)
    assert roast_id(page) == links[2]
    page.get_by_role("button", name="Clear the line").click()
    expect(page.locator(".queue")).to_have_count(0)


def test_a_photo_can_be_taken_out_of_the_line_and_one_turned_away_does_not_stop_it(
    open_page: Open, tmp_path: Path, photos: Path
) -> None:
    liar = tmp_path / "liar.jpg"
    liar.write_text("I am a photograph.")
    page = open_page()
    held: list[Route] = []
    page.route("**/api/roasts", lambda route: route.continue_() if held else held.append(route))
    page.set_input_files("input[type=file]", [liar, photos / "coffee.png", photos / TWO])
    page.get_by_role("button", name="Take photo 3 out of the line").click()
    held[0].continue_()
    expect(page.locator(".problem[data-code=not_an_image]")).to_be_visible()
    expect(page.locator(".queue li")).to_have_count(2)
    expect(page.locator(".queue li.done")).to_have_count(1)
    page.locator(".queue li.done a").click()
    page.wait_for_selector(DONE)
    page.locator(".queue li.failed button").click()
    expect(page.locator(".problem[data-code=not_an_image]")).to_be_visible()


@pytest.mark.parametrize(
    ("title", "seen"),
    [("A postcard", "text"), ("A colleague", "faces"), ("A late shift", "text"), ("A still life", "objects")],
)
def test_in_each_picture_of_ours_there_is_something_to_be_seen(
    open_page: Open, system: Any, title: str, seen: str
) -> None:
    page = open_page()
    page.get_by_role("button", name=title).click()
    page.wait_for_selector(DONE)
    known = document(system, roast_id(page))
    finding = known["features"][seen]["finding"]
    assert next(value for value in finding.values() if isinstance(value, list))
    assert len(known["cues"]) >= 8
    assert known["roast"]["jokes"]


def test_what_was_roasted_here_is_remembered_with_its_first_line_and_a_tiny_picture(
    open_page: Open, system: Any, photos: Path
) -> None:
    page = open_page()
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    id = roast_id(page)
    page.get_by_role("button", name="Heckler").click()
    entry = page.locator(".recents li")
    page.wait_for_function(f"() => {KEPT}[0].thumbnail")
    [kept] = page.evaluate(KEPT)
    assert kept["id"] == id
    assert kept["line"].rstrip("…") in " ".join(document(system, id)["roast"]["text"].split())
    assert len(kept["thumbnail"]) <= 4096
    expect(entry.locator(".line")).to_have_text(kept["line"])
    page.reload()
    page.wait_for_function("() => document.querySelector('.recents img').naturalWidth === 96")
    entry.locator("a").click()
    page.wait_for_selector(DONE)
    assert roast_id(page) == id


def remembering(ids: list[str], at: str = "Date.now()") -> str:
    """A script that makes the browser remember these roasts, unless it remembers some already."""
    entry = "({ id, at: at - n, persona: 'critic', line: `Joke ${n}.`, thumbnail: '', gone: false })"
    list = f"((at) => {json.dumps(ids)}.map((id, n) => {entry}))({at})"
    return f"localStorage['heckler.recents'] ??= JSON.stringify({list});"


def test_what_leaves_the_list_can_come_back_until_it_is_erased_on_the_server_too(
    open_page: Open, system: Any, photos: Path
) -> None:
    ids = [create(system, photos / TWO), create(system, photos / "coffee.png")]
    page = open_page(script=remembering(ids))
    page.get_by_role("button", name="Remove from the list: Joke 0.").click()
    expect(page.locator(".recents li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".recents li .line")).to_have_text(["Joke 0.", "Joke 1."])
    page.get_by_role("button", name="Clear the list").click()
    expect(page.locator(".recents li")).to_have_count(0)
    assert httpx.get(f"{system.url}/api/roasts/{ids[0]}").status_code == 200
    page.get_by_role("button", name="Erase on the server, too").click()
    expect(page.locator(".removed")).to_contain_text("Erased")
    assert [httpx.get(f"{system.url}/api/roasts/{id}").status_code for id in ids] == [404, 404]
    assert page.evaluate(KEPT) == []


def test_what_the_server_has_forgotten_fades_and_can_be_removed(open_page: Open, system: Any, photos: Path) -> None:
    here = create(system, photos / TWO)
    page = open_page(script=remembering([here, "A" * 22]))
    expect(page.locator(".recents li.gone .line")).to_have_text("Joke 1.")
    assert page.locator(".recents li:not(.gone) a").count() == 1
    page.get_by_role("button", name="Remove from the list: Joke 1.").click()
    expect(page.get_by_role("button", name="Erase on the server, too")).to_have_count(0)
    expect(page.locator(".recents li")).to_have_count(1)


def test_what_is_older_than_the_server_keeps_anything_fades_without_asking(open_page: Open, system: Any) -> None:
    page = open_page(script=remembering(["A" * 22], at="Date.now() - 86400e3"))
    expect(page.locator(".recents li.gone")).to_contain_text("1 day ago")


def test_deleting_a_roast_takes_it_off_the_list(open_page: Open, photos: Path) -> None:
    page = open_page()
    upload(page, photos / "coffee.png")
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.locator(".notice")).to_contain_text("Erased")
    assert page.evaluate(KEPT) == []


def test_three_tabs_roast_at_once_and_remember_together(open_page: Open) -> None:
    first = open_page()
    tabs = [first, *(first.context.new_page() for _ in range(2))]
    for tab in tabs[1:]:
        tab.goto(first.url)
    for tab in tabs:
        upload(tab, noise())
    ids = {roast_id(tab) for tab in tabs}
    for tab in tabs:
        tab.wait_for_selector(DONE, timeout=120_000)
    assert len(ids) == 3
    home(first)
    expect(first.locator(".recents li")).to_have_count(3)
    assert {entry["id"] for entry in first.evaluate(KEPT)} == ids
    home(tabs[2])
    first.get_by_role("button", name="Clear the list").click()
    expect(tabs[2].locator(".recents li")).to_have_count(0)


def home(page: Page) -> None:
    page.get_by_role("button", name="Heckler").click()


def test_the_language_travels_with_the_photo(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page()
    page.get_by_label("Language of the roast").select_option(label="Deutsch")
    expect(page.locator(".language .note")).to_contain_text("house writer stays with English")
    upload(page, photos / "coffee.png")
    page.wait_for_selector(DONE)
    known = document(system, roast_id(page))
    assert known["options"]["language"] == "de"
    assert "only English" in known["roast"]["note"]
