"""Requests that were cancelled, or for which no more work is needed: a reason to stop, or not to begin. A process knows
those whose event came while it was connected."""

from __future__ import annotations

import time
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.subjects import ANY, END, live, request_of

CAPACITY = 10_000
CLOCKS_S = 2.0
"""Seconds that the server's clock and ours may differ."""

CANCELLED = (live(ANY, "end.cancelled"),)
STOPPED = (*CANCELLED, live(ANY, "end.failed"))
"""Over, without a result: nothing that is still being made will be shown."""
SETTLED = (live(ANY, "joined"), live(ANY, END))
"""Joined or over: a finding that comes now changes nothing any more."""


class Cancellations:
    """The latest requests of which an event with one of `subjects` has come: the cancelled ones, unless others are
    named. `on_request` is called with the id of each, at once."""

    def __init__(
        self,
        on_request: Callable[[str], None] = lambda _: None,
        capacity: int = CAPACITY,
        subjects: tuple[str, ...] = CANCELLED,
    ) -> None:
        self._on_request = on_request
        self._ids: dict[str, None] = {}
        self._capacity = capacity
        self._subjects = subjects
        self._nc: Client | None = None
        self._reconnects = 0
        self._since = float("inf")

    async def listen(self, nc: Client) -> None:
        """Receives all that come from now on."""
        for subject in self._subjects:
            await nc.subscribe(subject, cb=self._on_message)
        await nc.flush()
        self._nc, self._reconnects, self._since = nc, nc.stats["reconnects"], time.time()

    def complete_since(self, at: float) -> bool:
        """Whether nothing was missed that happened after `at` (seconds since the epoch, any machine's clock)."""
        if self._nc is not None and self._nc.stats["reconnects"] != self._reconnects:  # it was away meanwhile
            self._reconnects, self._since = self._nc.stats["reconnects"], time.time()
        return at > self._since + CLOCKS_S

    def __contains__(self, id: str) -> bool:
        return id in self._ids

    def add(self, id: str) -> None:
        """Remembers a request that the log says this of."""
        self._ids[id] = None
        while len(self._ids) > self._capacity:
            del self._ids[next(iter(self._ids))]

    async def _on_message(self, msg: Msg) -> None:
        id = request_of(msg.subject)
        self.add(id)
        self._on_request(id)
