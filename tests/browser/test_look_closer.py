"""Look closer: every finding readable, every event told, and the whole page played again from the stored events."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from visiting import DONE, TWO, Open, create, document, noise, open_findings, roast_id, spoken, squeezed, upload

Event = dict[str, Any]


def stored(system: Any, id: str) -> list[tuple[int, Event]]:
    """The sequence and the content of each stored event of an ended roast, in the order of the log."""
    with system.client() as client:
        text = client.get(f"/api/roasts/{id}/events").text
    fields = [dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line) for frame in text.split("\n\n")]
    return [(int(frame["id"]), json.loads(frame["data"])) for frame in fields if "id" in frame]


def lanes(page: Page) -> dict[str, str]:
    """How each analyzer stands, by the lanes on the page."""
    found: dict[str, str] = page.locator("[data-analyzer]").evaluate_all(
        "all => Object.fromEntries(all.map(lane => [lane.dataset.analyzer, lane.dataset.status]))"
    )
    return found


def open_roast(open_page: Open, id: str, **options: Any) -> Page:
    """The page of an ended roast, once it knows how it came about."""
    page = open_page(f"/#/r/{id}", **options)
    page.wait_for_selector(DONE)
    expect(play(page)).to_be_enabled()
    return page


def play(page: Page) -> Locator:
    return page.get_by_role("button", name="Play it again")


def log(page: Page) -> Locator:
    page.get_by_role("button", name="Every event, in its order").click()
    return page.locator("[data-event]")


@pytest.fixture(scope="module")
def roast(system: Any, photos: Path) -> str:
    """A finished roast of two people."""
    return create(system, photos / TWO)


def test_each_face_has_a_card_with_its_picture_and_all_that_was_noticed_of_it(
    open_page: Open, system: Any, roast: str
) -> None:
    page = open_roast(open_page, roast)
    open_findings(page)
    features = document(system, roast)["features"]
    faces = features["faces"]["finding"]["faces"]
    cards = page.locator("[data-face]")
    expect(cards).to_have_count(len(faces))
    page.wait_for_load_state("networkidle")
    for n, face in enumerate(faces):
        card = cards.nth(n)
        expect(card).to_contain_text(f"{round(face['box']['w'])} × {round(face['box']['h'])} px")
        picture = np.asarray(Image.open(io.BytesIO(card.get_by_role("img").screenshot())).convert("L"))
        assert picture.std() > 10, "the crop is blank"
    for meshed in features["mesh"]["finding"]["faces"]:
        expect(cards.nth(meshed["face"])).to_contain_text(meshed["structure"]["shape"])
    if "age" in features:  # its weights are only there for those who accept their licence
        for estimate in features["age"]["finding"]["faces"]:
            expect(cards.nth(estimate["face"])).to_contain_text(f"About {round(estimate['age'])} years old")


def test_what_nobody_chooses_is_shown_with_a_kind_word(open_page: Open, system: Any, roast: str) -> None:
    page = open_roast(open_page, roast)
    open_findings(page)
    tone = document(system, roast)["features"]["skin_tone"]["finding"]["faces"][0]
    card = page.locator(f"[data-face='{tone['face']}'] .discreet")
    expect(card).to_contain_text("no joke is ever made of them")
    expect(card).to_contain_text(f"Monk tone {tone['monk']} of 10")


def test_a_finding_that_only_a_newer_server_knows_is_still_a_table(open_page: Open, system: Any, roast: str) -> None:
    page = open_roast(open_page, roast)
    known = document(system, roast)
    finding = {"kind": "aura", "hue": "mauve", "strength": 0.5, "rings": [{"name": "inner", "share": 0.25}]}
    known["features"]["aura"] = {**known["features"]["facts"], "finding": finding}
    page.route(f"**/api/requests/{roast}", lambda route: route.fulfill(json=known))
    page.reload()
    open_findings(page)
    report = page.locator("[data-report=aura]")
    for words in ("Hue", "mauve", "Strength", "0.5", "inner", "25 %"):
        expect(report).to_contain_text(words)


def test_the_findings_can_be_copied_as_data(open_page: Open, system: Any, roast: str) -> None:
    page = open_roast(open_page, roast)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_findings(page)
    page.get_by_role("button", name="Copy as JSON").click()
    page.get_by_text("Copied", exact=True).wait_for()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    found = {name: feature["finding"] for name, feature in document(system, roast)["features"].items()}
    assert copied == found
    link = page.get_by_role("link", name="Open this roast as JSON")
    assert str(link.get_attribute("href")).endswith(f"/api/requests/{roast}")


def test_the_log_tells_every_stored_event_in_its_order(open_page: Open, system: Any, roast: str) -> None:
    page = open_roast(open_page, roast)
    rows = log(page)
    expected = stored(system, roast)
    told = page.locator("[data-seq]").evaluate_all("all => all.map(row => [+row.dataset.seq, row.dataset.event])")
    assert [tuple(row) for row in told] == [(seq, event["type"]) for seq, event in expected]
    starts = page.locator("[data-event=started]").count()
    worked = [e for _, e in expected if e["type"] == "feature" and e["status"] != "skipped" and not e["cached"]]
    assert starts == len(worked)
    page.get_by_role("group", name="Show only").get_by_role("button", name="Cues").click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Payload of Aggregator, cues").click()
    cued = next(event for _, event in expected if event["type"] == "cued")
    expect(page.locator(".payload pre")).to_contain_text(cued["cues"][0]["text"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy all of it").click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == cued


def test_the_page_shows_what_was_known_at_any_moment(open_page: Open, system: Any, roast: str) -> None:
    page = open_roast(open_page, roast)
    final, text = lanes(page), spoken(page)
    log(page)
    events = stored(system, roast)
    reports = [(seq, event) for seq, event in events if event["type"] == "feature"]
    for seq, _ in (reports[0], reports[len(reports) // 2], reports[-1]):
        page.locator(f"[data-seq='{seq}'] .at").click()
        expect(page.locator("[data-place=now]")).to_have_attribute("data-seq", str(seq))
        shown = {name: status for name, status in lanes(page).items() if status not in ("waiting", "running")}
        assert shown == {event["analyzer"]: event["status"] for at, event in reports if at <= seq}
        expect(page.locator(".roast")).to_have_count(0)
    page.get_by_role("slider", name="Moment").press("End")
    assert (lanes(page), spoken(page)) == (final, text)
    assert spoken(page) == squeezed(document(system, roast)["roast"]["text"])


def test_a_replay_runs_to_its_end_by_itself_and_leaves_the_page_as_it_was(open_page: Open, roast: str) -> None:
    page = open_roast(open_page, roast)
    before = lanes(page), spoken(page)
    play(page).click()
    page.get_by_role("button", name="4×").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    slider = page.get_by_role("slider", name="Moment")
    assert float(slider.input_value()) == pytest.approx(1)
    assert (lanes(page), spoken(page)) == before
    page.get_by_role("button", name="Close the replay").click()
    expect(page.locator(".scrubber")).to_have_count(0)
    assert (lanes(page), spoken(page)) == before


def test_the_words_are_typed_again_as_they_were_the_first_time(open_page: Open, roast: str) -> None:
    page = open_roast(open_page, roast, reduced_motion="no-preference")
    whole = spoken(page)
    play(page).click()
    page.wait_for_function("() => document.querySelector('.roast.typing .passage')?.textContent.length > 8")
    page.get_by_role("button", name="Pause").click()
    part = page.locator(".roast .passage > p").first.evaluate("p => p.firstChild.textContent")
    assert whole.startswith(part)
    assert len(part) < len(whole)


def test_the_replay_obeys_the_keyboard(open_page: Open, roast: str) -> None:
    page = open_roast(open_page, roast)
    play(page).press("Enter")
    position = page.locator(".scrubber")
    page.get_by_role("slider", name="Moment").press("Home")
    expect(position).to_have_attribute("data-position", "0")
    assert set(lanes(page).values()) == {"waiting"}
    page.keyboard.press("ArrowRight")
    assert set(lanes(page).values()) != {"waiting"}
    page.keyboard.press("ArrowLeft")
    expect(position).to_have_attribute("data-position", "0")
    page.keyboard.press("Space")
    expect(page.locator(DONE)).to_be_visible()
    page.keyboard.press("Escape")
    expect(position).to_have_count(0)
    expect(play(page)).to_be_focused()


def test_home_stands_still_at_the_start_and_end_at_the_end(open_page: Open, roast: str) -> None:
    page = open_roast(open_page, roast)
    page.evaluate("window.requestAnimationFrame = () => 0")  # the replay has begun, and stays where it began
    play(page).click()
    slider, paused = page.get_by_role("slider", name="Moment"), page.get_by_role("button", name="Play", exact=True)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    slider.press("Home")
    expect(paused).to_be_visible()
    expect(page.locator(".scrubber")).to_have_attribute("data-position", "0")
    slider.press("End")
    expect(page.locator(DONE)).to_be_visible()
    expect(slider).to_have_js_property("value", "1")


def test_a_request_can_be_looked_at_again_while_it_goes_on(open_page: Open, system: Any) -> None:
    page = open_page()
    upload(page, noise())
    id = roast_id(page)
    play(page).click()
    page.get_by_role("slider", name="Moment").press("Home")
    assert set(lanes(page).values()) == {"waiting"}
    page.get_by_role("button", name="Back to live").or_(page.get_by_role("button", name="Close the replay")).click()
    page.wait_for_selector(DONE)
    assert spoken(page) == squeezed(document(system, id)["roast"]["text"])


def test_a_replay_never_offers_to_stop_what_is_over(open_page: Open, roast: str) -> None:
    page = open_roast(open_page, roast)
    play(page).click()
    page.get_by_role("slider", name="Moment").press("Home")
    expect(page.get_by_role("button", name="Encore")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)


def test_the_log_says_so_when_it_cannot_be_read_and_tries_again(open_page: Open, roast: str) -> None:
    page = open_roast(open_page, roast)
    page.route("**/events", lambda route: route.fulfill(status=503, body=""))
    page.reload()
    page.get_by_text("The stored events could not be read.").wait_for()
    page.unroute("**/events")
    page.get_by_role("button", name="Try again").click()
    expect(play(page)).to_be_enabled()


@pytest.mark.parametrize("width", [320, 768])
def test_all_of_it_fits_a_narrow_screen(open_page: Open, roast: str, width: int) -> None:
    page = open_roast(open_page, roast, viewport={"width": width, "height": 640})
    open_findings(page)
    log(page).first.wait_for()
    page.locator("[data-event=feature] .open").first.click()
    play(page).click()
    page.locator(".scrubber").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
