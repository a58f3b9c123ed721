"""A dead letter goes back to exactly the durable that failed, and its result takes the place of the failure."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

from deliveries import DURABLE, Scripted, answer, feature_of, found, request, working

from bus.client import Bus
from bus.dead_letters.letter import Letter, forget, letters, send_again
from bus.events import Event, Feature
from bus.topology import PHOTOS, Durable
from bus.worker import Delivery

Run = Callable[[Any], Any]
OTHER = Durable("analyze-y", DURABLE.filters)


async def explodes(delivery: Delivery) -> AsyncGenerator[Event, None]:
    raise ZeroDivisionError("poison")
    yield


async def mended(delivery: Delivery) -> AsyncGenerator[Event, None]:
    """As an analyzer does it: what it finds takes the place of the failure."""
    assert delivery.again
    yield found(delivery).model_copy(update={"supersedes": mended.place})  # type: ignore[attr-defined]


async def dead_letter(bus: Bus) -> Letter:
    """A letter about a request of its own, from a worker that cannot handle it."""
    event = request()
    async with working(bus, Scripted(explodes), DURABLE):
        await bus.publish(event)
        assert (await feature_of(bus, event.id)).status == "failed"
    return next(letter for letter in [each async for _, each in letters(bus.reader)] if letter.request == event.id)


def test_it_is_worked_on_by_that_durable_alone_and_supersedes_the_failure(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, server.bus("cli") as commands:
            letter = await dead_letter(bus)
            mended.place = (await bus.latest(letter.request)).events[-1].seq  # type: ignore[attr-defined]
            bystander, handler = Scripted(answer), Scripted(mended)
            async with working(bus, bystander, OTHER), working(bus, handler, DURABLE):
                assert await send_again(commands, letter) == await send_again(commands, letter)
                await superseded(bus, letter.request)
            [delivery] = handler.deliveries
            assert (delivery.event.subject, delivery.seq) == (letter.subject, letter.seq)
            assert delivery.attempt == letter.attempts + 1
            assert [each for each in bystander.deliveries if each.again] == []
            history = await bus.latest(letter.request)
            assert [stored.event.type for stored in history.events] == ["submitted", "feature"]
            assert await bus.publish(found(delivery).model_copy(update={"supersedes": mended.place})) is None  # type: ignore[attr-defined]
            await forget(commands, letter)
            assert [each async for _, each in letters(commands.reader)] == []

    run(scenario())


async def superseded(bus: Bus, id: str) -> None:
    async for stored in bus.follow(id):
        if isinstance(stored.event, Feature) and stored.event.status == "ok":
            return


def test_what_fails_again_is_another_letter_about_the_same_event(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            letter = await dead_letter(bus)
            handler = Scripted(explodes)
            async with working(bus, handler, DURABLE):
                seq = await send_again(bus, letter)
                second = await letter_under(bus, seq)
            assert (second.subject, second.seq, second.data) == (letter.subject, letter.seq, letter.data)
            assert (second.attempts, second.again) == (6, seq)
            assert second.letter_subject != letter.letter_subject
            assert second.retry_subject != letter.retry_subject
            assert [delivery.attempt for delivery in handler.deliveries] == [4, 5, 6]
            [feature] = (await bus.latest(letter.request)).features.values()
            assert (feature.status, feature.supersedes) == ("failed", None)

    run(scenario())


async def letter_under(bus: Bus, again: int) -> Letter:
    while True:
        for letter in [each async for _, each in letters(bus.reader)]:
            if letter.again == again:
                return letter


def test_a_message_that_comes_back_broken_goes_to_the_dead_letters_and_holds_nothing_up(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, working(bus, Scripted(answer), DURABLE, slots=1):
            await bus.nc.request(f"photo.garbage.again.{DURABLE.name}.1", b"\xc1 nonsense", timeout=30)
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).status == "ok"
            [letter] = [each async for _, each in letters(bus.reader)]
            assert letter.subject.startswith("photo.garbage.again.")
            assert len(await bus.reader.after(PHOTOS, "photo.garbage.>")) == 1

    run(scenario())
