"""The join, pure: a request's history in, a decision out. Any order, any duplicates, anything late or missing.

The time of a join counts from when the photo's turn comes at each analyzer, not from its submission: a queue is no
reason to leave findings out (decision 0024).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.standing import AFTER, AWAY, BUSY, QUEUED, RETRYING, Standing
from bus.events import LOOK_PART, Deadline, Failed, Joined, Submitted, Waits
from bus.history import History

LATE = "still busy when the time was up"
GONE = "not running when the time was up"
NO_TURN = "its turn did not come before the time was up"
NEVER_BEGAN = "what it needs did not come before the time was up"
REASONS: Mapping[Standing, str] = {BUSY: LATE, RETRYING: LATE, AWAY: GONE, QUEUED: NO_TURN, AFTER: NEVER_BEGAN}

SHOWN = 5
"""Missing analyzers that an error names."""

LOOK_AGAIN_S = 30.0
"""At most so many seconds lie between two looks at analyzers that have not come to the photo yet."""
SOONEST_S = 0.05
"""At least so many do."""


@dataclass(frozen=True)
class Wait:
    """Something that was expected has not come yet."""

    waiting_for: tuple[str, ...]


@dataclass(frozen=True)
class Again:
    """Something is missing from analyzers that have not had their time: `deadline` is the next moment to decide."""

    deadline: Deadline


@dataclass(frozen=True)
class Proceed:
    """It is joined: what its product makes of that follows, unless it is there already."""

    joined: Joined


@dataclass(frozen=True)
class Nothing:
    """There is nothing to decide: unknown, over, or a rerun that takes its join over."""


Decision = Wait | Again | Proceed | Nothing | Joined | Failed


def decide(
    history: History, now: float, standings: Mapping[str, Standing] | None = None, away_s: float = 60.0
) -> Decision:
    """What the join does, given all that is known of a request at time `now` (seconds since the epoch).

    `standings` tells, when a deadline of the join fires, where the missing analyzers are (one that is not in it counts
    as at work); None at any other event. Joined once every expected analyzer has reported or has had its time; Failed
    once the request's last deadline has passed without an ending. `away_s`: seconds that are granted to one that does
    not run.
    """
    submitted = history.submitted
    if submitted is None or history.ending is not None:
        return Nothing()
    if "expiry" in history.deadlines:
        return _expired(submitted, history, now)
    if submitted.rerun and submitted.rerun.joined:
        return Nothing()  # what follows the join is copied as well
    if history.joined is not None:
        return Proceed(history.joined)
    waiting = {name: BUSY for name in submitted.expects if name not in history.features}
    if not waiting:
        return _joined(submitted, history, now, {})
    if standings is None or history.look is None:
        return Wait(tuple(waiting))
    waiting |= {name: standings[name] for name in waiting if name in standings}
    again = _look_again(submitted, history, now, waiting, away_s)
    return again or _joined(submitted, history, now, {name: REASONS[where] for name, where in waiting.items()})


def _joined(submitted: Submitted, history: History, now: float, late: Mapping[str, str]) -> Joined:
    failed = {name: f.reason or "failed" for name, f in history.features.items() if f.status == "failed"}
    missing = {name: reason for name, reason in failed.items() if name in submitted.expects}
    missing.update(late)
    return Joined(
        id=submitted.id, at=now, complete=not missing, timed_out=bool(late), missing=dict(sorted(missing.items()))
    )


def _look_again(
    submitted: Submitted, history: History, now: float, waiting: Mapping[str, Standing], away_s: float
) -> Again | None:
    """The next look, as long as one of those that are missing has not had its time."""
    waits = _waits(submitted, history, now, waiting)
    found = any(feature.status == "ok" for feature in history.features.values())
    at_work = [since + submitted.patience for since in waits.busy.values()]
    # without anything found there is nothing to go ahead with
    gone = [since + max(away_s, submitted.patience) if found else float("inf") for since in waits.away.values()]
    unready = QUEUED in waiting.values() or any(until > now for until in gone)
    last_call = submitted.expire_by - min(submitted.patience, (submitted.expire_by - submitted.at) / 4)
    if not (unready or any(until > now for until in at_work)) or (found and now >= last_call):
        return None
    soon = now + min(2 * LOOK_PART * submitted.patience, LOOK_AGAIN_S)
    due = soon if unready else max(at_work)
    due = max(min(due, last_call) if found else due, now + SOONEST_S)
    looks = history.look.look + 1 if history.look else 0
    return Again(Deadline(id=submitted.id, at=now, what="join", due=due, look=looks, before=waits))


def _waits(submitted: Submitted, history: History, now: float, waiting: Mapping[str, Standing]) -> Waits:
    """Since when each is where it is: the look before it, unless that is long ago, when it was elsewhere then."""
    before = (history.look.before if history.look else None) or Waits(at=submitted.at)
    lately = min(now, max(before.at, now - LOOK_PART * submitted.patience))
    busy = {name: before.busy.get(name, lately) for name, where in waiting.items() if where == BUSY}
    away = {name: before.away.get(name, lately) for name, where in waiting.items() if where in (AWAY, RETRYING)}
    return Waits(at=now, busy=busy, away=away)


def _expired(submitted: Submitted, history: History, now: float) -> Failed:
    silent = [name for name in submitted.expects if name not in history.features]
    if history.joined is None and silent:
        return _not_looked_at(submitted, now, silent)
    stage = f"its {submitted.product} was not finished" if history.joined else "the findings were not put together"
    return Failed(
        id=submitted.id,
        at=now,
        code="expired",
        detail=f"The time for this photo is over, and {stage}.",
        hint="Is everything running? `heckler doctor` says what is missing.",
    )


def _not_looked_at(submitted: Submitted, now: float, silent: list[str]) -> Failed:
    """No analyzer, or not enough of them, came to the photo in the request's whole time."""
    shown = ", ".join(silent[:SHOWN]) + (" and others" if len(silent) > SHOWN else "")
    return Failed(
        id=submitted.id,
        at=now,
        code="not_looked_at",
        detail=f"Of {len(submitted.expects)} analyzers {len(silent)} did not look at this photo in time: {shown}.",
        hint="Nothing is wrong with the photo. `heckler doctor` says what does not run; then send it again.",
    )
