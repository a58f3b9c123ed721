"""The join: pure, total, and right for any order, duplication and loss of events."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.event_cache import Memory
from aggregator.join import LATE, NO_TURN, Again, Nothing, Proceed, Wait, decide
from aggregator.standing import AFTER, AWAY, BUSY, QUEUED, Standing
from bus.events import Cancelled, Deadline, Event, Failed, Feature, Joined, PhotoRef, Rerun, Submitted, Waits
from bus.findings import Facts
from bus.history import History, Stored
from bus.worker import Delivery

NAMES = ("colors", "facts", "faces", "text")
JOIN_BY, EXPIRE_BY = 100.0, 500.0


def submitted(expects: tuple[str, ...] = NAMES) -> Submitted:
    photo = PhotoRef(key="id", sha256="0", width=1, height=1, bytes=1)
    return Submitted(
        id="id",
        at=0,
        photo=photo,
        facts=Facts(),
        product="roast",
        expects=expects,
        join_by=JOIN_BY,
        expire_by=EXPIRE_BY,
    )


def feature(name: str, status: str = "ok") -> Feature:
    return Feature(id="id", at=1, analyzer=name, status=status, reason=None if status == "ok" else "because")


def look(before: Waits | None = None) -> Deadline:
    return Deadline(id="id", due=0, what="join", before=before)


def history(*events: Event) -> History:
    return History.of(Stored(seq, 0.0, event) for seq, event in enumerate(events, start=1))


features = st.lists(
    st.builds(feature, st.sampled_from((*NAMES, "stranger")), st.sampled_from(("ok", "skipped", "failed"))),
    unique_by=lambda each: each.analyzer,
)
others = st.lists(
    st.sampled_from((Deadline(id="id", due=0, what="join"), Deadline(id="id", due=0, what="expiry"))), unique=True
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
        assert isinstance(decide(history(*told, Deadline(id="id", due=0, what="expiry")), 0), Failed)


def test_a_request_that_expects_nobody_is_joined_at_once() -> None:
    decision = decide(history(submitted(expects=())), 0)
    assert isinstance(decision, Joined)
    assert decision.complete


def test_a_skipped_analyzer_has_reported_and_a_failed_one_is_missing() -> None:
    told = [feature("faces"), feature("text", "skipped"), feature("colors", "failed"), feature("facts")]
    decision = decide(history(submitted(), *told), 0)
    assert isinstance(decision, Joined)
    assert (decision.complete, decision.timed_out, decision.missing) == (False, False, {"colors": "because"})


def test_an_analyzer_that_has_been_busy_all_the_time_is_not_waited_for_any_more() -> None:
    told, busy = (submitted(), feature("faces")), {"colors": BUSY, "facts": BUSY, "text": BUSY}
    first = decide(history(*told, look()), JOIN_BY / 4, busy)
    assert isinstance(first, Again)
    assert first.deadline.due == JOIN_BY
    decision = decide(history(*told, first.deadline), JOIN_BY, busy)
    assert isinstance(decision, Joined)
    assert decision.timed_out
    assert decision.missing == {"colors": LATE, "facts": LATE, "text": LATE}


def test_the_time_of_a_join_begins_when_the_turn_has_come() -> None:
    told, now, at_work_since = (submitted(("faces", "text")), feature("faces")), JOIN_BY / 4, 320.0
    deadline = look()
    while isinstance(decision := decide(history(*told, deadline), now, where(now, at_work_since)), Again):
        deadline, now = decision.deadline, decision.deadline.due
    assert isinstance(decision, Joined)
    assert at_work_since + 0.75 * JOIN_BY <= now <= at_work_since + 1.5 * JOIN_BY


def where(now: float, at_work_since: float) -> dict[str, Standing]:
    return {"text": QUEUED if now < at_work_since else BUSY}


def test_one_that_is_away_is_waited_for_a_while_and_without_any_finding_until_the_end() -> None:
    away: dict[str, Standing] = {"faces": AWAY, "text": AWAY}
    for found, last in ((("text",), JOIN_BY), ((), EXPIRE_BY)):
        told = [submitted(("faces", "text")), *map(feature, found)]
        deadline, now = look(), JOIN_BY / 4
        while now < EXPIRE_BY and isinstance(decision := decide(history(*told, deadline), now, away), Again):
            deadline, now = decision.deadline, decision.deadline.due
        assert last <= now < last + JOIN_BY / 2
    expired = decide(history(*told, Deadline(id="id", what="expiry", due=0)), EXPIRE_BY)
    assert isinstance(expired, Failed)
    assert expired.code == "not_looked_at"
    assert "faces, text" in expired.detail


def test_before_the_request_expires_it_goes_ahead_with_what_was_found() -> None:
    decision = decide(history(submitted(), feature("faces"), look()), EXPIRE_BY - JOIN_BY, {"text": QUEUED})
    assert isinstance(decision, Joined)
    assert decision.missing["text"] == NO_TURN


def test_an_event_that_is_no_deadline_decides_nothing_while_something_is_missing() -> None:
    assert decide(history(submitted(), look(), feature("faces")), 1e6) == Wait(("colors", "facts", "text"))


def test_a_request_that_is_joined_proceeds_with_that_join() -> None:
    joined = Joined(id="id", complete=True)
    assert decide(history(submitted(), *map(feature, NAMES), joined), 0) == Proceed(joined)


def test_when_the_last_deadline_passes_without_an_ending_it_fails() -> None:
    joined = Joined(id="id", complete=True)
    decision = decide(history(submitted(), joined, Deadline(id="id", what="expiry", due=0)), 0)
    assert isinstance(decision, Failed)
    assert decision.code == "expired"


def test_nothing_follows_an_ending() -> None:
    events = (submitted(), *map(feature, NAMES), Cancelled(id="id"), Deadline(id="id", what="expiry", due=0))
    assert decide(history(*events), 1000) == Nothing()


@given(features, others, st.randoms(), st.floats(0, 1000))
def test_order_and_duplicates_change_nothing(found: list[Feature], more: list[Deadline], rng: Any, now: float) -> None:
    stored = [Stored(seq, 0.0, event) for seq, event in enumerate([submitted(), *found, *more], start=1)]
    shuffled = stored * 2
    rng.shuffle(shuffled)
    assert decide(History.of(shuffled), now) == decide(History.of(stored), now)


standings = st.none() | st.dictionaries(st.sampled_from(NAMES), st.sampled_from((QUEUED, AFTER, AWAY, BUSY)))
looks = st.builds(
    Waits,
    at=st.floats(0, 1000),
    busy=st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1000)),
    away=st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1000)),
)


@given(features, others, st.floats(0, 1000), standings, st.none() | looks)
def test_it_decides_for_every_history(
    found: list[Feature], more: list[Deadline], now: float, where: dict[str, Standing] | None, before: Waits | None
) -> None:
    more = [each.model_copy(update={"before": before}) if each.what == "join" else each for each in more]
    decision = decide(history(submitted(), *found, *more), now, where)
    reported = {each.analyzer for each in found}
    waiting = [name for name in NAMES if name not in reported]
    if any(each.what == "expiry" for each in more):
        assert isinstance(decision, Failed)
    elif waiting and (not more or where is None):
        assert decision == Wait(tuple(waiting))
    elif isinstance(decision, Again):
        assert waiting
        assert decision.deadline.due > now
        assert decision.deadline.before is not None
        assert decision.deadline.before.busy.keys() | decision.deadline.before.away.keys() <= set(waiting)
    else:
        assert isinstance(decision, Joined)
        assert set(waiting) <= set(decision.missing)
        assert decision.complete == (not decision.missing)


@given(features, st.data())
def test_whatever_becomes_of_the_analyzers_the_looks_come_to_an_end(found: list[Feature], data: st.DataObject) -> None:
    """Any analyzer may be anywhere at any look: before the request expires, or with its expiry, there is an end."""
    deadline, now, looked = look(), JOIN_BY / 4, 0
    while now < EXPIRE_BY:
        where = data.draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from((QUEUED, AFTER, AWAY, BUSY))))
        decision = decide(history(submitted(), *found, deadline), now, where)
        if not isinstance(decision, Again):
            assert isinstance(decision, Joined)
            return
        assert decision.deadline.due > now
        deadline, now, looked = decision.deadline, decision.deadline.due, looked + 1
        assert looked < 100
    if any(each.analyzer in NAMES and each.status == "ok" for each in found):
        raise AssertionError("something was found, and it was left to expire")


@dataclass
class Log:
    """A log and its consumer as JetStream has them: first deliveries in order, each to one of several replicas."""

    stored: list[Stored] = field(default_factory=list)
    joins: list[Joined] = field(default_factory=list)
    consumer_seq: int = 0

    async def read(self, id: str) -> History:
        await asyncio.sleep(0)
        return History.of(self.stored)

    def store(self, event: Event) -> Stored:
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
