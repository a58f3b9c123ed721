"""What a batch shows while it runs: results go where they are wanted, and nothing runs into the picture."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from cli.batch import run as batch_run
from cli.batch.display import Show
from cli.batch.progress import Tally, picture
from cli.batch.request import AWAY
from cli.batch.results import Result

DONE = Result(path="a :cat:.jpg", status="done", text="One.\nTwo.", persona="critic")


def screen(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, height=24, force_terminal=True, color_system=None)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_rows_reach_the_file_while_somebody_watches_the_progress(capsys: pytest.CaptureFixture[str]) -> None:
    err = screen()
    show = Show(Tally(time.monotonic()), Console(), err, print_rows=True, as_json=True)
    with show.live():
        show.tell(DONE)
    assert json.loads(capsys.readouterr().out) == json.loads(DONE.model_dump_json())
    assert "One." not in said(err)


@pytest.mark.parametrize("as_json", [True, False])
def test_on_a_terminal_rows_and_picture_share_one_console(as_json: bool) -> None:
    out, err = screen(), screen()
    show = Show(Tally(time.monotonic()), out, err, print_rows=True, as_json=as_json)
    with show.live():
        show.tell(DONE)
    assert said(out) == ""
    assert "a :cat:.jpg" in said(err)
    assert said(err).endswith("\x1b[2K"), "the picture is wiped"
    assert "\x1b[?25h" in said(err), "the cursor is back"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_row_of_the_picture_is_as_wide_as_the_terminal(width: int) -> None:
    tally = Tally(0, {})
    tally.total = 12_000
    for number in range(300):
        tally.begins(str(number))
        tally.tells("done", None, number)
    tally.tells("bad", ("not_an_image", ""), 300)
    console = screen(width)
    console.print(picture(tally, 301, f"{AWAY}; " * 4))
    bar, counts, *_ = rows = said(console).splitlines()
    assert max(len(row.rstrip()) for row in rows) <= width - 3
    assert set(bar.strip()) <= set("━╸╺")
    assert counts.startswith("301/12000")


def test_one_copy_is_no_copies() -> None:
    err = screen()
    show = Show(Tally(time.monotonic()), Console(file=io.StringIO()), err, print_rows=True, as_json=False)
    show.tell(DONE.model_copy(update={"status": "copy", "copy_of": "b.jpg"}))
    show.conclude("")
    assert "0 roasted, 1 copy, in" in said(err)


@pytest.mark.parametrize(
    ("running", "words"),
    [
        (0, "stopping; once more to leave at once"),
        (1, "finishing 1 photo in flight; once more to leave it"),
        (8, "finishing 8 photos in flight; once more to leave them"),
    ],
)
def test_an_interrupted_batch_says_what_it_still_does(running: int, words: str) -> None:
    assert batch_run.leaving(running) == words


class Heard(Show):
    """Tells when something holds the batch up, and when it does no more."""

    away: asyncio.Event
    back: asyncio.Event

    def note(self, text: str) -> None:
        super().note(text)
        self.away.set()

    def answered(self, text: str) -> None:
        super().answered(text)
        if self.away.is_set():
            self.back.set()


def test_a_batch_says_when_the_log_is_away_and_forgets_it_when_it_is_back(
    fresh_server: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_run, "PULSE_S", 0.05)
    server, err = fresh_server(), screen()

    async def scenario() -> None:
        show = Heard(Tally(time.monotonic()), Console(file=io.StringIO()), err, print_rows=False, as_json=False)
        show.away, show.back = asyncio.Event(), asyncio.Event()
        async with server.bus("cli") as bus, batch_run._pulse(bus, show):
            server.kill()
            await show.away.wait()
            assert AWAY in said(err)
            await server.start()
            await show.back.wait()

    run(scenario())
