"""`heckler replay golden`: exports as the regression test of an analyzer's author: do the findings still come out?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bus.analysis.product import ANALYSIS
from bus.client import Bus
from bus.export import Exported
from bus.history import History
from bus.settings import Settings
from cli.connect.log_client import connect_log
from cli.replay.diff import Difference, compare
from cli.replay.find_request import Trouble, read_file
from cli.replay.import_export import SUFFIX, check_photos
from cli.replay.rerun import Director, Wish


@dataclass(frozen=True)
class Verdict:
    """What became of one golden request: what is different now, or why that could not be found out."""

    file: str
    id: str
    difference: Difference | None = None
    trouble: str = ""

    @property
    def passed(self) -> bool:
        """Whether all findings are what they were."""
        found = self.difference
        return found is not None and not (found.findings or found.appeared or found.vanished)


def golden_files(folder: Path) -> list[Path]:
    """The exports in a folder. Raises Trouble when there are none."""
    files = sorted(folder.rglob(f"*{SUFFIX}"))
    if not files:
        raise Trouble(f"no {SUFFIX} file in {folder}: make some with `heckler replay export ID --out NAME{SUFFIX}`")
    return files


async def judge(bus: Bus, files: list[Path], start: str, tolerance: float) -> AsyncIterator[Verdict]:
    """Reruns every request in `files` from `start` on, and erases what it made. Raises ReadFailed, BusDown, LogFull."""
    director = Director(bus)
    for file in files:
        try:
            requests = read_file(file)
            await check_photos(bus.settings, requests)
        except Trouble as trouble:
            yield Verdict(file.name, "", trouble=str(trouble))
            continue
        for request in requests:
            yield await _judged(director, file.name, request, start, lambda a, b: findings_of(a, b, tolerance))


def findings_of(before: History, after: History, tolerance: float) -> Difference:
    """What is different in the findings, and in nothing else."""
    return replace(compare(before, after, lambda _: "", tolerance), cues=(), join=(), style=(), prompt=(), text=())


async def _judged(
    director: Director, file: str, request: Exported, start: str, compared: Callable[[History, History], Difference]
) -> Verdict:
    id = ""
    try:
        id, _ = await director.begin(request, Wish(start, product=ANALYSIS.name), of_log=False)
        difference = compared(request.history, await director.end(id))
    except Trouble as trouble:
        return Verdict(file, request.submitted.id, trouble=str(trouble))
    finally:
        if id:
            await director.bus.erase(id)
    return Verdict(file, request.submitted.id, difference)


async def judged(settings: Settings, folder: Path, start: str, tolerance: float) -> list[Verdict]:
    """The verdict on every request in the exports of a folder. Raises Trouble, NoLog, ReadFailed, BusDown, LogFull."""
    files = golden_files(folder)
    async with connect_log(settings) as bus:
        return [verdict async for verdict in judge(bus, files, start, tolerance)]
