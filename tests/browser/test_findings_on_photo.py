"""What was found stands on the photo, and the lanes tell when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Page, expect
from visiting import DONE, TWO, Open, create, document, noted, noting, upload

INKED = """
([canvas, boxes, size]) => {
  const [sx, sy] = [canvas.width / size.width, canvas.height / size.height];
  const pen = canvas.getContext('2d');
  const inked = (x, y, w, h) => pen.getImageData(x * sx, y * sy, Math.max(1, w * sx), Math.max(1, h * sy))
    .data.filter((_, n) => n % 4 === 3 && _ > 40).length;
  return boxes.map(({ x, y, w, h }) => ({
    left: inked(x - 4, y + h / 3, 8, h / 3) > 0,
    bottom: inked(x + w / 3, y + h - 4, w / 3, 8) > 0,
    inside: inked(x + 0.2 * w, y + 0.25 * h, 0.6 * w, 0.5 * h) > 0,
  }));
}
"""
"""Which edges of the boxes, in pixels of the photo, have something drawn on them, and whether there is anything in
their middle."""


def shown(page: Page) -> list[str]:
    """The layers that are switched on."""
    return page.locator(".layers [aria-pressed=true]").all_inner_texts()


def inked(page: Page, known: dict[str, Any]) -> list[dict[str, bool]]:
    """What is drawn at the faces, once the layers have appeared."""
    faces = [face["box"] for face in known["features"]["faces"]["finding"]["faces"]]
    canvas = page.locator(".marks canvas").element_handle()
    found: list[dict[str, bool]] = page.evaluate(INKED, [canvas, faces, known["photo"]])
    return found


@pytest.mark.parametrize("density", [1, 2, 3])
def test_faces_are_framed_where_they_are_at_any_density(
    open_page: Open, system: Any, photos: Path, density: int
) -> None:
    known = document(system, create(system, photos / TWO))
    page = open_page(f"/#/r/{known['id']}", device_scale_factor=density)
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Objects", exact=True).click()
    assert shown(page) == ["Faces"]
    expect(page.locator(".marks canvas")).to_be_visible()
    assert inked(page, known) == [{"left": True, "bottom": True, "inside": False}] * 2
    across = page.evaluate("document.querySelector('.marks canvas').width / document.querySelector('.stage img').width")
    assert across == pytest.approx(density, rel=0.01)
    page.get_by_role("button", name="Faces", exact=True).click()
    assert inked(page, known) == [{"left": False, "bottom": False, "inside": False}] * 2
    page.get_by_role("button", name="Mesh", exact=True).click()
    assert all(face["inside"] for face in inked(page, known))


LIES = """
() => {
  const [photo, canvas] = ['.stage img', '.marks canvas'].map((each) => document.querySelector(each));
  const [{ x, y, width, height }, drawn] = [photo, canvas].map((each) => each.getBoundingClientRect());
  return { x: drawn.x - x, y: drawn.y - y, width: drawn.width - width, height: drawn.height - height,
    ratio: width / height, across: document.documentElement.scrollWidth - window.innerWidth };
}
"""
"""How far the canvas is from the photo, in CSS pixels; the photo's shape; how far the page is too wide."""


@pytest.mark.parametrize("window", [(1920, 1000), (320, 640)], ids=["wide", "phone"])
@pytest.mark.parametrize("size", [(400, 2000), (2000, 400), (64, 64)], ids=["tower", "panorama", "stamp"])
def test_the_drawing_lies_on_the_photo_whatever_its_shape(
    open_page: Open, system: Any, photos: Path, tmp_path: Path, size: tuple[int, int], window: tuple[int, int]
) -> None:
    file = tmp_path / "odd.png"
    with Image.open(photos / TWO) as two:
        ImageOps.fit(two.convert("RGB"), size).save(file)
    known = document(system, create(system, file))
    page = open_page(f"/#/r/{known['id']}", viewport={"width": window[0], "height": window[1]})
    page.wait_for_selector(DONE)
    expect(page.locator(".marks canvas")).to_be_visible()
    lies = page.evaluate(LIES)
    assert lies.pop("ratio") == pytest.approx(size[0] / size[1], rel=0.03)
    assert lies.pop("across") <= 0
    assert lies == pytest.approx(dict.fromkeys(("x", "y", "width", "height"), 0), abs=1)


