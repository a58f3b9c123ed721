"""The log's clock: this machine's may jump, and nothing is dated wrongly for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bus.jetstream.clock import FRESH_S, LogClock

Run = Callable[[Awaitable[Any]], Any]


class Clocks:
    """Those of this process, and the log's, which says `ts`; all of them stand still until they are moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady, self.log, self.asked = 1_000_000.0, 50.0, 2_000_000.0, 0
        monkeypatch.setattr(time, "time", lambda: self.wall)
        monkeypatch.setattr(time, "monotonic", lambda: self.steady)

    async def info(self) -> dict[str, Any]:
        self.asked += 1
        return {"ts": datetime.fromtimestamp(self.log, UTC).isoformat().replace("+00:00", "Z")}

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds
        self.log += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_it_is_the_logs_time_and_rarely_asked_for(clocks: Clocks, run: Run) -> None:
    async def look() -> None:
        clock = LogClock(clocks.info)
        assert await asyncio.gather(*(clock.now() for _ in range(10))) == [clocks.log] * 10
        clocks.pass_by(FRESH_S / 2)
        assert await clock.now() == clocks.log
        assert clocks.asked == 1
        clocks.pass_by(FRESH_S)
        assert await clock.now() == clocks.log
        assert clocks.asked == 2

    run(look())


@pytest.mark.parametrize("jump", [-3600, -60, -2, 2, 60, 3600])
def test_a_clock_that_jumps_moves_nothing(clocks: Clocks, run: Run, jump: float) -> None:
    async def look() -> None:
        clock = LogClock(clocks.info)
        await clock.now()
        clocks.wall += jump
        assert await clock.now() == clocks.log

    run(look())


def test_a_machine_that_slept_asks_again(clocks: Clocks, run: Run) -> None:
    async def look() -> None:
        clock = LogClock(clocks.info)
        await clock.now()
        clocks.wall += 8 * 3600  # the steady clock stood still meanwhile
        clocks.log += 8 * 3600
        assert await clock.now() == clocks.log

    run(look())


def test_while_the_log_is_away_its_time_is_counted_on(clocks: Clocks, run: Run) -> None:
    async def away() -> dict[str, Any]:
        raise OSError("away")

    async def look() -> None:
        assert await LogClock(away).now() == clocks.wall
        clock = LogClock(clocks.info)
        await clock.now()
        clock._info = away
        clocks.pass_by(10 * FRESH_S)
        clocks.wall += 3600
        assert await clock.now() == clocks.log

    run(look())


def test_a_real_log_says_its_time(nats_server: Any, run: Run) -> None:
    async def look() -> None:
        async with nats_server.bus() as bus:
            assert abs(await bus.clock.now() - time.time()) < 30

    run(look())
