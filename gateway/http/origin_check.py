"""Which requests the gateway answers: a page of another site must not steer it through its visitor's browser.

Two attacks are known on services that listen on loopback. A foreign page can send requests to them, though not read the
answers (CSRF, CWE-352). And a foreign name that is made to resolve to 127.0.0.1 becomes, to the browser, this very
site (DNS rebinding, CWE-350). Programs that are no browsers send neither an `Origin` nor a strange `Host`.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bus.settings import Settings
from gateway.http.errors import respond
from gateway.http.problems import Problem

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 §9.2.1)."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginCheck:
    """ASGI middleware that refuses requests under a foreign name, and changes that a foreign site asks for."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self.app
        if scope["type"] == "http" and (no := objection(scope["method"], Headers(scope=scope), self._settings)):
            answer = await respond(Request(scope), no)
        await answer(scope, receive, send)


def objection(method: str, headers: Headers, settings: Settings) -> Problem | None:
    """What speaks against a request: Problem `foreign_host` or `foreign_origin`; None when nothing does."""
    host = headers.get("host", "")
    if host and not is_ours(host, settings):
        return Problem("foreign_host", f"It was sent to {host[:100]!r}, which is no name of this server.")
    origin = headers.get("origin", "")
    if method not in SAFE and is_foreign(origin, host, headers.get("sec-fetch-site", "")):
        return Problem("foreign_origin", f"It comes from a page of {(origin or 'another site')[:100]!r}.")
    return None


def is_ours(host: str, settings: Settings) -> bool:
    """Whether a `Host` header names this server.

    On loopback those are `localhost`, the loopback addresses and `allowed_hosts`. Elsewhere they are `allowed_hosts`
    and bare addresses, which no name can be rebound to; or anything, when `allowed_hosts` is empty.
    """
    name = _split("http", host).hostname or ""
    named = {each.strip().lower().rstrip(".") for each in settings.allowed_hosts.split(",") if each.strip()}
    if name.rstrip(".") in named or _is_loopback(name):
        return True
    if _is_loopback(settings.host):
        return False
    return not named or _address(name) is not None


def is_foreign(origin: str, host: str, fetch_site: str = "") -> bool:
    """Whether a page of another origin than `host` asks, as far as a browser tells.

    `Sec-Fetch-Site`, which no page can forge, has the first word: it stays right behind a proxy that rewrites `Host`.
    Browsers send it only to https and loopback, and others never, so then `Origin` decides. Schemes are not compared:
    TLS may end at a proxy.
    """
    if fetch_site:
        return fetch_site not in ("same-origin", "none")
    if not origin:
        return False
    theirs = _split_url(origin)
    ours = _split(theirs.scheme, host)
    return not theirs.hostname or (theirs.hostname, _port(theirs)) != (ours.hostname, _port(ours))


def _split(scheme: str, host: str) -> SplitResult:
    return _split_url(f"{scheme}://{host}")


def _split_url(url: str) -> SplitResult:
    """Its parts; none of them for what is no URL."""
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _port(parts: SplitResult) -> int | None:
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _is_loopback(name: str) -> bool:
    address = _address(name)
    return address.is_loopback if address else name.rstrip(".").lower() == "localhost"


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
