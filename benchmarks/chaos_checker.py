"""What must hold after any faults, over what was seen while they went on. Pure: observations in, violations out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from benchmarks.chaos_schedule import NODES, Inflicted
from bus.erasure.overwrite import SWEEPS_S

GRACE_S = 15.0
"""How long after a fault its consequences may still be named as a cause: services notice within this time."""
_BREAKS_SERVER = frozenset({"disk", "supervisor", "nats-server", *NODES})
"""What a fault strikes that may end the server, or a write of it. The server dies with its supervisor."""
_STRUCK_S = 3.0
NO_ANSWER = "no_answer"
"""The code of an HTTP request that got no answer at all: refused, reset, or too late."""


@dataclass(frozen=True)
class ErrorAnswer:
    """A request over HTTP that was not done: sent at `sent`, answered at `at` with the problem `code`."""

    what: str
    sent: float
    at: float
    code: str
    detail: str = ""


Event = tuple[int, str]
"""Sequence and type, as in a server-sent event; sequence 0 for what is not stored."""


@dataclass
class Observed:
    """One acknowledged request: what its client, GET, a replay and the log say of it."""

    id: str
    at: float
    intent: str = "keep"
    """`keep`, `cancel` or `delete`."""
    seen: list[Event] = field(default_factory=list)
    """By server-sent events over all connections, in the order of arrival."""
    resumed: int = 0
    ended_at: float | None = None
    cancelled: bool = False
    """A cancellation was answered with success."""
    erased: bool = False
    """A DELETE was."""
    erasing_since: float = 0.0
    """When it was asked for; answered at `ended_at`."""
    erasure: str = ""
    """What was answered to it."""
    status: str = ""
    """By GET, at the end: running, done, failed, cancelled, refused; `not_found` after a deletion."""
    code: str = ""
    detail: str = ""
    """Of a failed one, by GET."""
    missing: Mapping[str, str] = field(default_factory=dict)
    replay: Sequence[Event] = ()
    stored: Sequence[Event] = ()
    """The log's own history."""
    endings: int = 0
    """Messages in the log that end it."""
    traces: Sequence[str] = ()
    """Files of the data folder that still hold something of a deleted request."""


_STATUS = {"roast": "done", "failed": "failed", "cancelled": "cancelled"}
"""How a request of the load may end, and what GET says then."""

ALWAYS = frozenset({"busy"})
"""What the load alone explains: more is refused than can be done in time."""
_LOG = frozenset({"bus_down", "log_unwritable"})
_NOT_DONE = frozenset({"expired", "not_looked_at", "busy"})
"""How accepted requests end that no service could work on until they expired, and how new ones are refused."""
_NOT_CONNECTED = frozenset({NO_ANSWER, "bus_down"})
"""A gateway that has just been started has not reached the log yet, and says so."""
_NO_WORKER = _NOT_DONE | {"no_analyzers"}
CAUSES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("nats-server", *NODES), _LOG | _NOT_DONE),
        "gateway": _NOT_CONNECTED,
        "aggregator": _NOT_DONE,
        "writer": _NOT_DONE,
        "worker": _NO_WORKER,
        "decoder": frozenset({"decoder_down", "busy"}),
        "supervisor": _NOT_CONNECTED | _NO_WORKER,
        "disk": frozenset({"disk_full", "log_unwritable"}) | _NOT_DONE,
        "clock": frozenset(),
    }
)
"""What a fault strikes → the codes that may be seen because of it, in answers and in `failed` endings."""

OF_ONE_KIND: Mapping[tuple[str, str], frozenset[str]] = MappingProxyType(
    {("descriptors", "gateway"): frozenset({"exhausted"})}
)
"""What only this kind of fault at this process explains."""

AFTERWARDS: Mapping[str, frozenset[str]] = MappingProxyType({"disk": frozenset({"bus_down"})})
"""What the end of a fault explains: a server that kept its write error is replaced as soon as there is room."""


def allowed(faults: Iterable[Inflicted], since: float, until: float) -> frozenset[str]:
    """The codes that the faults between two moments explain."""
    codes = ALWAYS
    for each in faults:
        if each.touches(since - GRACE_S, until):
            codes |= CAUSES[each.fault.target]
            codes |= OF_ONE_KIND.get((each.fault.kind, each.fault.target), frozenset())
            codes |= AFTERWARDS.get(each.fault.target, frozenset()) if until > each.end else frozenset()
    return codes


