"""A photo's position in the queue: how many are looked at before it. Pure.

The analyzers look at one photo after the other, the oldest first. So the position is the number of photos that the
slowest analyzer has still to finish before this one: those that it has in hand, and those that wait in between. (A
quick analyzer says nothing about the wait: one that takes a millisecond has seen the whole queue at once.) Sequences in
the stream are compared: a delivery that comes again does not change them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from bus.events import Submitted
from bus.findings import Frozen
from bus.history import History
from bus.subjects import ANY, event
from bus.topology import analyzer


class QueuePosition(Frozen):
    """A request's position in the queue. Only the gateway sends it: no log holds it, and no client resumes after it."""

    type: Literal["queue"] = "queue"
    id: str
    ahead: int = Field(ge=0, description="photos that are looked at before this one; 0 when its turn has come")


@dataclass(frozen=True)
class Standing:
    """How far an analyzer has come: the last sequence handed out to it, and how many photos it has in hand."""

    delivered: int
    in_hand: int


def standings_of(consumers: Iterable[Mapping[str, Any]]) -> dict[str, Standing]:
    """Of JetStream's descriptions of consumers, those that take photos as they come in, by the consumers' names."""
    return {
        info["name"]: Standing(info["delivered"]["stream_seq"], info["num_ack_pending"])
        for info in consumers
        if event(ANY, Submitted.KIND) in info["config"].get("filter_subjects", ())
    }


def ahead_of(seq: int, queue: Sequence[int], hindmost: Standing) -> int:
    """How many photos come before the one submitted at `seq`; `queue` holds the sequences of submissions, ascending."""
    if hindmost.delivered >= seq:
        return 0
    return bisect_left(queue, seq) - bisect_right(queue, hindmost.delivered) + hindmost.in_hand


def hindmost_of(expects: Iterable[str], standings: Mapping[str, Standing]) -> Standing | None:
    """Of the analyzers of a request the one that has come least far; None when none of them takes photos as they
    come in, or none is known."""
    names = (analyzer(name, ()).name for name in expects)
    known = [standings[name] for name in names if name in standings]
    return min(known, key=lambda standing: standing.delivered, default=None)


def is_waiting(history: History) -> bool:
    """Whether a request may still have to wait for its turn, as far as the log knows."""
    return history.submitted is not None and history.joined is None and history.ending is None
