"""The events of every request: one frozen model each, its subject beside it.

Every event of a request has a subject of its own under `photo.<id>.`, so the last message of each subject is the
whole history. What ends a request lives under `photo.<id>.end.`: one check on `end.*` makes it end exactly once.
"""

from __future__ import annotations

import secrets
import time
from typing import Any, ClassVar, Literal

from pydantic import Field

from bus import subjects
from bus.findings import AnyFinding, Facts, Frozen

SCHEMA = 2
"""Version of the events' shapes, in the `Heckler-Schema` header of each."""
READABLE = frozenset({1, SCHEMA})
"""The versions that are read; events of earlier ones are told in today's words (`bus.earlier_events`)."""

LOOK_PART = 0.25
"""The part of a request's patience after which the join looks for the first time at what is missing."""


def new_id() -> str:
    """A request id: some 128 random bits, URL-safe and free of '.', '*', '>' (it is a token of NATS subjects).

    It does not begin with a dash, which on a command line begins an option.
    """
    while (id := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return id


class PhotoRef(Frozen):
    """Where the normalised photo lies: `key` in the IMAGES bucket (a request's id; an encore has its parent's)."""

    key: str
    sha256: str
    width: int
    height: int
    bytes: int


class Event(Frozen):
    """Something that happened to request `id`, at `at` (seconds since the epoch, the publisher's clock)."""

    KIND: ClassVar[str]
    """What its subject says after the request's id, with fields of the event in braces."""
    STORED: ClassVar[bool] = True
    """Whether the log keeps it; else it is told to those that watch, once."""
    FREE_TEXT: ClassVar[tuple[str, ...]] = ()
    """Fields with messages of programs, from which an export takes secrets: never what was found or written."""
    STREAMED: ClassVar[bool] = False
    """Whether the next event may be sent before this one is on disk: it is one of many, and their connection keeps the
    order."""
    id: str
    at: float = Field(default_factory=time.time)
    type: str

    @property
    def kind(self) -> str:
        """What its subject says after the request's id."""
        return self.KIND.format(**self.__dict__)

    @property
    def subject(self) -> str:
        """Where it lies, or is told."""
        return (subjects.event if self.STORED else subjects.live)(self.id, self.kind)


class Rerun(Frozen):
    """What a request takes over from its `parent`: the findings of `reused`, and the join when `joined`.

    They are copied into the log under the request's own id. Nobody computes them, and nobody looks into the cache for
    what is computed: that is the point of it.
    """

    reused: tuple[str, ...] = ()
    joined: bool = False


class Submitted(Event):
    """A photo came in. `expects` names the analyzers that the join waits for until `join_by`."""

    KIND = "submitted"
    type: Literal["submitted"] = "submitted"
    photo: PhotoRef
    facts: Facts
    product: str = Field(max_length=32, description="what is made of the findings (`bus.products`)")
    options: dict[str, Any] = Field(default_factory=dict, description="what the product is asked for, by its own model")
    expects: tuple[str, ...]
    join_by: float
    expire_by: float
    parent: str | None = None
    rerun: Rerun | None = Field(
        default_factory=lambda: None,
        exclude_if=lambda value: value is None,  # few requests are reruns: the others need not say so
        description="of a rerun: what it takes over from `parent`",
    )

    @property
    def patience(self) -> float:
        """Seconds that each analyzer has from its turn on, before the join goes ahead without it."""
        return max(0.0, self.join_by - self.at)

    @property
    def first_look(self) -> float:
        """When the join looks for the first time at what is missing: early, to know since when it is at work on it."""
        return self.at + self.patience * LOOK_PART


class Waits(Frozen):
    """What a look at the missing analyzers found at time `at`: since when each is at work on the photo, or is away (or
    has to do again what it was about when it went).

    One that is in neither has not come to the photo yet."""

    at: float
    busy: dict[str, float] = Field(default_factory=dict)
    away: dict[str, float] = Field(default_factory=dict)


class _Moment(Event):
    """A moment to decide about a request. That of the join comes again as long as a missing analyzer has not had its
    time (decision 0024); each time is an event of its own."""

    what: Literal["join", "expiry"]
    due: float = Field(description="the moment, in seconds since the epoch")
    look: int = Field(
        default_factory=lambda: 0,
        ge=0,
        exclude_if=lambda value: value == 0,
        description="join only: how many looks at what is missing there were before",
    )
    before: Waits | None = Field(
        default_factory=lambda: None,
        exclude_if=lambda value: value is None,
        description="join only: what the look before this one found; none before the first",
    )

    @property
    def kind(self) -> str:
        return super().kind + (f"-{self.look}" if self.look else "")


class Deadline(_Moment):
    """Time is up: stored by the aggregator when the schedule of `bus.jetstream.timers` has fired."""

    KIND = "deadline.{what}"
    type: Literal["deadline"] = "deadline"


class Due(_Moment):
    """A schedule has fired: published by the server. `id` is the ticket of the request's timers
    (`bus.jetstream.timers`)."""

    KIND = "due.{what}"
    type: Literal["due"] = "due"


class Erase(Event):
    """The order to sweep again what was erased at `at`, for work that was under way then. The last sweep erases it."""

    KIND = "erase"
    type: Literal["erase"] = "erase"
    sha256: str | None = Field(None, description="the photo whose findings go as well")


class Started(Event):
    """An analyzer began. Ephemeral: it goes to the live subject only and is never stored."""

    KIND, STORED = "started.{analyzer}", False
    type: Literal["started"] = "started"
    analyzer: str
    attempt: int = 1


class Feature(Event):
    """What one analyzer found, or why it did not."""

    KIND, FREE_TEXT = "feature.{analyzer}", ("reason",)
    type: Literal["feature"] = "feature"
    analyzer: str
    status: Literal["ok", "skipped", "failed"]
    finding: AnyFinding | None = None
    reason: str | None = Field(None, max_length=500)
    queue_ms: float = Field(0, ge=0)
    compute_ms: float = Field(0, ge=0)
    model: str = ""
    version: str = ""
    cached: bool = False
    attempt: int = 1
    supersedes: int | None = Field(
        default_factory=lambda: None,
        exclude_if=lambda value: value is None,
        description="after a retry: the sequence of the failed or skipped feature whose place this takes",
    )


class Joined(Event):
    """The findings are together. `missing` says which expected analyzers are not among them, and why."""

    KIND, FREE_TEXT = "joined", ("missing",)
    type: Literal["joined"] = "joined"
    complete: bool
    timed_out: bool = False
    missing: dict[str, str] = Field(default_factory=dict)


class Failed(Event):
    """It ended without a result: a stable `code`, what happened, and what to do next."""

    KIND, FREE_TEXT = "end.failed", ("detail", "hint")
    type: Literal["failed"] = "failed"
    code: str
    detail: str
    hint: str = ""


class Cancelled(Event):
    """Somebody asked to stop, or deleted the request."""

    KIND = "end.cancelled"
    type: Literal["cancelled"] = "cancelled"
    reason: Literal["asked", "deleted"] = "asked"


EVENTS: tuple[type[Event], ...] = (
    *(Submitted, Deadline, Due, Erase, Started, Feature, Joined),
    *(Failed, Cancelled),
)
"""The events of every request. Each product has its own besides (`bus.products`)."""


def is_ending(event: Event) -> bool:
    """Whether nothing follows `event` in its request."""
    return event.KIND.startswith("end.")
