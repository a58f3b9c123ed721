"""Consumers are made by `heckler up`, as `admin`: a service asks for its own, and may make none.

The name of a consumer is a token of the subject that makes one, but its filter is not: a user that may make a consumer
of some name may make one over everything. (Decision 0031.)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from nats import errors
from nats.aio.msg import Msg

from bus.jetstream.connection import Connection
from bus.jetstream.permissions import ASK
from bus.jetstream.publish import BusDown, LogRefused
from bus.observability.logs import log
from bus.topology import ANALYZE, Durable

_PATIENCE_S = 3.0
"""How long `heckler up` may take to make a consumer, before a look says whether it is there anyway."""


class NotAdmitted(LogRefused):
    """`heckler up` makes no such consumer; the message says why and what to do."""


async def ensure(bus: Connection, durable: Durable) -> None:
    """Sees to it that a durable consumer is there, with the settings of now.

    `heckler up` is asked. Where it is not running, or a server that it did not start is used, a user with that
    permission makes the consumer itself. Raises NotAdmitted, LogRefused, BusDown.
    """
    refusal = await _ask(bus, durable)
    if refusal is None or await _is_there(bus, durable):
        return
    if refusal:
        raise NotAdmitted(refusal)
    await make(bus, durable)


async def make(bus: Connection, durable: Durable) -> None:
    """Creates a consumer, or brings its settings up to date. Raises LogRefused, BusDown."""
    body = {"stream_name": durable.stream, "config": durable.config(bus.settings), "action": ""}
    await bus.api(f"CONSUMER.CREATE.{durable.stream}.{durable.name}", body)


async def _ask(bus: Connection, durable: Durable) -> str | None:
    """None when `heckler up` has made it; else the reason, which is empty when there is no answer."""
    question = json.dumps({"stream": durable.stream, "name": durable.name}).encode()
    try:
        answer = json.loads((await bus.nc.request(ASK, question, timeout=_PATIENCE_S)).data)
    except (errors.Error, OSError, TimeoutError):
        return ""
    return str(answer["refusal"]) if "refusal" in answer else None


async def _is_there(bus: Connection, durable: Durable) -> bool:
    """Whether the consumer is as it should be. False when there is no answer."""
    try:
        found = (await bus.api(f"CONSUMER.INFO.{durable.stream}.{durable.name}", patience=0))["config"]
    except (BusDown, LogRefused):
        return False
    return _comparable(found) == _comparable(durable.config(bus.settings))


def _comparable(config: Mapping[str, Any]) -> tuple[Any, ...]:
    """Those settings that the server gives back as they were given; it keeps a single filter under another name."""
    filters = frozenset(config.get("filter_subjects") or [config.get("filter_subject")])
    return (filters, *(config.get(name) for name in ("ack_policy", "ack_wait", "max_deliver", "max_ack_pending")))


class Registrar:
    """Makes the consumers that it knows of when a service asks for one. Runs in `heckler up`, as `admin`."""

    def __init__(self, bus: Connection, durables: Iterable[Durable]) -> None:
        self._bus = bus
        self._known = {(durable.stream, durable.name): durable for durable in durables}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, durables: Iterable[Durable]) -> None:
        """Knows of these as well from now on."""
        self._known |= {(durable.stream, durable.name): durable for durable in durables}

    async def start(self) -> None:
        """Answers from now on, as long as the connection lasts."""
        await self._bus.nc.subscribe(ASK, cb=self._on_question)
        await self._bus.nc.flush()

    async def _on_question(self, msg: Msg) -> None:
        task = asyncio.create_task(self._answer(msg))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, msg: Msg) -> None:
        answer = {}
        try:
            question = json.loads(msg.data)
            durable = self._known.get((question["stream"], question["name"]))
            if durable is None:
                answer = {"refusal": _unknown(str(question["name"])[:80])}
            else:
                await make(self._bus, durable)
        except (ValueError, KeyError, TypeError, BusDown, LogRefused) as error:
            log.warning("no consumer made", error=repr(error))
            answer = {"refusal": f"the consumer was not made: {error}"}
        with contextlib.suppress(errors.Error):
            await self._bus.nc.publish(msg.reply, json.dumps(answer).encode())


def _unknown(name: str) -> str:
    short = name.removeprefix(ANALYZE)
    return f"{short} is not in the roster of the `heckler up` that runs here: start that with the same HECKLER_ROSTER"
