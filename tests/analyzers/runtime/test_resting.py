"""Models that are not used: when they rest, what a fresh process learns of them, and how they are loaded again."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.base import Photo, practice_photo
from analyzers.runtime.executor import Executor
from analyzers.runtime.resting import NEARLY, QUIET_S, Rest, Resting, handed_over, taken_over, to_rest
from bus.dead_letters.send import PermanentError
from bus.findings import Facts
from bus.service.presence import ServiceInfo
from bus.service.restart import RESTING

Run = Callable[[Awaitable[Any]], Any]
TTL_S = 600.0


@dataclass(frozen=True)
class Used:
    is_resting: bool
    used_at: float


executors = st.dictionaries(st.text(max_size=3), st.builds(Used, st.booleans(), st.floats(0, 2000)), max_size=8)


@given(executors)
def test_what_is_in_use_stays_and_what_rests_goes_on_resting(known: dict[str, Used]) -> None:
    names, loaded = to_rest(known, TTL_S, 2000), {n: u for n, u in known.items() if not u.is_resting}
    idle = {name: 2000 - used.used_at for name, used in loaded.items()}
    if not names:
        assert not idle or max(idle.values()) < TTL_S or min(idle.values()) < QUIET_S
        return
    assert max(idle.values()) >= TTL_S
    assert min(idle.values()) >= QUIET_S
    assert {name for name in loaded if name in names} == {name for name, s in idle.items() if s >= NEARLY * TTL_S}
    assert known.keys() - loaded.keys() <= names


def test_a_fresh_process_gets_the_resting_analyzers_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alive = ServiceInfo("faces", "face", "1", model="YuNet", runs_on=(("yunet.onnx", "cpu"),))
    for name, value in handed_over([(alive, {"yunet": Path("y"), "another": Path("a")})]).items():
        monkeypatch.setenv(name, value)
    assert taken_over() == {"faces": Rest("YuNet", (("yunet.onnx", "cpu"),), ("another", "yunet"))}
    assert RESTING not in os.environ
    assert taken_over() == {}


class Slow:
    """Takes its time to load, until it is let go."""

    group, version, weights = "quality", "1", ()
    go_on = threading.Event()
    made = 0

    def __init__(self, weights: dict[str, Path]) -> None:
        type(self).made += 1
        assert self.go_on.wait(30)
        self.model = "slow"

    def analyze(self, photo: Photo) -> Facts:
        return photo.facts


class Broken(Slow):
    def __init__(self, weights: dict[str, Path]) -> None:
        raise OSError("its file is gone")


@pytest.fixture(autouse=True)
def fresh() -> None:
    Slow.go_on.clear()
    Slow.made = 0


def test_calls_that_come_meanwhile_wait_and_the_models_are_loaded_once(run: Run) -> None:
    async def scenario() -> None:
        executor = Executor(Resting(Slow, {}, "slow"), on_hang=lambda: None)
        assert executor.is_resting
        waking = [asyncio.create_task(executor.wake_up(30)) for _ in range(5)]
        Slow.go_on.set()
        await asyncio.gather(*waking)
        assert (Slow.made, executor.is_resting) == (1, False)
        finding, _ = await executor.run(executor.analyzer, {"photo": practice_photo()}, 30)
        assert finding == Facts()

    run(scenario())


def test_models_that_are_never_loaded_fail_the_look_and_count_as_hanging(run: Run) -> None:
    async def scenario() -> None:
        hangs: list[str] = []
        executor = Executor(Resting(Slow, {}, "slow"), on_hang=lambda: hangs.append("hang"))
        with pytest.raises(PermanentError, match="not loaded within"):
            await executor.wake_up(0.05)
        assert hangs == ["hang"]
        Slow.go_on.set()

    run(scenario())


def test_an_error_while_loading_is_raised_and_loading_tried_again(run: Run) -> None:
    async def scenario() -> None:
        executor = Executor(Resting(Broken, {}, "slow"), on_hang=lambda: None)
        for _ in range(2):
            with pytest.raises(OSError, match="its file is gone"):
                await executor.wake_up(30)
            assert executor.is_resting

    run(scenario())
