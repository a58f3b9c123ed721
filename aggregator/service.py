"""The aggregator at work: driven by findings and deadlines, it joins each request once; its product does the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from aggregator.event_cache import Known, Memory
from aggregator.join import Again, Decision, Proceed, Wait, decide
from aggregator.lookout import Lookout
from aggregator.stages import load, unknown
from bus.client import Bus
from bus.earlier_events import as_today
from bus.events import Deadline, Due, Event, Failed, Joined
from bus.history import History
from bus.housekeeping import DURABLES, housekeeping
from bus.jetstream.timers import pass_on
from bus.lifecycle import serving
from bus.observability.metrics import READS
from bus.products import PRODUCTS
from bus.service.presence import ServiceInfo
from bus.settings import Settings
from bus.topology import AGGREGATOR
from bus.worker import Delivery, Worker

SLOTS = 256


class Aggregator:
    """Handles `submitted`, `feature.*`, `due.*` and `deadline.*`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._memory = Memory(self._read)
        self._lookout = Lookout(bus)
        self._stages = load()

    async def _read(self, id: str) -> History:
        READS.labels(AGGREGATOR.name).inc()
        return await self._bus.latest(id)

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        """Yields the join when this delivery is the one that completes it, then what its product makes of it."""
        event = delivery.event
        if isinstance(event, Due):
            await pass_on(self._bus.nc, self._bus.reader, event)
            return
        known = self._memory.note(delivery)
        if known.settled and not (isinstance(event, Deadline) and event.what == "expiry"):
            return
        if isinstance(event, Deadline):
            history = await self._at_deadline(delivery, known)
            decision = await self._decided(history, event)
        elif known.must_wait(delivery):
            return
        else:
            history = await self._memory.history(delivery, known)
            decision = decide(history, await self._bus.clock.now())
        if isinstance(decision, Joined | Failed):
            yield decision
        if isinstance(decision, Joined) or (isinstance(decision, Proceed) and not is_followed(history)):
            yield self._after_join(history, decision)
        elif isinstance(decision, Again):
            await self._bus.schedule(decision.deadline)
        if history.submitted and not isinstance(decision, Wait | Again):  # now, or before, perhaps by another replica
            known.settle()

    def _after_join(self, history: History, decision: Joined | Proceed) -> Event:
        """What follows the join. Where that was stored before, by a process that died or by another replica, it is not
        stored twice."""
        submitted = history.submitted
        assert submitted is not None  # nothing is joined without it
        joined = decision.joined if isinstance(decision, Proceed) else decision
        return self._stages.get(submitted.product, unknown)(submitted, joined, history.features)

    async def _at_deadline(self, delivery: Delivery, known: Known) -> History:
        """What is known of the request when one of its deadlines fires. It may have been deleted meanwhile, of which
        only the log knows; and most have ended, of which not everything need be read again."""
        id = delivery.event.id
        state = await self._bus.latest(id, "submitted", "joined", "end.*")
        if state.submitted is None or state.ending is not None:
            return state
        if known.is_whole(delivery) and not known.settled:
            return state.merged(known.history().events)
        return (await self._read(id)).merged([delivery.stored])

    async def _decided(self, history: History, deadline: Deadline) -> Decision:
        decision = decide(history, now := max(await self._bus.clock.now(), deadline.due))
        if deadline.what != "join" or not isinstance(decision, Wait):
            return decision
        standings = await self._lookout.standings(history, decision.waiting_for)
        return decide(history, now, standings, self._bus.settings.away_s)


def is_followed(history: History) -> bool:
    """Whether what follows the join of the request is there: a process may have died between the two."""
    follows = {kind for product in PRODUCTS for kind in product.follows}
    return any(event.kind in follows for stored in history.events for event in as_today(stored.event))


async def serve(settings: Settings) -> None:
    """Runs the aggregator, and the log's housekeeping beside it, until the process is told to stop."""
    async with serving(settings, "aggregator", (ServiceInfo("aggregator"),), (AGGREGATOR, *DURABLES)) as (bus, stop):
        await asyncio.gather(
            Worker(bus, AGGREGATOR, Aggregator(bus), slots=SLOTS).run(stop),
            housekeeping(bus, stop),
        )
