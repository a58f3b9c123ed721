"""Each subject of the log, tried by each user against the real server: what is not a user's own is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bus.client import Bus
from bus.events import new_id
from bus.jetstream.consumers import Registrar
from bus.jetstream.permissions import ASK, rights
from bus.jetstream.publish import LogRefused
from bus.roast.product import WRITER
from bus.topology import AGGREGATOR, PHOTOS, STREAMS, Durable, analyzer

Run = Callable[[Any], Any]
USERS = ("gateway", "analyzer", "aggregator", "writer", "cli")
NOBODY: frozenset[str] = frozenset()
ALL, SERVICES = frozenset(USERS), frozenset({"analyzer", "aggregator", "writer"})
SHA = "f00d" * 16
CONSUMERS = {
    "PHOTOS.analyze-faces": "analyzer",
    "PHOTOS.aggregate": "aggregator",
    "PHOTOS.sweep": "aggregator",
    "PHOTOS.write": "writer",
    "ADVISORIES.max-deliveries": "aggregator",
}


def users(*names: str) -> frozenset[str]:
    return frozenset(names)


def events(id: str) -> dict[str, frozenset[str]]:
    photo = {
        "submitted": users("gateway", "cli"),
        "timer.join": users("gateway", "aggregator", "cli"),
        "timer.of": users("gateway", "cli"),
        "timer.expiry": users("gateway", "cli"),
        "due.join": NOBODY,  # the server's own word
        "deadline.join": users("aggregator", "cli"),
        "feature.faces": users("analyzer", "aggregator", "cli"),
        "feature.nobody": users("aggregator", "cli"),
        "joined": users("aggregator", "cli"),
        "line.1.0": users("writer", "cli"),
        "again.analyze-faces.7": users("cli"),
        "erase": users("gateway", "cli"),
        "end.roast": users("writer", "cli"),
        "end.failed": users("aggregator", "writer", "cli"),
        "cued": users("aggregator", "cli"),
        "end.analyzed": users("aggregator", "cli"),
        "end.cancelled": users("gateway", "cli"),
        "whatever": NOBODY,
    }
    others = {
        f"live.{id}.started.faces": users("analyzer", "cli"),
        f"live.{id}.started.nobody": users("cli"),
        f"live.{id}.end.roast": NOBODY,
        f"live.{id}.submitted": NOBODY,
        f"dead.{id}.analyze.faces.7": users("analyzer", "aggregator"),
        f"dead.{id}.analyze.nobody.7": users("aggregator"),
        f"dead.{id}.aggregate.7": users("aggregator"),
        f"dead.{id}.write.7": users("aggregator", "writer"),
        f"$KV.IMAGES.{id}.0": users("gateway", "cli"),
        f"$KV.FEATURES.{SHA}.faces.1": users("analyzer"),
        f"$KV.FEATURES.{SHA}.nobody.1": NOBODY,
        "heckler.presence": ALL,
        ASK: SERVICES,
        "$SRV.INFO": users("gateway", "aggregator", "cli"),
        "$SRV.STATS": users("cli"),
    }
    return {f"photo.{id}.{name}": may for name, may in photo.items()} | others


def streams() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {"STREAM.LIST": users("cli"), "STREAM.NAMES": users("cli"), "INFO": users("cli")}
    reads, erases = {PHOTOS: ALL, "KV_IMAGES": ALL - {"writer"}}, users("gateway", "aggregator", "cli")
    for stream in STREAMS:
        read = reads.get(stream, users("cli"))
        found |= {f"STREAM.{call}.{stream}": NOBODY for call in ("CREATE", "UPDATE", "DELETE", "SNAPSHOT", "RESTORE")}
        found |= {f"STREAM.{call}.{stream}": NOBODY for call in ("LEADER.STEPDOWN", "PEER.REMOVE")}
        found |= {
            f"STREAM.INFO.{stream}": read | {"gateway"},  # it looks whether each can be written
            f"STREAM.MSG.GET.{stream}": read,
            f"STREAM.MSG.DELETE.{stream}": users("gateway", "cli") if stream == "ADVISORIES" else erases,
            f"STREAM.PURGE.{stream}": NOBODY if stream == "ADVISORIES" else users("cli"),
            f"DIRECT.GET.{stream}": read | {"DEAD": erases, "KV_FEATURES": erases | {"analyzer"}}.get(stream, NOBODY),
            f"CONSUMER.LIST.{stream}": users("cli") | (users("gateway", "aggregator") if stream == PHOTOS else NOBODY),
            f"CONSUMER.NAMES.{stream}": users("cli"),
            f"CONSUMER.CREATE.{stream}": NOBODY,
            f"CONSUMER.CREATE.{stream}.mine": NOBODY,
            f"CONSUMER.CREATE.{stream}.mine.photo.>": NOBODY,
            f"CONSUMER.DURABLE.CREATE.{stream}.mine": NOBODY,
            f"CONSUMER.MSG.NEXT.{stream}.mine": NOBODY,
            f"DIRECT.GET.{stream}.photo.x.submitted": NOBODY,
        }
    return {f"$JS.API.{call}": may for call, may in found.items()}


def consumers() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for place, owner in CONSUMERS.items():
        for call in ("CREATE", "DURABLE.CREATE", "DELETE", "PAUSE", "UNPIN", "RESET", "LEADER.STEPDOWN"):
            found[f"$JS.API.CONSUMER.{call}.{place}"] = NOBODY
        found[f"$JS.API.CONSUMER.INFO.{place}"] = users(owner, "cli")
        found[f"$JS.API.CONSUMER.MSG.NEXT.{place}"] = users(owner)
        found[f"$JS.ACK.{place}.1.1.1.1.0"] = users(owner)
    return found


def inboxes() -> dict[str, frozenset[str]]:
    others: dict[str, frozenset[str]] = dict.fromkeys(
        ("_INBOX.x", "_INBOX_admin.x", "$SYS.REQ.ACCOUNT.PING.CONNZ", "mine"), NOBODY
    )
    return others | {f"_INBOX_{user}.x": NOBODY for user in USERS}


PUBLISH = {**events(new_id()), **streams(), **consumers(), **inboxes()}
SUBSCRIBE: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (">", "photo.>", "photo.*.submitted", "$KV.>", "$JS.>", "$JS.ACK.>", "dead.>", ASK, "_INBOX.>"), NOBODY
    ),
    **dict.fromkeys(("*.>", "$SYS.>", "heckler.>", "_INBOX_admin.>"), NOBODY),
    "live.>": users("gateway", "cli"),
    "live.*.joined": users("gateway", "cli", "analyzer"),
    "live.*.end.*": users("gateway", "cli", "analyzer"),
    "live.*.end.failed": users("gateway", "cli", "analyzer", "writer"),
    "live.*.feature.*": users("gateway", "cli"),
    "heckler.presence": users("gateway", "cli"),
    "$SRV.>": SERVICES,
    **{f"_INBOX_{user}.>": users(user) for user in USERS},
}


@pytest.fixture
def refusals(fresh_server: Callable[..., Any], run: Run) -> Callable[..., set[str]]:
    """What the server refuses a user of these subjects, published to or subscribed to; all but what it lets through."""
    server = fresh_server()

    def tried(user: str, what: str, subjects: Iterable[str]) -> set[str]:
        async def scenario() -> set[str]:
            refused: list[str] = []

            async def note(error: Exception) -> None:
                refused.append(str(error).lower())

            async with server.bus(user) as bus:
                bus.nc._error_cb = note
                for subject in subjects:
                    if what == "publish":
                        await bus.nc.publish(subject, b"", reply=f"_INBOX_{user}.unheard")
                    else:
                        await bus.nc.subscribe(subject)
                    await bus.nc.flush()
            words = [error for error in refused if "permissions violation" in error]
            return {subject for subject in subjects if any(f'"{subject.lower()}"' in word for word in words)}

        found: set[str] = run(scenario())
        return found

    return tried


@pytest.mark.parametrize("user", USERS)
def test_a_user_may_publish_what_is_its_own_and_nothing_else(refusals: Callable[..., set[str]], user: str) -> None:
    refused = refusals(user, "publish", PUBLISH)
    assert {subject for subject in PUBLISH if subject not in refused} == {
        s for s, may in PUBLISH.items() if user in may
    }


@pytest.mark.parametrize("user", USERS)
def test_a_user_may_receive_what_is_its_own_and_nothing_else(refusals: Callable[..., set[str]], user: str) -> None:
    refused = refusals(user, "subscribe", SUBSCRIBE)
    assert {subject for subject in SUBSCRIBE if subject not in refused} == {
        s for s, may in SUBSCRIBE.items() if user in may
    }


def test_an_analyzer_of_a_roster_has_rights_of_its_own_name_only() -> None:
    before, after = (set(rights(names)["analyzer"].publish) for names in (["faces"], ["faces", "mine"]))
    assert before < after
    assert all("mine" in subject for subject in after - before)
    assert rights(["faces"])["writer"] == rights(["mine"])["writer"]


def test_a_user_that_acknowledges_or_pulls_for_another_changes_nothing(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server(ack_wait_s=600)

    async def scenario() -> None:
        async with server.bus() as admin, server.bus("analyzer") as thief:
            await admin.nc.publish(f"photo.{new_id()}.joined", b"x")
            inbox = admin.nc.new_inbox()
            heard = await admin.nc.subscribe(inbox)
            await admin.nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.{PHOTOS}.{WRITER.name}", b"1", reply=inbox)
            delivery = await heard.next_msg(timeout=10)
            await thief.nc.publish(delivery.reply, b"+TERM")
            await thief.nc.flush()
            info = await admin.api(f"CONSUMER.INFO.{PHOTOS}.{WRITER.name}")
            assert info["num_ack_pending"] == 1

    run(scenario())


async def made(admin: Bus, durable: Durable) -> list[str]:
    config = (await admin.api(f"CONSUMER.INFO.{durable.stream}.{durable.name}"))["config"]
    return list(config.get("filter_subjects") or [config["filter_subject"]])


def test_a_service_gets_the_consumer_that_is_its_own_and_no_other(fresh_server: Callable[..., Any], run: Run) -> None:
    server, own = fresh_server(), analyzer("composition", ("faces",))

    async def scenario() -> None:
        async with server.registrar(own), server.bus("analyzer") as service, server.bus() as admin:
            await service.ensure_consumer(own)
            assert own.filters[0] in await made(admin, own)
            # what it asks for is a name: what that consumer filters is not for the service to say
            await service.ensure_consumer(Durable(own.name, ("photo.>",)))
            assert own.filters[0] in await made(admin, own)
            with pytest.raises(LogRefused, match="same HECKLER_ROSTER"):
                await service.ensure_consumer(analyzer("nobody", ()))

    run(scenario())


def test_without_heckler_up_a_service_goes_on_with_the_consumer_that_is_there(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus("aggregator") as service:
            await service.ensure_consumer(AGGREGATOR)

    run(scenario())


@pytest.mark.parametrize(
    "question", [b"", b"[]", b"{}", b'{"stream": 1, "name": []}', b'{"stream": "PHOTOS"}', b"\xff"]
)
def test_a_malformed_question_is_refused_and_takes_no_service_down(nats_server: Any, run: Run, question: bytes) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as admin:
            await Registrar(admin, [WRITER]).start()
            for asked in (question, json.dumps({"stream": PHOTOS, "name": WRITER.name}).encode()):
                answer = json.loads((await admin.nc.request(ASK, asked, timeout=10)).data)
                assert ("refusal" in answer) == (asked == question)

    asyncio.run(asyncio.wait_for(scenario(), 60))
