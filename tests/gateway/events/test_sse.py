"""Events on the wire, as a browser's EventSource reads them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.events import Cancelled, Event, Failed, Feature, Joined, Started
from bus.history import Stored
from bus.jetstream.direct_get import ReadFailed
from gateway.events.queue_math import QueuePosition
from gateway.events.sse import HEARTBEAT, OPENING, frame, frames, resume_point, with_positions

ID = "AbCdEfGhIjKlMnOpQrStUv"


def fields(raw: bytes) -> dict[str, str]:
    text = raw.decode()
    assert text.endswith("\n\n")
    return dict(line.split(": ", 1) for line in text.strip().split("\n"))


def test_a_stored_event_carries_its_sequence_as_id() -> None:
    event = Cancelled(id=ID)
    parsed = fields(frame(7, event))
    assert (parsed["id"], parsed["event"]) == ("7", "cancelled")
    assert Cancelled.model_validate_json(parsed["data"]) == event


def test_what_is_not_stored_has_no_id_so_that_no_client_resumes_after_it() -> None:
    assert "id" not in fields(frame(0, Started(id=ID, analyzer="faces")))


@given(st.text(max_size=200))
def test_no_text_can_break_out_of_its_frame(text: str) -> None:
    raw = frame(1, Failed(id=ID, code="x", detail=text))
    assert raw.count(b"\n") == 4
    assert b"\r" not in raw
    assert json.loads(fields(raw)["data"])["detail"] == text


@pytest.mark.parametrize(
    ("header", "query", "point"),
    [(None, None, 0), ("5", None, 5), (None, "6", 6), ("9", "6", 9), ("", " ", 0), (" 12 ", None, 12)],
)
def test_the_later_of_header_and_query_is_where_to_resume(header: str | None, query: str | None, point: int) -> None:
    assert resume_point(header, query) == point


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "٣", "9" * 40])
def test_a_place_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        resume_point(text, None)


class Source:
    """Events given beforehand; then silence, an error, or the end. Knows whether it was closed."""

    def __init__(self, *events: Stored, then: Exception | None = None, quiet: bool = False) -> None:
        self.events, self.then, self.quiet = events, then, quiet
        self.closed = asyncio.Event()

    async def stream(self) -> AsyncIterator[Stored]:
        try:
            for event in self.events:
                yield event
            if self.quiet:
                await asyncio.Event().wait()
            if self.then:
                raise self.then
        finally:
            self.closed.set()


STARTED = Stored(0, 1, Started(id=ID, analyzer="faces"))
ENDED = Stored(3, 2, Cancelled(id=ID))


def test_a_stream_opens_at_once_and_ends_with_its_events() -> None:
    async def collect() -> list[bytes]:
        source = Source(STARTED, ENDED)
        seen = [each async for each in frames(source.stream(), asyncio.Event())]
        assert source.closed.is_set()
        return seen

    assert asyncio.run(collect()) == [OPENING, frame(0, STARTED.event), frame(3, ENDED.event)]


def test_silence_is_filled_with_heartbeats_and_loses_no_event() -> None:
    async def collect() -> None:
        source = Source(STARTED, quiet=True)
        stream = frames(source.stream(), asyncio.Event(), heartbeat_s=0)
        seen = [await anext(stream) for _ in range(6)]
        assert seen[0] == OPENING
        assert seen.count(frame(0, STARTED.event)) == 1
        assert seen[-1] == HEARTBEAT
        await stream.aclose()
        assert source.closed.is_set()

    asyncio.run(collect())


def test_a_gateway_that_leaves_ends_its_streams() -> None:
    async def collect() -> None:
        source, leaving = Source(STARTED, quiet=True), asyncio.Event()
        stream = frames(source.stream(), leaving)
        assert [await anext(stream), await anext(stream)] == [OPENING, frame(0, STARTED.event)]
        leaving.set()
        assert [each async for each in stream] == []
        assert source.closed.is_set()

    asyncio.run(collect())


def test_a_log_that_went_away_ends_the_stream_so_that_the_client_resumes() -> None:
    async def collect() -> list[bytes]:
        return [each async for each in frames(Source(STARTED, then=ReadFailed("gone")).stream(), asyncio.Event())]

    assert asyncio.run(collect()) == [OPENING, frame(0, STARTED.event)]


def test_a_client_that_leaves_closes_the_source_though_its_task_is_cancelled() -> None:
    async def collect() -> None:
        source = Source(quiet=True)

        async def read() -> None:
            async for _ in frames(source.stream(), asyncio.Event()):
                reading.set()

        reading = asyncio.Event()
        task = asyncio.create_task(read())
        await reading.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(source.closed.wait(), 5)

    asyncio.run(collect())


def test_a_position_in_the_queue_has_no_id() -> None:
    assert fields(frame(0, QueuePosition(id=ID, ahead=3))) == {
        "event": "queue",
        "data": f'{{"type":"queue","id":"{ID}","ahead":3}}',
    }


REPORT = Feature(id=ID, analyzer="facts", status="skipped")
TURNS: list[Event] = [Started(id=ID, analyzer="faces"), Joined(id=ID, complete=True), Cancelled(id=ID)]


async def positions_of(
    places: list[int], heard: asyncio.Event, closed: asyncio.Event
) -> AsyncGenerator[QueuePosition, None]:
    """Places one after the other; then none for ever, unless the last was 0."""
    try:
        for ahead in places:
            yield QueuePosition(id=ID, ahead=ahead)
        heard.set()
        if places[-1:] != [0]:
            await asyncio.Event().wait()
    finally:
        closed.set()


@given(st.lists(st.integers(1, 9), max_size=3), st.booleans(), st.sampled_from(TURNS))
def test_positions_stand_among_the_events_and_end_with_0_once(line: list[int], through: bool, turn: Event) -> None:
    """Whether 0 is sent or the turn shows in an event first."""
    places = [*line, 0] if line and through else line

    async def collect() -> list[Stored | QueuePosition]:
        heard, closed = asyncio.Event(), asyncio.Event()

        async def events() -> AsyncIterator[Stored]:
            yield Stored(4, 1, REPORT)
            await heard.wait()
            yield Stored(5, 2, turn)
            yield Stored(6, 3, REPORT)

        seen = [each async for each in with_positions(events(), positions_of(places, heard, closed))]
        assert closed.is_set()
        return seen

    seen = asyncio.run(collect())
    assert [each.seq for each in seen if isinstance(each, Stored)] == [4, 5, 6]
    ahead = [each.ahead for each in seen if isinstance(each, QueuePosition)]
    assert ahead == ([*line, 0] if line else [])
    assert all(isinstance(each, Stored) for each in seen[-2:])


@pytest.mark.parametrize("error", [None, ReadFailed("gone")])
def test_a_stream_that_ends_while_its_request_waits_leaves_nothing_behind(error: Exception | None) -> None:
    async def collect() -> None:
        heard, closed = asyncio.Event(), asyncio.Event()
        source = Source(Stored(1, 1, REPORT), then=error, quiet=error is None)
        stream = frames(with_positions(source.stream(), positions_of([2], heard, closed)), asyncio.Event())
        seen = [await anext(stream) for _ in range(2 if error else 3)]
        assert seen[0] == OPENING
        await stream.aclose()
        assert source.closed.is_set()
        assert closed.is_set()

    asyncio.run(collect())
