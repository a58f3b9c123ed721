"""`heckler up`: the whole system on this machine, as supervised processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from bus.settings import Settings
from cli import running
from cli.assembly import CannotStart, Plan, choose_port, declare_streams, read_roster, start_nats
from cli.layout import Roster
from cli.supervisor import Supervisor

PATIENCE_S = 30
"""Seconds after which a start that is still not ready says what it waits for."""
ALL_HERE_S = 10
"""Seconds that the last analyzers may need after the first roast could be made."""

__all__ = ["CannotStart", "status_lines", "up"]


async def up(settings: Settings, console: Console) -> None:
    """Runs everything until SIGINT, SIGTERM or SIGHUP, then drains. Raises CannotStart and `cli.running`'s errors."""
    began = time.monotonic()
    with running.claimed(settings):
        supervisor = Supervisor(lambda words: console.print(f"[yellow]heckler:[/] {escape(words)}", soft_wrap=True))
        stopped = _on_signals(supervisor)
        try:
            await _unless(stopped, _start(settings, supervisor, console, began))
            await stopped.wait()
            console.print("Stopping: what is under way is finished first (Ctrl-C again stops at once).")
        finally:
            await supervisor.stop()
            shutil.rmtree(_metrics(settings), ignore_errors=True)


async def _start(settings: Settings, supervisor: Supervisor, console: Console, began: float) -> None:
    port = choose_port(settings)
    nats = start_nats(settings, supervisor)
    roster, _ = await asyncio.gather(read_roster(settings), declare_streams(settings, nats["admin"]))
    plan = Plan(settings, nats, port, _metrics(settings), roster)
    shutil.rmtree(plan.metrics, ignore_errors=True)
    plan.metrics.mkdir()
    for part in plan.parts():
        supervisor.add(part)
    here = running.Running(pid=os.getpid(), url=plan.url, nats=plan.nats)
    running.announce(settings, here)
    await _wait_until_ready(plan, console, began)
    running.announce(settings, here.model_copy(update={"ready": True}))
    console.print(f"\n[bold]Heckler is ready[/] after {time.monotonic() - began:.1f} s: [bold]{plan.url}[/]")
    for line in status_lines(plan.roster, settings):
        console.print(f"  {line}", soft_wrap=True, highlight=False)


def status_lines(roster: Roster, settings: Settings) -> list[str]:
    """What works, what is missing and the command that fixes it, where the data is, how to stop."""
    able = [member.name for member in roster.members if not member.missing]
    lines = [f"analyzers  {', '.join(able) or 'none'}"]
    for member in roster.members:
        if member.missing:
            lines.append(f"missing    {member.name}: heckler models pull {' '.join(member.missing)}")
        elif member.better_with:
            lines.append(f"better     {member.name}: heckler models pull {' '.join(member.better_with)}")
    return [*lines, f"data       {settings.data}", "stop       Ctrl-C"]


async def _wait_until_ready(plan: Plan, console: Console, began: float) -> None:
    async with httpx.AsyncClient(base_url=plan.url, timeout=5, trust_env=False) as http:
        patient = True
        while why := await _why_not_ready(http):
            if patient and time.monotonic() - began > PATIENCE_S:
                patient = False
                console.print(
                    f"[yellow]Not ready after {PATIENCE_S} s:[/] {escape(why)}\nStill trying.", soft_wrap=True
                )
            await asyncio.sleep(0.1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALL_HERE_S):
                await _wait_for_all(http, plan)


async def _wait_for_all(http: httpx.AsyncClient, plan: Plan) -> None:
    """Waits until every analyzer of the roster has been heard of, so that the first photo is not short of any."""
    expected = {member.name for member in plan.roster.members}
    while True:
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError):
            heard = {analyzer["name"] for analyzer in (await http.get("/api/analyzers")).json()}
            if expected <= heard or plan.settings.workers:  # who chose the workers may have left some out
                return
        await asyncio.sleep(0.1)


async def _why_not_ready(http: httpx.AsyncClient) -> str:
    """Empty when a roast can be made."""
    try:
        answer = await http.get("/readyz")
    except httpx.HTTPError as error:
        return f"the gateway does not answer ({type(error).__name__})"
    return "" if answer.status_code == 200 else answer.text.strip()


def _metrics(settings: Settings) -> Path:
    return settings.data / "metrics"


async def _unless(stopped: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Awaits `work`, and breaks it off when the signal to stop comes first."""
    task, stop = asyncio.create_task(work), asyncio.create_task(stopped.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _on_signals(supervisor: Supervisor) -> asyncio.Event:
    """The event that the first signal sets; the second one kills everything."""
    stopped = asyncio.Event()

    def on_signal() -> None:
        if stopped.is_set():
            supervisor.kill()
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stopped
