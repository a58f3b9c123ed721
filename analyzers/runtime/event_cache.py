"""What the analyzers of a process have seen of requests: a hint that saves reads of the log, never the truth.

Only what cannot change is remembered: a request, and findings. A feature without one may be superseded later (decision
0014), and what was not seen here may have been seen by another replica: that is what the log is read for.
"""

from __future__ import annotations

from collections import OrderedDict

from bus.events import Feature, Submitted
from bus.history import Stored

CAPACITY = 64


class EventCache:
    """The events of the latest requests, by the last part of their subjects: `submitted`, `feature.faces`."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[str, dict[str, Stored]] = OrderedDict()

    def note(self, stored: Stored) -> dict[str, Stored]:
        """All that is remembered of the request to which this event belongs, the event among it if it cannot change."""
        event = stored.event
        seen = self._seen.setdefault(event.id, {})
        self._seen.move_to_end(event.id)
        if isinstance(event, Submitted) or (isinstance(event, Feature) and event.status == "ok"):
            seen[event.kind] = stored
        while len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
        return seen

    def forget(self, id: str) -> None:
        """Drops what is known of a cancelled request: it may be erased now."""
        self._seen.pop(id, None)
