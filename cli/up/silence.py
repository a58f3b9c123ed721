"""How long a process has given no sign of life, and how long it may."""

from __future__ import annotations

from dataclasses import dataclass

START_S = 120.0
"""Seconds that a start may be silent while it does something: it imports libraries and loads models, on a busy machine
and a slow disk. One that does nothing has no more time than a process that runs."""
DOUBLINGS = 4
"""How often these times are doubled after starts that took too long: a log may be large, a disk slower than thought."""


@dataclass
class Silence:
    """The silence of one process, in seconds in which its supervisor ran itself.

    `limit_s` is for one that runs, or that starts and does nothing, `start_s` for one that starts."""

    limit_s: float
    start_s: float = START_S
    failed_starts: int = 0
    """Starts before this one that were broken off because they took too long."""
    is_starting: bool = True
    lasted_s: float = 0.0
    idle_s: float = 0.0
    """Seconds since it was last seen at work."""

    def broken(self) -> None:
        """It gave a sign of life."""
        self.is_starting, self.failed_starts, self.lasted_s, self.idle_s = False, 0, 0.0, 0.0

    def started(self) -> None:
        """It has been started anew, or said that it starts again."""
        self.is_starting, self.lasted_s, self.idle_s = True, 0.0, 0.0

    def went_on(self, seconds: float, works: bool = True) -> bool:
        """Counts `seconds` more of silence, in which it was at work or not; whether that is too much now."""
        self.lasted_s += seconds
        self.idle_s = 0.0 if works else self.idle_s + seconds
        return self.lasted_s > self.allowed_s or self._stands_still

    @property
    def allowed_s(self) -> float:
        """Seconds of silence that say nothing yet."""
        if self.is_starting:
            return max(self.limit_s, self.start_s * self._patience)
        return self.limit_s

    @property
    def _patience(self) -> float:
        return float(2 ** min(self.failed_starts, DOUBLINGS))

    @property
    def _allowed_idle_s(self) -> float:
        return self.limit_s * self._patience

    @property
    def _stands_still(self) -> bool:
        """Whether it has stopped in the middle of its start."""
        return self.is_starting and self.idle_s > self._allowed_idle_s

    def broken_off(self) -> str:
        """It is being replaced for its silence: why, in words."""
        if not self.is_starting:
            why = f"has given no sign of life for {self.limit_s:g} s"
        elif self._stands_still:
            why = f"has done nothing for {self._allowed_idle_s:g} s, and has not come up"
        else:
            why = f"has not come up within {self.allowed_s:g} s"
        if self.is_starting:
            self.failed_starts += 1
        self.lasted_s = self.idle_s = 0.0  # should it not even end when it is killed, this is reported again as late
        return why


def counted(elapsed: float, interval: float) -> float:
    """Of `elapsed` seconds since the last look, those that count as silence of others, looks being `interval` apart.

    What is far more than that this process has slept through itself: stopped, suspended, or starved.
    """
    return min(elapsed, 2 * interval)
