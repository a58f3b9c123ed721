"""What a visitor sees and does, in a real browser against the whole system."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

Open = Callable[..., Page]
TWO = "people/two_people.jpg"
DONE = ".roast[data-complete=true]"


def upload(page: Page, photo: Path | dict[str, Any]) -> None:
    page.set_input_files("input[type=file]", photo)


def roast_id(page: Page) -> str:
    page.wait_for_url(re.compile(r"#/r/[\w-]{22}$"))
    return page.url.rsplit("/", 1)[1]


def document(system: Any, id: str) -> dict[str, Any]:
    with system.client() as client:
        answer = client.get(f"/api/roasts/{id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def create(system: Any, photo: Path, **options: str) -> str:
    """A finished roast, made without the page."""
    with system.client() as client, photo.open("rb") as file:
        stream = client.stream(
            "POST", "/api/roasts", files={"photo": file}, data=options, headers={"Accept": "text/event-stream"}
        )
        with stream as answer:
            answer.read()
            return str(answer.headers["location"].rsplit("/", 1)[1])


def noise() -> dict[str, Any]:
    """A photo that nobody has seen before, so nothing about it is remembered."""
    image = Image.frombytes("RGB", (1200, 900), os.urandom(1200 * 900 * 3))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return {"name": "noise.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def spoken(page: Page) -> str:
    """The words of the roast as they stand on the page, without the page's own."""
    texts = page.locator(".roast .passage > p").evaluate_all("all => all.map(p => p.firstChild.textContent)")
    return " ".join(texts)


def squeezed(text: str) -> str:
    return " ".join(text.split())


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


LENGTHS = """
window.lengths = new Set();
new MutationObserver(() => {
  const roast = document.querySelector('.roast ol');
  if (roast) lengths.add(roast.textContent.length);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


def test_the_roast_is_typed_out_and_can_be_hurried(open_page: Open, system: Any, photos: Path) -> None:
    page = open_page(script=LENGTHS, reduced_motion="no-preference")
    upload(page, photos / TWO)
    page.wait_for_function("() => lengths.size > 10")
    page.get_by_role("button", name="Show it all").click()
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Heckler").click()
    page.evaluate("lengths.clear()")
    page.go_back()  # a second look is no second performance
    page.wait_for_selector(DONE)
    assert page.evaluate("[...lengths].filter(Boolean).length") <= 2
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
    open_page: Open, system: Any, photos: Path
) -> None:
    first = create(system, photos / TWO)
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
    assert second["style"]["persona"] == "noir"
    assert uploads == []
    expect(page.locator(".byline strong")).to_have_text("The Detective")
    expect(page.locator(".lane[data-analyzer=faces] .took")).to_have_text("remembered")


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


def test_an_unknown_roast_says_so(open_page: Open) -> None:
    page = open_page("/#/r/AAAAAAAAAAAAAAAAAAAAAA")
    expect(page.locator(".problem[data-code=not_found] .hint")).to_be_visible()
    page.get_by_role("button", name="Back to the start").click()
    expect(page.get_by_role("heading", name="Put a photo on stage.")).to_be_visible()


TRANSFER = """
const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
const transfer = new DataTransfer();
transfer.items.add(new File([bytes], 'photo.jpg', { type: 'image/jpeg' }));
"""


def test_a_photo_can_be_pasted(open_page: Open, photos: Path) -> None:
    page = open_page()
    paste = "document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }))"
    page.evaluate(f"(data) => {{ {TRANSFER} {paste} }}", base64.b64encode((photos / TWO).read_bytes()).decode())
    page.wait_for_selector(DONE)


def test_a_photo_can_be_dropped_anywhere(open_page: Open, photos: Path) -> None:
    page = open_page()
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


def test_the_link_shows_the_same_roast_again_without_performing_it(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / TWO)
    page = open_page(f"/#/r/{id}", script=LENGTHS, reduced_motion="no-preference")
    page.wait_for_selector(DONE)
    assert spoken(page) == squeezed(document(system, id)["roast"]["text"])
    assert page.evaluate("[...lengths].filter(Boolean).length") <= 2
    page.reload()
    page.wait_for_selector(DONE)
    page.wait_for_function("() => document.querySelector('.stage img')?.naturalWidth > 0")


def test_a_lost_connection_is_said_and_resumed_where_it_broke(
    open_page: Open, system: Any, bad_line: Any, photos: Path
) -> None:
    page = open_page(base=bad_line.url)
    upload(page, photos / TWO)
    expect(page.locator(".offline")).to_be_visible()
    page.wait_for_selector(DONE)
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


def test_a_photo_that_the_browser_cannot_show_appears_once_developed(open_page: Open, photos: Path) -> None:
    page = open_page()
    upload(page, photos / "exif/iphone.heic")
    page.wait_for_function("() => document.querySelector('.stage img')?.naturalWidth > 0")
    expect(page.locator(".stage img")).to_have_attribute("src", re.compile(r"^/api/roasts/.*/photo$"))
    page.wait_for_selector(DONE)


def test_everything_that_was_noticed_can_be_read(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / TWO)
    page = open_page(f"/#/r/{id}")
    page.locator("summary").click()
    known = document(system, id)["features"]
    reports = page.locator("[data-report]").evaluate_all("all => all.map(r => r.dataset.report)")
    assert sorted(reports) == sorted(known)
    first = known["colors"]["finding"]["palette"][0]["name"]
    expect(page.locator("[data-report=colors] ol li").first).to_contain_text(first)
    assert "undefined" not in page.locator(".details").inner_text()


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
        return [text for text in httpx.get(url).text.split("\n\n") if "data: " in text]

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


def test_the_text_and_the_link_can_be_copied(open_page: Open, system: Any, photos: Path) -> None:
    id = create(system, photos / TWO)
    page = open_page(f"/#/r/{id}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == document(system, id)["roast"]["text"]
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("(link) => navigator.clipboard.readText().then((text) => text === link)", arg=page.url)


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_never_scrolls_sideways(open_page: Open, photos: Path, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    page.locator("summary").click()
    page.get_by_role("button", name="Encore").click()
    page.locator(".why").first.tap()
    expect(page.locator(".passage .evidence")).to_be_visible()  # where there is no room beside the photo
    assert page.evaluate(wider) <= 0


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_both_themes_are_there(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    red, green, blue = map(
        int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    )
    assert (red + green + blue < 200) == (scheme == "dark")


def test_the_api_reference_is_drawn_without_another_server(open_page: Open, system: Any) -> None:
    page = open_page("/docs")
    expect(page.locator(".opblock-summary-path", has_text="/events")).to_be_visible()
    page.locator(".opblock-get", has_text="/healthz").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute", exact=True).click()
    expect(page.locator(".live-responses-table td.response-col_status").last).to_contain_text("200")
    icon = page.locator("link[rel*=icon]").get_attribute("href")
    assert httpx.get(f"{system.url}{icon}").headers["content-type"].startswith("image/svg")


def test_the_page_promises_what_the_server_keeps(open_page: Open, system: Any) -> None:
    about = httpx.get(f"{system.url}/api/about").json()
    assert (about["photo_ttl_s"], about["event_ttl_s"]) == (3600, 86400)
    page = open_page()
    expect(page.locator(".small-print")).to_contain_text("for an hour, what was noticed and said about them for a day.")
    shorter = {**about, "photo_ttl_s": 600, "event_ttl_s": 7200}
    page.route("**/api/about", lambda route: route.fulfill(json=shorter))
    page.reload()
    expect(page.locator(".small-print")).to_contain_text(
        "for 10 minutes, what was noticed and said about them for 2 hours."
    )
