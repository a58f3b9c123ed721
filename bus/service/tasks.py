"""Background tasks: none that ends unnoticed, none that does not end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancels tasks until every one of them has ended; what they raise is ignored.

    Once is not enough: before Python 3.12 `asyncio.wait_for`, which NATS clients use, swallows a cancellation that
    comes at the moment when what it waits for is done, and a loop around it goes on. Loops of ours wait with
    `asyncio.timeout`.
    """
    left = {task for task in tasks if task is not None and not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)


async def run_until(
    stop: asyncio.Event, *jobs: Coroutine[Any, Any, None], leave: Callable[[], None] = lambda: None
) -> None:
    """Runs `jobs`, which go on for ever, until `stop` is set; then calls `leave` and ends them.

    Raises what one of them raised: a process of which a part has ended without a word would pass for a sound one.
    """
    tasks, stopping = [asyncio.create_task(job) for job in jobs], asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        leave()
        await end(*tasks, stopping)
