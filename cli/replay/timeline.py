"""Pure: when each stage of a request was ready to begin, began, and was done, and which of them it was all about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bus.events import Cancelled, Event, Failed, Feature, Joined, Submitted
from bus.history import History, Stored
from bus.roast.events import Cued, JoinedWithCues, Line, Roast
from bus.roast.history import cued_of
from bus.roast.product import ROAST
from bus.roast.style import style_of

JOIN, WRITER = "join", "writer"
EVENT = 13
"""Columns of the time before what `described` says of an event."""


@dataclass(frozen=True)
class Stage:
    """One analyzer, the join, or the writer. Times are in milliseconds since the submission was stored.

    From `ready_ms` on it could have begun: all that it needs was there. Until `began_ms` it waited its turn. `done_ms`
    is None for what has not ended.
    """

    name: str
    ready_ms: float
    began_ms: float
    done_ms: float | None
    status: str
    needs: tuple[str, ...] = ()
    attempt: int = 1
    cached: bool = False
    critical: bool = False
    note: str = ""

    @property
    def queue_ms(self) -> float:
        return self.began_ms - self.ready_ms

    @property
    def work_ms(self) -> float | None:
        return None if self.done_ms is None else self.done_ms - self.began_ms


@dataclass(frozen=True)
class Timeline:
    """A request as a course of stages, in the order in which they were done; those that are not, last."""

    stages: tuple[Stage, ...]
    path: tuple[str, ...]
    """What the end waited for, from the first stage to the last: shortening anything else would gain nothing."""
    waits: tuple[tuple[str, float], ...] = field(default=())
    """What the join waited for: the last analyzers to report, and how long after the one before, in milliseconds."""
    total_ms: float | None = None


def timeline(history: History, needs: Mapping[str, Sequence[str]]) -> Timeline:
    """The course of a request. `needs` says what each analyzer waits for; one that is not in it takes the photo."""
    began = next((stored.at for stored in history.events if isinstance(stored.event, Submitted)), 0.0)
    times = {_name(stored.event): max(0.0, stored.at - began) * 1000 for stored in history.events}
    stages = [*_analyzers(history, times, needs), *_after(history, times)]
    path = _path(history, times, needs)
    marked = tuple(_marked(stage, path) for stage in sorted(stages, key=_order))
    total = (history.events[-1].at - began) * 1000 if history.ending else None
    if history.ending:
        total = times.get(_name(history.ending))
    return Timeline(marked, path, _waits(history, times), total)


def described(stored: Stored, began: float) -> str:
    """One event in a line: when, what, and the gist of it."""
    return f"+{stored.at - began:7.3f} s  {_name(stored.event):<22} {gist(stored.event)}".rstrip()


def gist(event: Event) -> str:
    """What an event says, in a few words."""
    match event:
        case Submitted():
            rerun = f", rerun of {event.parent}" if event.rerun else ""
            size = f"{event.photo.width} × {event.photo.height}"
            return f"{size}, {len(event.expects)} analyzers expected, {asked(event)}{rerun}"
        case Feature():
            tried = f", attempt {event.attempt}" if event.attempt > 1 else ""
            took = "cached" if event.cached else f"{event.compute_ms:.0f} ms after {event.queue_ms:.0f} ms in the queue"
            return f"{event.status}, {took}{tried}{f': {event.reason}' if event.reason else ''}"
        case Joined():
            cues = f"{len(event.cues)} cues" if isinstance(event, JoinedWithCues) else ""
            without = f"without {', '.join(event.missing)}" if event.missing else ""
            return ", ".join(filter(None, (cues, "time was up" if event.timed_out else "", without)))
        case Cued():
            return f"{len(event.cues)} cues{', gentle' if event.gentle else ''}"
        case Line():
            return event.text.strip()
        case Roast():
            return f"{len(event.jokes)} jokes by {event.writer}, {event.write_ms:.0f} ms"
        case Failed():
            return f"{event.code}: {event.detail}"
        case Cancelled():
            return event.reason
    return ""


def asked(submitted: Submitted) -> str:
    """What was asked for: of a roast its persona and heat, else the product."""
    if submitted.product != ROAST.name:
        return submitted.product
    style = style_of(submitted)
    return f"{style.persona}, {style.heat}"


def _name(event: Event) -> str:
    """The event's subject without the request: `feature.faces`, `end.roast`."""
    return event.kind


