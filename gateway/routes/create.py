"""A photo comes in: `POST /api/roasts` and `POST /api/analyses`, each for its product."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bus.observability import tracing
from bus.observability.logs import bind_contextvars
from gateway.http.problems import documented
from gateway.intake import create_request
from gateway.openapi import event_stream, photo_body
from gateway.routes.requests import LOG, OPTIONS, Accepted, accepted, stream
from gateway.state import Context, Gateway

router = APIRouter()

_UPLOAD = (
    *("missing_photo", "empty_file", "too_large", "too_many_pixels", "too_small", "not_an_image", "unsupported_format"),
    *("corrupt_image", "decode_timeout", "upload_timeout", "url_disabled", "url_refused", "url_failed", "busy"),
    "decoder_down",
)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    202: {"description": "accepted"},
    200: {"content": event_stream()},
    **documented(*OPTIONS, *_UPLOAD, *LOG),
}


@router.post(
    "/api/roasts",
    status_code=202,
    response_model=Accepted,
    responses=_ANSWERS,
    openapi_extra=photo_body("roast", "analysis"),
    tags=["roasts"],
)
async def create_roast(request: Request, here: Context) -> Response:
    """Takes a photo to roast. With `Accept: text/event-stream` the answer is the stream of its events."""
    return await _create(request, here)


@router.post(
    "/api/analyses",
    status_code=202,
    response_model=Accepted,
    responses=_ANSWERS,
    openapi_extra=photo_body("analysis"),
    tags=["analyses"],
)
async def create_analysis(request: Request, here: Context) -> Response:
    """Takes a photo to look at: the request ends when the findings are together. Answers like a roast."""
    return await _create(request, here, "analysis")


async def _create(request: Request, here: Gateway, only: str | None = None) -> Response:
    with tracing.span("intake", request.headers):
        submitted = await create_request(request, here, only)
    bind_contextvars(id=submitted.id)
    if "text/event-stream" in request.headers.get("accept", ""):
        return stream(here, submitted.id, after=0)
    return accepted(submitted)
