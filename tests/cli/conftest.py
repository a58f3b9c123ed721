"""What the tests of the commands on the log share: everything running on quick analyzers, and the command itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bus.client import Bus

ROSTERS = Path(__file__).resolve().parents[1] / "rosters"


@pytest.fixture(scope="session")
def mended(tmp_path_factory: pytest.TempPathFactory, start: Any) -> Iterator[Any]:
    """Everything running, with an analyzer that fails until a file is there, and one that needs what it finds."""
    folder = tmp_path_factory.mktemp("mended")
    more = {"HECKLER_ROSTER": "mended:ROSTER", "PYTHONPATH": str(ROSTERS), "HECKLER_WRITER": "house"}
    more |= {"HECKLER_JOIN_S": "200"}  # three attempts take their time on a busy machine
    running = start(folder / "data", folder / "up.log", **more)
    yield running
    running.stop()


@pytest.fixture
def with_bus(mended: Any) -> Callable[..., Any]:
    """Does something with a connection to the log of `mended`, as one of its users."""

    def do(work: Callable[[Bus], Awaitable[Any]], user: str = "admin") -> Any:
        async def run() -> Any:
            async with mended.bus(user) as bus:
                return await asyncio.wait_for(work(bus), 60)

        return asyncio.run(run())

    return do


@pytest.fixture
def heckler(mended: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command as a script calls it."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("heckler")), *arguments, "--data", str(mended.data)]
        return subprocess.run(command, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)

    return run
