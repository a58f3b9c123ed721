"""Whether a process does anything: by the processor time that it has used, as the system counts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PS_S = 2.0


def processor_time(pid: int) -> str | None:
    """What the system says of the processor time of a process, to compare with what it says later.

    None where it says nothing: there is no such process, or no way to ask. Sources: proc_pid_stat(5), fields `utime`
    and `stime`, in hundredths of a second as a rule; elsewhere ps(1), `time`, on macOS in hundredths as well.
    """
    if sys.platform.startswith("linux"):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return "+".join(fields[11:13])
    try:
        asked = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, timeout=_PS_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.decode(errors="replace").strip() or None


class Work:
    """Looks at one process after another."""

    def __init__(self) -> None:
        self._last: tuple[int, str] | None = None

    def has_gone_on(self, pid: int) -> bool:
        """Whether the process has done anything since the last look at it; yes where the system does not say."""
        used = processor_time(pid)
        before, self._last = self._last, (pid, used) if used is not None else None
        return self._last is None or self._last != before
