"""The join: pure, total, and right for any order, duplication and loss of events."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.join import LATE, Nothing, Wait, decide
from aggregator.memory import Memory
from bus.events import (
    Analyzed,
    AnyEvent,
    Cancelled,
    Deadline,
    Failed,
    Feature,
    Joined,
    PhotoRef,
    Rerun,
    Submitted,
)
from bus.features import Facts
from bus.history import History, Stored
from bus.worker import Delivery

NAMES = ("colors", "facts", "faces", "text")
JOIN_BY, EXPIRE_BY = 100.0, 500.0


def submitted(expects: tuple[str, ...] = NAMES, wants: str = "roast") -> Submitted:
    photo = PhotoRef(key="id", sha256="0", width=1, height=1, bytes=1)
    return Submitted(
        id="id", at=0, photo=photo, facts=Facts(), wants=wants, expects=expects, join_by=JOIN_BY, expire_by=EXPIRE_BY
    )


def feature(name: str, status: str = "ok") -> Feature:
    return Feature(id="id", at=1, analyzer=name, status=status, reason=None if status == "ok" else "because")


def history(*events: AnyEvent) -> History:
    return History.of(Stored(seq, 0.0, event) for seq, event in enumerate(events, start=1))


features = st.lists(
    st.builds(feature, st.sampled_from((*NAMES, "stranger")), st.sampled_from(("ok", "skipped", "failed"))),
    unique_by=lambda each: each.analyzer,
)
others = st.lists(
    st.sampled_from((Deadline(id="id", at=0, what="join"), Deadline(id="id", at=0, what="expiry"))), unique=True
)


def test_a_request_that_nobody_submitted_needs_nothing() -> None:
    assert decide(history(feature("faces")), 0) == Nothing()


def test_it_waits_for_exactly_those_who_are_expected_and_silent() -> None:
    assert decide(history(submitted(), feature("faces"), feature("stranger")), 0) == Wait(("colors", "facts", "text"))


def test_a_rerun_whose_join_is_copied_is_not_joined_again_but_does_expire() -> None:
    for joined, decision in ((False, Joined), (True, Nothing)):
        rerun = submitted().model_copy(update={"rerun": Rerun(reused=NAMES, joined=joined)})
        told = [rerun, *(feature(name) for name in NAMES)]
        assert isinstance(decide(history(*told), 0), decision)
        assert isinstance(decide(history(*told, Deadline(id="id", at=0, what="expiry")), 0), Failed)


def test_a_request_that_expects_nobody_is_joined_at_once() -> None:
    decision = decide(history(submitted(expects=())), 0)
    assert isinstance(decision, Joined)
    assert decision.complete


def test_a_skipped_analyzer_has_reported_and_a_failed_one_is_missing() -> None:
    told = [feature("faces"), feature("text", "skipped"), feature("colors", "failed"), feature("facts")]
    decision = decide(history(submitted(), *told), 0)
    assert isinstance(decision, Joined)
    assert (decision.complete, decision.timed_out, decision.missing) == (False, False, {"colors": "because"})


def test_at_the_deadline_it_goes_ahead_and_names_who_is_late() -> None:
    decision = decide(history(submitted(), feature("faces"), Deadline(id="id", what="join")), 0)
    assert isinstance(decision, Joined)
    assert decision.timed_out
    assert decision.missing == {"colors": LATE, "facts": LATE, "text": LATE}


def test_an_analysis_ends_with_its_join_where_no_writer_sees_it() -> None:
    decision = decide(history(submitted(wants="analysis"), *map(feature, NAMES)), 0)
    assert isinstance(decision, Analyzed)
    assert decision.subject == "photo.id.end.joined"


def test_when_the_last_deadline_passes_without_an_ending_it_fails() -> None:
    joined = Joined(id="id", complete=True)
    decision = decide(history(submitted(), joined, Deadline(id="id", what="expiry")), 0)
    assert isinstance(decision, Failed)
    assert decision.code == "expired"


def test_nothing_follows_an_ending() -> None:
    events = (submitted(), *map(feature, NAMES), Cancelled(id="id"), Deadline(id="id", what="expiry"))
    assert decide(history(*events), 1000) == Nothing()


@given(features, others, st.randoms(), st.floats(0, 1000))
def test_order_and_duplicates_change_nothing(found: list[Feature], more: list[Deadline], rng: Any, now: float) -> None:
    stored = [Stored(seq, 0.0, event) for seq, event in enumerate([submitted(), *found, *more], start=1)]
    shuffled = stored * 2
    rng.shuffle(shuffled)
    assert decide(History.of(shuffled), now) == decide(History.of(stored), now)


@given(features, others, st.floats(0, 1000))
def test_it_decides_for_every_history(found: list[Feature], more: list[Deadline], now: float) -> None:
    decision = decide(history(submitted(), *found, *more), now)
    reported = {each.analyzer for each in found}
    waiting = [name for name in NAMES if name not in reported]
    if Deadline(id="id", at=0, what="expiry") in more:
        assert isinstance(decision, Failed)
    elif waiting and now < JOIN_BY and not more:
        assert decision == Wait(tuple(waiting))
    else:
        assert isinstance(decision, Joined)
        assert set(waiting) <= set(decision.missing)
        assert decision.complete == (not decision.missing)


@dataclass
class Log:
    """A log and its consumer as JetStream has them: first deliveries in order, each to one of several replicas."""

    stored: list[Stored] = field(default_factory=list)
    joins: list[Joined] = field(default_factory=list)
    consumer_seq: int = 0

    async def read(self, id: str) -> History:
        await asyncio.sleep(0)
        return History.of(self.stored)

    def store(self, event: AnyEvent) -> Stored:
        self.stored.append(Stored(len(self.stored) + 1, 0.0, event))
        return self.stored[-1]


@dataclass
class Replica:
    """An aggregator process: it knows its own deliveries, and whether there were gaps between them."""

    log: Log
    memory: Memory = field(init=False)
    last: int = -1
    run: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = Memory(self.log.read)

    def deliver(self, stored: Stored, attempt: int = 1) -> None:
        self.log.consumer_seq += 1
        if self.log.consumer_seq != self.last + 1:
            self.run += 1
        self.last = self.log.consumer_seq
        delivery = Delivery(stored.event, stored.seq, stored.at, attempt, self.run)
        known = self.memory.note(delivery)
        self.tasks.append(asyncio.create_task(self._handle(delivery, known)))

    async def _handle(self, delivery: Delivery, known: Any) -> None:
        if known.settled or known.must_wait(delivery):
            return
        history = await self.memory.history(delivery, known)
        decision = decide(history, 0)
        if isinstance(decision, Joined) and not self.log.joins:  # publish-if-absent
            self.log.joins.append(decision)
        if history.submitted and not isinstance(decision, Wait):
            known.settle()


@settings(max_examples=300)
@given(st.data())
def test_whichever_replica_gets_which_event_the_join_comes_once_and_at_once(data: st.DataObject) -> None:
    """Deliveries lag behind the log, go to any of three replicas, and some come twice; nothing waits for a deadline."""

    async def play() -> None:
        log = Log()
        replicas = [Replica(log) for _ in range(3)]
        waiting = [submitted(), *data.draw(st.permutations([feature(name) for name in NAMES]))]
        undelivered: list[Stored] = []
        while waiting or undelivered:
            steps = ["deliver"] * bool(undelivered) + ["store"] * bool(waiting) + ["breathe"]
            delivered = log.stored[: len(log.stored) - len(undelivered)]
            step = data.draw(st.sampled_from(steps + ["repeat"] * bool(delivered)))
            if step == "deliver":
                data.draw(st.sampled_from(replicas)).deliver(undelivered.pop(0))
            elif step == "store":
                undelivered.append(log.store(waiting.pop(0)))
            elif step == "repeat":
                data.draw(st.sampled_from(replicas)).deliver(data.draw(st.sampled_from(delivered)), attempt=2)
            else:
                await asyncio.sleep(0)
        await asyncio.gather(*(task for replica in replicas for task in replica.tasks))
        assert len(log.joins) == 1
        assert log.joins[0].complete

    asyncio.run(play())


def test_one_replica_alone_never_reads_the_log() -> None:
    reads: list[str] = []

    async def play() -> None:
        log = Log()

        async def read(id: str) -> History:
            reads.append(id)
            return await log.read(id)

        replica = Replica(log)
        replica.memory = Memory(read)
        for event in (submitted(), *map(feature, NAMES)):
            replica.deliver(log.store(event))
        await asyncio.gather(*replica.tasks)
        assert len(log.joins) == 1

    asyncio.run(play())
    assert reads == []
