"""From exceptions to problems: whatever goes wrong, the client reads a problem document and the log has the rest."""

from __future__ import annotations

import errno

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from bus.client import BusDown, LogFull, LogRefused, PhotoDamaged, PhotoGone
from bus.jetstream.direct_get import ReadFailed
from bus.jetstream.publish import DiskFull, LogSilent, LogUnwritable
from bus.observability.logs import log
from bus.observability.metrics import REFUSED
from gateway.http.problems import Problem, answer


def add_errors(app: FastAPI) -> None:
    """Makes `app` answer every exception with a problem."""
    for kind in (Problem, OSError, HTTPException, RequestValidationError, ClientDisconnect, *_FROM_THE_BUS, Exception):
        app.add_exception_handler(kind, respond)


def problem_of(error: Exception, path: str = "") -> Problem:
    """The problem that says `error`; `internal` for an unexpected one."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, LogRefused) and error.lacks_room:
        return Problem("disk_full", f"The log's disk has no room; its server says: {error}.")
    for kind, (code, detail) in _FROM_THE_BUS.items():
        if isinstance(error, kind):
            return Problem(code, detail or str(error))
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return Problem("bad_option", f"`{first['loc'][-1]}`: {first['msg']}.")
    if isinstance(error, ClientDisconnect):
        return Problem("client_gone", "The connection was closed before everything had arrived.")
    if isinstance(error, HTTPException) and error.status_code < 500:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        return Problem(code, f"{path}: {error.detail}.")
    if is_exhausted(error):
        why = getattr(error, "strerror", None) or str(error) or "no memory is left"
        return Problem("exhausted", f"The gateway is short of what it takes to answer: {why}.")
    return Problem("internal", "The gateway met something that it does not know how to handle.")


def is_exhausted(error: BaseException) -> bool:
    """Whether the system had no descriptor, no memory or no thread to give."""
    no_thread = isinstance(error, RuntimeError) and "can't start new thread" in str(error)  # as CPython words it
    return isinstance(error, MemoryError) or no_thread or getattr(error, "errno", None) in _EXHAUSTED


_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN})
"""What the system says when descriptors, memory or processes are used up: it passes, and is no bug."""
_FROM_THE_BUS: dict[type[Exception], tuple[str, str]] = {
    DiskFull: ("disk_full", ""),
    LogFull: ("log_full", ""),
    LogUnwritable: ("log_unwritable", ""),
    LogSilent: ("bus_down", ""),
    BusDown: ("bus_down", "The log did not answer in time."),
    ReadFailed: ("bus_down", "The log did not answer a read; it may be restarting."),
    LogRefused: ("log_refused", ""),
    PhotoDamaged: ("photo_damaged", "The store has lost a part of it, or has other bytes than were put there."),
    PhotoGone: ("photo_gone", "It was deleted, or is older than photos are kept."),
}
"""Code and detail; without a detail the error's own words are meant for people. Subclasses come first."""


async def respond(request: Request, error: Exception) -> Response:
    """The answer that says `error`; what is our own fault is logged, and what a POST was refused for is counted."""
    problem = problem_of(error, request.url.path)
    if problem.kind.status >= 500 and problem.code != "not_ready":  # that is an answer, not an error
        unexpected = error if problem.code == "internal" else None
        log.error("gateway.problem", code=problem.code, error=repr(error), path=request.url.path, exc_info=unexpected)
    if request.method == "POST":
        REFUSED.labels(problem.code).inc()
    return answer(problem)
