"""The writer at work: jokes come whole and checked, one roast for each request, and a cancellation stops it at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from at_work import outcome, request, writing

from bus.events import Cancelled, Failed, Joined, Submitted
from bus.roast.events import Cue, Cued, Line, Roast
from bus.roast.product import WRITER
from bus.roast.style import Style
from bus.worker import Delivery
from llm.brief import Brief
from llm.prompting.stream_jokes import by_joke, stream_jokes
from llm.service import Writing, wordless
from llm.writers.base import Piece
from llm.writers.house.writer import HouseWriter

Run = Callable[[Any], Any]
CUE = Cue(id="flash", kind="flash", text="the flash went off", salience=0.5, evidence=("facts.flash",))


class Scripted:
    """A writer that says what the test gives it, and may fall silent."""

    name = "scripted"

    def __init__(self, pieces: Sequence[Piece], then_silent: bool = False) -> None:
        self._pieces, self._then_silent = pieces, then_silent
        self.closed = asyncio.Event()

    async def write(self, brief: Brief) -> AsyncIterator[Piece]:
        try:
            for piece in self._pieces:
                yield piece
            if self._then_silent:
                await asyncio.Event().wait()
        finally:
            self.closed.set()

    def note(self, brief: Brief) -> str | None:
        return None


def piece(joke: int, text: str, *cues: str) -> Piece:
    return Piece(joke=joke, text=text, cues=cues)


def brief() -> Brief:
    return Brief(cues=(CUE,), style=Style(), seed=1, gentle=False, faces=0)


GOOD = [piece(0, "That flash ", "flash"), piece(0, "saw it all.", "flash"), piece(1, "It wants to forget.", "flash")]


def test_pieces_become_whole_jokes_in_order(run: Run) -> None:
    async def scenario() -> list[tuple[int, int]]:
        return [(number, len(pieces)) async for number, pieces in by_joke(Scripted(GOOD).write(brief()))]

    assert run(scenario()) == [(0, 2), (1, 1)]


def test_a_joke_without_a_valid_citation_is_never_told(run: Run) -> None:
    async def scenario() -> list[tuple[str, tuple[str, ...]]]:
        writer = Scripted(
            [
                piece(0, "I made this up."),
                piece(1, "And this cites thin air.", "unicorn"),
                piece(2, "It wants to forget.", "unicorn", "flash"),
            ]
        )
        return [(joke.text, joke.cues) async for joke in stream_jokes(writer, brief(), asyncio.Event())]

    assert run(scenario()) == [("It wants to forget.", ("flash",))]


def test_a_roast_is_its_lines_with_their_citations_and_names_its_writer(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus, writing(bus, Scripted(GOOD), HouseWriter()):
            events = await outcome(bus, (CUE,))
            lines = [event for event in events if isinstance(event, Line)]
            assert [(line.joke, line.text, line.cues) for line in lines] == [
                (0, "That flash saw it all.", ("flash",)),
                (1, "It wants to forget.", ("flash",)),
            ]
            roast = events[-1]
            assert isinstance(roast, Roast)
            assert [joke.text for joke in roast.jokes] == [line.text for line in lines]
            assert (roast.writer, roast.attempt) == ("scripted", 1)

    run(scenario())


def test_when_a_writer_has_nothing_fit_to_print_the_house_writes(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        rejected = Scripted([piece(0, "No cue stands behind this.")])
        async with server.bus() as bus, writing(bus, rejected, Scripted(GOOD)):
            assert [joke.cues for joke in (await outcome(bus, (CUE,)))[-1].jokes] == [("flash",), ("flash",)]

    run(scenario())


def test_when_there_is_nothing_to_joke_about_it_says_so(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus, writing(bus, Scripted([]), Scripted([])):
            ending = (await outcome(bus, (CUE,)))[-1]
            assert isinstance(ending, Failed)
            assert ending.code == "nothing_to_say"
            assert ending.hint

    run(scenario())


def test_without_findings_it_names_the_analyzers_that_did_not_answer_and_never_blames_the_photo() -> None:
    late = {f"a{n}": "not running when the time was up" for n in range(7)}
    for missing, code in (({}, "nothing_to_say"), (late, "not_looked_at")):
        joined = Joined(id="id", complete=not missing, missing=missing)
        ending = wordless("id", joined)
        assert ending.code == code
    assert "7 analyzers did not answer (a0, a1, a2, a3, a4 and others)" in ending.detail


@pytest.mark.parametrize("heard", [True, False])
def test_no_roast_is_written_for_a_request_that_has_failed(
    fresh_server: Callable[..., Any], heard: bool, run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus("writer") as bus, server.bus() as admin:
            writing = Writing(bus, Scripted(GOOD), HouseWriter())
            if heard:
                await writing.listen()
            event = request()
            await admin.publish(event)
            await admin.publish(Failed(id=event.id, code="expired", detail="late"))
            await bus.nc.flush()
            if not heard:  # it has just started: the log knows
                await writing.listen()
            cued = Cued(id=event.id, cues=(CUE,))
            assert [each async for each in writing.handle(Delivery(cued, seq=9, at=cued.at))] == []

    run(scenario())


def test_a_cancellation_stops_even_a_writer_that_has_fallen_silent(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        silent = Scripted(GOOD, then_silent=True)
        async with server.bus() as bus, writing(bus, silent, HouseWriter()):
            event = request()
            await bus.submit(event)
            await bus.publish(Cued(id=event.id, cues=(CUE,)))
            async for stored in bus.follow(event.id):
                if isinstance(stored.event, Line):
                    await bus.publish(Cancelled(id=event.id))
            await silent.closed.wait()
            assert isinstance(stored.event, Cancelled)

    run(scenario())


def test_a_request_cancelled_before_its_turn_is_not_written(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            writing = Writing(bus, Scripted(GOOD), HouseWriter())
            await writing.listen()
            event = request()
            await bus.publish(event)
            await bus.publish(Cancelled(id=event.id))
            assert [type(stored.event) async for stored in bus.follow(event.id)] == [Submitted, Cancelled]
            cued = Cued(id=event.id, cues=(CUE,))
            assert [each async for each in writing.handle(Delivery(cued, seq=9, at=cued.at))] == []

    run(scenario())


def test_a_writer_that_died_half_way_starts_again_with_a_new_attempt(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            event = request()
            await bus.submit(event)
            await bus.ensure_consumer(WRITER)
            await bus.publish(Cued(id=event.id, cues=(CUE,)))
            dying = await bus.nc.subscribe(inbox := bus.nc.new_inbox())
            await bus.nc.publish("$JS.API.CONSUMER.MSG.NEXT.PHOTOS.write", b'{"batch": 1}', reply=inbox)
            delivery = await dying.next_msg(timeout=20)
            await bus.publish(Line(id=event.id, attempt=1, n=0, joke=0, text="The last words of"))
            await delivery.nak()
            async with writing(bus, Scripted(GOOD), HouseWriter()):
                events = [stored.event async for stored in bus.follow(event.id)]
            assert [line.attempt for line in events if isinstance(line, Line)] == [1, 2, 2]
            assert events[-1].attempt == 2

    run(scenario())
