"""Ending background tasks for certain."""

from __future__ import annotations

import asyncio
from typing import Any


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancels tasks until every one of them has ended; what they raise is nobody's concern any more.

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
