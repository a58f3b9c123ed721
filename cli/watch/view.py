"""A frame of `heckler watch` as a terminal shows it, and as one line. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from bus.service.presence import ServiceInfo
from bus.settings import Settings
from bus.topology import ANALYZE
from cli.watch.collector import Consumer, Frame
from cli.watch.stages import WHOLE, Figures

NUMBERS = ("lag", "hand", "again", "/s", "waits", "p95", "takes", "p95")
FEWER = (NUMBERS, ("lag", "hand", "again", "/s", "waits", "takes"), ("lag", "hand", "waits", "takes"))
"""The columns that are shown: the first of these that leave room for the model."""
MODEL = 14
"""Characters that the model should have at least."""


def line(frame: Frame) -> str:
    """The frame in one line, for logs and pipes."""
    whole = frame.stages.get(WHOLE)
    lag, hand = sum(each.lag for each in frame.consumers), sum(each.in_flight for each in frame.consumers)
    endings = " ".join(f"{how}={count}" for how, count in frame.endings.items()) or "none"
    photos = f"p50={whole.work_p50_ms:.0f}ms p95={whole.work_p95_ms:.0f}ms" if whole else "p50=– p95=–"
    slow = slowest(frame)
    return (
        f"{time.strftime('%H:%M:%S', time.localtime(frame.at))} ended: {endings} {photos} lag={lag} in_hand={hand} "
        f"dead={frame.dead} storage={megabytes(frame.storage)}"
        + (f" disk_free={megabytes(frame.disk_free)}" if frame.disk_free is not None else "")
        + (f" unwritable={','.join(sorted(frame.unwritable))}" if frame.unwritable else "")
        + (f" longest_queue={slow}" if slow else "")
        + (f" away={','.join(frame.away)}" if frame.away else "")
    )


def silence(frame: Frame) -> str:
    """What is said while the log does not answer."""
    return f"the event log has not answered since {time.strftime('%H:%M:%S', time.localtime(frame.at))}"


def slowest(frame: Frame) -> str:
    """The consumer with the most waiting; empty when nothing waits."""
    behind = max(frame.consumers, key=lambda each: each.lag, default=None)
    return behind.name if behind and behind.lag else ""


@dataclass(frozen=True)
class _Row:
    """A consumer, or a service that has none. `urgency` says which rows stay where there is no room for all."""

    name: str
    numbers: dict[int, Text]
    model: Text
    urgency: tuple[float, ...]


def picture(frame: Frame, settings: Settings, fit: bool = False, stale: bool = False) -> RenderableType:
    """The whole frame; with `fit`, what fits on the screen: the storage becomes a line, then rows without work go.

    `stale` says that it is the last one there was: the log does not answer.
    """
    return _Picture(frame, settings, fit, stale)


@dataclass(frozen=True)
class _Picture:
    frame: Frame
    settings: Settings
    fit: bool
    stale: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head, rows = _head(self.frame), _rows(self.frame)
        if self.stale:
            head.append(f"\n{silence(self.frame)}", style="yellow")
        storage = _storage(self.frame, self.settings)
        spare = options.size.height - len(console.render_lines(head, options.reset_height()))
        if not self.fit or spare >= len(rows) + len(self.frame.streams) + 5:
            yield Group(head, Text(), _table(rows, console, options), Text(), storage)
            return
        shown = _most_urgent(rows, spare - 2)
        yield Group(head, _table(shown, console, options), _storage_line(self.frame, len(rows) - len(shown)))


def _head(frame: Frame) -> Text:
    whole = frame.stages.get(WHOLE)
    words = [f"the last {frame.window_s:.0f} s: "]
    words.append(", ".join(f"{count} {how}" for how, count in frame.endings.items()) or "no request ended")
    if whole:
        words.append(f"; a photo takes {_ms(whole.work_p50_ms)} ms (p95 {_ms(whole.work_p95_ms)})")
    text = Text("heckler ", style="bold").append("".join(words), style="default")
    if frame.trouble:
        text.append(f"\n{frame.trouble}", style="red")
    if frame.away:
        text.append(f"\ncannot be reached: {', '.join(frame.away)}", style="red")
    if frame.dead:
        text.append(f"\n{frame.dead} dead letter{'' if frame.dead == 1 else 's'}: heckler dead list", style="red")
    return text


def _rows(frame: Frame) -> list[_Row]:
    alive = {service.name: service for service in frame.services}
    rows = []
    for each in frame.consumers:
        stage, service = frame.stages.get(each.stage), alive.get(_service(each))
        urgency = (each.lag + each.in_flight, service is None, stage.busy if stage else 0.0, 1)
        rows.append(
            _Row(each.name.removeprefix(ANALYZE), dict(enumerate(_numbers(each, stage))), _model(service), urgency)
        )
    idle = sorted(alive.keys() - {_service(each) for each in frame.consumers})  # without weights it has no consumer
    return [*rows, *(_Row(name, {}, _model(alive[name]), (0, 0, 0, 0)) for name in idle)]


def _most_urgent(rows: Sequence[_Row], room: int) -> list[_Row]:
    """So many of the rows, in their order."""
    chosen = sorted(rows, key=lambda row: row.urgency, reverse=True)[: max(0, room)]
    return [row for row in rows if row in chosen]


def _table(rows: Sequence[_Row], console: Console, options: ConsoleOptions) -> Table:
    """The rows with as many columns as fit."""
    unbounded = options.update(max_width=1000)
    for names in FEWER:
        table = _columns(rows, names)
        model = max((row.model.cell_len for row in rows), default=0)
        if Measurement.get(console, unbounded, table).maximum - model + min(model, MODEL) <= options.max_width:
            break
    return table


def _columns(rows: Sequence[_Row], names: Sequence[str]) -> Table:
    which = [place for place, name in enumerate(NUMBERS) if name in names]
    table = Table("ms", *(NUMBERS[place] for place in which), "by", box=None, header_style="bold")
    for column in table.columns[:-1]:
        column.justify, column.no_wrap = "right", True
    table.columns[0].justify = "left"
    for row in rows:
        numbers = (row.numbers.get(place, Text()) for place in which)
        table.add_row(row.name, *numbers, row.model)
    return table


def _service(consumer: Consumer) -> str:
    names = {**dict.fromkeys(("aggregate", "max-deliveries", "sweep"), "aggregator"), "write": "writer"}
    return names.get(consumer.name, consumer.stage)


def _numbers(consumer: Consumer, stage: Figures | None) -> list[Text]:
    rate = "" if consumer.per_s is None else f"{consumer.per_s:.1f}"
    counts = (consumer.lag, "yellow"), (consumer.in_flight, "default"), (consumer.redelivered, "red")
    cells = [Text(str(count), style=style if count else "dim") for count, style in counts]
    times = (stage.wait_p50_ms, stage.wait_p95_ms, stage.work_p50_ms, stage.work_p95_ms) if stage else ()
    none = Text("–", style="dim")
    known = stage is not None and not stage.work_p95_ms  # all of it came out of the cache
    cells_of_times = [none if known and place > 1 else Text(_ms(each)) for place, each in enumerate(times)]
    return [*cells, Text(rate), *cells_of_times, *[none] * (4 - len(times))]


def _model(service: ServiceInfo | None) -> Text:
    words, style = _words_of(service)
    return Text(words, style=style, no_wrap=True, overflow="ellipsis")  # not the column: it is to shrink first


def _words_of(service: ServiceInfo | None) -> tuple[str, str]:
    if service is None:
        return "not running", "red"
    if service.missing or service.note:
        return service.note or f"lacks {', '.join(service.missing)}", "yellow"
    runs_on = f" on {', '.join(sorted({provider for _, provider in service.runs_on}))}" if service.runs_on else ""
    return " ".join(filter(None, (service.version and f"v{service.version}", service.model))) + runs_on, ""


def _storage(frame: Frame, settings: Settings) -> Table:
    table = Table("stored", "messages", "size", "of", box=None, header_style="bold")
    for stream in frame.streams:
        limit = settings.max_log_bytes if stream.name == "PHOTOS" else stream.limit
        of = f"{megabytes(limit)} ({100 * stream.bytes / limit:.0f} %)" if limit else "–"
        table.add_row(stream.name, f"{stream.messages:,}", megabytes(stream.bytes), of)
    if frame.disk_free is not None:
        table.add_row("free on the disk", "", megabytes(frame.disk_free), f"{megabytes(settings.min_free_bytes)} kept")
    return table


def _storage_line(frame: Frame, hidden: int) -> Text:
    """What the rows leave out, and the storage, on one line."""
    rest = f"{hidden} more that do less; " if hidden else ""
    streams = ", ".join(f"{stream.name} {megabytes(stream.bytes)}" for stream in frame.streams)
    if frame.disk_free is not None:
        rest += f"{megabytes(frame.disk_free)} free; "
    return Text(f" {rest}stored: {streams}", style="dim", no_wrap=True, overflow="ellipsis")


def megabytes(size: int) -> str:
    """`12.3MB`: of a million bytes, or GB of a thousand of those."""
    return f"{size / 1e9:.1f}GB" if size >= 1e9 else f"{size / 1e6:.1f}MB"


def _ms(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"
