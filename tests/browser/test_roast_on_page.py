"""A roast on the page: told as it comes, with its evidence, and what can be done with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect
from visiting import (
    DONE,
    LENGTHS,
    TWO,
    Open,
    create,
    document,
    noted,
    open_findings,
    roast_id,
    spoken,
    squeezed,
    upload,
)


def test_a_photo_becomes_a_roast_while_every_analyzer_is_seen_at_work(
    open_page: Open, system: Any, photos: Path
) -> None:
    page = open_page()
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    known = document(system, roast_id(page))
    lanes = page.locator(".lane").evaluate_all("all => all.map(l => [l.dataset.analyzer, l.dataset.status])")
    assert sorted(lanes) == sorted([name, found["status"]] for name, found in known["features"].items())
    assert spoken(page) == squeezed(known["roast"]["text"])
    expect(page.locator(".lane[data-analyzer=faces] .said")).to_have_text("2 faces")
    expect(page.locator(".byline")).to_contain_text("house writer")
    expect(page.locator(".joined")).to_contain_text(f"{len(known['cues'])} thing")


def test_the_roast_is_typed_out_and_can_be_hurried(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page(script=LENGTHS, reduced_motion="no-preference")
    upload(page, photos / TWO)
    page.wait_for_function("() => noted.length > 10")
    page.get_by_role("button", name="Show it all").click()
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Heckler").click()
    page.evaluate("noted.length = 0")
    page.go_back()  # a second look is no second performance
    page.wait_for_selector(DONE)
    assert len(set(noted(page)) - {0}) <= 2
    assert spoken(page) == squeezed(document(system, roast_id(page))["roast"]["text"])


def pointed(known: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    """The first joke that stands on something about a face, and its cue."""
    cues = {cue["id"]: cue for cue in known["cues"]}
    for number, joke in enumerate(known["roast"]["jokes"]):
        for cue in (cues[id] for id in joke["cues"]):
            if any(path.startswith("faces.faces") for path in cue["evidence"]):
                return number, cue
    return None


def test_pointing_at_a_joke_shows_its_evidence_and_the_faces_it_is_about(
    open_page: Open, system: Any, photos: Path
) -> None:
    roasts = (document(system, create(system, photos / TWO, length="long", seed=f"{seed}")) for seed in range(9))
    known, (number, cue) = next((known, found) for known in roasts if (found := pointed(known)))
    page = open_page(f"/#/r/{known['id']}")
    page.wait_for_selector(DONE)
    assert page.locator(".marks rect").count() == 0
    page.locator(".passage", has=page.locator(".why")).nth(number).hover()
    shown = page.locator(f".exhibits [data-cue='{cue['id']}']")
    expect(shown.locator("p")).to_have_text(cue["text"][0].upper() + cue["text"][1:])
    assert shown.locator("dd").count() == len(cue["evidence"])
    boxes = page.locator(".marks rect").evaluate_all("all => all.map(r => [r.x.baseVal.value, r.y.baseVal.value])")
    faces = [[face["box"]["x"], face["box"]["y"]] for face in known["features"]["faces"]["finding"]["faces"]]
    assert boxes
    assert all(any(box == pytest.approx(face, abs=0.1) for face in faces) for box in boxes)


def test_the_keyboard_reaches_the_evidence_too(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page(f"/#/r/{create(system, photos / TWO)}")
    why = page.locator(".why").first
    why.focus()
    expect(page.locator(".exhibits [data-cue]").first).to_be_visible()
    why.press("Enter")
    expect(why).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="Delete").focus()
    expect(page.locator(".exhibits [data-cue]").first).to_be_visible()  # pinned


def test_an_encore_is_another_persona_on_the_same_photo_without_an_upload(
    open_page: Open, system: Any, photos: Path, tmp_path: Path
) -> None:
    # a photo of its own: the later sweeps of a deletion erase what is remembered of a photo that both tests show
    with Image.open(photos / TWO) as picture:
        ImageOps.expand(picture.convert("RGB"), 3, "white").save(tmp_path / "framed.png")
    first = create(system, tmp_path / "framed.png")
    page = open_page(f"/#/r/{first}")
    page.wait_for_selector(DONE)
    uploads: list[str] = []
    page.on("request", lambda request: uploads.append(request.url) if request.url.endswith("/api/roasts") else None)
    page.get_by_role("button", name="Encore").click()
    page.get_by_role("radio", name=re.compile("Detective")).check()
    page.get_by_role("button", name="Roast it again").click()
    page.wait_for_url(lambda url: first not in url)
    page.wait_for_selector(DONE)
    second = document(system, roast_id(page))
    assert second["parent"] == first
    assert second["options"]["persona"] == "noir"
    assert uploads == []
    expect(page.locator(".byline strong")).to_have_text("The Detective")
    expect(page.locator(".lane[data-analyzer=faces] .took")).to_have_text("remembered")


def test_deleting_erases_the_photo_and_everything_about_it(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / "people/hopper.jpg")
    page = open_page(f"/#/r/{id}")
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.locator(".notice")).to_contain_text("Erased")
    for path in ("", "/photo", "/events"):
        assert httpx.get(f"{system.url}/api/roasts/{id}{path}").status_code == 404
    page.goto(f"{system.url}/#/r/{id}")
    expect(page.locator(".problem[data-code=not_found]")).to_be_visible()


def test_the_link_shows_the_same_roast_again_without_performing_it(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / TWO)
    page = open_page(f"/#/r/{id}", script=LENGTHS, reduced_motion="no-preference")
    page.wait_for_selector(DONE)
    assert spoken(page) == squeezed(document(system, id)["roast"]["text"])
    assert len(set(noted(page)) - {0}) <= 2
    page.reload()
    page.wait_for_selector(DONE)
    page.wait_for_function("() => document.querySelector('.stage img')?.naturalWidth > 0")


def test_everything_that_was_noticed_can_be_read(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / TWO)
    page = open_page(f"/#/r/{id}")
    open_findings(page)
    known = document(system, id)["features"]
    reports = page.locator("[data-report]").evaluate_all("all => all.map(r => r.dataset.report)")
    assert sorted(reports) == sorted(known)
    first = known["colors"]["finding"]["palette"][0]["name"]
    expect(page.locator("[data-report=colors] ol li").first).to_contain_text(first)
    assert "undefined" not in page.locator(".details").inner_text()


def test_the_text_and_the_link_can_be_copied(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / TWO)
    page = open_page(f"/#/r/{id}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == document(system, id)["roast"]["text"]
    page.get_by_role("button", name="Copy link").click()
    link = f"{system.url}/r/{id}"  # not the page's own address: this one unfolds in a chat
    page.wait_for_function("(link) => navigator.clipboard.readText().then((text) => text === link)", arg=link)