def _order(stage: Stage) -> tuple[bool, float, float]:
    return stage.done_ms is None, stage.done_ms or 0.0, stage.ready_ms


def _analyzers(history: History, times: Mapping[str, float], needs: Mapping[str, Sequence[str]]) -> list[Stage]:
    expected = history.submitted.expects if history.submitted else ()
    names = [*history.features, *(name for name in expected if name not in history.features)]
    return [_analyzer(name, history, times, tuple(needs.get(name, ()))) for name in names]


def _analyzer(name: str, history: History, times: Mapping[str, float], needs: tuple[str, ...]) -> Stage:
    given = [times.get(f"feature.{need}") for need in needs]
    ready = max((at for at in given if at is not None), default=0.0)
    feature = history.features.get(name)
    if feature is None:
        state = "waiting" if None in given else "running"
        return Stage(name, ready, ready, None, "late" if history.ending else state, needs)
    done = times[f"feature.{name}"]
    work = 0.0 if feature.cached else feature.compute_ms
    began = min(done, max(ready, done - work))
    reused = bool(history.submitted and history.submitted.rerun and name in history.submitted.rerun.reused)
    note = "reused" if reused else feature.reason or ""
    return Stage(
        name, min(ready, began), began, done, feature.status, needs, feature.attempt, feature.cached, note=note
    )


def _after(history: History, times: Mapping[str, float]) -> list[Stage]:
    """The join and the writer, as far as they came."""
    if history.joined is None:
        return []
    at = times[_name(history.joined)]
    ready = max((t for name, t in times.items() if name.startswith("feature.") and t <= at), default=0.0)
    stages = [Stage(JOIN, ready, ready, at, "timed out" if history.joined.timed_out else "ok")]
    cued = cued_of(history)
    at = max(at, times[_name(cued)]) if cued and _name(cued) in times else at
    if (ending := history.ending) is None and cued:
        stages.append(Stage(WRITER, at, at, None, "running"))
    elif isinstance(ending, Roast):
        done = max(at, times[_name(ending)])  # clocks of a cluster may disagree a little
        began = max(at, done - ending.write_ms)
        stages.append(Stage(WRITER, at, began, done, "ok", attempt=ending.attempt, note=ending.note or ""))
    return stages


def _marked(stage: Stage, path: Sequence[str]) -> Stage:
    return Stage(**{**stage.__dict__, "critical": stage.name in path})


def _path(history: History, times: Mapping[str, float], needs: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """From the end backwards: each time to the one that came last of those that had to come."""
    found = [WRITER] if isinstance(history.ending, Roast) else []
    before = history.features.keys()
    if history.joined is not None:
        found.append(JOIN)
        if history.joined.timed_out:
            return ("the deadline", *reversed(found))
        joined_at = times[_name(history.joined)]
        before = {name: f for name, f in history.features.items() if times[f"feature.{name}"] <= joined_at}.keys()
    candidates = set(before)
    while candidates:
        last = max(candidates, key=lambda name: times[f"feature.{name}"])
        found.append(last)
        candidates = {need for need in needs.get(last, ()) if need in before} - set(found)
    return tuple(reversed(found))


def _waits(history: History, times: Mapping[str, float], most: int = 3) -> tuple[tuple[str, float], ...]:
    """The last to report before the join, and the time that each of them took beyond the one before."""
    until = times[_name(history.joined)] if history.joined else float("inf")
    came = sorted((times[f"feature.{name}"], name) for name in history.features if times[f"feature.{name}"] <= until)
    gaps = [(name, at - before) for (before, _), (at, name) in zip([(0.0, ""), *came], came, strict=False)]
    return tuple(gaps[-most:])
