"""`heckler watch`, the command: a dashboard on a terminal, lines elsewhere, JSON for scripts."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from bus.client import Bus
from bus.settings import Settings
from cli.reach import with_log
from cli.saying import say

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
    """Watch the running system: queues, work in hand, times by stage, retries, dead letters, who is alive, storage.

    It reads, and changes nothing. Without a terminal it prints one line for each frame.

    Example: heckler watch --once --json | jq '.consumers[] | select(.lag > 0)'
    """
    with_log(settings, err, lambda bus: _watch(bus, interval, once, as_json))


async def _watch(bus: Bus, interval: float, once: bool, as_json: bool) -> None:
    from cli.watch import Watcher
    from cli.watch_view import line, picture

    frames = Watcher(bus).frames(min(interval, ONCE_S) if once else interval)
    live = None if once or as_json or not out.is_terminal else Live(console=out, screen=True, auto_refresh=False)
    try:
        if live:
            live.start()
        if once:
            await anext(frames)  # deliveries a second are the difference between two frames
        async for frame in frames:
            if as_json:
                print(json.dumps(frame.document()), flush=True)
            elif live:
                live.update(picture(frame, bus.settings), refresh=True)
            elif once:
                out.print(picture(frame, bus.settings))
            else:
                say(out, line(frame))
            if once:
                return
    finally:
        if live:
            live.stop()
        await frames.aclose()  # type: ignore[attr-defined]
