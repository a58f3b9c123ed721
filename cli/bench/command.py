"""`heckler bench`, the command: how fast is it here, and what holds it up?"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bus.settings import Settings
from cli.completion import analyzers as analyzer_names
from cli.connect.log_client import CommandError, with_log
from cli.terminal.output import fold, say

if TYPE_CHECKING:
    from bus.client import Bus
    from cli.bench.measurement import Run

out = Console()
err = Console(stderr=True)

IN_FLIGHT = 2 * (os.cpu_count() or 1)


def bench(
    settings: Settings,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", exists=True, file_okay=False, help="your photos; without, some are drawn"),
    ] = None,
    photos: Annotated[int, typer.Option("-n", "--photos", min=1, help="how many to send; a folder is repeated")] = 40,
    in_flight: Annotated[
        int, typer.Option(min=1, show_default="two for each core", help="how many are under way at once")
    ] = IN_FLIGHT,
    alone: Annotated[int, typer.Option(min=1, help="how many are sent one by one before that")] = 5,
    names: Annotated[
        str,
        typer.Option(
            "--analyzers", help="only these, ',' between, and those that they need", autocompletion=analyzer_names
        ),
    ] = "",
    analysis: Annotated[bool, typer.Option("--analysis", help="without a roast", show_default=False)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON", show_default=False)] = False,
) -> None:
    """Measure the running system: latency, photos per second by stage, the bottleneck, and what would help.

    Real requests with your photos, none of them answered from what is known already. They are erased again, however it
    ends. Exit status 1 when a request got no result.

    Example: heckler bench ~/Pictures/party -n 100 --in-flight 8
    """
    from bus.analysis.product import ANALYSIS
    from bus.roast.product import ROAST
    from cli.bench.measurement import pictures
    from gateway.upload.photo import Limits

    def complain(line: str) -> None:
        say(err, line, "yellow")

    async def work(bus: Bus) -> dict[str, Any]:
        from cli.bench.measurement import Bench, Plan

        images = pictures(folder, Limits(settings.max_pixels, settings.max_side), complain)
        product = ANALYSIS if analysis else ROAST
        plan = Plan(photos, in_flight, alone, await _expects(bus, names), product.name)
        with _Counter(photos, silent=as_json) as counter:
            one, many = await Bench(bus, plan, images).measure(counter.tell)
        return _document(settings, one, many)

    found = with_log(settings, err, work)
    print(json.dumps(found, indent=2)) if as_json else _print(found, drawn=folder is None)
    raise typer.Exit(0 if set(found["endings"]) <= {"roast", "analyzed"} else 1)


async def _expects(bus: Bus, names: str) -> tuple[str, ...]:
    """The analyzers that the requests wait for: those that run. Raises CommandError."""
    from gateway.http.problems import Problem
    from gateway.upload.options import expected

    wanted = [name.strip() for name in names.split(",") if name.strip()]
    try:
        return expected(await bus.discover(), wanted or None)
    except Problem as problem:
        raise CommandError(f"{problem.detail} `heckler watch --once` shows what runs.") from None


def _document(settings: Settings, one: Run, many: Run) -> dict[str, Any]:
    from cli.bench.verdict import Machine, judge, latency
    from cli.watch.stages import figures

    here = settings.nats_url is None  # else the workers, and the disk, are anywhere
    verdict = judge(many, Machine(os.cpu_count() if here else None, settings.sync if here else None))
    alone, load = latency(one), latency(many)
    return {
        "alone": {"p50_ms": round(alone[0], 1), "p95_ms": round(alone[1], 1)},
        "load": {"in_flight": many.in_flight, "p50_ms": round(load[0], 1), "p95_ms": round(load[1], 1)},
        "photos_per_s": round(sum(many.endings.values()) / many.seconds, 3),
        "seconds": round(many.seconds, 2),
        "endings": many.endings,
        "unfinished": many.unfinished,
        "stages": {name: asdict(stage) for name, stage in figures(many.samples, many.seconds).items()},
        "bottleneck": asdict(verdict),
    }


class _Counter:
    """How far it is: a bar on a terminal, nothing elsewhere."""

    def __init__(self, total: int, silent: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        # not to the edge: the ^C that the terminal shows would begin another row, which would stay
        bar = BarColumn(bar_width=max(8, min(40, err.width - 44)))
        columns = ("{task.description}", bar, MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=err, transient=True, disable=silent or not err.is_interactive)
        self._task = self._bar.add_task("one by one", total=total)

    def __enter__(self) -> _Counter:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, done: int) -> None:
        self._bar.update(self._task, completed=done, description="many at once")


def _print(found: dict[str, Any], drawn: bool) -> None:
    alone, load = found["alone"], found["load"]
    say(out, f"alone      {alone['p50_ms']:.0f} ms a photo (95 %: {alone['p95_ms']:.0f} ms)")
    together = f"{load['in_flight']} at once"
    say(out, f"{together:10} {load['p50_ms']:.0f} ms a photo (95 %: {load['p95_ms']:.0f} ms)")
    say(out, f"throughput {found['photos_per_s']:.2f} photos a second")
    table = Table("stage", "photos", "waits", "p95", "takes", "p95 ms", "at once", box=None, header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, stage in found["stages"].items():
        times = [f"{stage[f'{what}_{share}_ms']:.1f}" for what in ("wait", "work") for share in ("p50", "p95")]
        table.add_row(name, str(stage["photos"]), *times, f"{stage['busy']:.2f}")
    out.print(table)
    fold(out, found["bottleneck"]["sentence"], "bold")
    for advice in found["bottleneck"]["advice"]:
        fold(out, f"→ {advice}", hang=2)
    if others := {how: count for how, count in found["endings"].items() if how not in ("roast", "analyzed")}:
        say(err, f"without a result: {', '.join(f'{count} {how}' for how, count in others.items())}", "red")
    if drawn:
        fold(err, "The photos were drawn, without people. Name a folder of yours for what it is like with people.")
