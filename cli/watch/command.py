"""`heckler watch`, the command: a dashboard on a terminal, lines elsewhere, JSON for scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live

from bus.client import Bus, BusDown
from bus.settings import Settings
from cli.connect.log_client import with_log
from cli.terminal.output import say

if TYPE_CHECKING:
    from cli.watch.collector import Frame

out = Console()
err = Console(stderr=True)

ONCE_S = 1.0
"""How long a single frame looks."""


def watch(
    settings: Settings,
    interval: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="between two frames")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="print one frame and end", show_default=False)] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="print one JSON document for each frame", show_default=False)
    ] = False,
) -> None:
    """Watch the running system: queues, work in hand, times by stage, retries, dead letters, services, storage.

    It reads, and changes nothing. Without a terminal it prints one line for each frame.

    Example: heckler watch --once --json | jq '.consumers[] | select(.lag > 0)'
    """
    with_log(settings, err, lambda bus: _watch(bus, interval, once, as_json))


async def _watch(bus: Bus, interval: float, once: bool, as_json: bool) -> None:
    from cli.watch.collector import Watcher

    frames = Watcher(bus).frames(min(interval, ONCE_S) if once else interval)
    try:
        last = await anext(frames)  # deliveries a second are the difference between two frames
        assert last is not None  # it would have raised
        with _Display(bus, once, as_json) as display:
            if not once:
                display.show(last)
            async for frame in frames:
                last = frame or last
                display.show(last) if frame else display.wait(last)
                if once:
                    return
    finally:
        await frames.aclose()  # type: ignore[attr-defined]


class _Display:
    """Where frames go: one picture, a live one, lines, or JSON."""

    def __init__(self, bus: Bus, once: bool, as_json: bool) -> None:
        self._settings, self._once, self._as_json = bus.settings, once, as_json
        lively = out.is_interactive and not (once or as_json)
        self._live = Live(console=out, screen=True, auto_refresh=False) if lively else None

    def __enter__(self) -> _Display:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, frame: Frame) -> None:
        """The frame, as it is wanted."""
        from cli.watch.view import line, picture

        if self._as_json:
            print(json.dumps(frame.document()), flush=True)
        elif self._live:
            self._live.update(picture(frame, self._settings, fit=True), refresh=True)
        elif self._once:
            out.print(picture(frame, self._settings))
        else:
            say(out, line(frame))

    def wait(self, last: Frame) -> None:
        """The log does not answer: says since when. Raises BusDown where one frame is all that is wanted."""
        from cli.watch.view import picture, silence

        if self._once:
            raise BusDown(silence(last))
        if self._live:
            self._live.update(picture(last, self._settings, fit=True, stale=True), refresh=True)
        else:
            say(err, silence(last), "yellow")
