"""Requests that were cancelled, as far as this process was there to hear it: a reason to stop, or not to begin."""

from __future__ import annotations

from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

CAPACITY = 10_000


class Cancellations:
    """The latest cancelled requests. `told` is called with the id of each, at once."""

    def __init__(self, told: Callable[[str], None] = lambda _: None, capacity: int = CAPACITY) -> None:
        self._told = told
        self._ids: dict[str, None] = {}
        self._capacity = capacity

    async def listen(self, nc: Client) -> None:
        await nc.subscribe("live.*.end.cancelled", cb=self._on_message)

    def __contains__(self, id: str) -> bool:
        return id in self._ids

    async def _on_message(self, msg: Msg) -> None:
        id = msg.subject.split(".")[1]
        self._ids[id] = None
        while len(self._ids) > self._capacity:
            del self._ids[next(iter(self._ids))]
        self._told(id)
