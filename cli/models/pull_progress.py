"""How a pull shows itself: bars on a terminal, lines in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from analyzers.weights.download import Progress as Report
from cli.terminal.output import say

STEP = 0.25
"""A line for every quarter of a file: enough to see that it goes on, few enough to read later."""

Say = Callable[[str], None]


def readable(size: float) -> str:
    """Bytes as people say them: 0.9 kB, 232.6 kB, 3.8 MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"


@contextmanager
def watching(console: Console) -> Iterator[tuple[Report, Say]]:
    """What to tell of progress, and a way to say something beside it."""
    if not console.is_terminal:
        yield _Lines(console), lambda text: say(console, text)
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console
    ) as bars:
        yield _Bars(bars), lambda text: say(bars.console, text)


class _Bars:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total)


class _Lines:
    """A line whenever another quarter of a file has come, the first when it begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._printed: dict[str, int] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        quarter = int(done / total / STEP) if total else 0
        if self._printed.get(name) != quarter:
            self._printed[name] = quarter
            share = f"{done / total:4.0%}" if total else "   ?"
            say(self._console, f"{name} {share} of {readable(total)}")
