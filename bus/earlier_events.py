"""Events as earlier versions stored them, read as those of today. A log keeps them for a day, an export for ever."""

from __future__ import annotations

from typing import Any

from bus.analysis.product import Analyzed
from bus.events import Deadline, Due, Event, Joined, Submitted
from bus.roast.events import JoinedWithCues
from bus.roast.product import ROAST
from bus.subjects import kind_of


class AnalyzedWithJoin(JoinedWithCues):
    """The join of an analysis before `Analyzed`: it was the ending as well."""

    KIND = "end.joined"


def as_today(event: Event) -> tuple[Event, ...]:
    """An event as it would be stored today: the join of an earlier version is the join, and what follows it."""
    if not isinstance(event, JoinedWithCues):
        return (event,)
    joined = Joined(**{name: getattr(event, name) for name in Joined.model_fields})
    follows = Analyzed(id=event.id, at=event.at) if isinstance(event, AnalyzedWithJoin) else event.cued
    return (joined, follows) if follows else (joined,)


def earlier(data: dict[str, Any], subject: str) -> Event | None:
    """The event in `data` where an earlier version stored it in another shape; None for all others.

    Raises pydantic.ValidationError.
    """
    match data:
        case {"type": "submitted", "wants": product, **rest}:
            style = rest.pop("style", {})
            options = style if product == ROAST.name else {}
            return Submitted.model_validate({**rest, "product": product, "options": options})
        case {"type": "joined", "cues": _}:
            ends = subject and kind_of(subject) == AnalyzedWithJoin.KIND
            return (AnalyzedWithJoin if ends else JoinedWithCues).model_validate(data)
        case {"type": "deadline" | "due" as type, "at": at} if "due" not in data:
            return (Deadline if type == "deadline" else Due).model_validate({**data, "due": at})
    return None
