"""A request's timers: JetStream schedules, and one record that names the request.

A schedule that fires is removed by the server itself, and what the server removes by itself stays in its files for up
to a day. So no schedule names its request: it lies under a ticket. The ticket is made from the request's id, and the id
cannot be made from the ticket. One record under the ticket names the request; `bus.erasure.overwrite` overwrites it.
When a schedule fires, the aggregator reads the record and publishes that the request's time is up. (Decision 0026.)
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import UTC, datetime

from nats.aio.client import Client

from bus.events import Deadline, Due
from bus.jetstream.codec import encode, headers
from bus.jetstream.leader_get import Reader
from bus.jetstream.publish import ABSENT, publish, store
from bus.subjects import event
from bus.topology import PHOTOS


def ticket(id: str) -> str:
    """What the timers of request `id` lie under: 22 characters, one way."""
    digest = hashlib.sha256(b"heckler timers of " + id.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


async def set_timers(nc: Client, *deadlines: Deadline) -> None:
    """Has the server say of each deadline when it is due. One that is set already stays. Raises LogFull, BusDown."""
    owners = {deadline.id for deadline in deadlines}
    await asyncio.gather(*(_own(nc, id) for id in owners), *(schedule(nc, deadline) for deadline in deadlines))


async def owner(reader: Reader, ticket: str) -> str | None:
    """The request whose timers lie under `ticket`; None when it was erased. Raises ReadFailed."""
    found = await reader.last(PHOTOS, [_record(ticket)])
    return found[0].data.decode() if found else None


async def schedule(nc: Client, deadline: Deadline) -> int | None:
    """Has the server say when `deadline` is due; the sequence of the schedule, None when there is one already."""
    due = Due(**{**deadline.model_dump(exclude={"type"}), "id": ticket(deadline.id)})
    when = datetime.fromtimestamp(deadline.due, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    header = headers(**ABSENT, **{"Nats-Schedule": f"@at {when}", "Nats-Schedule-Target": due.subject})
    return await store(nc, event(due.id, "timer", due.what), encode(due), header)


async def pass_on(nc: Client, reader: Reader, due: Due) -> None:
    """Says to its request that a deadline is due, once for each time; to none when it was erased.

    Raises BusDown, LogFull, ReadFailed.
    """
    if id := await owner(reader, due.id):
        await publish(nc, Deadline(**{**due.model_dump(exclude={"type", "at"}), "id": id}))


async def _own(nc: Client, id: str) -> None:
    await store(nc, _record(ticket(id)), id.encode(), dict(ABSENT))


def _record(ticket: str) -> str:
    """The subject of the record that names the request of a ticket."""
    return event(ticket, "timer.of")
