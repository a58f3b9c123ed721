"""The aggregator at work: driven by findings and deadlines, it joins each request once and names its cues."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from aggregator.cues import find_cues
from aggregator.join import Wait, decide
from aggregator.memory import Memory
from aggregator.sweeper import Sweeper
from bus.client import Bus
from bus.dead import Undertaker
from bus.events import Deadline, Due, Event, Failed, Feature, Joined
from bus.features import Explicit, Faces
from bus.history import History
from bus.metrics import READS
from bus.policy import needs_gentle
from bus.presence import Alive
from bus.serving import serving
from bus.settings import Settings
from bus.timers import owner
from bus.topology import AGGREGATOR, SWEEPER, UNDERTAKER
from bus.worker import Delivery, Worker

SLOTS = 256


class Aggregator:
    """Handles `submitted`, `feature.*`, `due.*` and `deadline.*`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._memory = Memory(self._read)

    async def _read(self, id: str) -> History:
        READS.labels(AGGREGATOR.name).inc()
        return await self._bus.latest(id)

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        """Yields the join when this delivery is the one that completes it."""
        event = delivery.event
        if isinstance(event, Due):
            if id := await owner(self._bus.reader, event.id):
                yield Deadline(id=id, what=event.what, at=event.at)
            return
        known = self._memory.note(delivery)
        if isinstance(event, Deadline):
            # it may belong to a request that was deleted meanwhile: only the log knows
            history = await self._read(event.id)
        elif known.settled or known.must_wait(delivery):
            return
        else:
            history = await self._memory.history(delivery, known)
        decision = decide(history, time.time())
        if isinstance(decision, Joined | Failed):
            yield finish(decision, history)
        if history.submitted and not isinstance(decision, Wait):  # decided now, or before, perhaps by another replica
            known.settle()


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
    features = history.features
    found = {"cues": find_cues(features, submitted.photo), "people": people(features), "gentle": needs_gentle(features)}
    return decision.model_copy(update={**found, "style": submitted.style, "photo": submitted.photo.sha256})


def people(features: dict[str, Feature]) -> int:
    """How many faces were found."""
    return sum(len(f.finding.faces) for f in features.values() if isinstance(f.finding, Faces))


def is_explicit(features: dict[str, Feature]) -> bool:
    return any(isinstance(f.finding, Explicit) and f.finding.explicit for f in features.values())


async def serve(settings: Settings) -> None:
    """Runs the aggregator, and the undertaker and the sweeper beside it, until the process is told to stop."""
    present, durables = (Alive("aggregator"),), (AGGREGATOR, SWEEPER, UNDERTAKER)
    async with serving(settings, "aggregator", present, durables) as (bus, stop):
        await asyncio.gather(
            Worker(bus, AGGREGATOR, Aggregator(bus), slots=SLOTS).run(stop),
            Sweeper(bus).run(stop),
            Undertaker(bus).run(stop),
        )
