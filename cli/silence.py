"""How long a process has given no sign of life, and how long it may."""

from __future__ import annotations

from dataclasses import dataclass

START_S = 120.0
"""Seconds that a start may be silent: it imports libraries and loads models, on a busy machine and a slow disk."""
DOUBLINGS = 4
"""How often that time is doubled after starts that took too long: a log may be large, a disk slower than thought."""


@dataclass
class Silence:
    """The silence of one process, in seconds in which its supervisor ran itself.

    `limit_s` is for one that runs,
    `start_s` for one that has not been heard of yet."""

    limit_s: float
    start_s: float = START_S
    failed_starts: int = 0
    """Starts before this one that were broken off because they took too long."""
    is_starting: bool = True
    lasted_s: float = 0.0

    def heard(self) -> None:
        """It gave a sign of life."""
        self.is_starting, self.failed_starts, self.lasted_s = False, 0, 0.0

    def started(self) -> None:
        """It has been started anew, or said that it starts again."""
        self.is_starting, self.lasted_s = True, 0.0

    def went_on(self, seconds: float) -> bool:
        """Counts `seconds` more of silence; whether that is too much now."""
        self.lasted_s += seconds
        return self.lasted_s > self.allowed_s

    @property
    def allowed_s(self) -> float:
        """Seconds of silence that say nothing yet."""
        if self.is_starting:
            return max(self.limit_s, self.start_s * float(2 ** min(self.failed_starts, DOUBLINGS)))
        return self.limit_s

    def broken_off(self) -> str:
        """It is being replaced for its silence: why, in words."""
        self.lasted_s = 0.0  # should it not even die of being killed, it is told of again after the same time
        if not self.is_starting:
            return f"has given no sign of life for {self.limit_s:g} s"
        why = f"has not come up within {self.allowed_s:g} s"
        self.failed_starts += 1
        return why


def counted(elapsed: float, interval: float) -> float:
    """Of `elapsed` seconds since the last look, those that count as silence of others, looks being `interval` apart.

    What is far more than that this process has slept through itself: stopped, suspended, or starved.
    """
    return min(elapsed, 2 * interval)
