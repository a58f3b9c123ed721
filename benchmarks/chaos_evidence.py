"""What the system itself says at the end: by GET, by replay, in its log, and in the bytes of its data folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from benchmarks.chaos_checker import Event, Observed
from benchmarks.sse import events
from bus.client import Bus
from bus.events import is_ending
from bus.subjects import ALL_EVENTS, family_of, kind_of, request_of
from bus.topology import PHOTOS

AT_ONCE = 16
_TIMERS = (".due.", ".timer.")
"""What the server does with schedules: it may fire one again that was set again after it had fired."""


async def gather(requests: Sequence[Observed], url: str, bus: Bus) -> None:
    """Fills in what GET, the replay and the log say of each request."""
    slots = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def one(request: Observed) -> None:
            async with slots:
                await _log_says(request, bus)
                await _get_says(request, client)
                if request.status not in ("running", "not_found"):
                    request.replay = await _replay(url, request.id)

        await asyncio.gather(*(one(request) for request in requests))


async def _log_says(request: Observed, bus: Bus) -> None:
    history = await bus.latest(request.id)
    request.stored = [(stored.seq, stored.event.type) for stored in history.events]
    request.endings = sum(is_ending(stored.event) for stored in history.events)
    request.missing = history.joined.missing if history.joined else {}


async def _get_says(request: Observed, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/roasts/{request.id}")
    document = answer.json()
    if answer.status_code != 200:
        request.status = document["code"]
        return
    request.status = document["status"]
    if document["failed"]:
        request.code, request.detail = document["failed"]["code"], document["failed"]["detail"]


async def _replay(url: str, id: str) -> list[Event]:
    path = f"/api/roasts/{id}/events?replay=true&speed=max"
    return [(sent.seq, sent.kind) async for sent in events(url, path)]


async def unknown_requests(bus: Bus, known: Mapping[str, Observed], patience: float) -> list[str]:
    """Violations among the requests that no client knows: an upload whose answer was lost must end as well, and once;
    and no event may be stored twice."""
    deadline = time.monotonic() + patience
    while True:
        counts = await bus.subjects(PHOTOS, ALL_EVENTS, patience=60)
        submitted = {request_of(subject) for subject in counts if kind_of(subject) == "submitted"}
        ends = [request_of(subject) for subject in counts if family_of(subject) == "end"]
        unended = submitted - set(ends) - known.keys()
        if not unended or time.monotonic() > deadline:
            break
        await asyncio.sleep(1)
    twice = [
        f"{subject} is stored {n} times"
        for subject, n in counts.items()
        if n > 1 and not any(each in subject for each in _TIMERS)
    ]
    more = sorted(id for id in submitted - known.keys() if ends.count(id) > 1)
    return [
        *twice,
        *(f"{id}: stuck, an upload whose answer was lost" for id in sorted(unended)),
        *(f"{id}: it ended more than once" for id in more),
    ]


def traces(data: Path, wanted: Mapping[str, bytes]) -> dict[str, list[str]]:
    """id → the files below `data` that hold the id itself, or the bytes that `wanted` names for it."""
    found: dict[str, list[str]] = {}
    for file in sorted(each for each in data.rglob("*") if each.is_file()):
        try:
            content = file.read_bytes()
        except OSError:
            continue  # a file of the server's that is gone by now
        for id, pattern in wanted.items():
            if id.encode() in content:
                found.setdefault(id, []).append(f"{file.relative_to(data)} (its id)")
            if pattern in content:
                found.setdefault(id, []).append(f"{file.relative_to(data)} (its photo)")
    return found
