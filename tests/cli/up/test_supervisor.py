"""The supervisor, with stand-in processes: what dies comes back, what stops is drained, nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from cli.up.child import spawn
from cli.up.process_spec import ProcessSpec, restart_delay
from cli.up.supervisor import Supervisor

WAIT_S = 20


def stand_in(name: str, code: str, stage: int = 1) -> ProcessSpec:
    """A process that runs `code`, tied to its parent like a service."""
    tied = "from cli.up import parent_watch\nparent_watch.exit_with_parent()"
    program = f"{tied}\nimport os, signal, subprocess, sys, time\n{textwrap.dedent(code)}"
    return ProcessSpec(name, partial(spawn, [sys.executable, "-c", program], dict(os.environ)), stage)


SLEEPER = "signal.pause()"
BUSY = "while True: time.sleep(0.01), sum(range(100_000))"
"""At work, like a start that takes long; what a process does is counted in hundredths of a second."""


def alive(pid: int) -> bool:
    """Whether a process runs: one that has died but was not collected by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - it is about other processes, which set no event
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def supervising(*parts: ProcessSpec, grace_s: float = 10, **limits: float):  # type: ignore[no-untyped-def]
    said: list[str] = []
    supervisor = Supervisor(said.append, grace_s, **limits)
    for part in parts:
        supervisor.add(part)
    try:
        yield supervisor, said
    finally:
        supervisor.kill()
        await supervisor.stop()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scenario())  # type: ignore[arg-type]


def test_a_killed_child_is_started_again() -> None:
    async def scenario() -> None:
        async with supervising(stand_in("one", SLEEPER), stand_in("two", SLEEPER)) as (supervisor, said):
            before = supervisor.pids
            os.kill(before["one"], signal.SIGKILL)
            await until(lambda: supervisor.pids.get("one", before["one"]) != before["one"])
            assert supervisor.pids["two"] == before["two"]
            assert said == ["one was ended by SIGKILL; starting it again"]

    run(scenario)


def test_a_child_that_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        part = stand_in("brief", f"open({str(tmp_path / 'log')!r}, 'a').write('.'); sys.exit(3)")
        async with supervising(part) as (_, said):
            await until(lambda: (tmp_path / "log").exists() and len((tmp_path / "log").read_text()) >= 3)
            assert said[0] == "brief ended with exit status 3; starting it again"

    run(scenario)


def test_the_dead_are_buried_under_their_own_process_id() -> None:
    buried: list[int] = []

    async def scenario() -> None:
        part = ProcessSpec("one", stand_in("one", SLEEPER).start, on_exit=buried.append)
        async with supervising(part) as (supervisor, _):
            first = supervisor.pids["one"]
            os.kill(first, signal.SIGKILL)
            await until(lambda: supervisor.pids.get("one", first) != first)
            second = supervisor.pids["one"]
            assert buried == [first]
            await supervisor.stop()
            assert buried == [first, second]

    run(scenario)


def test_a_part_that_cannot_be_started_again_is_tried_until_it_can() -> None:
    attempts: list[str] = []
    sleeper = stand_in("stubborn", SLEEPER)

    def start() -> subprocess.Popen[bytes]:
        attempts.append("")
        if len(attempts) in (2, 3):
            raise OSError("no room")
        return sleeper.start()

    async def scenario() -> None:
        async with supervising(ProcessSpec("stubborn", start)) as (supervisor, said):
            os.kill(supervisor.pids["stubborn"], signal.SIGKILL)
            await until(lambda: len(attempts) == 4 and "stubborn" in supervisor.pids)
            assert said.count("stubborn could not be started: no room") == 2

    run(scenario)


def test_what_a_dead_child_left_in_its_group_is_killed(tmp_path: Path) -> None:
    code = f"""
    helper = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    open({str(tmp_path / "helper")!r}, "w").write(str(helper.pid))
    signal.pause()
    """

    async def scenario() -> None:
        async with supervising(stand_in("parent", code)) as (supervisor, _):
            await until(lambda: (tmp_path / "helper").exists() and (tmp_path / "helper").read_text() != "")
            helper = int((tmp_path / "helper").read_text())
            os.kill(supervisor.pids["parent"], signal.SIGKILL)
            await until(lambda: not alive(helper))

    run(scenario)


def test_stopping_asks_all_processes_and_ends_what_others_need_last(tmp_path: Path) -> None:
    def recorder(name: str) -> str:
        return f"""
        def leave(*_):
            open({str(tmp_path / "order")!r}, "a").write("{name} ")
            sys.exit(0)
        signal.signal(signal.SIGTERM, leave)
        open({str(tmp_path / name)!r}, "w")
        while True: time.sleep(0.1)  # a pause would sleep through a signal that came just before it
        """

    async def scenario() -> None:
        parts = [stand_in("ground", recorder("ground"), stage=0), stand_in("upper", recorder("upper"))]
        async with supervising(*parts, grace_s=60) as (supervisor, said):
            await until(lambda: (tmp_path / "ground").exists() and (tmp_path / "upper").exists())
            pids = supervisor.pids.values()
            await supervisor.stop()
            assert (tmp_path / "order").read_text() == "upper ground "
            assert not any(alive(pid) for pid in pids)
            assert said == []

    run(scenario)


def test_a_process_that_does_not_stop_within_the_grace_time_is_killed(tmp_path: Path) -> None:
    code = f"""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open({str(tmp_path / "deaf")!r}, "w")
    while True: signal.pause()
    """

    async def scenario() -> None:
        async with supervising(stand_in("deaf", code), grace_s=0.2) as (supervisor, said):
            await until(lambda: (tmp_path / "deaf").exists())
            pid = supervisor.pids["deaf"]
            await supervisor.stop()
            assert not alive(pid)
            assert said == ["deaf did not stop within 0.2 s and was killed"]

    run(scenario)


