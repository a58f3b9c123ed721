"""`/api/requests/{id}`: what every request has, whatever its product. An id is unguessable, and knowing it is the right
to read and erase the request."""

from __future__ import annotations

import re
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import Field

from bus.erasure.overwrite import FINAL_SWEEP_S, Erased
from bus.events import Cancelled, Submitted
from bus.findings import Frozen
from bus.history import History
from bus.observability import tracing
from bus.observability.logs import bind_contextvars
from gateway.events.replay import replayed, speed_of
from gateway.events.sse import EventStream, frames, resume_point, with_positions
from gateway.http.problems import Problem, documented
from gateway.intake import create_variant
from gateway.openapi import event_stream, options_body
from gateway.products.registry import AnyLinks, AnySnapshot, snapshot, view_of
from gateway.snapshot import BASE, Links, Status, status_of
from gateway.state import Context, Gateway
from gateway.upload.multipart import read_upload

router = APIRouter(prefix=BASE, tags=["requests"])

_ID = re.compile(r"[A-Za-z0-9_-]{22}")
OPTIONS = ("bad_option", "unknown_persona", "unknown_analyzer", "bad_request", "no_analyzers")
LOG = ("log_full", "disk_full", "log_unwritable", "bus_down")


class Accepted(Frozen):
    """A request was stored, and will come to an end whatever happens."""

    id: str = Field(description="unguessable; also the right to read and erase the request")
    parent: str | None = Field(description="of an encore: the request whose photo it is about")
    expects: tuple[str, ...] = Field(description="the analyzers that will look at the photo")
    links: AnyLinks


class State(Frozen):
    """Where a request stands."""

    id: str
    status: Status


class Deletion(Frozen):
    """A request was erased: what that took away, counted."""

    erased: Erased
    final_sweep_at: float = Field(description="seconds since the epoch: when it is swept for the last time")


async def known(id: str, here: Context) -> History:
    """The history of the request in the path. Raises Problem `not_found`."""
    bind_contextvars(id=id[:22])
    history = History()
    if _ID.fullmatch(id):
        history = await here.log.health.during(here.log.latest(id), "reading")
    if history.submitted is None:
        raise Problem("not_found", "No request has this id; it was deleted, has expired, or never was.")
    return history


Known = Annotated[History, Depends(known)]


@router.get("/{id}", response_model=AnySnapshot, responses=documented("not_found", "bus_down"))
async def read(history: Known, here: Context) -> Response:
    """Everything known of a request so far, and while it waits for its turn, how many photos come before it."""
    document = snapshot(history, await here.queue.now(history))
    assert document is not None  # a known history has a submission
    return Response(document.model_dump_json(), media_type="application/json", headers=_NEVER_STORED)


@router.get(
    "/{id}/events",
    response_class=EventStream,
    responses={
        200: {"content": event_stream(), "description": "the events, as they happen"},
        204: {"description": "nothing comes after `Last-Event-ID`: the ending has been seen"},
        **documented("not_found", "bad_option", "still_running", "too_many_replays", "bus_down"),
    },
)
async def watch(
    history: Known,
    here: Context,
    after: Annotated[str | None, Query(description="the `id:` of the last event seen")] = None,
    replay: Annotated[bool, Query(description="show a request that has ended as it went: at its own pace")] = False,
    speed: Annotated[str, Query(description="of the replay: 1 as it was, 0.25 to 100, or `max`")] = "1",
    last_event_id: Annotated[str | None, Header(description="the same, as browsers send it")] = None,
) -> Response:
    """The request's events, those that were and those that come, until its ending.

    A replay sends the stored events again up to the ending, with their ids, and their spacing divided by `speed`; it
    can be resumed like the original. What was never stored (`started`, `queue`) is not in it.

    While other photos come first, `queue` says how many, whenever that changes, and 0 when the turn has come.
    """
    try:
        seen = resume_point(last_event_id, after)
    except ValueError as error:
        raise Problem("bad_option", f"`after` or Last-Event-ID is wrong: {error}.") from error
    if history.ending and seen >= history.seq_of(history.ending):
        return Response(status_code=204)
    if replay:
        return _replay(here, history, seen, speed)
    return stream(here, _submitted(history).id, seen)


