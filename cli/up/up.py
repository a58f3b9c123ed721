"""`heckler up`: the whole system on this machine, as supervised processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from bus.service.descriptors import raise_descriptor_limit
from bus.service.private_files import private_folder
from bus.service.tasks import end
from bus.settings import Settings
from cli import STARTED
from cli.connect import run_file
from cli.up.download_report import tell_of_arrivals
from cli.up.log_keeper import keep_writable
from cli.up.readiness import wait_until_ready
from cli.up.startup_plan import (
    SERVER,
    Log,
    Plan,
    check_disk,
    choose_port,
    consumers_of,
    declare_streams,
    read_roster,
    registrar,
)
from cli.up.supervisor import Supervisor
from cli.up.worker_layout import Roster, members_of

END_S = 5.0
"""How long the work of this process itself may take to end."""
AGAIN_S = 2.0
"""Seconds before a job that broke off begins again."""


async def up(settings: Settings, console: Console) -> None:
    """Runs everything until SIGINT, SIGTERM or SIGHUP, then drains. Raises CannotStart and `cli.connect.run_file`'s
    errors."""
    raise_descriptor_limit()
    with run_file.claimed(settings):
        supervisor = Supervisor(lambda words: _say(console, words), silent_s=settings.silent_s)
        stopped = _on_signals(supervisor)
        try:
            await _unless(stopped, _serve(settings, supervisor, console))
            console.print("Stopping: what is under way is finished first (Ctrl-C again stops at once).")
        finally:
            await supervisor.stop()
            shutil.rmtree(_metrics(settings), ignore_errors=True)


async def _serve(settings: Settings, supervisor: Supervisor, console: Console) -> None:
    """Starts, then tells of the weights that come in the background. Never ends."""
    async with contextlib.AsyncExitStack() as held:
        plan = await _start(settings, supervisor, console, held)
        words = partial(_say, console)
        if settings.models_pull == "auto":
            await _going_on(partial(tell_of_arrivals, plan.url, words), words)
        await asyncio.Event().wait()


async def _going_on(job: Callable[[], Coroutine[Any, Any, None]], say: Callable[[str], None]) -> None:
    """Does `job` to its end, from the beginning again whenever it breaks: what works beside it must not end with it."""
    while True:
        try:
            return await job()
        except Exception as error:
            say(f"something that looks after the rest broke off ({error!r}); it begins again")
            await asyncio.sleep(AGAIN_S)


async def _start(settings: Settings, supervisor: Supervisor, console: Console, held: contextlib.AsyncExitStack) -> Plan:
    """What runs now, with a gateway that is ready. `held` keeps what is needed as long as it runs."""
    check_disk(settings)
    words = partial(_say, console)
    port = choose_port(settings)
    reading = asyncio.create_task(read_roster(settings))
    try:
        log = Log.of(settings)
        if not log.knows_analyzers:
            log.admit(await reading)
        plan = Plan(settings, log.start(supervisor), port, _metrics(settings))
        here = run_file.Running(pid=os.getpid(), url=plan.url, nats=plan.nats, own_log=plan.keeps_log)
        _clear_metrics(plan)
        await declare_streams(settings, plan.nats["admin"])
        consumers = await held.enter_async_context(registrar(settings, plan.nats["admin"]))
        for part in plan.services():  # they need no roster
            supervisor.add(part)
        roster = await reading
    finally:
        reading.cancel()
    if log.admit(roster):
        supervisor.replace(SERVER, "lets in other analyzers than there are now")
        await declare_streams(settings, plan.nats["admin"])
    consumers.add(consumers_of(roster))
    processes = _launch_rest(plan, supervisor, roster)
    run_file.announce(settings, here)
    if plan.keeps_log:  # from here on: a log that cannot be written would keep everything else from getting ready
        keep = partial(keep_writable, settings, plan.nats["admin"], words, supervisor.replace)
        held.push_async_callback(end, asyncio.create_task(_going_on(keep, words)))
    await wait_until_ready(plan.url, members_of(processes, roster), words)
    run_file.announce(settings, here.model_copy(update={"ready": True}))
    console.print(f"\n[bold]Heckler is ready[/] after {time.monotonic() - STARTED:.1f} s: [bold]{plan.url}[/]")
    for line in status_lines(roster, members_of(processes, roster), settings):
        console.print(f"  {escape(line)}", soft_wrap=True, highlight=False)
    return plan


def _clear_metrics(plan: Plan) -> None:
    shutil.rmtree(plan.metrics, ignore_errors=True)
    private_folder(plan.metrics)


def _launch_rest(plan: Plan, supervisor: Supervisor, roster: Roster) -> list[str]:
    """Starts the gateway and the worker processes; which those are."""
    processes = plan.worker_processes(roster)
    for part in (plan.gateway(members_of(processes, roster)), *plan.workers(processes)):
        supervisor.add(part)
    return processes


def status_lines(roster: Roster, here: Collection[str], settings: Settings) -> list[str]:
    """What works here, what is missing and the command that fixes it, where the data is, how to stop."""
    members = [member for member in roster.members if member.name in here]
    lines = [f"analyzers  {', '.join(member.name for member in members if not member.missing) or 'none'}"]
    if elsewhere := [member.name for member in roster.members if member.name not in here]:
        lines.append(f"not here   {', '.join(elsewhere)}: heckler work {' '.join(elsewhere)}")
    lines += [f"{'missing' if m.missing else 'better':<10} {m.name}: {m.fix}" for m in members if m.fix]
    if coming := [f"{member.name} ({', '.join(member.coming)})" for member in members if member.coming]:
        lines.append(f"coming     {', '.join(coming)}")
    return [*lines, f"data       {settings.data}", "stop       Ctrl-C"]


def _say(console: Console, words: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # a terminal that is gone is no reason to end
        console.print(f"[yellow]heckler:[/] {escape(words)}", soft_wrap=True, highlight=False)


def _metrics(settings: Settings) -> Path:
    return settings.data / "metrics"


async def _unless(stopped: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Awaits `work`, and breaks it off when the signal to stop comes first."""
    task, stop = asyncio.create_task(work), asyncio.create_task(stopped.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not task.done():
        task.cancel()
        # a connection that is being made may swallow that (asyncio.wait_for of Python 3.11 does): what goes on in spite
        # of it ends with the process
        await asyncio.wait({task}, timeout=END_S)
    if task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _on_signals(supervisor: Supervisor) -> asyncio.Event:
    """The event that the first signal sets; the second one kills everything. What is ignored stays ignored."""
    stopped = asyncio.Event()

    def on_signal() -> None:
        if stopped.is_set():
            supervisor.kill()
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # the parent wants it ignored, as nohup does
            asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stopped
