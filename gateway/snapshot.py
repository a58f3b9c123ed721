"""The document: what is known of a request so far, whatever its product. Pure."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field

from bus.events import Cancelled, Event, Failed, Feature, Joined, Submitted
from bus.findings import AnyFinding, Frozen
from bus.history import History

Status = Literal["running", "done", "failed", "cancelled", "refused"]
REFUSED = "explicit"
"""The code of a `failed` that is no failure: the photo was looked at, and declined."""


BASE = "/api/requests"
"""Where every request is, whatever its product."""
_BELOW = ("events", "photo", "encore", "cancel")


class Links(Frozen):
    """Where everything about a request is: paths on this server."""

    self: str
    events: str
    photo: str
    encore: str
    cancel: str

    @classmethod
    def of(cls, id: str) -> Self:
        """The links of request `id`."""
        return cls(self=f"{BASE}/{id}", **{name: f"{BASE}/{id}/{name}" for name in _BELOW})


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


class FailedView(Frozen):
    """Why there is no result, and what to do next."""

    code: str
    detail: str
    hint: str


class Timings(Frozen):
    """Milliseconds since the submission was stored, by the log's clock; None for what has not happened."""

    submitted_at: float = Field(description="seconds since the epoch")
    joined_ms: float | None = None
    total_ms: float | None = Field(None, description="until the ending, whatever it was")


class Snapshot(Frozen):
    """A request so far: what is known of every request. Products add to it (`gateway/products/`)."""

    id: str
    status: Status
    product: str
    options: Any = Field(description="what the product was asked for")
    parent: str | None
    photo: PhotoView
    links: Links
    expects: tuple[str, ...]
    features: dict[str, FeatureView]
    missing: tuple[Missing, ...]
    failed: FailedView | None
    timings: Timings
    ahead: int | None = Field(
        0, ge=0, description="photos that are looked at before this one; 0 when its turn has come; null: not known now"
    )


def core_snapshot(history: History, ahead: int | None = 0) -> Snapshot | None:
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
        product=submitted.product,
        options=submitted.options,
        parent=submitted.parent,
        photo=_photo(submitted),
        links=Links.of(submitted.id),
        expects=submitted.expects,
        features={name: _feature(history.features[name]) for name in sorted(history.features)},
        missing=_missing(history, submitted),
        failed=_failed(ending) if isinstance(ending, Failed) else None,
        timings=_timings(history),
        ahead=ahead,
    )


def status_of(history: History) -> Status:
    """Where the request stands, by its ending."""
    match history.ending:
        case None:
            return "running"
        case Cancelled():
            return "cancelled"
        case Failed(code=code):
            return "refused" if code == REFUSED else "failed"
        case _:
            return "done"


def _photo(submitted: Submitted) -> PhotoView:
    photo = submitted.photo
    url = Links.of(submitted.id).photo
    return PhotoView(width=photo.width, height=photo.height, bytes=photo.bytes, sha256=photo.sha256, url=url)


def _feature(feature: Feature) -> FeatureView:
    return FeatureView(**{name: getattr(feature, name) for name in FeatureView.model_fields})


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
    ending = history.ending
    return Timings(
        submitted_at=_first(history, Submitted) or 0.0,
        joined_ms=since_submission(history, Joined),
        total_ms=since_submission(history, type(ending)) if ending else None,
    )


def since_submission(history: History, kind: type[Event]) -> float | None:
    """Milliseconds from the submission to the first event of this kind; None when there is none."""
    began, at = _first(history, Submitted) or 0.0, _first(history, kind)
    return None if at is None else round(max(0.0, at - began) * 1000, 3)  # clocks of a cluster may disagree a little


def _first(history: History, kind: type[Event]) -> float | None:
    """When the first event of this kind was stored."""
    return next((stored.at for stored in history.events if isinstance(stored.event, kind)), None)