def violations(
    requests: Sequence[Observed],
    refusals: Iterable[ErrorAnswer],
    faults: Sequence[Inflicted],
    check_erased: bool = True,
) -> list[str]:
    """Everything that must not be, a sentence each; empty when all is well."""
    found = [f"two requests were acknowledged as {id}" for id, n in Counter(r.id for r in requests).items() if n > 1]
    for request in requests:
        found += [f"{request.id}: {words}" for words in _violations(request, faults, check_erased)]
    found += [words for refusal in refusals for words in wrong_cause(refusal, faults)]
    return found


def _violations(request: Observed, faults: Sequence[Inflicted], check_erased: bool) -> Iterator[str]:
    if request.erased:
        yield from _not_erased(request, check_erased and not was_struck(request, faults))
        return
    yield from _ended_once(request)
    yield from _all_the_same(request)
    yield from _complete(request)
    if request.status == "failed" and request.code not in allowed(faults, request.at, request.ended_at or request.at):
        yield f"failed as {request.code} ({request.detail}), which no fault of that time explains"


def _ended_once(request: Observed) -> Iterator[str]:
    if not request.stored:
        yield "lost: the log knows nothing of it"
    elif request.endings == 0:
        yield "stuck: it has no ending"
    elif request.endings > 1:
        yield f"it ended {request.endings} times"
    if request.ended_at is None and request.endings:
        yield "stuck: its client never saw the ending"


def _all_the_same(request: Observed) -> Iterator[str]:
    """The same ending by SSE, by GET, by replay and in the log."""
    if not request.endings or request.ended_at is None:
        return  # that is reported already
    logged = next((kind for _, kind in request.stored if kind in _STATUS), "none")
    endings = {"SSE": request.seen[-1][1] if request.seen else "none", "the replay": _last(request.replay)}
    for by, kind in endings.items():
        if kind != logged:
            yield f"{by} ended with {kind}, the log with {logged}"
    if request.status not in {_STATUS.get(logged, ""), "refused" if logged == "failed" else ""}:
        yield f"GET says {request.status}, the log {logged}"
    if request.cancelled and logged != "cancelled":
        yield f"its cancellation was acknowledged, and it ended as {logged}"


def _last(events: Sequence[Event]) -> str:
    return events[-1][1] if events else "none"


def _complete(request: Observed) -> Iterator[str]:
    """No event missing, none twice, none out of order, over all resumes and in the replay."""
    if request.ended_at is None:
        return
    stored = _until_the_end(request.stored)
    for by, events in (("SSE", request.seen), ("the replay", request.replay)):
        numbered = [event for event in events if event[0]]
        if numbered == stored:
            continue
        twice = [seq for seq, n in Counter(seq for seq, _ in numbered).items() if n > 1]
        missing = sorted(set(stored) - set(numbered))
        strange = sorted(set(numbered) - set(stored))
        yield f"{by} is not what is stored: missing {missing}, twice {twice}, not in the log {strange}"


def _until_the_end(events: Sequence[Event]) -> list[Event]:
    """Up to the first ending: what came too late is in the log behind it, and sent to no client."""
    kept: list[Event] = []
    for event in events:
        kept.append(event)
        if event[1] in _STATUS:
            break
    return kept


def _not_erased(request: Observed, check_erased: bool) -> Iterator[str]:
    if request.status != "not_found":
        yield f"it was deleted, and GET says {request.status}"
    if request.stored:
        yield f"it was deleted, and the log holds {len(request.stored)} of its events"
    if check_erased and request.traces:
        yield f"it was deleted, and its bytes are in {', '.join(request.traces)}; {request.erasure}"


def was_struck(request: Observed, faults: Iterable[Inflicted]) -> bool:
    """Whether the server was struck while it erased: what it was about to overwrite in that moment it has forgotten,
    and leaves in its files (decision 26)."""
    if request.ended_at is None:
        return False
    times = [(request.erasing_since, request.ended_at), *((at := request.ended_at + s, at) for s in SWEEPS_S)]
    strikes = [each for each in faults if each.fault.kind != "stop" and each.fault.target in _BREAKS_SERVER]
    return any(each.touches(since - _STRUCK_S, until + _STRUCK_S) for each in strikes for since, until in times)


def wrong_cause(refusal: ErrorAnswer, faults: Sequence[Inflicted]) -> Iterator[str]:
    """Whether an error answer names what was not the matter."""
    codes = allowed(faults, refusal.sent, refusal.at)
    if refusal.code not in codes:
        explained = ", ".join(sorted(codes)) or "nothing"
        yield (
            f"{refusal.what} was answered with {refusal.code} ({refusal.detail}) after "
            f"{refusal.at - refusal.sent:.1f} s, while the faults of that time explain {explained}"
        )
