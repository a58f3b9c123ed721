"""Notices a NATS client whose own tasks have died: it would neither send nor reconnect ever again, and not say so.

nats-py ends its flusher at a RuntimeError (uvloop's word for a transport that is closed), and its way back to a server
at any error that it does not foresee. Nothing of that reaches `closed_cb`. Then the connection is closed for good,
which its owner does notice: services leave and are started again, the gateway makes a new connection.
"""

from __future__ import annotations

import asyncio

from nats.aio.client import Client

from bus.observability.logs import log

LOOK_S = 2.0
"""Seconds between two looks. Two in a row have to find the same: in between, a client may be about to start a task."""
LEAVING_S = 2.0


async def watch(nc: Client, closed: asyncio.Event) -> None:
    """Sets `closed` when the client is of no more use, and ends then, or when it has been closed."""
    seen = False
    while not nc.is_closed:
        await asyncio.sleep(LOOK_S)
        wedged = is_wedged(nc)
        if wedged and seen:
            log.error("nats.wedged", connected=nc.is_connected)
            await _close(nc)
            closed.set()
            return
        seen = wedged


def is_wedged(nc: Client) -> bool:
    """Whether a task is missing without which the client does nothing in its present state."""
    if nc.is_closed or nc.is_draining:
        return False
    if nc.is_connected:
        return _is_over(nc._reading_task) or _is_over(nc._flusher_task)
    return _is_over(nc._reconnection_task)


def _is_over(task: asyncio.Task[None] | None) -> bool:
    return task is None or task.done()


async def _close(nc: Client) -> None:
    try:
        async with asyncio.timeout(LEAVING_S):
            await nc.close()
    except Exception as error:  # it is beyond repair anyway
        log.debug("nats.not_closed", error=repr(error))
