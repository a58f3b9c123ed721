"""How far a batch is: counted, timed by the clock it is given, and drawn."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bus.events import Event, Feature, Joined, Submitted
from cli.terminal.output import counted

WINDOW_S = 60.0
"""The rate is that of the last so many seconds."""
WRITER = "the writer"


@dataclass
class _Running:
    expects: set[str] = field(default_factory=set)
    joined: bool = False


class Tally:
    """What has happened so far. `needs` says which analyzers wait for which; times are seconds of any one clock."""

    def __init__(self, began: float, needs: Mapping[str, Sequence[str]] | None = None) -> None:
        self.total: int | None = None
        self.counts: Counter[str] = Counter()
        self.before = 0
        """How many photos an earlier run had told of."""
        self.trouble: Counter[tuple[str, str]] = Counter()
        """Code and hint of what failed → how often."""
        self.began = began
        self.needs = needs or {}
        self._running: dict[str, _Running] = {}
        self._ends: deque[float] = deque(maxlen=4096)

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def finished(self) -> int:
        return self.before + sum(self.counts.values())

    def begins(self, id: str) -> None:
        self._running[id] = _Running()

    def takes(self, id: str, event: Event) -> None:
        """One event of a request that runs."""
        running = self._running.get(id)
        if running is None:
            return
        match event:
            case Submitted():
                running.expects = set(event.expects)
            case Feature():
                running.expects.discard(event.analyzer)
            case Joined():
                running.joined = True

    def ends(self, id: str) -> None:
        """It runs no more, whatever became of it."""
        self._running.pop(id, None)

    def tells(self, status: str, trouble: tuple[str, str] | None, now: float) -> None:
        """One more result."""
        self.counts[status] += 1
        if trouble:
            self.trouble[trouble] += 1
        if status in ("done", "failed"):
            self._ends.append(now)

    def rate(self, now: float) -> float:
        """Photos per second lately, without copies and bad files; 0 when there were none."""
        while self._ends and self._ends[0] < now - WINDOW_S:
            self._ends.popleft()
        return len(self._ends) / max(min(WINDOW_S, now - self.began), 1e-9)

    def left_s(self, now: float) -> float | None:
        """Seconds until all is done, if it goes on like that; None when nobody can know."""
        rate = self.rate(now)
        if self.total is None or not rate:
            return None
        return max(0, self.total - self.finished) / rate

    def slowest(self) -> tuple[str, int] | None:
        """The stage that most of the running photos wait for now, and how many do."""
        waits: Counter[str] = Counter()
        for running in self._running.values():
            waits.update([WRITER] if running.joined else self._due(running.expects))
        return min(waits.items(), key=lambda each: (-each[1], each[0])) if waits else None

    def _due(self, expects: set[str]) -> list[str]:
        """Those of them that can look already: nobody whom they need is still looking."""
        return [name for name in expects if not expects.intersection(self.needs.get(name, ()))]


def in_words(seconds: float) -> str:
    """`75` → `1 min 15 s`."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def line(tally: Tally, now: float) -> str:
    """All of it on one line."""
    names = (("copy", "copy", "copies"), ("failed", "failed", "failed"), ("bad", "bad file", "bad files"))
    parts = [f"{tally.finished}/{tally.total}" if tally.total is not None else f"{tally.finished}"]
    parts += [f"{tally.counts['done']} roasted", f"{tally.running} running"]
    parts += [counted(tally.counts[status], *words) for status, *words in names if tally.counts[status]]
    parts.append(f"{tally.rate(now):.1f} photos/s")
    if (left := tally.left_s(now)) is not None:
        parts.append(f"{in_words(left)} left")
    return " · ".join(parts)


def picture(tally: Tally, now: float, remark: str = "") -> RenderableType:
    """The same for a terminal: a bar, the line, and what is waited for.

    No row is as wide as the terminal: the ^C that it shows itself would begin another, which nobody would wipe.
    """
    table = Table.grid()
    table.add_row(ProgressBar(total=tally.total, completed=tally.finished, width=40, pulse=tally.total is None))
    table.add_row(Text(line(tally, now)))
    if slowest := tally.slowest():
        table.add_row(Text(f"waiting for {slowest[0]} ({slowest[1]} of {tally.running})", style="dim"))
    if remark:
        table.add_row(Text(remark, style="yellow"))
    return Padding(table, (0, 3, 0, 0), expand=False)
