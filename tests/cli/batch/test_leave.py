"""A second Ctrl-C leaves what is in flight, whatever it is doing just then."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from cli.batch.engine import Batch
from cli.batch.run import _interruptible, leaving


def test_what_swallows_a_cancellation_is_left_all_the_same(run: Callable[..., Any]) -> None:
    """As a NATS client does when it is cancelled at the moment when its answer comes (before Python 3.12)."""

    async def swallows_one() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def interrupt_twice(batch: Batch) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await batch.stop.wait()
        os.kill(os.getpid(), signal.SIGINT)

    async def scenario() -> list[str]:
        said: list[str] = []
        show = SimpleNamespace(tally=SimpleNamespace(running=2), note=said.append)
        batch = Batch(SimpleNamespace(in_flight=2), asyncio.Event())  # type: ignore[arg-type]
        interrupting = asyncio.create_task(interrupt_twice(batch))
        with contextlib.suppress(asyncio.CancelledError), _interruptible(batch, show):  # type: ignore[arg-type]
            async with asyncio.TaskGroup() as group:
                for _ in range(2):
                    await batch._tasks.acquire()
                    batch._begin(group, swallows_one())
        await interrupting
        assert not batch._in_hand
        return said

    assert run(scenario(), 30) == [leaving(2)]
