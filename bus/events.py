"""One frozen model per event, its subject beside it, and the tagged union of them all.

Every event of a request has a subject of its own under `photo.<id>.`, so the last message of each subject is the
whole history. What ends a request lives under `photo.<id>.end.`: one check on `end.*` makes it end exactly once.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from bus import subjects
from bus.findings import AnyFinding, Cue, Facts, Frozen

SCHEMA = 1
"""Version of the events' shapes, in the `Heckler-Schema` header of each."""


LOOK_PART = 0.25
"""The part of a request's patience after which the join looks for the first time at what is missing."""


def new_id() -> str:
    """A request id: some 128 random bits, URL-safe and free of '.', '*', '>' (it is a token of NATS subjects).

    It does not begin with a dash, which on a command line begins an option.
    """
    while (id := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return id


def drawn_seed(id: str) -> int:
    """The seed of a request that names none: drawn from its id, so that writing it again gives the same words."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:6], "big")


class Style(Frozen):
    """How the roast should sound. Only writers read it."""

    persona: str = Field("critic", max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    heat: Literal["gentle", "medium", "savage"] = "medium"
    length: Literal["short", "medium", "long"] = "medium"
    language: str = Field("en", max_length=16, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
    seed: int | None = Field(None, ge=0, lt=2**53, description="same photo, seed and style: same house roast")


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
    STREAMED: ClassVar[bool] = False
    """Whether the next event may be sent before this one is on disk: it is one of many, and their connection keeps the
    order."""
    id: str
    at: float = Field(default_factory=time.time)

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
    wants: Literal["roast", "analysis"] = "roast"
    style: Style = Style()
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

    KIND = "feature.{analyzer}"
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
    """The findings are together. `missing` says who is not among them, and why."""

    KIND = "joined"
    type: Literal["joined"] = "joined"
    complete: bool
    timed_out: bool = False
    missing: dict[str, str] = Field(default_factory=dict)
    cues: tuple[Cue, ...] = ()
    people: int = Field(0, description="how many faces were found")
    photo: str = Field("", description="sha256 of the photo: writers say different things over different photos")
    gentle: bool = Field(False, description="somebody may be young: only the photograph is roasted, never the person")
    style: Style | None = Field(None, description="how the roast should sound, where one was wanted")


class Analyzed(Joined):
    """The same, when only the analysis was wanted: it ends the request, and no writer ever sees it."""

    KIND = "end.joined"


class Line(Event):
    """A piece of streamed text: part of joke number `joke`, which stands on `cues`."""

    KIND, STREAMED = "line.{attempt}.{n}", True
    type: Literal["line"] = "line"
    attempt: int
    n: int
    joke: int
    text: str
    cues: tuple[str, ...] = ()


class Joke(Frozen):
    """One finished joke and the cues that it stands on."""

    text: str
    cues: tuple[str, ...] = Field(min_length=1)


class Roast(Event):
    """The final text, its jokes with their evidence, and who wrote it."""

    KIND = "end.roast"
    type: Literal["roast"] = "roast"
    text: str
    jokes: tuple[Joke, ...]
    writer: str
    persona: str
    heat: str
    attempt: int = 1
    write_ms: float = Field(0, ge=0)
    first_word_ms: float = Field(0, ge=0)
    note: str | None = None


class Failed(Event):
    """It ended without a result: a stable `code`, what happened, and what to do next."""

    KIND = "end.failed"
    type: Literal["failed"] = "failed"
    code: str
    detail: str
    hint: str = ""


class Cancelled(Event):
    """Somebody asked to stop, or deleted the request."""

    KIND = "end.cancelled"
    type: Literal["cancelled"] = "cancelled"
    reason: Literal["asked", "deleted"] = "asked"


Ending = Roast | Failed | Cancelled | Analyzed
AnyEvent = (
    Submitted | Deadline | Due | Erase | Started | Feature | Joined | Analyzed | Line | Roast | Failed | Cancelled
)
Tagged = Annotated[
    Submitted | Deadline | Due | Erase | Started | Feature | Joined | Line | Roast | Failed | Cancelled,
    Field(discriminator="type"),
]
_tagged: TypeAdapter[Any] = TypeAdapter(Tagged)


def parse(data: dict[str, Any], subject: str) -> AnyEvent:
    """The event in `data`; pydantic.ValidationError when it is none. The subject tells `Analyzed` from `Joined`."""
    if subject.endswith(f".{Analyzed.KIND}"):
        return Analyzed.model_validate(data)
    event: AnyEvent = _tagged.validate_python(data)
    return event


def is_ending(event: Event) -> bool:
    """Whether nothing follows `event` in its request."""
    return event.KIND.startswith("end.")
