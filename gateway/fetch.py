"""Fetching a photo by URL without becoming anybody's way into the private network (CWE-918)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx

from bus.settings import Settings
from gateway.problems import Problem

REDIRECTS = 3
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → its addresses; OSError when there are none."""


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
            for _ in range(REDIRECTS + 1):
                request = await _pinned(url, client, resolve)
                answer = await client.send(request, stream=True)
                try:
                    if not answer.has_redirect_location:
                        return await _body(answer, settings.max_upload_bytes)
                    url = str(httpx.URL(url).join(answer.headers["location"]))
                finally:
                    await answer.aclose()
    except TimeoutError as error:
        raise Problem("upload_timeout", f"It was not complete after {settings.upload_s:g} seconds.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Problem("url_failed", f"Fetching it failed: {type(error).__name__}.") from error
    raise Problem("url_failed", f"It redirects more than {REDIRECTS} times.")


async def _pinned(url: str, client: httpx.AsyncClient, resolve: Resolve) -> httpx.Request:
    target = httpx.URL(url)
    if target.scheme not in ("http", "https") or not target.host or target.userinfo:
        raise Problem("url_refused", "It is no plain http or https URL.")
    port = target.port or {"http": 80, "https": 443}[target.scheme]
    try:
        addresses = await resolve(target.host, port)
    except (OSError, UnicodeError) as error:
        raise Problem("url_failed", "Its host cannot be found.") from error
    if not addresses or not all(is_public(address) for address in addresses):
        raise Problem("url_refused", "Its host is on a private network.")
    headers = {"Host": target.netloc.decode("ascii"), "Accept": "image/*"}
    return client.build_request(
        "GET", target.copy_with(host=addresses[0]), headers=headers, extensions={"sni_hostname": target.host}
    )


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet; IPv4 hidden in IPv6 counts as what it is."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip
    nat64 = isinstance(ip, ipaddress.IPv6Address) and ip in ipaddress.ip_network("64:ff9b::/96")
    return ip.is_global and not ip.is_multicast and not nat64


async def _body(answer: httpx.Response, limit: int) -> bytes:
    if answer.status_code != 200:
        raise Problem("url_failed", f"The server there answered {answer.status_code}.")
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > limit:
            raise Problem("too_large", f"A photo may have {limit / (1 << 20):.3g} MiB.")
    return bytes(data)
