"""Photos by URL: fetched from the public Internet only, whatever names and redirects say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from bus.settings import Settings
from gateway.fetch import fetch, is_public
from gateway.problems import Problem

SETTINGS = Settings(max_upload_bytes=1000)
HOSTS = {"photos.example": ["93.184.215.14"], "inside.example": ["10.0.0.7"], "both.example": ["8.8.8.8", "127.0.0.1"]}


async def resolve(host: str, port: int) -> list[str]:
    if host not in HOSTS:
        return [host]
    return HOSTS[host]


def fetched(url: str, answer: Callable[[httpx.Request], httpx.Response]) -> bytes:
    return asyncio.run(fetch(url, SETTINGS, resolve, httpx.MockTransport(answer)))


def code(url: str, answer: Callable[[httpx.Request], httpx.Response]) -> str:
    with pytest.raises(Problem) as caught:
        fetched(url, answer)
    return caught.value.code


def never(request: httpx.Request) -> httpx.Response:
    pytest.fail(f"{request.url} was fetched")


def test_a_photo_is_fetched_from_the_address_that_was_checked() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "93.184.215.14"
        assert request.headers["Host"] == "photos.example"
        assert request.extensions["sni_hostname"] == "photos.example"
        return httpx.Response(200, content=b"bytes")

    assert fetched("https://photos.example/cat.jpg", answer) == b"bytes"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/",
        "http://inside.example/",
        "http://both.example/",
        "ftp://photos.example/cat.jpg",
        "file:///etc/passwd",
        "http://user:word@photos.example/",
        "cat.jpg",
    ],
)
def test_private_addresses_and_other_schemes_are_never_asked(url: str) -> None:
    assert code(url, never) == "url_refused"


def test_a_redirect_is_checked_like_the_first_address() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "93.184.215.14"
        return httpx.Response(302, headers={"Location": "http://inside.example/secret"})

    assert code("https://photos.example/cat.jpg", answer) == "url_refused"


def test_a_redirect_may_lead_to_another_public_place() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/old":
            return httpx.Response(301, headers={"Location": "/new"})
        return httpx.Response(200, content=request.url.path.encode())

    assert fetched("https://photos.example/old", answer) == b"/new"


def test_redirects_in_a_circle_are_given_up() -> None:
    assert code("https://photos.example/", lambda _: httpx.Response(302, headers={"Location": "/"})) == "url_failed"


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    sent = []

    async def body():  # type: ignore[no-untyped-def]
        for n in range(100):
            sent.append(n)
            yield b"x" * 500

    assert code("https://photos.example/", lambda _: httpx.Response(200, content=body())) == "too_large"
    assert len(sent) < 10


def test_an_error_there_is_a_problem_here() -> None:
    assert code("https://photos.example/", lambda _: httpx.Response(404)) == "url_failed"


def test_a_connection_that_fails_is_a_problem() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    assert code("https://photos.example/", answer) == "url_failed"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:0001::", False),
        ("not an address", False),
    ],
)
def test_public_is_what_everybody_can_reach(address: str, public: bool) -> None:
    assert is_public(address) is public
