"""Ties a child process to its parent, so that nothing is left running when a supervisor is killed.

Two mechanisms: on Linux the kernel sends SIGTERM when the parent dies (`PR_SET_PDEATHSIG`, prctl(2)). Everywhere, a
thread reads standard input. Only the parent holds its other end: when that is closed, the thread kills the process
group.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading

PARENT = "HECKLER_PARENT_PID"
"""Environment variable in which a supervisor puts its own process id for its children."""

_PR_SET_PDEATHSIG = 1
_is_tied = False


def exit_with_parent() -> None:
    """Ties this process to the parent named in the environment; does nothing when none is named. Call it first."""
    global _is_tied
    if not _die_with_parent():
        return
    _is_tied = True
    threading.Thread(target=_wait_for_the_end, args=(sys.stdin.fileno(),), name="parent watch", daemon=True).start()


def tied() -> dict[str, str]:
    """The environment in which the program that this process is about to become ties itself to the same parent."""
    return {PARENT: str(os.getppid())} if _is_tied else {}


def _die_with_parent() -> bool:
    """Whether a parent was named. Forgets its name, which means nothing to this process's own children."""
    parent = os.environ.pop(PARENT, "")
    if not parent:
        return False
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):  # it died before this watch began
        raise SystemExit(1)
    return True


def _wait_for_the_end(pipe: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(pipe, 1024):
            pass
    os.killpg(0, signal.SIGKILL)  # with whatever this process has started


def main() -> None:
    """`python -m cli.up.parent_watch COMMAND ARGUMENT…`: becomes COMMAND, tied to the parent by the kernel (Linux)."""
    _die_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
