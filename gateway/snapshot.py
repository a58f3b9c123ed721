"""The document: what is known of a request so far. Pure; `heckler roast --json` prints the same."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bus.events import Analyzed, Cancelled, Event, Failed, Feature, Joined, Joke, Line, Roast, Style, Submitted
from bus.findings import AnyFinding, Cue, Frozen
from bus.history import History

Status = Literal["running", "done", "failed", "cancelled", "refused"]
REFUSED = "explicit"
"""The code of a `failed` that is no failure: the photo was looked at, and declined."""


class Links(Frozen):
    """Where everything about a request is: paths on this server."""

    self: str
    events: str
    photo: str
    card: str
    encore: str
    cancel: str

    @classmethod
    def of(cls, id: str) -> Links:
        base = f"/api/roasts/{id}"
        return cls(
            self=base,
            events=f"{base}/events",
            photo=f"{base}/photo",
            card=f"{base}/card.png",
            encore=f"{base}/encore",
            cancel=f"{base}/cancel",
        )


class PhotoView(Frozen):
    """The normalised photo: pixels, bytes, the SHA-256 of those bytes, and where to get it."""

    width: int
    height: int
    bytes: int
    sha256: str
    url: str


class FeatureView(Frozen):
    """What one analyzer said."""

    status: Literal["ok", "skipped", "failed"]
    finding: AnyFinding | None
    reason: str | None
    queue_ms: float
    compute_ms: float
    model: str
    version: str
    cached: bool


class Missing(Frozen):
    """An analyzer that was expected and is not in the result, and why."""

    analyzer: str
    reason: str


class RoastView(Frozen):
    """The words, and who wrote them."""

    text: str
    jokes: tuple[Joke, ...]
    writer: str
    persona: str
    heat: str
    note: str | None
    attempt: int
    write_ms: float
    first_word_ms: float


class FailedView(Frozen):
    """Why there is no result, and what to do next."""

    code: str
    detail: str
    hint: str


class Timings(Frozen):
    """Milliseconds since the submission was stored, by the log's clock; None for what has not happened."""

    submitted_at: float = Field(description="seconds since the epoch")
    joined_ms: float | None = None
    first_line_ms: float | None = None
    roast_ms: float | None = None
    total_ms: float | None = Field(None, description="until the ending, whatever it was")
    write_ms: float | None = Field(None, description="how long the writer took, by its own clock")


class Snapshot(Frozen):
    """A request so far."""

    id: str
    status: Status
    wants: Literal["roast", "analysis"]
    style: Style
    parent: str | None
    photo: PhotoView
    links: Links
    expects: tuple[str, ...]
    features: dict[str, FeatureView]
    missing: tuple[Missing, ...]
    cues: tuple[Cue, ...]
    roast: RoastView | None
    failed: FailedView | None
    timings: Timings
    ahead: int | None = Field(
        0, ge=0, description="photos that are looked at before this one; 0 when its turn has come; null: not known now"
    )


def snapshot(history: History, ahead: int | None = 0) -> Snapshot | None:
    """The document of a request; None when its history holds no submission (unknown, erased or expired).

    `ahead` is the request's place in the line, which its history does not tell.
    """
    submitted = history.submitted
    if submitted is None:
        return None
    ending = history.ending
    return Snapshot(
        id=submitted.id,
        status=status_of(history),
        wants=submitted.wants,
        style=submitted.style,
        parent=submitted.parent,
        photo=_photo(submitted),
        links=Links.of(submitted.id),
        expects=submitted.expects,
        features={name: _feature(history.features[name]) for name in sorted(history.features)},
        missing=_missing(history, submitted),
        cues=history.joined.cues if history.joined else (),
        roast=_roast(ending) if isinstance(ending, Roast) else None,
        failed=_failed(ending) if isinstance(ending, Failed) else None,
        timings=_timings(history),
        ahead=ahead,
    )


def status_of(history: History) -> Status:
    """Where the request stands, by its ending."""
    match history.ending:
        case None:
            return "running"
        case Roast() | Analyzed():
            return "done"
        case Cancelled():
            return "cancelled"
        case Failed(code=code):
            return "refused" if code == REFUSED else "failed"


def _photo(submitted: Submitted) -> PhotoView:
    photo = submitted.photo
    url = Links.of(submitted.id).photo
    return PhotoView(width=photo.width, height=photo.height, bytes=photo.bytes, sha256=photo.sha256, url=url)


def _feature(feature: Feature) -> FeatureView:
    return FeatureView(**{name: getattr(feature, name) for name in FeatureView.model_fields})


def _roast(roast: Roast) -> RoastView:
    return RoastView(**{name: getattr(roast, name) for name in RoastView.model_fields})


def _failed(failed: Failed) -> FailedView:
    return FailedView(code=failed.code, detail=failed.detail, hint=failed.hint)


def _missing(history: History, submitted: Submitted) -> tuple[Missing, ...]:
    """As the join said; a request that ended without one misses all that had not answered."""
    if history.joined:
        reasons = history.joined.missing
    elif history.ending:
        reasons = dict.fromkeys(
            (name for name in submitted.expects if name not in history.features), "the request ended first"
        )
    else:
        reasons = {}
    return tuple(Missing(analyzer=name, reason=reasons[name]) for name in sorted(reasons))


def _timings(history: History) -> Timings:
    began = _first(history, Submitted) or 0.0

    def since(at: float | None) -> float | None:
        return (
            None if at is None else round(max(0.0, at - began) * 1000, 3)
        )  # clocks of a cluster may disagree a little

    ending = history.ending
    return Timings(
        submitted_at=began,
        joined_ms=since(_first(history, Joined)),
        first_line_ms=since(_first(history, Line)),
        roast_ms=since(_first(history, Roast)),
        total_ms=since(_first(history, type(ending))) if ending else None,
        write_ms=ending.write_ms if isinstance(ending, Roast) else None,
    )


def _first(history: History, kind: type[Event]) -> float | None:
    """When the first event of this kind was stored."""
    return next((stored.at for stored in history.events if isinstance(stored.event, kind)), None)
