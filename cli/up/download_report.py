"""What `heckler up` says of the weights that come in the background: which analyzers join, and once what did not come.

Standard library only, as all that the long-lived supervisor imports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cli.up.readiness import read_analyzers

ASK_EVERY_S = 3.0
SELDOM_S = 30.0
"""When everything that is left has failed and is waiting for its next try."""

View = Mapping[str, Any]
"""One analyzer as `/api/analyzers` describes it."""


async def tell_of_arrivals(url: str, say: Callable[[str], None]) -> None:
    """Says by `say` which analyzers have joined or got better, as the gateway at `url` knows; returns when nothing is
    coming."""
    before: dict[str, View] = {}
    reported: set[str] = set()
    while True:
        if views := await read_analyzers(url):
            now: dict[str, View] = {view["name"]: view for view in views}
            for line in [*joined(before, now), *failed(now.values(), reported)]:
                say(line)
            before = now
            if not (states := {view["arrival"]["state"] for view in views if view["arrival"]}):
                return
            await asyncio.sleep(SELDOM_S if states == {"failed"} else ASK_EVERY_S)
        else:
            await asyncio.sleep(ASK_EVERY_S)


def joined(before: Mapping[str, View], now: Mapping[str, View]) -> list[str]:
    """A line for each analyzer that could not work before and can now, or that has another model."""
    lines = []
    for name, view in now.items():
        known = before.get(name)
        if known is None or not view["available"]:
            continue
        if not known["available"]:
            lines.append(f"{name} has joined: its weights are here ({view['model']}).")
        elif view["model"] != known["model"]:
            lines.append(f"{name} sees better: {view['model']} in place of {known['model']}.")
    return lines


def failed(now: Iterable[View], reported: set[str]) -> list[str]:
    """Lines, once, when weights could not be fetched: which, why, and what now. `reported` holds the weights that were
    reported before; new ones are added to it."""
    arrivals = [view["arrival"] for view in now if view["arrival"]]
    reasons = {each["weights"]: each["reason"] for each in arrivals if each["state"] == "failed"}
    if reported or not reasons or any(each["state"] != "failed" for each in arrivals):
        return []  # the others may still come: then it is said at once for all that did not
    reported.update(reasons)
    return [
        f"weights could not be fetched: {', '.join(reasons)}",
        f"  {next(iter(reasons.values()))}",
        "  It is tried again in the background; heckler doctor says more, HECKLER_MODELS_PULL=off leaves it to you.",
    ]
