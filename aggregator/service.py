"""The aggregator at work: driven by findings and deadlines, it joins each request once and names its cues."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from aggregator.event_cache import Known, Memory
from aggregator.join import Again, Nothing, Wait, decide
from aggregator.lookout import Lookout
from aggregator.roast.cues import find_cues
from bus.client import Bus
from bus.events import Deadline, Due, Event, Failed, Feature, Joined
from bus.findings import Explicit, Faces
from bus.history import History
from bus.housekeeping import DURABLES, housekeeping
from bus.jetstream.photo_store import DAMAGED
from bus.jetstream.timers import pass_on
from bus.lifecycle import serving
from bus.observability.metrics import READS
from bus.roast.policy import needs_gentle
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

    async def _read(self, id: str) -> History:
        READS.labels(AGGREGATOR.name).inc()
        return await self._bus.latest(id)

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        """Yields the join when this delivery is the one that completes it."""
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
            yield finish(decision, history)
        elif isinstance(decision, Again):
            await self._bus.schedule(decision.deadline)
        if history.submitted and not isinstance(decision, Wait | Again):  # now, or before, perhaps by another replica
            known.settle()

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

    async def _decided(self, history: History, deadline: Deadline) -> Wait | Again | Nothing | Joined | Failed:
        decision = decide(history, now := max(await self._bus.clock.now(), deadline.at))
        if deadline.what != "join" or not isinstance(decision, Wait):
            return decision
        standings = await self._lookout.standings(history, decision.waiting_for)
        return decide(history, now, standings, self._bus.settings.away_s)


def finish(decision: Joined | Failed, history: History) -> Event:
    """The join with its cues; or the refusal, where the material policy refuses to roast the photo."""
    submitted = history.submitted
    if not isinstance(decision, Joined) or submitted is None or submitted.wants != "roast":
        return decision
    if is_explicit(history.features):
        return Failed(
            id=decision.id,
            at=decision.at,
            code="explicit",
            detail="This one stays between you and your camera: it looks explicit, and the stage is not for that.",
            hint="Try a photo with more clothes in it. If it has plenty, the detector was wrong: sorry about that.",
        )
    if is_damaged(history.features):
        return Failed(
            id=decision.id,
            at=decision.at,
            code="photo_damaged",
            detail="Nobody could look at the photo: what the store has of it is not what was put there.",
            hint="Send it again. Whoever runs this Heckler looks after the disk of the event log.",
        )
    features = history.features
    found = {"cues": find_cues(features, submitted.photo), "people": people(features), "gentle": needs_gentle(features)}
    return decision.model_copy(update={**found, "style": submitted.style, "photo": submitted.photo.sha256})


def people(features: dict[str, Feature]) -> int:
    """How many faces were found."""
    return sum(len(f.finding.faces) for f in features.values() if isinstance(f.finding, Faces))


def is_damaged(features: dict[str, Feature]) -> bool:
    """Whether nothing was found, because the stored photo is not what it was."""
    return not any(f.status == "ok" for f in features.values()) and any(f.reason == DAMAGED for f in features.values())


def is_explicit(features: dict[str, Feature]) -> bool:
    return any(isinstance(f.finding, Explicit) and f.finding.explicit for f in features.values())


async def serve(settings: Settings) -> None:
    """Runs the aggregator, and the log's housekeeping beside it, until the process is told to stop."""
    async with serving(settings, "aggregator", (ServiceInfo("aggregator"),), (AGGREGATOR, *DURABLES)) as (bus, stop):
        await asyncio.gather(
            Worker(bus, AGGREGATOR, Aggregator(bus), slots=SLOTS).run(stop),
            housekeeping(bus, stop),
        )
