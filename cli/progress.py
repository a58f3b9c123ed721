"""How a roast in the making looks on a terminal: a state that events change, and a picture of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bus.events import AnyEvent, Cancelled, Failed, Feature, Joined, Line, Roast, Started, Submitted

_MARKS = {"ok": ("✓", "green"), "skipped": ("–", "dim"), "failed": ("✗", "red")}


@dataclass
class Progress:
    """What has happened to one photo so far."""

    title: str
    stages: dict[str, Feature | Started | None] = field(default_factory=dict)
    """Analyzer → its finding, or that it has begun, or None while it waits."""
    joined: Joined | None = None
    lines: dict[int, str] = field(default_factory=dict)
    attempt: int = 0
    ending: Roast | Failed | Cancelled | None = None

    def take(self, event: AnyEvent) -> None:
        """Brings the state up to date. Events that say nothing new change nothing."""
        match event:
            case Submitted(expects=expects):
                self.stages = {name: self.stages.get(name) for name in expects}
            case Started(analyzer=name) if not isinstance(self.stages.get(name), Feature):
                self.stages[name] = event
            case Feature(analyzer=name):
                self.stages[name] = event
            case Joined():
                self.joined = event
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


def describe(event: AnyEvent) -> str | None:
    """One plain line about an event, for logs and pipes; None for events that are better left out."""
    match event:
        case Submitted(expects=expects):
            return f"looking: {', '.join(expects)}"
        case Feature(analyzer=name, status="ok", compute_ms=ms, cached=cached):
            return f"{name}: {'known already' if cached else f'{ms:.0f} ms'}"
        case Feature(analyzer=name, status=status, reason=reason):
            return f"{name}: {status} ({reason})"
        case Joined(cues=cues, missing=missing):
            without = f", without {', '.join(missing)}" if missing else ""
            return f"joined: {len(cues)} cue{'' if len(cues) == 1 else 's'}{without}"
        case _:
            return None


def picture(progress: Progress, shown: int | None = None) -> RenderableType:
    """The state as Rich draws it; of the words, the first `shown` characters."""
    table = Table.grid(padding=(0, 2))
    for name, stage in progress.stages.items():
        table.add_row(_mark(stage), name, _note(stage))
    parts: list[RenderableType] = [Text(progress.title, style="bold"), table]
    if progress.joined and not progress.text:
        parts.append(Text(f"{len(progress.joined.cues)} cues; the writer thinks …", style="dim"))
    if progress.text:
        parts += [Text(), Text(progress.text[:shown])]
    return Group(*parts)


def _mark(stage: Feature | Started | None) -> RenderableType:
    match stage:
        case Feature(status=status):
            sign, style = _MARKS[status]
            return Text(sign, style=style)
        case Started():
            return Spinner("dots")
        case None:
            return Text("·", style="dim")


def _note(stage: Feature | Started | None) -> RenderableType:
    if not isinstance(stage, Feature):
        return Text()
    words = (describe(stage) or "").removeprefix(f"{stage.analyzer}: ")
    return Text.from_markup(f"[dim]{escape(words)}[/]")
