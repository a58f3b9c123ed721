"""Where the analyzers stand that a join waits for. Pure: read off JetStream's descriptions of their consumers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bus.events import Event
from bus.history import History
from bus.subjects import ANY, event, name_of
from bus.topology import ANALYZE

Standing = Literal["queued", "after", "away", "retrying", "busy"]
QUEUED: Standing = "queued"
"""Its consumer has not been handed the photo yet: others come first."""
AFTER: Standing = "after"
"""It needs what another one that is missing has yet to find."""
AWAY: Standing = "away"
"""No process with it answers."""
RETRYING: Standing = "retrying"
"""What it was handed came again, because it failed or its process ended: it is tried in a process of its own."""
BUSY: Standing = "busy"
"""It has been handed the photo."""

_FEATURE = event(ANY, "feature", "")


@dataclass(frozen=True)
class Consumer:
    """An analyzer's consumer: the last sequence that was handed out, the analyzers whose findings it needs, and whether
    some of what it has in hand came again."""

    delivered: int
    needs: tuple[str, ...]
    retries: bool = False


def consumers_of(listed: Iterable[Mapping[str, Any]]) -> dict[str, Consumer]:
    """Of JetStream's descriptions of consumers, those of analyzers, by the analyzers' names."""
    return {
        info["name"].removeprefix(ANALYZE): Consumer(
            info["delivered"]["stream_seq"],
            tuple(name_of(each) for each in _filters(info) if each.startswith(_FEATURE)),
            info.get("num_redelivered", 0) > 0,
        )
        for info in listed
        if info["name"].startswith(ANALYZE)
    }


def _filters(info: Mapping[str, Any]) -> list[str]:
    config = info["config"]
    return list(config.get("filter_subjects") or [config.get("filter_subject", "")])


def standings_of(
    history: History, missing: Collection[str], consumers: Mapping[str, Consumer], answering: Collection[str]
) -> dict[str, Standing]:
    """Where each of the `missing` analyzers stands; `answering` are those of which a process has just answered."""
    return {name: _standing(history, missing, consumers.get(name), name in answering) for name in missing}


def _standing(history: History, missing: Collection[str], consumer: Consumer | None, answers: bool) -> Standing:
    if consumer is None or not answers:
        return AWAY
    if any(need in missing for need in consumer.needs):
        return AFTER
    awaited: list[Event | None] = [history.features.get(need) for need in consumer.needs] or [history.submitted]
    trigger = max((history.seq_of(event) for event in awaited if event), default=0)
    if consumer.delivered < trigger:
        return QUEUED
    return RETRYING if consumer.retries else BUSY
