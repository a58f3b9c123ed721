"""`heckler replay play`: the stored events again, as lines or JSON Lines, with the spacing that they had."""

from __future__ import annotations

import json
from collections.abc import Callable

from bus.history import History, Stored
from cli.replay.timeline import described
from gateway.events.replay import replayed


async def play(history: History, speed: float, tell: Callable[[str], None], as_json: bool) -> None:
    """Tells of each stored event when its time has come, `speed` times as fast as it was."""
    began = history.events[0].at if history.events else 0.0
    async for stored in replayed(history, speed):
        tell(as_line(stored) if as_json else described(stored, began))


def as_line(stored: Stored) -> str:
    """One event as a line of JSON: its sequence, the time at which it was stored, and all that it says."""
    event = stored.event.model_dump(mode="json")
    return json.dumps({"seq": stored.seq, "at": stored.at, "event": event}, ensure_ascii=False)