def test_the_drawing_follows_the_window(open_page: Open, system: Any, photos: Path) -> None:
    known = document(system, create(system, photos / TWO))
    page = open_page(f"/#/r/{known['id']}")
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Objects", exact=True).click()
    page.set_viewport_size({"width": 500, "height": 800})
    page.wait_for_function(
        "() => Math.abs(document.querySelector('.marks canvas').width - document.querySelector('.stage img').width) < 2"
    )
    page.set_viewport_size({"width": 520, "height": 800})
    page.wait_for_function(
        "() => Math.abs(document.querySelector('.marks canvas').width - document.querySelector('.stage img').width) < 2"
    )
    assert inked(page, known) == [{"left": True, "bottom": True, "inside": False}] * 2


def test_there_is_a_switch_for_each_layer_that_has_something_and_the_choice_is_kept(
    open_page: Open, system: Any, photos: Path
) -> None:
    known = document(system, create(system, photos / TWO))
    page = open_page(f"/#/r/{known['id']}")
    page.wait_for_selector(DONE)
    assert shown(page) == ["Faces", "Objects"]
    names = page.locator(".layers [aria-pressed]").all_inner_texts()
    assert ("Text" in names) == bool(known["features"]["text"]["finding"]["lines"])
    page.get_by_role("button", name="Everything").click()
    assert shown(page) == names
    page.get_by_role("button", name="Nothing").press("Enter")
    page.get_by_role("button", name="Skeleton").press("Space")
    page.reload()
    page.wait_for_selector(DONE)
    assert shown(page) == ["Skeleton"]


FRAME_BY_FRAME = """
const Plain = EventSource;
let turn = Promise.resolve();
window.EventSource = class extends Plain {
  addEventListener(name, listener) {
    super.addEventListener(name, (message) => {
      turn = turn.then(() => new Promise(requestAnimationFrame)).then(() => listener.call(this, message));
    });
  }
};
"""
"""A script that has the page hear one event a frame, however fast they come."""


def test_layers_appear_as_their_findings_come(open_page: Open, photos: Path) -> None:
    page = open_page(script=FRAME_BY_FRAME + noting("document.querySelectorAll('.layers [aria-pressed]').length"))
    upload(page, photos / "people/hopper.jpg")
    page.wait_for_selector(DONE)
    assert len(set(noted(page))) > 3


LIT = "`${[...document.querySelectorAll('.lane.lit')].map(lane => lane.dataset.analyzer).sort()}`"
"""The analyzers whose lanes are lit, in JavaScript."""


def test_a_joke_lights_up_its_photo_and_its_lanes(open_page: Open, system: Any, photos: Path) -> None:
    known = document(system, create(system, photos / TWO, length="long"))
    cues = {cue["id"]: cue for cue in known["cues"]}
    page = open_page(f"/#/r/{known['id']}")
    page.wait_for_selector(DONE)
    for number, joke in enumerate(known["roast"]["jokes"]):
        page.locator(".passage", has=page.locator(".why")).nth(number).hover()
        paths = [path for id in joke["cues"] for path in cues[id]["evidence"]]
        expected = sorted({path.split(".")[0] for path in paths})
        page.wait_for_function(f"(expected) => {LIT} === `${{expected}}`", arg=expected)
        # At once, since the light on a colour takes a look at the photo first.
        dark, lit = page.evaluate("['.spotlight.on', '.spotlight mask g > *'].map(it => !!document.querySelector(it))")
        assert dark == lit
    page.get_by_role("button", name="Heckler").hover()
    expect(page.locator(".lane.lit, .spotlight.on")).to_have_count(0)


