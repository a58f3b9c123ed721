"""Frames that a browser draws while everything on the page moves: a real roast's events, sent again on purpose.

For `benchmarks.page`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Route

EMPTY = "<!doctype html><title>empty</title><p>Nothing moves here.</p>"
MEASURED_MS = 4000

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
  const events = %s;
  window.EventSource = class extends EventTarget {
    constructor() {
      super();
      this.readyState = 1;
      const came = Date.now() / 1000;
      setTimeout(() => this.onopen?.());
      events.forEach(([after, event], n) => setTimeout(() => {
        const data = JSON.stringify({ ...event, at: came + after / 1000 });
        this.dispatchEvent(new MessageEvent(event.type, { data, lastEventId: `${n + 1}` }));
      }, after));
    }
    close() {}
  };
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
    """(milliseconds, event): all analyzers start within half a second, and end one after another until the fourth."""
    lines = httpx.get(f"{url}/api/roasts/{id}/events").text.splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    features = [event for event in events if event["type"] == "feature"]
    others = [event for event in events if event["type"] in ("joined", "cued", "line", "roast")]
    step = (0.85 * MEASURED_MS - 1000) / len(features)
    timed = [(0.0, next(event for event in events if event["type"] == "submitted"))]
    for n, event in enumerate(features):
        began, ended = 500 * n / len(features), 1000 + n * step
        timed.append((began, {"type": "started", "id": id, "analyzer": event["analyzer"], "attempt": 1}))
        timed.append((ended, {**event, "compute_ms": ended - began, "queue_ms": began, "cached": False}))
    return timed + [(0.88 * MEASURED_MS, event) for event in others]


def opened(browser: Browser, url: str, prepare: Callable[[Page], None]) -> Page:
    """A page that has nothing cached, prepared before it goes to `url`; `/empty` is a page without anything."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.route("**/empty", lambda route: route.fulfill(body=EMPTY, content_type="text/html"))
    prepare(page)
    page.goto(url, wait_until="commit")
    return page


def count_frames(browser: Browser, url: str, id: str | None) -> Frames:
    """On the page of request `id`, with its events sent again; on an empty page without one."""

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
