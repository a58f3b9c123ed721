"""The README's pictures: the real page before the real system, with a photo that was drawn for them.

Beside them lies a digest of what the page's look is made of. As long as that is the same, they are true; when it is
not, `test_screenshots.py` takes them again and tells whether anybody could see a difference. `make screenshots` does
that and keeps the new ones.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page
from seaside import seaside

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"
DIGEST = FOLDER / "taken-of.sha256"
LIMIT = 60_000
"""Bytes of one picture."""
_LOOKS = (".css", ".tsx", ".ts", ".svg")
_CELL = 16
"""Pixels of a picture that are seen as one when two of them are compared."""
_VISIBLE = 20
"""Levels of 255 by which a cell has to change to be noticed."""
_LIVE = """
  const told = %s;
  window.EventSource = class extends EventTarget {
    readyState = 1;
    constructor() { super(); setTimeout(() => this.tell(), 50); }
    tell() {
      this.onopen?.(new Event("open"));
      for (const { id, type, data } of told)
        this.dispatchEvent(new MessageEvent(type, { data, lastEventId: id }));
    }
    close() {}
  };
"""
"""A stream that has told the first of its events and then holds its breath."""
_LAID_OUT = """
  document.documentElement.style.scrollbarGutter = "auto";
  const frame = () => new Promise(requestAnimationFrame);
  document.fonts.ready.then(frame).then(frame);
"""
"""Waits until nothing is left to be drawn. Browsers that lay their scrollbars over the page, if they draw any, keep no
place for them; this one would."""


@dataclass(frozen=True)
class Shot:
    """One picture: what is looked at, in which theme, how large."""

    name: str
    state: str
    scheme: Literal["dark", "light"] = "dark"
    size: tuple[int, int] = (1280, 860)

    @property
    def alike(self) -> float:
        """The share of it that may look different the next time: analyzers never finish in the same order twice."""
        return {"home": 0.02, "share": 0.02, "read": 0.05, "live": 0.12, "closer": 0.12}[self.state]


SHOTS = (
    Shot("home-dark", "home"),
    Shot("home-light", "home", "light"),
    Shot("live-dark", "live"),
    Shot("read-dark", "read"),
    Shot("read-light", "read", "light"),
    Shot("closer-light", "closer", "light"),
    Shot("share-dark", "share"),
    Shot("phone-live-light", "live", "light", (390, 800)),
    Shot("phone-read-dark", "read", "dark", (390, 800)),
)


def digest() -> str:
    """Of everything in the repository that the page's look is made of."""
    page = ROOT / "frontend"
    parts = [page / "index.html", page / "package-lock.json"]
    for folder in (page / "src", page / "public", ROOT / "gateway"):
        parts += [path for path in folder.rglob("*") if path.suffix in _LOOKS or path.match("card*.py")]
    hashed = hashlib.sha256()
    for path in sorted(path for path in parts if path.name != "api.generated.ts"):
        hashed.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()


@dataclass(frozen=True)
class Told:
    """A roast of the drawn photo, and its events as they came."""

    url: str
    id: str
    events: list[dict[str, str]]


def tell(url: str) -> Told:
    """Has the photo judged; always in the same words, as long as the same is found."""
    fields = {"persona": "critic", "heat": "medium", "length": "short", "seed": "3"}
    files, accept = {"photo": ("seaside.jpg", seaside())}, {"Accept": "text/event-stream"}
    answer = httpx.post(f"{url}/api/roasts", files=files, data=fields, headers=accept, timeout=120)
    events = []
    for frame in answer.text.split("\n\n"):
        found = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line and not line.startswith(":"))
        if "data" in found:
            events.append({"id": found.get("id", ""), "type": found["event"], "data": found["data"]})
    return Told(url, answer.headers["location"].rsplit("/", 1)[1], events)


def take(browser: Browser, told: Told, shot: Shot) -> Image.Image:
    """The picture (RGB)."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=shot.scheme, reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        _STATES[shot.state](page, told)
        page.evaluate(_LAID_OUT)
        return Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    finally:
        context.close()


def _home(page: Page, told: Told) -> None:
    page.goto(told.url)
    page.get_by_role("radio").first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")


def _live(page: Page, told: Told) -> None:
    """Half of the findings are there, some are on their way."""
    kinds = [event["type"] for event in told.events]
    half = [n for n, kind in enumerate(kinds) if kind == "feature"][kinds.count("feature") // 2]
    heard = told.events[: half + 1]
    page.add_init_script(_LIVE % json.dumps(heard))
    page.route(f"**/api/requests/{told.id}", lambda route: route.fulfill(json=_so_far(told, heard)))
    page.clock.set_fixed_time(json.loads(told.events[half]["data"])["at"] * 1000)
    page.goto(f"{told.url}/#/r/{told.id}")
    page.locator(".lane").first.wait_for()
    _with_photo(page)


def _so_far(told: Told, heard: list[dict[str, str]]) -> dict[str, Any]:
    """What the server said of the request when these were its events."""
    document: dict[str, Any] = httpx.get(f"{told.url}/api/roasts/{told.id}").json()
    there = {json.loads(event["data"])["analyzer"] for event in heard if event["type"] == "feature"}
    features = {name: feature for name, feature in document["features"].items() if name in there}
    timings = {"submitted_at": document["timings"]["submitted_at"]}
    nothing: dict[str, Any] = {"status": "running", "roast": None, "failed": None, "cues": [], "missing": []}
    return document | nothing | {"features": features, "timings": timings}


def _read(page: Page, told: Told) -> None:
    page.goto(f"{told.url}/#/r/{told.id}")
    page.locator(".roast[data-complete=true]").wait_for()
    page.locator(".why").first.focus()
    page.locator(".spotlight mask g path").wait_for(state="attached")  # that joke is about a colour, which takes a look
    _with_photo(page)


def _closer(page: Page, told: Told) -> None:
    _read(page, told)
    for summary in page.locator(".closer details:not([open]) > summary").all()[:1]:
        summary.click()
    page.locator(".closer").evaluate("part => part.scrollIntoView()")
    page.wait_for_load_state("networkidle")


def _share(page: Page, told: Told) -> None:
    _read(page, told)
    page.get_by_role("button", name="Share", exact=True).click()
    page.wait_for_function("() => document.querySelector('.share img')?.naturalWidth > 0")


def _with_photo(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('.stage img')?.naturalWidth > 0")
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")


_STATES = {"home": _home, "live": _live, "read": _read, "closer": _closer, "share": _share}


def packed(picture: Image.Image) -> bytes:
    """The picture as WebP of less than LIMIT bytes, as good as that allows."""
    for quality in range(86, 20, -6):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() < LIMIT:
            break
    return out.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    """The share of two pictures (0..1) that looks different, seen from a little distance; 1 for other sizes."""
    if one.size != other.size:
        return 1.0
    cells = one.width // _CELL, one.height // _CELL
    small = [np.asarray(each.convert("RGB").resize(cells, Image.Resampling.BOX), np.int16) for each in (one, other)]
    return float((np.abs(small[0] - small[1]).max(axis=2) > _VISIBLE).mean())