@router.get(
    "/{id}/photo",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}}},
        **documented("not_found", "photo_gone", "photo_damaged", "bus_down"),
    },
)
async def photo(history: Known, here: Context) -> Response:
    """The normalised photo: upright JPEG without metadata."""
    photos = here.log.photos
    ref = _submitted(history).photo
    data = await here.log.health.during(photos.get(ref.key, ref.sha256), "reading")
    return Response(data, media_type="image/jpeg", headers=_NEVER_STORED)


@router.post(
    "/{id}/encore",
    status_code=202,
    response_model=Accepted,
    responses=documented("not_found", "photo_gone", "photo_damaged", "busy", *OPTIONS, *LOG),
    openapi_extra=options_body(),
)
async def encore(request: Request, history: Known, here: Context) -> Response:
    """Another request about the same photo; what the analyzers found is not computed again."""
    upload = await read_upload(request, here.settings)
    if upload.photo is not None:
        raise Problem("bad_request", "Another request about this photo takes none; send a new photo as a new request.")
    with tracing.span("encore", request.headers):
        return accepted(await create_variant(_submitted(history), upload.fields, here))


@router.post("/{id}/cancel", response_model=State, responses=documented("not_found", "already_ended", *LOG))
async def cancel(history: Known, here: Context) -> Response:
    """Stops the request now. Doing it twice is as good as once."""
    id = _submitted(history).id
    if await here.log.health.during(here.log.publish(Cancelled(id=id)), "writing") is None:
        status = status_of(await here.log.latest(id))
        if status != "cancelled":
            raise Problem("already_ended", f"It ended before: {status}.")
    return JSONResponse(State(id=id, status="cancelled").model_dump())


@router.delete("/{id}", response_model=Deletion, responses=documented("not_found", *LOG))
async def erase(history: Known, here: Context) -> Response:
    """Stops the request and erases everything about it, the photo included, on the server's disk too.

    What an analyzer that is at work just now still writes is erased by later sweeps, the last one at `final_sweep_at`.
    Until then one record names the id, and it goes with that sweep.
    """
    began = time.time()
    erased = await here.log.health.during(here.log.erase(_submitted(history).id), "writing")
    return JSONResponse(
        Deletion(erased=erased, final_sweep_at=began + FINAL_SWEEP_S).model_dump(), headers=_NEVER_STORED
    )


def alias(prefix: str) -> APIRouter:
    """The same routes under another prefix. They are not in the schema a second time."""
    other = APIRouter(prefix=prefix)
    for route in router.routes:
        assert isinstance(route, APIRoute)
        other.add_api_route(
            route.path.removeprefix(BASE), route.endpoint, methods=sorted(route.methods or ()),
            status_code=route.status_code, response_class=route.response_class, response_model=None,
            include_in_schema=False,
        )  # fmt: skip
    return other


_NEVER_STORED = {"Cache-Control": "private, no-store"}
"""What was erased here must not live on in a cache."""


def _submitted(history: History) -> Submitted:
    assert history.submitted is not None  # `known` has looked
    return history.submitted


def accepted(submitted: Submitted) -> Response:
    """The answer to a request that was stored."""
    links = view_of(submitted.product).links(submitted.id)
    body = Accepted(id=submitted.id, parent=submitted.parent, expects=submitted.expects, links=links)
    return JSONResponse(body.model_dump(mode="json"), 202, {"Location": links.self})


def _replay(here: Gateway, history: History, after: int, speed: str) -> EventStream:
    if history.ending is None:
        raise Problem("still_running", "Only what has ended can be shown again.")
    try:
        events = replayed(history, speed_of(speed), after)
    except ValueError as error:
        raise Problem("bad_option", f"`speed` is {speed[:64]!r}; {error}.", field="speed") from error
    if here.replays.is_full:
        raise Problem("too_many_replays", "As many are shown as this process shows at a time.")
    return EventStream(frames(here.replays.run(events), here.leaving), location=Links.of(_submitted(history).id).self)


def stream(here: Gateway, id: str, after: int) -> EventStream:
    """The events of a request after sequence `after`, as they happen."""
    events = with_positions(here.log.follow(id, after), here.queue.positions(id))
    return EventStream(frames(events, here.leaving), location=Links.of(id).self)
