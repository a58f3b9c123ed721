"""Fetching a photo by URL without opening a way into the private network (CWE-918)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import httpx

from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.upload.addresses import is_public

REDIRECTS = 3
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → its addresses; OSError when there are none."""
_PORTS = {"http": 80, "https": 443}


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, by the system's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def fetch(
    url: str, settings: Settings, resolve: Resolve = resolve, transport: httpx.AsyncBaseTransport | None = None
) -> bytes:
    """The bytes at `url`. Raises Problem `url_refused`, `url_failed`, `too_large`, `upload_timeout`.

    Every hop is resolved once, checked, and then fetched from the very address that was checked: a name that
    answers differently the second time gains nothing.
    """
    try:
        async with (
            asyncio.timeout(settings.upload_s),
            httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False) as client,
        ):
            return await _followed(parsed(url), client, resolve, settings.max_upload_bytes)
    except TimeoutError as error:
        raise Problem("upload_timeout", f"It was not complete after {settings.upload_s:g} seconds.") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Problem("url_failed", f"Fetching it failed: {type(error).__name__}.") from error


def parsed(url: str, base: httpx.URL | None = None) -> httpx.URL:
    """A URL that may be fetched if its host is public, relative to `base` if need be. Raises Problem `url_refused`."""
    try:
        target = base.join(url) if base else httpx.URL(url)
        port = _port(target)
    except (httpx.InvalidURL, ValueError, TypeError, KeyError) as error:  # UnicodeError and IDNAError are ValueErrors
        raise Problem("url_refused", "It is no plain http or https URL.") from error
    if not target.raw_host or target.userinfo or not 0 < port < 65536:
        raise Problem("url_refused", "It is no plain http or https URL.")
    if base and base.scheme == "https" != target.scheme:
        raise Problem("url_refused", "It redirects from https to http.")
    return target


def _port(target: httpx.URL) -> int:
    default = _PORTS[target.scheme]
    return default if target.port is None else target.port


async def _followed(target: httpx.URL, client: httpx.AsyncClient, resolve: Resolve, limit: int) -> bytes:
    for _ in range(REDIRECTS + 1):
        request = await _pinned(target, client, resolve)
        try:
            answer = await client.send(request, stream=True)
        except ValueError as error:  # httpx has looked where the redirect would lead
            raise Problem("url_refused", "It redirects to what is no URL.") from error
        try:
            if not answer.has_redirect_location:
                return await _body(answer, limit)
            target = parsed(answer.headers["location"], target)
        finally:
            await answer.aclose()
    raise Problem("url_failed", f"It redirects more than {REDIRECTS} times.")


async def _pinned(target: httpx.URL, client: httpx.AsyncClient, resolve: Resolve) -> httpx.Request:
    """A request to the address that was checked. The host is named as it is sent: it is not decoded once more."""
    host = target.raw_host.decode("ascii")
    try:
        addresses = await resolve(host, _port(target))
    except (OSError, ValueError) as error:
        raise Problem("url_failed", "Its host cannot be found.") from error
    if not addresses or not all(is_public(address) for address in addresses):
        raise Problem("url_refused", "Its host is on a private network.")
    headers = {"Host": target.netloc.decode("ascii"), "Accept": "image/*", "Accept-Encoding": "identity"}
    extensions = {"sni_hostname": host}
    return client.build_request("GET", target.copy_with(host=addresses[0]), headers=headers, extensions=extensions)


async def _body(answer: httpx.Response, limit: int) -> bytes:
    """Its bytes, unless they would have to be unpacked: a few of them could become very many."""
    if answer.status_code != 200:
        raise Problem("url_failed", f"The server there answered {answer.status_code}.")
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem("url_failed", "The server there sends it compressed, though it was asked not to.")
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > limit:
            raise Problem("too_large", f"A photo may have {limit / (1 << 20):.3g} MiB.")
    return bytes(data)