def test_stopping_does_not_wait_for_a_restart_that_is_due_later() -> None:
    async def scenario() -> None:
        async with supervising(stand_in("brief", "sys.exit(1)")) as (supervisor, said):
            await until(lambda: len(said) >= 3)
            await supervisor.stop()
            assert supervisor.pids == {}

    run(scenario)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_children_and_grandchildren_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = f"""
    import asyncio, os, sys
    sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[3])]!r}
    from test_supervisor import stand_in
    from cli.up.supervisor import Supervisor

    async def main():
        supervisor = Supervisor(print)
        supervisor.add(stand_in("child", '''
    signal.signal(signal.SIGTERM, lambda *_: None)  # as a service that drains
    helper = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    print(os.getpid(), helper.pid, flush=True)
    while True: signal.pause()
    '''))
        await asyncio.sleep(600)

    asyncio.run(main())
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(pid) for pid in supervisor.stdout.readline().split()]
        assert len(pids) == 2
        assert all(alive(pid) for pid in pids)
        supervisor.kill()
        asyncio.run(until(lambda: not any(alive(pid) for pid in pids)))


def test_the_first_restarts_are_fast_and_none_makes_others_wait_for_long() -> None:
    delays = [restart_delay(failures) for failures in range(1, 30)]
    assert delays[0] <= 0.1
    assert delays == sorted(delays)
    assert delays[-1] == 2


def test_a_part_whose_starts_cost_the_others_more_than_its_absence_may_be_started_less_often() -> None:
    delays = [restart_delay(failures, 10) for failures in range(1, 30)]
    assert delays == sorted(delays)
    assert delays[-1] == 10


def test_what_goes_wrong_beside_a_restart_does_not_prevent_it() -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async def scenario() -> None:
        supervisor = Supervisor(fail)  # as a terminal that is gone
        try:
            supervisor.add(ProcessSpec("one", stand_in("one", SLEEPER).start, on_exit=fail))
            for _ in range(2):
                before = supervisor.pids["one"]
                os.kill(before, signal.SIGKILL)
                await until(lambda before=before: supervisor.pids.get("one", before) != before)  # type: ignore[misc]
        finally:
            supervisor.kill()
            await supervisor.stop()

    run(scenario)


BEATING = """
import asyncio
from bus.service.heartbeat import beating
from bus.settings import Settings
async def work():
    async with beating(Settings(silent_s=0.6)):
        {}
asyncio.run(work())
"""


def lively(name: str, code: str) -> ProcessSpec:
    """A process with an event loop that gives signs of life, ten a second, and runs `code` in it."""
    return stand_in(name, BEATING.format(code))


def test_a_process_whose_event_loop_is_stuck_is_replaced_and_one_that_is_at_work_is_not() -> None:
    async def scenario() -> None:
        parts = (
            lively("stuck", "await asyncio.sleep(0.2); time.sleep(600)"),
            lively("well", "await asyncio.sleep(600)"),
        )
        async with supervising(*parts, silent_s=3) as (supervisor, said):
            before = supervisor.pids
            await until(lambda: supervisor.pids.get("stuck", before["stuck"]) != before["stuck"])
            assert supervisor.pids["well"] == before["well"]
            assert said == [
                "stuck has given no sign of life for 3 s; replacing it",
                "stuck was ended by SIGKILL; starting it again",
            ]

    run(scenario)


def test_a_start_may_take_longer_but_not_for_ever_and_the_next_one_longer_still() -> None:
    async def scenario() -> None:
        async with supervising(stand_in("never", BUSY), silent_s=0.9, start_s=1) as (_, said):
            await until(lambda: sum("come up" in words for words in said) == 2)
            late = [words for words in said if "come up" in words]
            assert late == [f"never has not come up within {seconds} s; replacing it" for seconds in (1, 2)]

    run(scenario)


def test_a_start_that_stands_still_has_no_more_time_than_a_process_that_runs() -> None:
    async def scenario() -> None:
        async with supervising(stand_in("frozen", BUSY), silent_s=1, start_s=600) as (supervisor, said):
            before = supervisor.pids["frozen"]
            os.kill(before, signal.SIGSTOP)
            await until(lambda: supervisor.pids.get("frozen", before) != before)
            assert said[0] == "frozen has done nothing for 1 s, and has not come up; replacing it"

    run(scenario)


def test_a_process_that_says_that_it_starts_again_has_the_time_of_a_start() -> None:
    again = (
        "await asyncio.sleep(0.2); from bus.service.heartbeat import tell_of_restart; tell_of_restart()\n"
        + textwrap.indent(BUSY, " " * 8)
    )

    async def scenario() -> None:
        async with supervising(lively("again", again), silent_s=0.5, start_s=3) as (_, said):
            await until(lambda: bool(said))
            assert said[0] == "again has not come up within 3 s; replacing it"

    run(scenario)


def test_a_part_without_a_pipe_is_asked() -> None:
    answers = [True, True, *[False] * 100]

    async def probe(limit: float) -> bool:
        return answers.pop(0)

    async def scenario() -> None:
        code = [sys.executable, "-c", "import signal; signal.pause()"]
        part = ProcessSpec("asked", lambda: subprocess.Popen(code, process_group=0), probe=probe)
        async with supervising(part, silent_s=1) as (_, said):
            await until(lambda: bool(said))
            assert said[0] == "asked has given no sign of life for 1 s; replacing it"
            assert len(answers) <= 98  # several went unanswered first

    run(scenario)
