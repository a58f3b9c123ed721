"""What every answer has in common: counted, timed, with headers that keep ids and photos private."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bus.logs import bound_contextvars
from gateway.metrics import ANSWER, ANSWERS

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address here holds the id, and the id is the right to read
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",  # whoever has a link may read; search engines are not among them
}


class Manners:
    """ASGI middleware; plain, so that streams pass through it untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()

        async def polite(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                _count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        with bound_contextvars():  # what a request binds (its id) ends with it
            await self.app(scope, receive, polite)


def _count(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "other")  # the template: ids would make a metric each
    ANSWERS.labels(scope["method"], route, str(status)).inc()
    ANSWER.labels(scope["method"], route).observe(seconds)
