"""Work goes on when a process, a connection or the server goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

from deliveries import DURABLE, Scripted, answer, feature_of, found, request, working

from bus.client import Bus, connect
from bus.events import Event
from bus.worker import Delivery, Worker

Run = Callable[[Any], Any]


def test_work_of_a_vanished_process_is_handed_on(impatient_server: Any, run: Run) -> None:
    server = impatient_server

    async def hangs(delivery: Delivery) -> AsyncGenerator[Event, None]:
        taken.set()
        await asyncio.Event().wait()
        yield found(delivery)

    taken = asyncio.Event()

    async def scenario() -> None:
        async with server.bus() as bus:
            doomed = await connect_again(server)
            task = asyncio.create_task(Worker(doomed, DURABLE, Scripted(hangs)).run(asyncio.Event()))
            await doomed.ensure_consumer(DURABLE)
            event = request()
            await bus.publish(event)
            await taken.wait()
            await doomed.nc.close()
            task.cancel()
            async with working(bus, Scripted(answer), DURABLE):
                assert (await feature_of(bus, event.id)).attempt == 2

    run(scenario())


async def connect_again(server: Any) -> Bus:
    return await connect(server.settings_for("admin"), "doomed")


def test_a_worker_that_leaves_gives_back_what_was_on_its_way_to_it(fresh_server: Callable[..., Any], run: Run) -> None:
    patient = fresh_server(ack_wait_s=600)

    async def scenario() -> None:
        async with patient.bus() as bus:
            await bus.ensure_consumer(DURABLE)
            events = [request() for _ in range(200)]
            await asyncio.gather(*(bus.publish(event) for event in events))
            for _ in range(3):
                begun = asyncio.Event()

                async def answer_and_tell(delivery: Delivery, begun: asyncio.Event = begun) -> Any:
                    begun.set()
                    yield found(delivery)

                async with patient.bus() as short, working(short, Scripted(answer_and_tell), DURABLE, slots=32):
                    await begun.wait()
            async with working(bus, Scripted(answer), DURABLE, slots=32):
                for event in events:
                    assert (await feature_of(bus, event.id)).status == "ok"

    run(scenario())


def test_what_was_received_before_the_connection_was_lost_is_no_proof_of_what_was_delivered_since(
    server: Any, run: Run
) -> None:
    handler = Scripted(answer)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            for _ in range(2):
                for _ in range(2):
                    event = request()
                    await bus.publish(event)
                    await feature_of(bus, event.id)
                back = asyncio.create_task(bus.wait_reconnect())
                await bus.nc.flush()
                await bus.nc.force_reconnect()
                await back
            first = {delivery.event.id: delivery.run for delivery in reversed(handler.deliveries)}
            runs = [first[id] for id in dict.fromkeys(delivery.event.id for delivery in handler.deliveries)]
            assert runs[0] == runs[1] != runs[2]

    run(scenario())


def test_a_worker_goes_on_after_the_server_was_killed_and_came_back(server: Any, run: Run) -> None:
    handler = Scripted(answer)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            for _ in range(3):
                event = request()
                await bus.publish(event)
                assert (await feature_of(bus, event.id)).status == "ok"
                server.kill()
                server.embedded.start()

    run(scenario())
