"""Every way to say no: RFC 9457 problem details with a stable `code`, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """What all problems of one code share: HTTP status, title, and the usual advice."""

    status: int
    title: str
    hint: str
    retry_after: int | None = None
    """Seconds; problems that pass by themselves say when to come back."""
    hang_up: bool = False
    """Whether the client may still be sending what will not be read: the connection is then of no more use."""


_OTHER_PHOTO = "Send a JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or still GIF."
_EXPORT_AGAIN = "Open it in a photo app, export it as JPEG and send that."

KINDS: dict[str, Kind] = {
    "missing_photo": Kind(400, "There is no photo in the request", "Send it as multipart form field `photo`."),
    "bad_request": Kind(400, "The request cannot be read", "Send multipart/form-data with a field `photo`."),
    "empty_file": Kind(400, "The photo is empty", "Choose the file again; it has no content."),
    "bad_option": Kind(422, "An option is not understood", "Correct or leave out the option named in the detail."),
    "unknown_analyzer": Kind(422, "There is no such analyzer now", "GET /api/analyzers lists those available."),
    "unknown_persona": Kind(422, "There is no such persona", "GET /api/personas lists them."),
    "too_large": Kind(
        413, "The photo is too large", "Send a smaller file, or raise HECKLER_MAX_UPLOAD_BYTES.", hang_up=True
    ),
    "too_many_pixels": Kind(413, "The photo has too many pixels", "Scale it down before sending it."),
    "too_small": Kind(422, "The photo is too small to see anything in it", "Send a larger version of it."),
    "not_an_image": Kind(415, "This is not an image", _OTHER_PHOTO),
    "unsupported_format": Kind(415, "This format is not accepted", _OTHER_PHOTO),
    "corrupt_image": Kind(422, "The photo is damaged", _EXPORT_AGAIN),
    "decode_timeout": Kind(422, "The photo took too long to decode", _EXPORT_AGAIN),
    "upload_timeout": Kind(408, "The upload took too long", "Try again on a faster connection.", hang_up=True),
    "head_timeout": Kind(408, "The request took too long to begin", "Send the whole request at once.", hang_up=True),
    "client_gone": Kind(400, "The upload was broken off", "Send the photo again."),
    "url_disabled": Kind(403, "Photos by URL are switched off", "Send the file, or set HECKLER_URL_UPLOADS=true."),
    "url_refused": Kind(422, "This URL is not fetched", "Only http and https URLs of public addresses are fetched."),
    "url_failed": Kind(422, "The URL did not yield a photo", "Download the photo yourself and send the file."),
    "foreign_origin": Kind(403, "Another site asked for this", "Use Heckler's own page.", hang_up=True),
    "foreign_host": Kind(
        421, "This server has another name", "Use its own, or list this one in HECKLER_ALLOWED_HOSTS.", hang_up=True
    ),
    "not_found": Kind(
        404, "There is nothing here", "Check the address; requests are forgotten in time, see /api/about."
    ),
    "method_not_allowed": Kind(405, "This address does not do that", "See /docs for what each address does."),
    "photo_gone": Kind(410, "The photo is gone", "Photos are kept for a while only, see /api/about; send it again."),
    "photo_damaged": Kind(410, "The stored photo is damaged", "Send it again, and see to the disk of the event log."),
    "already_ended": Kind(409, "This request has already ended", "Nothing is left to stop."),
    "still_running": Kind(409, "This request has not ended", "Watch it live, without `replay`, or wait for its end."),
    "no_roast": Kind(409, "There is no roast to show", "Wait until it has been told, or send the photo again."),
    "no_analyzers": Kind(503, "No analyzer is running", "Start one with `heckler work`, or run `heckler doctor`.", 5),
    "busy": Kind(503, "Too many photos at once", "Try again in a moment.", 2),
    "too_many_connections": Kind(
        503, "Too many connections", "Try again in a moment, or raise HECKLER_MAX_CONNECTIONS.", 2, hang_up=True
    ),
    "too_many_replays": Kind(503, "Too many replays at once", "Try again in a moment.", 5),
    "log_full": Kind(503, "There is no room for another photo", "Old ones make room by themselves; try later.", 60),
    "disk_full": Kind(503, "The disk is full", "Make room on it, the rest mends itself; see `heckler doctor`.", 30),
    "bus_down": Kind(503, "The event log does not answer", "It comes back by itself; see `heckler doctor`.", 2),
    "log_unwritable": Kind(503, "The event log stores nothing", "It is mended by itself; see `heckler doctor`.", 5),
    "log_refused": Kind(500, "The event log refuses what we send", "Look into its server's log; see `heckler doctor`."),
    "decoder_down": Kind(
        503, "No photo can be decoded now", "Try again in a moment: it mends itself. If it does not, see the log.", 2
    ),
    "exhausted": Kind(
        503, "The server is out of memory or descriptors", "Try again in a moment; `ulimit -n` says how many it has.", 5
    ),
    "not_ready": Kind(503, "Not ready to roast yet", "Wait for, or start, what is missing; see `heckler doctor`.", 2),
    "internal": Kind(500, "Something broke on our side", "Try again; the log says more under this request's id."),
}
"""Code → what it means. Clients may rely on the codes; everything else here is for people."""


class Problem(Exception):
    """Raised anywhere in the gateway to answer with a problem; KeyError for a code that is not in `KINDS`."""

    def __init__(self, code: str, detail: str, *, retry_after: int | None = None, **members: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.kind = KINDS[code]
        self.retry_after = self.kind.retry_after if retry_after is None else retry_after
        self.members = members
        """Extension members of the document (RFC 9457 §3.2)."""


class ProblemDocument(BaseModel):
    """The body of every error answer (RFC 9457)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = Field(description="a URN naming the code")
    title: str = Field(description="the same for every problem of this code")
    status: int = Field(description="the HTTP status, repeated")
    detail: str = Field(description="what happened this time")
    code: str = Field(description="stable, for programs")
    hint: str = Field(description="what to do next")


def document(problem: Problem) -> ProblemDocument:
    """The body that says `problem`."""
    kind = problem.kind
    return ProblemDocument(
        type=f"urn:heckler:problem:{problem.code}",
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        code=problem.code,
        hint=kind.hint,
        **problem.members,
    )


def answer(problem: Problem) -> JSONResponse:
    """The HTTP response that says `problem`, with `Retry-After` where waiting helps."""
    kind = problem.kind
    headers = {"Cache-Control": "no-store"}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if kind.hang_up:
        headers["Connection"] = "close"
    return JSONResponse(document(problem).model_dump(), kind.status, headers, MEDIA_TYPE)


_BODY = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
ANY_PROBLEM: dict[int | str, dict[str, Any]] = {"default": {"description": "what went wrong", "content": _BODY}}
"""The `responses` of an OpenAPI operation: anything but its own answers is a problem."""


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an OpenAPI operation that may answer with these problems."""
    by_status: dict[int | str, list[str]] = {}
    for code in codes:
        by_status.setdefault(KINDS[code].status, []).append(code)
    return {
        status: {"description": " or ".join(f"`{code}`" for code in these), "content": _BODY}
        for status, these in by_status.items()
    }
