"""No step leads nowhere: focus stays with what one does, advice is for people, what failed can be tried again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import FilePayload, Route, expect
from visiting import DONE, TWO, Open, create, noise, upload


@pytest.fixture(scope="module")
def roast(system: Any, photos: Path) -> str:
    """A finished roast of two people."""
    return create(system, photos / TWO)


def test_the_focus_returns_to_the_question_that_was_declined(open_page: Open, roast: str) -> None:
    page = open_page(f"/#/r/{roast}")
    page.get_by_role("button", name="Delete", exact=True).press("Enter")
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()


def test_whoever_takes_one_off_the_list_meets_undo_next(open_page: Open) -> None:
    kept = [{"id": i * 22, "persona": "critic", "line": f"Joke {i}.", "thumbnail": "", "gone": True} for i in "AB"]
    script = f"localStorage['heckler.recents'] ??= JSON.stringify({json.dumps(kept)}.map(e => ({{ ...e, at: 9e15 }})));"
    page = open_page(script=script)
    for joke in ("A", "B"):
        page.get_by_role("button", name=f"Remove from the list: Joke {joke}.").press("Enter")
        expect(page.locator(".removed")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".recents li .line")).to_have_text(["Joke B."])
    expect(page.locator(".recents")).to_be_focused()


def test_there_is_one_red_button_wherever_one_is(open_page: Open, roast: str) -> None:
    page = open_page(f"/#/r/{roast}")
    red = page.locator(".action-area button.loud")
    expect(red).to_have_text(["Encore"])
    page.get_by_role("button", name="Encore").click()
    expect(red).to_have_text(["Roast it again"])


def test_an_encore_of_what_was_erased_gets_advice_for_people(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / TWO)
    page = open_page(f"/#/r/{id}")
    page.wait_for_selector(DONE)
    assert httpx.delete(f"{system.url}/api/roasts/{id}").is_success
    page.get_by_role("button", name="Encore").click()
    page.get_by_role("button", name="Roast it again").click()
    problem = page.locator(".inline-problem")
    expect(problem).to_contain_text("Make a new one.")
    expect(problem).not_to_contain_text("/api/")


def test_a_show_with_nothing_to_say_gets_advice_for_people(open_page: Open, roast: str) -> None:
    page = open_page()
    ending = {"type": "failed", "id": roast, "at": 1, "code": "nothing_to_say", "detail": "For once, nothing."}
    frame = f"id: 1\nevent: failed\ndata: {json.dumps({**ending, 'hint': 'Look at /api/analyzers.'})}\n\n"

    def end(route: Route) -> None:
        first = httpx.get(route.request.url, timeout=60).text.split("\n\n")[0]
        route.fulfill(body=f"{first}\n\n{frame}", content_type="text/event-stream")

    page.route(f"**/{roast}/events*", end)
    page.route(f"**/api/requests/{roast}", lambda route: route.abort())
    page.goto(f"{page.url}#/r/{roast}")
    verdict = page.locator(".verdict[data-code=nothing_to_say]")
    expect(verdict).to_contain_text("Try another photo")
    expect(verdict).not_to_contain_text("/api/")


def test_a_card_that_could_not_be_had_is_asked_for_again(open_page: Open, roast: str) -> None:
    page = open_page(f"/#/r/{roast}", viewport={"width": 640, "height": 360})
    page.wait_for_selector(DONE)
    page.context.set_offline(True)
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Take it home")
    expect(dialog.get_by_role("alert")).to_contain_text("Nobody answers")
    again = dialog.get_by_role("button", name="Try again")
    expect(again).to_be_in_viewport(ratio=1)
    page.context.set_offline(False)
    again.click()
    expect(dialog.locator("img")).to_be_visible()


@pytest.mark.parametrize("size", [(640, 450), (844, 390), (360, 740), (1280, 900)])
def test_no_ticket_is_cut(open_page: Open, roast: str, size: tuple[int, int]) -> None:
    page = open_page(f"/#/r/{roast}", viewport={"width": size[0], "height": size[1]})
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Take it home")
    for label, shape in (("Wide", 1200 / 630), ("Tall", 1080 / 1350)):
        dialog.get_by_text(label, exact=True).click()
        page.wait_for_function(
            "shape => Math.abs((i => i ? i.naturalWidth / i.naturalHeight : 0)"
            "(document.querySelector('.share img')) - shape) < 0.01",
            arg=shape,
        )
        frame = page.locator(".card-frame").bounding_box()
        card = page.locator(".card-preview").bounding_box()
        assert frame is not None
        assert card is not None
        assert card["width"] / card["height"] == pytest.approx(shape, abs=0.02)
        assert card["y"] >= frame["y"] - 1
        assert card["y"] + card["height"] <= frame["y"] + frame["height"] + 1
        assert card["width"] <= frame["width"] + 1


def test_photos_that_were_turned_away_have_not_been_on(open_page: Open) -> None:
    page = open_page()
    liar: FilePayload = {"name": "liar.jpg", "mimeType": "image/jpeg", "buffer": b"I am a photograph."}
    page.set_input_files("input[type=file]", [liar, liar])
    expect(page.locator(".queue li.failed")).to_have_count(2)
    expect(page.locator(".queue [role=status]")).to_have_text("0 of 2 photos have been on, 2 were turned away.")


def test_what_has_nothing_to_go_by_says_so_as_a_person_would(open_page: Open) -> None:
    page = open_page()
    upload(page, noise())
    page.wait_for_selector(DONE)
    said = page.locator(".lane.skipped .said")
    assert "to go by" in " ".join(said.all_text_contents())
    assert "which skipped" not in page.locator(".lanes").inner_text()
