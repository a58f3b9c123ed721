"""How many files and connections a process may have open: as many as the system lets it, not the few it starts with."""

from __future__ import annotations

import contextlib
import sys

ENOUGH = 65_536
"""More is of no use here, and some programs close every number up to the limit, one after the other."""
_OPEN_MAX = 10_240
"""What macOS grants (`OPEN_MAX` of <sys/syslimits.h>) although it says that there is no limit."""


def raise_descriptor_limit() -> int:
    """Raises the soft limit of this process to the hard one; children inherit it. The limit in force afterwards."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return ENOUGH
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = _OPEN_MAX if sys.platform == "darwin" else ENOUGH
    wanted = min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return ENOUGH if soft == resource.RLIM_INFINITY else soft
    for target in (wanted, min(wanted, _OPEN_MAX)):
        with contextlib.suppress(ValueError, OSError):  # more than the kernel's own limit of a process
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            return target
    return soft
