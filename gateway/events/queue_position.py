"""The queue of photos that wait: asked of the log's consumers, for all of them at once, and only while any wait.

Everything is asked anew, of the consumers and of the stored submissions, so a gateway that has just started knows as
much as any other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection

from nats import errors

from bus.client import Bus, BusDown, LogRefused
from bus.events import Submitted
from bus.history import History
from bus.jetstream.direct_get import ORIGINAL_TIME, ReadFailed
from bus.observability.logs import log
from bus.service.cancellations import Cancellations
from bus.service.tasks import end
from bus.subjects import ANY, event, request_of
from bus.topology import PHOTOS
from gateway.events.queue_math import (
    QueuePosition,
    Standing,
    ahead_of,
    hindmost_of,
    is_waiting,
    standings_of,
)

EVERY_S = 1.0
"""Seconds between two looks at the queue, however many wait in it. A look is two requests."""
GRACE_S = 0.4
"""Seconds after which a photo that no analyzer has begun counts as waiting: it is handed over within milliseconds."""
RETRY_S = 15.0
"""Seconds after a look that failed. It may be for want of a permission, and this is not worth more."""
_SUBMITTED = event(ANY, Submitted.KIND)


class PhotoQueue:
    """All the photos that wait, as one gateway process sees them. `log` gives the bus, if there is one.

    There is no list of the requests that wait, and no loop: each of them asks for the next look, and all get the same.
    """

    def __init__(self, log: Callable[[], Bus | None]) -> None:
        self._log = log
        self._standings: dict[str, Standing] | None = None
        self._queue: dict[int, str] = {}
        """Sequence → request, ascending: every submission above `_since` up to `_read`."""
        self._since = self._read = 0
        self._expects: set[str] = set()
        self._looking: asyncio.Task[None] | None = None
        self._next = float("-inf")
        self._cancelled: tuple[Bus, Cancellations] | None = None

    async def close(self) -> None:
        """Looks no more."""
        await end(self._looking)

    async def positions(self, id: str) -> AsyncGenerator[QueuePosition, None]:
        """The request's positions from now on, each lower than the one before, the last of them 0; none at all when
        its turn comes at once, or has come."""
        await asyncio.sleep(GRACE_S)
        history = await self._known(id)
        latest: int | None = None
        while latest != 0 and history.submitted and is_waiting(history):
            await asyncio.shield(self._look_at(history.submitted.expects))
            ahead = self._ahead(history)
            if latest is None and ahead == 0:
                return
            # never a step back: a photo that is looked at once more delays the others, but it is not news to them
            if ahead is not None and (latest is None or ahead < latest):
                latest = ahead
                yield QueuePosition(id=id, ahead=ahead)

    async def _known(self, id: str) -> History:
        bus = self._log()
        try:
            return await bus.latest(id, "submitted", "joined", "end.*") if bus else History()
        except (ReadFailed, errors.Error, OSError):
            return History()  # the reader of the request's events gets this error

    async def now(self, history: History) -> int | None:
        """The request's position at this moment, 0 when it does not wait; None when it is not known."""
        if history.submitted is None or not is_waiting(history):
            return 0
        if asyncio.get_running_loop().time() >= self._next:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await asyncio.shield(self._look_at(history.submitted.expects))
        return self._ahead(history)

    def _ahead(self, history: History) -> int | None:
        submitted = history.submitted
        if submitted is None or self._standings is None:
            return None
        seq, hindmost = history.seq_of(submitted), hindmost_of(submitted.expects, self._standings)
        if hindmost is None or hindmost.delivered >= seq:
            return 0
        if hindmost.delivered < self._since or seq > self._read:
            return None
        return ahead_of(seq, list(self._queue), hindmost)

    def _look_at(self, expects: Collection[str]) -> asyncio.Task[None]:
        self._expects.update(expects)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_in_time())
        return self._looking

    async def _look_in_time(self) -> None:
        loop, pause = asyncio.get_running_loop(), EVERY_S
        await asyncio.sleep(max(0.0, self._next - loop.time()))
        expects, self._expects = self._expects, set()
        bus = self._log()
        try:
            if bus is not None and bus.connected:
                await self._look(bus, expects)
        except (BusDown, LogRefused, ReadFailed, errors.Error, OSError) as error:
            log.warning("queue.unknown", error=str(error))
            pause = RETRY_S
        self._next = loop.time() + pause

    async def _look(self, bus: Bus, expects: Collection[str]) -> None:
        cancelled = await self._cancellations(bus)
        # one request for all of them; a roster does not fill a page of 256
        listed = await bus.api(f"CONSUMER.LIST.{PHOTOS}", {"offset": 0}, patience=0)
        self._standings = standings_of(listed["consumers"])
        hindmost = hindmost_of(expects, self._standings)
        if hindmost is None:
            return
        self._begin_at(hindmost.delivered)
        for message in await bus.reader.after(PHOTOS, _SUBMITTED, self._read):
            self._read = message.seq
            id = request_of(message.subject)
            if id not in cancelled and ORIGINAL_TIME not in message.headers:
                self._queue[message.seq] = id

    def _begin_at(self, seq: int) -> None:
        """Forgets what lies before `seq`; all of it when there is a gap before what is known."""
        if seq < self._since:
            self._queue.clear()
            self._read = seq
        self._since, self._read = seq, max(seq, self._read)
        for passed in [known for known in self._queue if known <= seq]:
            del self._queue[passed]

    async def _cancellations(self, bus: Bus) -> Cancellations:
        """No analyzer looks at a cancelled request, and a request is cancelled before it is erased."""
        if self._cancelled is None or self._cancelled[0] is not bus:
            cancelled = Cancellations(self._remove)
            await cancelled.listen(bus.nc)
            self._cancelled = bus, cancelled
        return self._cancelled[1]

    def _remove(self, id: str) -> None:
        self._queue = {seq: other for seq, other in self._queue.items() if other != id}
