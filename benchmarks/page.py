"""The page as a visitor's machine feels it: frames while lanes move, first paint on a slow machine, what it weighs.

    python -m benchmarks.page PHOTO [--rounds N]

Starts `heckler up` on a data folder of its own and drives the machine's Chromium (no GPU). *frames*: the real events of
one roast are told again to the page so that all its analyzers look at once, over four seconds; the frames that the
browser drew are counted beside those of an empty page. *first paint* is first contentful paint with the processor
slowed down four times, nothing cached, beside an empty page's. *first lane* is from the end of the upload to the first
analyzer seen at work, with everything running on the same machine. Medians over the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import signal
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks.system import start

DIST = Path(__file__).parent.parent / "frontend/dist"
EMPTY = "<!doctype html><title>empty</title><p>Nothing moves here.</p>"
MEASURED_MS = 4000
SLOWER = 4

COUNT = """
(ms) => new Promise((done) => {
  const times = [];
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < ms) requestAnimationFrame(tick);
    else done(times);
  };
  requestAnimationFrame(tick);
})
"""

RETELL = """
(() => {
  const told = %s;
  window.EventSource = class extends EventTarget {
    constructor() {
      super();
      this.readyState = 1;
      const came = Date.now() / 1000;
      setTimeout(() => this.onopen?.());
      told.forEach(([after, event], n) => setTimeout(() => {
        const data = JSON.stringify({ ...event, at: came + after / 1000 });
        this.dispatchEvent(new MessageEvent(event.type, { data, lastEventId: `${n + 1}` }));
      }, after));
    }
    close() {}
  };
})();
"""

FIRST_LANE = """
(() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (...given) {
    this.upload.addEventListener('load', () => { window.sent = performance.now(); });
    send.apply(this, given);
  };
  new MutationObserver(() => {
    if (!window.seen && document.querySelector('.lane.running, .lane.ok')) window.seen = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""


@dataclass(frozen=True)
class Frames:
    """Frames a second, the share of the intervals longer than one and a half frames, the longest in milliseconds."""

    rate: float
    late: float
    longest: float


def frames_in(times: list[float]) -> Frames:
    """What the times (ms) of successive frames say."""
    gaps = [after - before for before, after in pairwise(times)]
    late = sum(gap > 1.5 * 1000 / 60 for gap in gaps) / len(gaps)
    return Frames(1000 * len(gaps) / (times[-1] - times[0]), late, max(gaps))


def retold(url: str, id: str) -> list[tuple[float, dict[str, Any]]]:
    """(milliseconds, event): everybody starts within half a second, and ends one after another until the fourth."""
    lines = httpx.get(f"{url}/api/roasts/{id}/events").text.splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    features = [event for event in events if event["type"] == "feature"]
    others = [event for event in events if event["type"] in ("joined", "line", "roast")]
    step = (0.85 * MEASURED_MS - 1000) / len(features)
    told = [(0.0, next(event for event in events if event["type"] == "submitted"))]
    for n, event in enumerate(features):
        began, ended = 500 * n / len(features), 1000 + n * step
        told.append((began, {"type": "started", "id": id, "analyzer": event["analyzer"], "attempt": 1}))
        told.append((ended, {**event, "compute_ms": ended - began, "queue_ms": began, "cached": False}))
    return told + [(0.88 * MEASURED_MS, event) for event in others]


def opened(browser: Browser, url: str, prepare: Callable[[Page], None]) -> Page:
    """A page that has nothing cached, prepared before it goes to `url`; `/empty` is a page without anything."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.route("**/empty", lambda route: route.fulfill(body=EMPTY, content_type="text/html"))
    prepare(page)
    page.goto(url, wait_until="commit")
    return page


def count_frames(browser: Browser, url: str, id: str | None) -> Frames:
    """On the page of request `id`, told again; on an empty page without one."""

    def prepare(page: Page) -> None:
        if id is None:
            return
        known = httpx.get(f"{url}/api/roasts/{id}").json()
        begun: dict[str, Any] = {"status": "running", "features": {}, "cues": [], "missing": [], "roast": None}
        begun["timings"] = {"submitted_at": known["timings"]["submitted_at"]}
        page.add_init_script(RETELL % json.dumps(retold(url, id)))
        page.route(f"**/api/roasts/{id}", lambda route: _answer(route, {**known, **begun}))

    page = opened(browser, f"{url}/empty" if id is None else f"{url}/#/r/{id}", prepare)
    page.wait_for_selector(".lane.running" if id else "p")
    frames = frames_in(page.evaluate(COUNT, MEASURED_MS))
    page.context.close()
    return frames


def _answer(route: Route, document: dict[str, Any]) -> None:
    route.fulfill(json=document)


def first_paint(browser: Browser, url: str) -> float:
    """Milliseconds to the first contentful paint, on a processor that is four times slower."""

    def slow(page: Page) -> None:
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    page = opened(browser, url, slow)
    paint = page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    took = float(paint.json_value())
    page.context.close()
    return took


def first_lane(browser: Browser, url: str, photo: Path) -> float:
    """Milliseconds from the end of an upload to the first lane at work."""

    def watch(page: Page) -> None:
        page.add_init_script(FIRST_LANE)

    page = opened(browser, url, watch)
    page.set_input_files("input[type=file]", photo)
    took = float(page.wait_for_function("() => window.seen && window.seen - window.sent").json_value())
    page.wait_for_selector(".roast")
    page.context.close()
    return took


def finished(url: str, photo: Path) -> str:
    """The id of a roast that has come to its end."""
    answer = httpx.post(
        f"{url}/api/roasts",
        files={"photo": photo.open("rb")},
        headers={"Accept": "text/event-stream"},
        timeout=120,
    )
    return str(answer.headers["location"].rsplit("/", 1)[1])


def weight() -> int:
    """Bytes of all scripts that the built page asks for, sooner or later, each gzipped."""
    scripts: set[Path] = set()
    found = {DIST / "index.html"}
    while found:
        names = {name for file in found for name in re.findall(r"[\w.-]+\.js\b", file.read_text())}
        found = {DIST / "assets" / name for name in names if (DIST / "assets" / name).is_file()} - scripts
        scripts |= found
    return sum(len(gzip.compress(script.read_bytes(), 9)) for script in scripts)


def report(browser: Browser, url: str, photo: Path, rounds: int) -> None:
    """Prints one table."""
    id = finished(url, photo)
    print("| | the page | an empty page |\n|---|---|---|")
    pairs = [(count_frames(browser, url, id), count_frames(browser, url, None)) for _ in range(rounds)]
    for name, unit in (("rate", "frames a second, all lanes moving"), ("longest", "longest frame, ms")):
        page, empty = (statistics.median(getattr(frames[n], name) for frames in pairs) for n in (0, 1))
        print(f"| {unit} | {page:.1f} | {empty:.1f} |")
    page, empty = (statistics.median(frames[n].late for frames in pairs) for n in (0, 1))
    print(f"| frames that came late | {100 * page:.1f} % | {100 * empty:.1f} % |")
    paints = [(first_paint(browser, url), first_paint(browser, f"{url}/empty")) for _ in range(rounds)]
    page, empty = (statistics.median(pair[n] for pair in paints) for n in (0, 1))
    print(f"| first contentful paint, processor {SLOWER} times slower, ms | {page:.0f} | {empty:.0f} |")
    lanes = statistics.median(first_lane(browser, url, photo) for _ in range(rounds))
    print(f"| from the upload's end to the first lane at work, ms | {lanes:.0f} | |")
    print(f"| JavaScript, gzipped, kB | {weight() / 1000:.1f} | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        process, url, _ = start(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            report(browser, url, given.photo, given.rounds)
            browser.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


if __name__ == "__main__":
    main()
