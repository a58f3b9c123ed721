"""How long a photo that came now would take, from what waits before it and how quickly that is done. Pure."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

SAMPLES = 24
"""Of so many requests, the last ones, the pace is the mean."""
GUESS_S = 3.0
"""What a photo is taken to need before anything was measured, and FEW measurements count for no more than they are."""
FEW = 4
ROOM = 0.6
"""The part of a request's time within which it has to be done, if all goes on as it does."""


class Pace:
    """Seconds from one finished request to the next, as long as there was one to work on. Times are in seconds."""

    def __init__(self, guess_s: float) -> None:
        self._guess_s = guess_s
        self._gaps: deque[float] = deque(maxlen=SAMPLES)
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """The mean of the last ones; as long as there are few, guesses stand for those that are lacking."""
        lacking = max(0, FEW - len(self._gaps))
        return (sum(self._gaps) + lacking * self._guess_s) / (len(self._gaps) + lacking)

    def begun(self, now: float) -> None:
        """There is something to work on."""
        if self._since is None:
            self._since = now

    def finished(self, now: float, left: int) -> None:
        """One is done, and so many are left."""
        if self._since is not None:
            self._gaps.append(max(0.0, now - self._since))
        self._since = now if left else None

    def idle(self) -> None:
        """What there was to work on was called off."""
        self._since = None


@dataclass(frozen=True)
class Load:
    """How many requests are looked at or wait for it, how many are written or wait for that, and the seconds from one
    to the next of each."""

    looking: int
    writing: int
    look_s: float
    write_s: float

    @property
    def wait_s(self) -> float:
        """Seconds until one more would be done. Both kinds of work go on at the same time; all pass the writer."""
        return max((self.looking + 1) * self.look_s, (self.looking + self.writing + 1) * self.write_s)

    def refused_for(self, expiry_s: float) -> int:
        """Seconds after which one more could be done in time, if it lives for `expiry_s`; 0: now.

        Without any other to wait for it may try, however long one takes."""
        if self.looking + self.writing == 0:
            return 0
        return max(0, math.ceil(self.wait_s - ROOM * expiry_s))

    def behind(self, others: int) -> Load:
        """The same with so many more to look at first."""
        return replace(self, looking=self.looking + others)


class RetryTimes:
    """The times at which refused clients are to come again: the next one is to come after them."""

    def __init__(self) -> None:
        self._due: list[float] = []

    def before(self, now: float) -> int:
        """How many there are."""
        while self._due and self._due[0] <= now:
            heapq.heappop(self._due)
        return len(self._due)

    def add(self, due: float) -> None:
        heapq.heappush(self._due, due)


def left_of(submitted: Iterable[tuple[str, float]], over: Iterable[str], oldest: float) -> dict[str, float]:
    """Of `submitted` requests with their times, those that came after `oldest` and are not `over`."""
    done = set(over)
    return {id: at for id, at in submitted if id not in done and at > oldest}
