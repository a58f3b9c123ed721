"""Timelines and differences as text: plain lines, which a terminal merely colours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from bus.history import History
from cli.replay.diff import EXACT, Change, Difference
from cli.replay.diff import changes as changes_within
from cli.replay.timeline import Stage, Timeline, asked

BAR = 28
"""Columns for the whole of a request's time."""
NARROW = 12
"""So many at least, on a narrow terminal."""
_AROUND = 50
"""Columns of a row beside its bar, a short word at its end included."""
MAX_CHANGES = 8
"""Changes of one thing that are told; more are counted."""
_WIDE = 60
"""Characters of a value that are shown."""


def heading(history: History) -> str:
    """What the request is, in a line."""
    submitted = history.submitted
    assert submitted is not None  # whoever found it has looked
    state = type(history.ending).__name__.lower() if history.ending else "running"
    parent = f", from {submitted.parent}" if submitted.parent else ""
    photo = f"{submitted.photo.width} × {submitted.photo.height}"
    return f"{submitted.id}  {state}  {photo}, {asked(submitted)}{parent}"


def course(found: Timeline, width: int | None = None) -> Iterator[tuple[str, str | None]]:
    """The lines of a timeline, each with the style that suits it on a terminal of `width` columns, if it is for one.

    There each stage keeps to one row: the bar shrinks, and what does not fit is left to the events above.
    """
    bar = BAR if width is None else max(NARROW, min(BAR, width - _AROUND))
    whole = found.total_ms or max((stage.done_ms or stage.began_ms for stage in found.stages), default=0) or 1.0
    scale = f"waits from 0 to {_ms(whole)}" if bar == BAR else f"to {_ms(whole)}"
    yield _cut(f"{'':2}{'stage':<16}{scale:<{bar + 2}}{'queue':>9}{'work':>10}", width), "dim"
    for stage in found.stages:
        yield _cut(_row(stage, whole, bar), width), "bold" if stage.critical else None
    if found.path:
        yield f"critical path (>): {' → '.join(found.path)}", None
    if found.waits:
        last, gap = found.waits[-1]
        yield f"the join waited for {last}, which came {_ms(gap)} after the one before it", None
    if found.total_ms is not None:
        yield f"in all {_ms(found.total_ms)}", None


def timeline_document(history: History, found: Timeline, with_events: bool) -> dict[str, Any]:
    """A timeline for JSON; what each event says only when asked for."""
    began = history.events[0].at
    events = [
        {"seq": s.seq, "offset_ms": round((s.at - began) * 1000, 3), "subject": s.event.kind}
        | ({"event": s.event.model_dump(mode="json")} if with_events else {})
        for s in history.events
    ]
    assert history.submitted is not None  # whoever found it has looked
    return {"id": history.submitted.id, **asdict(found), "events": events}


def _cut(row: str, width: int | None) -> str:
    return row if width is None or len(row) <= width else f"{row[: width - 1]}…"


def _row(stage: Stage, whole: float, bar: int) -> str:
    mark = ">" if stage.critical else " "
    work = "…" if stage.work_ms is None else _ms(stage.work_ms)
    said = [stage.status] if stage.status != "ok" else []
    said += ["cached"] if stage.cached else []
    said += [f"attempt {stage.attempt}"] if stage.attempt > 1 else []
    said += [stage.note[:_WIDE]] if stage.note else []
    times = f"{_ms(stage.queue_ms):>9}{work:>10}"
    return f"{mark} {stage.name:<16}{_bar(stage, whole, bar)}  {times}  {', '.join(said)}".rstrip()


def _bar(stage: Stage, whole: float, wide: int) -> str:
    """Dots while it waited its turn, blocks while it worked."""
    end = whole if stage.done_ms is None else stage.done_ms
    ready, began, done = (round(wide * min(1.0, at / whole)) for at in (stage.ready_ms, stage.began_ms, end))
    began = min(began, wide - 1)  # what was quick at the very end is seen, too
    ready, done = min(ready, began), max(done, began + 1)
    return f"{' ' * ready}{'·' * (began - ready)}{'█' * (done - began)}"[:wide].ljust(wide)


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value < 10_000 else f"{value / 1000:.1f} s"


def differences(found: Difference) -> Iterator[tuple[str, str | None]]:
    """The lines of a difference, each with the style that suits it on a terminal."""
    for name in found.appeared:
        yield f"finding {name}: appeared", "green"
    for name in found.vanished:
        yield f"finding {name}: vanished", "red"
    for name, changes in found.findings.items():
        yield f"finding {name}: changed", "yellow"
        yield from _changes(changes)
    for title, changes in (("cue", found.cues), ("join", found.join), ("style", found.style), ("words", found.text)):
        yield from _told(title, changes)
    if found.prompt:
        yield "prompt: changed", "yellow"
        yield from ((f"  {line}", _COLOURS.get(line[:1])) for line in found.prompt)
    same = "no differences" if found.same else f"different: {', '.join(found.stages)}"
    yield same, "bold"
    if found.times:
        yield f"times: {_slowest(found)}", "dim"


_COLOURS = {"+": "green", "-": "red"}


def _told(title: str, changes: Sequence[Change]) -> Iterator[tuple[str, str | None]]:
    for change in changes:
        if change.before is None:
            yield f"{title} {change.path}: appeared: {_short(change.after)}", "green"
        elif change.after is None:
            yield f"{title} {change.path}: vanished: {_short(change.before)}", "red"
        elif isinstance(change.before, dict) and isinstance(change.after, dict):
            yield f"{title} {change.path}: changed", "yellow"
            yield from _changes(tuple(changes_within(change.before, change.after, EXACT)))
        else:
            yield f"{title} {change.path}: changed", "yellow"
            yield from (
                (f"  {sign} {line}", _COLOURS[sign])
                for sign, value in (("-", change.before), ("+", change.after))
                for line in _text(value).splitlines()
            )


def _changes(changes: Sequence[Change]) -> Iterator[tuple[str, str | None]]:
    for change in changes[:MAX_CHANGES]:
        yield f"  {change.path}: {_short(change.before)} → {_short(change.after)}", None
    if len(changes) > MAX_CHANGES:
        yield f"  … and {len(changes) - MAX_CHANGES} more", "dim"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    if isinstance(value, dict) and "text" in value:
        value = value["text"]
    text = "nothing" if value is None else _text(value)
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"


def _slowest(found: Difference) -> str:
    first = sorted(found.times.items(), key=lambda item: -max(item[1]))[:MAX_CHANGES]
    return ", ".join(f"{name} {_ms(before)} → {_ms(after)}" for name, (before, after) in first)