def test_a_joke_about_a_colour_lights_up_all_of_it_and_nothing_else(
    open_page: Open, system: Any, tmp_path: Path
) -> None:
    picture = Image.new("RGB", (320, 240), "#f57828")
    picture.paste("#143ca0", (80, 0, 240, 240))  # blue between two stripes of orange
    picture.save(tmp_path / "flag.png")
    known = document(system, create(system, tmp_path / "flag.png", length="long"))
    cues = {cue["id"]: cue for cue in known["cues"]}
    names = [color["name"] for color in known["features"]["colors"]["finding"]["palette"]]
    lone = {f"colors.palette.{n}.{field}": n for n in range(len(names)) for field in ("name", "share")}
    page = open_page(f"/#/r/{known['id']}")
    page.wait_for_selector(DONE)
    told = 0
    for number, joke in enumerate(known["roast"]["jokes"]):
        paths = {path for id in joke["cues"] for path in cues[id]["evidence"]}
        lit = {lone[path] for path in paths if path in lone}
        if not lit or not paths <= lone.keys():
            continue
        page.locator(".passage", has=page.locator(".why")).nth(number).hover()
        areas = page.locator(".spotlight mask g path")
        expect(areas).to_have_count(len(lit))
        for x, name in ((40, "orange"), (160, "blue"), (300, "orange")):
            inside = areas.evaluate_all(
                "(all, x) => all.some(area => area.isPointInFill(new DOMPoint(x / 320, 0.5)))", x
            )
            assert inside == any(name in names[n] for n in lit)
        told += 1
    assert told


def test_lanes_stand_where_their_events_say(open_page: Open, photos: Path, system: Any) -> None:
    page = open_page()
    events: list[dict[str, Any]] = []
    page.expose_function("hear", lambda event: events.append(event))
    page.add_init_script(
        "const Plain = EventSource; window.EventSource = class extends Plain {"
        " constructor(url) { super(url); for (const name of ['submitted', 'feature', 'joined'])"
        " this.addEventListener(name, (message) => hear(JSON.parse(message.data))); } };"
    )
    page.reload()
    upload(page, photos / "people/bus.jpg")
    page.wait_for_selector(DONE)
    submitted, joined = (next(e for e in events if e["type"] == kind) for kind in ("submitted", "joined"))
    whole = joined["at"] - submitted["at"]
    told = {e["analyzer"]: (e["at"] - submitted["at"]) / whole for e in events if e["type"] == "feature"}
    ends = page.locator(".lane").evaluate_all("""all => all.map(lane => {
      const [track, bar] = ['.bar', '.worked'].map(part => lane.querySelector(part).getBoundingClientRect());
      return [lane.dataset.analyzer, (bar.right - track.left) / track.width, track.width];
    })""")
    assert sorted(name for name, _, _ in ends) == sorted(told)
    for name, end, width in ends:
        assert end == pytest.approx(told[name], abs=8 / width), name  # the shortest bars are wider than they lasted


def test_a_lane_tells_more_at_a_key_and_shows_its_finding(open_page: Open, system: Any, photos: Path) -> None:
    known = document(system, create(system, photos / TWO))
    page = open_page(f"/#/r/{known['id']}")
    page.wait_for_selector(DONE)
    for layer in ("Faces", "Objects"):
        page.get_by_role("button", name=layer, exact=True).click()
    assert not any(face["left"] for face in inked(page, known))
    lane = page.locator(".lane[data-analyzer=faces] button")
    page.mouse.move(0, 0)  # what is hovered comes before what has the focus
    lane.focus()
    assert all(face["left"] for face in inked(page, known))
    lane.press("Enter")
    expect(lane).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".lane[data-analyzer=faces] .more")).to_contain_text(known["features"]["faces"]["model"])
    lane.press("Enter")
    expect(lane).to_have_attribute("aria-expanded", "false")


def test_all_lanes_fit_a_phone(open_page: Open, system: Any, photos: Path) -> None:
    known = document(system, create(system, photos / TWO))
    page = open_page(f"/#/r/{known['id']}", viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True)
    page.wait_for_selector(DONE)
    lanes = page.locator(".lane")
    heights = lanes.evaluate_all("all => all.map(lane => lane.offsetHeight)")
    assert len(heights) == len(known["features"])
    assert max(heights) <= 32
    lanes.first.locator("button").tap()
    expect(lanes.first.locator(".more")).to_be_visible()


TYPED = """
  [...document.querySelectorAll('.roast ol')]
    .map(list => `${list.children.length} ${list.offsetHeight} ${list.textContent.length}`)[0]
"""
"""How many passages are here, how high they stand together, and how much of them is out, in JavaScript."""


def test_typing_moves_nothing_below_it(open_page: Open, photos: Path) -> None:
    page = open_page(script=noting(TYPED), reduced_motion="no-preference")
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    states = [tuple(map(int, state.split())) for state in noted(page)]
    passages = max(count for count, _, _ in states)
    heights = [(height, out) for count, height, out in states if count == passages]
    assert len({height for height, _ in heights}) == 1
    assert len({out for _, out in heights}) > 10
