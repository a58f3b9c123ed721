"""The later sweeps of a deletion: what was under way when a request was erased may have written something since.

The order to sweep is a record of the request's own, `photo.<id>.erase`. It is delivered again and again until the last
sweep, which overwrites it as well, or for as long as the disk has no room to overwrite. The server keeps no more of
that than sequence numbers.
"""

from __future__ import annotations

import asyncio

from nats.aio.msg import Msg

from bus.client import Bus
from bus.erasure.overwrite import SWEEPS_S, sweep
from bus.events import Erase
from bus.jetstream.codec import Undecodable, decode
from bus.jetstream.message_loop import ACK, TERM, MessageLoop, nak
from bus.jetstream.pull import meta_of
from bus.observability.logs import log
from bus.topology import SWEEPER

_RETRY_S = 2.0
_NO_ROOM_S = 5.0
"""Until the next look whether the disk has room to overwrite."""


def next_sweep(age: float) -> float | None:
    """Seconds until the next sweep of a request that was erased `age` seconds ago; None when the last one has come."""
    return next((at - age for at in SWEEPS_S if at > age), None)


class Sweeper:
    """Handles `photo.<id>.erase`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._loop = MessageLoop(bus, SWEEPER, self._answer)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set."""
        await self._loop.run(stop)

    async def _answer(self, msg: Msg) -> bytes:
        try:
            wait = await self._sweep(msg)
        except Undecodable as error:
            log.warning("undecodable", durable=SWEEPER.name, error=str(error)[:200])
            return TERM
        except Exception:
            log.exception("not swept", attempt=meta_of(msg.reply).attempt)
            return nak(_RETRY_S)
        return ACK if wait is None else nak(wait)

    async def _sweep(self, msg: Msg) -> float | None:
        """Sweeps; seconds until the next time."""
        event, now = decode(msg.subject, msg.data, msg.headers), await self._bus.clock.now()
        if not isinstance(event, Erase):
            raise Undecodable(f"{msg.subject} holds {type(event).__name__}")
        wait = next_sweep(now - meta_of(msg.reply).at)
        if meta_of(msg.reply).attempt == 1 and wait is not None:
            return wait  # `Bus.erase`, which stored the order, makes the first sweep itself
        erased = await sweep(self._bus, event.id, event.sha256, keep_order=wait is not None)
        return wait if erased.overwritten else _NO_ROOM_S
