"""What every answer has in common: counted, timed, with headers that keep ids and photos private."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bus.observability.logs import bound_contextvars
from gateway.metrics import ANSWER, ANSWERS

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POLICY = {
    "text/html": f"{_NOTHING}; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:",  # a photo that was just chosen; small ones that the page remembers
    "image/": f"{_NOTHING}; sandbox",  # bytes of unknown origin
    "": _NOTHING,
}
"""Content-Security-Policy by the beginning of the content type. Nothing inline runs or styles anything."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address here holds the id, and the id is the right to read
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",  # no other site shows a photo of ours
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",  # a link is for the people that it was given to, not for search engines
}


class ResponseHeaders:
    """ASGI middleware; plain, so that streams pass through it untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if message["status"] != 304:  # its headers would replace those that the client kept
                    headers.setdefault("Content-Security-Policy", policy_for(headers.get("content-type", "")))
                _count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        with bound_contextvars():  # what a request binds (its id) ends with it
            await self.app(scope, receive, send_with_headers)


def policy_for(content_type: str) -> str:
    """What the content may do in a browser."""
    return next(policy for kind, policy in POLICY.items() if content_type.lower().startswith(kind))


def _count(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "other")  # the template: ids would make a metric each
    ANSWERS.labels(scope["method"], route, str(status)).inc()
    ANSWER.labels(scope["method"], route).observe(seconds)
