"""Each service's NATS user may do what that service does, and a deletion reaches what it left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bus.analysis.product import Analyzed
from bus.client import BusDown
from bus.dead_letters.send import Letter, instead_of, keep
from bus.events import Deadline, Event, Failed, Feature, Joined, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.jetstream.timers import ticket
from bus.roast.events import Cued, Line, Roast
from bus.roast.product import WRITER
from bus.topology import AGGREGATOR, DEAD, MAX_DELIVERIES, PHOTOS, analyzer

Run = Callable[[Any], Any]


def submitted(id: str) -> Submitted:
    photo = PhotoRef(key=id, sha256=f"sha-{id}", width=4, height=3, bytes=2)
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=4e9, expire_by=4e9)


def letter(durable: str, event: Event) -> Letter:
    return Letter(durable, event.subject, 17, 3, "error", "trace", b"what was found", {})


SERVICES = {
    "analyzer": ("analyze-x", [analyzer("x", ())], lambda id: [Feature(id=id, analyzer="x", status="skipped")]),
    "aggregator": (
        "aggregate",
        [AGGREGATOR, MAX_DELIVERIES],
        lambda id: [Joined(id=id, complete=True), Cued(id=id), Analyzed(id=id)],
    ),
    "writer": (
        "write",
        [WRITER],
        lambda id: [
            Line(id=id, attempt=1, n=0, joke=0, text="ha"),
            Roast(id=id, text="ha", jokes=(), writer="w", persona="critic", heat="medium"),
        ],
    ),
}


@pytest.mark.parametrize("user", SERVICES)
def test_a_service_may_store_its_events_and_bury_its_dead_and_a_deletion_finds_them_all(
    nats_server: Any, run: Run, user: str
) -> None:
    durable, consumers, events = SERVICES[user]

    async def scenario() -> None:
        bus = nats_server.bus
        async with nats_server.registrar(*consumers), bus(user) as service, bus("gateway") as gateway:
            request, other = submitted(new_id()), submitted(new_id())
            for each in (request, other):
                await gateway.submit(each)
                await keep(service, letter(durable, each))
            for consumer in consumers:
                await service.ensure_consumer(consumer)
            instead = instead_of(durable, request, "it died")
            assert instead is not None
            for event in [*events(request.id), instead]:
                await service.publish(event, patience=2)
            await gateway.erase(request.id)
            subjects = [message.subject for message in await letters_under(nats_server, f"dead.{request.id}.>")]
            assert subjects == []
            assert len(await letters_under(nats_server, f"dead.{other.id}.>")) == 1
            assert (await service.latest(request.id)).events == ()

    run(scenario())


async def letters_under(server: Any, subject: str) -> Any:
    async with server.bus("admin") as admin:
        return await admin.reader.last(DEAD, [subject])


def test_the_aggregator_may_sweep_and_gets_the_orders(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus("aggregator") as service, nats_server.bus("gateway") as gateway:
            request = submitted(new_id())
            await gateway.submit(request)
            await gateway.erase(request.id)
            late = Feature(id=request.id, analyzer="late", status="skipped")
            await service.publish(late)
            await service.sweep(request.id, request.photo.sha256)
            found = await gateway.reader.last(PHOTOS, [f"photo.{request.id}.>"])
            assert found == []

    run(scenario())


@pytest.mark.parametrize(
    ("user", "event"),
    [
        ("gateway", Failed(id=new_id(), code="c", detail="d")),
        ("analyzer", Joined(id=new_id(), complete=True)),
        ("aggregator", Line(id=new_id(), attempt=1, n=0, joke=0, text="ha")),
        ("writer", Feature(id=new_id(), analyzer="x", status="skipped")),
        ("writer", Deadline(id=new_id(), what="expiry", due=0)),
    ],
)
def test_no_user_publishes_for_another(nats_server: Any, run: Run, user: str, event: Event) -> None:
    async def scenario() -> None:
        async with nats_server.bus(user) as service, nats_server.bus("admin") as admin:
            with pytest.raises(BusDown):
                await asyncio.wait_for(service.publish(event, patience=0), 10)
            assert (await admin.latest(event.id)).events == ()

    run(scenario())


def test_the_commands_may_read_everything_submit_and_erase(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus("cli") as commands, nats_server.bus("analyzer") as service:
            request = submitted(new_id())
            await commands.photos.put(request.id, b"a photo")
            await commands.submit(request)
            await keep(service, letter("analyze-x", request))
            for name in (request.id, ticket(request.id)):
                seqs = [message.seq for message in await commands.reader.after(PHOTOS, f"photo.{name}.>")]
                assert seqs == sorted(set(seqs))
                assert len(seqs) == (1 if name == request.id else 3)
            assert await commands.photos.get(request.id) == b"a photo"
            for stream in (PHOTOS, DEAD, "KV_IMAGES", "KV_FEATURES", "ADVISORIES"):
                assert (await commands.api(f"STREAM.INFO.{stream}", patience=0))["config"]["name"] == stream
            assert "consumers" in await commands.api(f"CONSUMER.LIST.{PHOTOS}", {"offset": 0}, patience=0)
            await commands.erase(request.id)
            assert (await commands.latest(request.id, "submitted")).events == ()
            assert await letters_under(nats_server, f"dead.{request.id}.>") == []

    run(scenario())


@pytest.mark.parametrize(
    "subject",
    [
        "STREAM.CREATE.MINE",
        f"STREAM.UPDATE.{PHOTOS}",
        f"STREAM.DELETE.{DEAD}",
        f"CONSUMER.CREATE.{PHOTOS}.mine",
        f"CONSUMER.DELETE.{PHOTOS}.aggregate",
        f"CONSUMER.MSG.NEXT.{PHOTOS}.aggregate",
    ],
)
def test_the_commands_change_no_stream_and_make_no_consumer(nats_server: Any, run: Run, subject: str) -> None:
    async def scenario() -> None:
        async with nats_server.bus("cli") as commands:
            refusals: asyncio.Queue[Exception] = asyncio.Queue()
            commands.nc._error_cb = refusals.put
            await commands.nc.publish(f"$JS.API.{subject}", b"{}", reply=commands.nc.new_inbox())
            refusal = str(await asyncio.wait_for(refusals.get(), 10)).lower()
            assert "permissions violation" in refusal
            assert subject.lower() in refusal

    run(scenario())


def test_the_gateway_may_ask_how_far_the_consumers_are_and_touch_none_of_them(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus("gateway") as gateway, nats_server.bus("admin") as admin:
            await admin.ensure_consumer(WRITER)
            listed = await gateway.api(f"CONSUMER.LIST.{PHOTOS}", {"offset": 0}, patience=0)
            assert WRITER.name in {info["name"] for info in listed["consumers"]}
            refusals: asyncio.Queue[Exception] = asyncio.Queue()
            gateway.nc._error_cb = refusals.put
            for call in ("CREATE", "DELETE", "MSG.NEXT"):
                subject = f"$JS.API.CONSUMER.{call}.{PHOTOS}.{WRITER.name}"
                await gateway.nc.publish(subject, b"{}", reply=gateway.nc.new_inbox())
                assert subject.lower() in str(await asyncio.wait_for(refusals.get(), 10)).lower()

    run(scenario())
