"""A real browser on the real page."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from bus.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))  # what visitors do lies beside

from visiting import processes_of

ARGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE_MS = Settings().join_s * 1000 + 20_000
"""A roast comes by then, or never."""
expect.set_options(timeout=PATIENCE_MS)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def launch(playwright: Playwright, *more: str) -> Browser:
    """The machine's Chromium or Chrome, else the one that Playwright has downloaded; `more` are arguments for it."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        return playwright.chromium.launch(executable_path=path, args=[*ARGS, *more])
    except Exception as error:
        raise RuntimeError("no browser: install chromium, or run `playwright install chromium`") from error


class CuttingProxy(ThreadingHTTPServer):
    """Passes requests on to `target`; the first event stream breaks after its first `feature`."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.resumed: list[str | None] = []
        """The Last-Event-ID of each request for events."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: CuttingProxy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        cut = self._is_first_stream()
        url = self.server.target + self.path
        with httpx.stream(self.command, url, content=body, headers=headers, timeout=60) as answer:
            self.send_response(answer.status_code)
            for name in {"content-type", "location", "cache-control"} & answer.headers.keys():
                self.send_header(name, answer.headers[name])
            self.end_headers()
            self._pass_on(answer, b"event: feature" if cut else None)

    do_POST = do_DELETE = do_GET

    def _is_first_stream(self) -> bool:
        if "/events" not in self.path:
            return False
        self.server.resumed.append(self.headers.get("last-event-id"))
        return len(self.server.resumed) == 1

    def _pass_on(self, answer: httpx.Response, until: bytes | None) -> None:
        passed = b""
        for piece in answer.iter_raw():
            self.wfile.write(piece)
            self.wfile.flush()
            passed += piece
            if until and until in passed and passed.endswith(b"\n\n"):
                return

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the system's own log says enough."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a file: Playwright holds the event loop of the main thread as long as it lives."""
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def bad_line(system: Any) -> Iterator[CuttingProxy]:
    """The system at the end of a line that breaks once."""
    proxy = CuttingProxy(system.url)
    Thread(target=proxy.serve_forever, daemon=True).start()
    yield proxy
    proxy.shutdown()
    proxy.server_close()


@pytest.fixture
def own_system(start: Any, tmp_path: Path) -> Iterator[Any]:
    """A Heckler of the test's own, whose processes may be stopped and killed."""
    running = start(tmp_path / "data", tmp_path / "up.log")
    yield running
    running.stop()


@pytest.fixture
def hold(own_system: Any) -> Iterator[Callable[[], Callable[[], None]]]:
    """Has everybody who looks at photos pause in the middle of it; what that gives lets them go on."""
    held: list[int] = []

    def go_on() -> None:
        while held:
            os.kill(held.pop(), signal.SIGCONT)

    def pause() -> Callable[[], None]:
        for pid in processes_of(own_system, "analyzers"):
            os.kill(pid, signal.SIGSTOP)
            held.append(pid)
        return go_on

    yield pause
    go_on()


@pytest.fixture
def open_page(browser: Browser, system: Any) -> Iterator[Callable[..., Page]]:
    """Opens the page at `path`; by default without animations, so that nothing waits for them.

    Whatever the test looks at, the page must neither throw, nor ask anybody but its own server for anything, nor try
    what its policy forbids.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def ask(base: str, url: str) -> None:
        if not url.startswith((base, "blob:", "data:")):
            faults.append(f"asked {url}")

    def note_violation(text: str) -> None:
        if "Content Security Policy" in text or "Permissions policy" in text:
            faults.append(text)

    def open_at(path: str = "/", script: str = "", base: str = system.url, **options: Any) -> Page:
        context = browser.new_context(
            **{"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: note_violation(said.text))
        page.on("request", lambda request: ask(base, request.url))
        if script:
            page.add_init_script(script)
        page.goto(base + path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert faults == []
