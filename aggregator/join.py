"""The join, pure: a request's history in, a decision out. Any order, any duplicates, anything late or missing."""

from __future__ import annotations

from dataclasses import dataclass

from bus.events import Analyzed, Failed, Joined, Submitted
from bus.history import History

LATE = "still busy when the time was up"


@dataclass(frozen=True)
class Wait:
    """Something that was expected has not come yet."""

    waiting_for: tuple[str, ...]


@dataclass(frozen=True)
class Nothing:
    """There is nothing to decide: unknown, already joined, or over."""


def decide(history: History, now: float) -> Wait | Nothing | Joined | Failed:
    """What the join does, given all that is known of a request at time `now` (seconds since the epoch).

    Joined (Analyzed, when only the analysis was wanted) once every expected analyzer has reported or the join's
    deadline has passed; Failed once the request's last deadline has passed without an ending.
    """
    submitted = history.submitted
    if submitted is None or history.ending is not None:
        return Nothing()
    if "expiry" in history.deadlines:
        return _expired(submitted, history, now)
    if history.joined is not None or (submitted.rerun and submitted.rerun.joined):
        return Nothing()
    waiting = tuple(name for name in submitted.expects if name not in history.features)
    time_up = "join" in history.deadlines or now >= submitted.join_by
    if waiting and not time_up:
        return Wait(waiting)
    failed = {name: f.reason or "failed" for name, f in history.features.items() if f.status == "failed"}
    missing = {name: reason for name, reason in failed.items() if name in submitted.expects}
    missing |= dict.fromkeys(waiting, LATE)
    event = Joined if submitted.wants == "roast" else Analyzed
    return event(
        id=submitted.id, at=now, complete=not missing, timed_out=bool(waiting), missing=dict(sorted(missing.items()))
    )


def _expired(submitted: Submitted, history: History, now: float) -> Failed:
    stage = "the roast was not written" if history.joined else "the findings did not come together"
    return Failed(
        id=submitted.id,
        at=now,
        code="expired",
        detail=f"The time for this photo is over, and {stage}.",
        hint="Is everything running? `heckler doctor` says what is missing.",
    )
