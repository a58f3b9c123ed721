"""How a roast in the making looks on a terminal: a state that events change, and a picture of it. Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bus.events import Cancelled, Failed, Feature, Joined, Started, Submitted
from bus.roast.events import Cued, Line, Roast
from cli.connect.api_client import InQueue, StreamEvent
from cli.terminal.output import counted

_DOTS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS = {"ok": ("✓", "green"), "skipped": ("–", "dim"), "failed": ("✗", "red")}


@dataclass
class Progress:
    """What has happened to one photo so far."""

    title: str
    stages: dict[str, Feature | Started | None] = field(default_factory=dict)
    """Analyzer → its finding, or that it has begun, or None while it waits."""
    ahead: int = 0
    """How many photos are looked at before this one."""
    cued: Cued | None = None
    lines: dict[int, str] = field(default_factory=dict)
    attempt: int = 0
    ending: Roast | Failed | Cancelled | None = None

    def take(self, event: StreamEvent) -> None:
        """Brings the state up to date. Events that say nothing new change nothing."""
        match event:
            case InQueue(ahead=ahead):
                self.ahead = ahead
            case Submitted(expects=expects):
                self.stages = {name: self.stages.get(name) for name in expects}
            case Started(analyzer=name) if not isinstance(self.stages.get(name), Feature):
                self.stages[name] = event
            case Feature(analyzer=name):
                self.stages[name] = event
            case Joined():
                self.ahead = 0
            case Cued():
                self.cued = event
            case Line():
                self._take_line(event)
            case Roast() | Failed() | Cancelled():
                self.ending = event

    def _take_line(self, line: Line) -> None:
        if line.attempt > self.attempt:  # the writer began anew
            self.attempt, self.lines = line.attempt, {}
        if line.attempt == self.attempt:
            self.lines[line.n] = line.text

    @property
    def text(self) -> str:
        """The words so far; the final ones once they are there."""
        if isinstance(self.ending, Roast):
            return self.ending.text
        return "\n".join(self.lines[n] for n in sorted(self.lines))


def describe(event: StreamEvent) -> str | None:
    """One plain line about an event, for logs and pipes; None for events that are better left out."""
    match event:
        case InQueue(ahead=ahead) if ahead > 0:
            return _in_line(ahead)
        case Submitted(expects=expects):
            return f"looking: {', '.join(expects)}"
        case Feature(analyzer=name, status="ok", compute_ms=ms, cached=cached):
            return f"{name}: {'known already' if cached else f'{ms:.0f} ms'}"
        case Feature(analyzer=name, status=status, reason=reason):
            return f"{name}: {status} ({reason})"
        case Joined(missing=missing):
            return f"joined, without {', '.join(missing)}" if missing else "joined"
        case Cued(cues=cues):
            return f"found: {counted(len(cues), 'cue', 'cues')}"
        case _:
            return None


def picture(progress: Progress, shown: int | None = None) -> RenderableType:
    """The state as Rich draws it; of the words, the first `shown` characters.

    It never is higher than the screen, which could neither show nor wipe it: then the analyzers stand side by side,
    then they are but counted, and of the words the last ones are shown.
    """
    return _Picture(progress, shown)


@dataclass(frozen=True)
class _Picture:
    progress: Progress
    shown: int | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # no row is as wide as the terminal: the ^C that it shows itself would begin another, which nobody would wipe
        options = options.update(width=max(8, options.max_width - 3))
        room = options.size.height - 2
        words = console.render_lines(_words(self.progress, self.shown), options, pad=False)
        listed = len(self.progress.stages) + len(words) <= room  # else it need not be tried, many times a second
        for stages in (_listed, _side_by_side, _counted)[not listed :]:
            drawn = console.render_lines(stages(self.progress, options.max_width), options, pad=False)
            if len(drawn) + len(words) <= room:
                break
        yield Text(self.progress.title, style="bold", no_wrap=True, overflow="ellipsis")
        for line in (*drawn, *words[-max(1, room - len(drawn)) :]):
            yield from line
            yield Segment.line()


def _listed(progress: Progress, _: int) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for name, stage in progress.stages.items():
        table.add_row(_mark(stage), name, _note(stage))
    return table


def _side_by_side(progress: Progress, width: int) -> RenderableType:
    wide = max(map(len, progress.stages), default=0) + 4
    text, a_row = Text(no_wrap=True), max(1, width // wide)
    for place, (name, stage) in enumerate(progress.stages.items(), 1):
        text.append_text(_mark(stage)).append(f" {name:<{wide - 2}}").append("" if place % a_row else "\n")
    text.rstrip()
    return text


def _counted(progress: Progress, _: int) -> RenderableType:
    looked = sum(isinstance(stage, Feature) for stage in progress.stages.values())
    busy = ", ".join(name for name, stage in progress.stages.items() if isinstance(stage, Started))
    text = f"{looked} of {len(progress.stages)} have looked" + (f"; {busy} at it" if busy else "")
    return Text(text, style="dim", no_wrap=True, overflow="ellipsis")


def _words(progress: Progress, shown: int | None) -> RenderableType:
    """The words so far with an empty row before them; or what is waited for; or nothing."""
    if progress.text:
        return Group(Text(), Text(progress.text[:shown]))
    if progress.cued:
        cues = counted(len(progress.cued.cues), "cue", "cues")
        return Text(f"{cues}; the writer thinks …", style="dim")
    return Text(_in_line(progress.ahead), style="dim") if progress.ahead else Group()


def _in_line(ahead: int) -> str:
    return f"in line: {counted(ahead, 'photo is', 'photos are')} on before this one"


def _mark(stage: Feature | Started | None) -> Text:
    match stage:
        case Feature(status=status):
            sign, style = _MARKS[status]
            return Text(sign, style=style)
        case Started():
            return Text(_DOTS[int(time.monotonic() * len(_DOTS)) % len(_DOTS)])
        case None:
            return Text("·", style="dim")


def _note(stage: Feature | Started | None) -> RenderableType:
    if not isinstance(stage, Feature):
        return Text()
    words = (describe(stage) or "").removeprefix(f"{stage.analyzer}: ")
    return Text.from_markup(f"[dim]{escape(words)}[/]")
