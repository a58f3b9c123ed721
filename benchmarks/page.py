"""The page as a visitor's machine feels it: frames while lanes move, first paint on a slow machine, what it weighs.

    python -m benchmarks.page PHOTO [--rounds N]

Starts `heckler up` on a data folder of its own and drives the machine's Chromium (no GPU). *frames*: the real events of
one roast are sent again to the page so that all its analyzers look at once, over four seconds; the frames that the
browser drew are counted beside those of an empty page. *first paint* is first contentful paint with the processor
slowed down four times, nothing cached, beside an empty page's; the *front door* is open when a photo can be chosen.
*lanes* are from the end of an upload, on a page that is loaded and of a photo never seen before, until they are there
and until the first analyzer is seen at work, with everything running on the same machine. Medians over the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import signal
import statistics
import tempfile
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.frames import count_frames, opened
from benchmarks.system import start

DIST = Path(__file__).parent.parent / "frontend/dist"
SLOWER = 4

FIRST_LANE = """
(() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (...given) {
    this.upload.addEventListener('load', () => { window.sent = performance.now(); });
    send.apply(this, given);
  };
  const note = (name, selector) => {
    if (!window[name] && document.querySelector(selector)) window[name] = performance.now();
  };
  new MutationObserver(() => {
    note('there', '.lane');
    note('at_work', '.lane.running, .lane.ok');
  }).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""


FRONT_DOOR = """
new MutationObserver(() => {
  if (document.querySelector('.empty-stage')) requestAnimationFrame(() => { window.open_at ??= performance.now(); });
}).observe(document, { subtree: true, childList: true });
"""


def first_paint(browser: Browser, url: str) -> float:
    """Milliseconds to the first contentful paint, on a processor that is four times slower."""
    return slowly(browser, url, "performance.getEntriesByName('first-contentful-paint')[0]?.startTime")


def front_door(browser: Browser, url: str) -> float:
    """Milliseconds until a photo can be chosen, on a processor that is four times slower."""
    return slowly(browser, url, "window.open_at")


def slowly(browser: Browser, url: str, moment: str) -> float:
    """What `moment` gives, once it does, on a page that a slow machine loads."""

    def slow(page: Page) -> None:
        page.add_init_script(FRONT_DOOR)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    page = opened(browser, url, slow)
    took = float(page.wait_for_function(f"() => {moment}").json_value())
    page.context.close()
    return took


def first_lane(browser: Browser, url: str, photo: Path) -> tuple[float, float]:
    """Milliseconds from the end of an upload until the lanes are there, and until the first one is at work."""

    def watch(page: Page) -> None:
        page.add_init_script(FIRST_LANE)

    page = opened(browser, url, watch)
    page.wait_for_load_state("networkidle")  # a person who chooses a photo has seen the page
    page.set_input_files("input[type=file]", photo)
    page.wait_for_function("() => window.at_work")
    there, at_work = page.evaluate("[window.there - window.sent, window.at_work - window.sent]")
    page.wait_for_selector(".roast")
    page.context.close()
    return float(there), float(at_work)


def never_seen(photo: Path, number: int, folder: Path) -> Path:
    """A copy that differs in one pixel: nothing that was found in the photo before answers for it."""
    with Image.open(photo) as image:
        copy = image.convert("RGB")
    copy.putpixel((0, 0), (number, 0, 0))
    file = folder / f"{number}.jpg"
    copy.save(file, quality=92)
    return file


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
    door = statistics.median(front_door(browser, url) for _ in range(rounds))
    print(f"| front door open, processor {SLOWER} times slower, ms | {door:.0f} | |")
    with tempfile.TemporaryDirectory() as folder:
        lanes = [first_lane(browser, url, never_seen(photo, n, Path(folder))) for n in range(rounds)]
    there, at_work = (statistics.median(pair[n] for pair in lanes) for n in (0, 1))
    print(f"| from the upload's end until the lanes are there, ms | {there:.0f} | |")
    print(f"| from the upload's end to the first lane at work, ms | {at_work:.0f} | |")
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
