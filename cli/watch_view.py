"""A frame of `heckler watch` as a terminal shows it, and as one line. Pure."""

from __future__ import annotations

import time

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bus.presence import Alive
from bus.settings import Settings
from cli.watch import Consumer, Frame
from cli.watch_stages import WHOLE, Figures

NUMBERS = ("lag", "hand", "again", "/s", "waits", "p95", "takes", "p95")


def line(frame: Frame) -> str:
    """The frame in one line, for logs and pipes."""
    whole = frame.stages.get(WHOLE)
    lag, hand = sum(each.lag for each in frame.consumers), sum(each.in_flight for each in frame.consumers)
    endings = " ".join(f"{how}={count}" for how, count in frame.endings.items()) or "none"
    photos = f"p50={whole.work_p50_ms:.0f}ms p95={whole.work_p95_ms:.0f}ms" if whole else "p50=– p95=–"
    slow = slowest(frame)
    return (
        f"{time.strftime('%H:%M:%S', time.localtime(frame.at))} ended: {endings} {photos} lag={lag} in_hand={hand} "
        f"dead={frame.dead} storage={megabytes(frame.storage)}" + (f" longest_queue={slow}" if slow else "")
    )


def slowest(frame: Frame) -> str:
    """The consumer with the most waiting; empty when nothing waits."""
    behind = max(frame.consumers, key=lambda each: each.lag, default=None)
    return behind.name if behind and behind.lag else ""


def picture(frame: Frame, settings: Settings) -> RenderableType:
    """The whole frame."""
    return Group(_head(frame), Text(), _consumers(frame), Text(), _storage(frame, settings))


def _head(frame: Frame) -> Text:
    whole = frame.stages.get(WHOLE)
    words = [f"the last {frame.window_s:.0f} s: "]
    words.append(", ".join(f"{count} {how}" for how, count in frame.endings.items()) or "no request ended")
    if whole:
        words.append(f"; a photo takes {_ms(whole.work_p50_ms)} ms (p95 {_ms(whole.work_p95_ms)})")
    text = Text("heckler ", style="bold").append("".join(words), style="default")
    if frame.dead:
        text.append(f"\n{frame.dead} dead letter{'' if frame.dead == 1 else 's'}: heckler dead list", style="red")
    return text


def _consumers(frame: Frame) -> Table:
    table = Table("ms", *NUMBERS, "who", box=None, header_style="bold")
    for column in table.columns[:-1]:
        column.justify, column.no_wrap = "right", True
    table.columns[0].justify = "left"
    table.columns[-1].no_wrap, table.columns[-1].overflow = True, "ellipsis"
    alive = {service.name: service for service in frame.services}
    for consumer in frame.consumers:
        numbers = _numbers(consumer, frame.stages.get(consumer.stage))
        table.add_row(consumer.name.removeprefix("analyze-"), *numbers, _who(alive.get(_service(consumer))))
    for name in sorted(alive.keys() - {_service(each) for each in frame.consumers}):  # who cannot work has no consumer
        table.add_row(name, *[""] * len(NUMBERS), _who(alive[name]))
    return table


def _service(consumer: Consumer) -> str:
    names = {"aggregate": "aggregator", "bury": "aggregator", "write": "writer"}
    return names.get(consumer.name, consumer.stage)


def _numbers(consumer: Consumer, stage: Figures | None) -> list[Text]:
    rate = "" if consumer.per_s is None else f"{consumer.per_s:.1f}"
    counts = (consumer.lag, "yellow"), (consumer.in_flight, "default"), (consumer.redelivered, "red")
    cells = [Text(str(count), style=style if count else "dim") for count, style in counts]
    times = (stage.wait_p50_ms, stage.wait_p95_ms, stage.work_p50_ms, stage.work_p95_ms) if stage else ()
    return [*cells, Text(rate), *(Text(_ms(each)) for each in times), *[Text("–", style="dim")] * (4 - len(times))]


def _who(service: Alive | None) -> Text:
    if service is None:
        return Text("nobody", style="red")
    if service.missing or service.note:
        return Text(service.note or f"lacks {', '.join(service.missing)}", style="yellow")
    runs_on = f" on {', '.join(sorted({provider for _, provider in service.runs_on}))}" if service.runs_on else ""
    return Text(" ".join(filter(None, (service.version and f"v{service.version}", service.model))) + runs_on)


def _storage(frame: Frame, settings: Settings) -> Table:
    table = Table("stored", "messages", "size", "of", box=None, header_style="bold")
    for stream in frame.streams:
        limit = settings.max_log_bytes if stream.name == "PHOTOS" else stream.limit
        of = f"{megabytes(limit)} ({100 * stream.bytes / limit:.0f} %)" if limit else "–"
        table.add_row(stream.name, f"{stream.messages:,}", megabytes(stream.bytes), of)
    return table


def megabytes(size: int) -> str:
    """`12.3MB`: of a million bytes, or GB of a thousand of those."""
    return f"{size / 1e9:.1f}GB" if size >= 1e9 else f"{size / 1e6:.1f}MB"


def _ms(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"
