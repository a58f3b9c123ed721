"""What a run of chaos did, in words and numbers."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.chaos_checker import Observed
from benchmarks.chaos_faults import Faults
from benchmarks.chaos_load import Load


def report(load: Load, faults: Faults, seconds: float, recovery_s: float, pauses_s: Sequence[float] = ()) -> str:
    """Several lines."""
    requests = list(load.requests.values())
    took = sorted(request.ended_at - request.at for request in requests if request.ended_at and not request.erased)
    lines = [
        f"{len(requests)} requests acknowledged in {seconds:.0f} s, {load.counted().total()} answers were refusals",
        f"faults      {_counts(Counter(f'{each.fault.kind} {each.fault.target}' for each in faults.done))}",
        f"by kind     {_counts(Counter(each.fault.kind for each in faults.done))}",
        f"endings     {_counts(Counter(map(ending, requests)))}",
        f"missing     {_counts(Counter(reason for each in requests for reason in each.missing.values()))}",
        f"refused     {_counts(load.counted())}",
        f"resumed     {sum(request.resumed for request in requests)} times",
        f"left        {sum(bool(request.traces) for request in requests)} deleted ones in the files of a server",
        f"recovery    {recovery_s:.1f} s from the last fault to a roast",
    ]
    if pauses_s:
        spread = f"{statistics.median(pauses_s):.1f} s (median), {max(pauses_s):.1f} s (longest)"
        lines.append(f"accepting   again {spread} after the last fault, {len(pauses_s)} times")
    if took:
        p50, p99 = (took[int(len(took) * share)] for share in (0.5, 0.99))
        lines.append(f"endings     after {p50:.2f} s (median), {p99:.1f} s (99 %), {took[-1]:.1f} s (longest)")
    return "\n".join(lines)


def ending(request: Observed) -> str:
    """How it ended, in two words."""
    if request.erased:
        return "deleted"
    if request.status == "done":
        return "incomplete" if request.missing else "complete"
    return f"failed {request.code}" if request.code else request.status or "unknown"


def _counts(counter: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counter.items())) or "none"
