"""Photos by URL: fetched from the public Internet only, whatever names and redirects say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.upload.url_fetch import Resolve, fetch
from gateway.upload.url_fetch import resolve as system_resolve

SETTINGS = Settings(max_upload_bytes=1000)
HOSTS = {"photos.example": ["93.184.215.14"], "inside.example": ["10.0.0.7"], "both.example": ["8.8.8.8", "127.0.0.1"]}


async def resolve(host: str, port: int) -> list[str]:
    if host not in HOSTS:
        return [host]
    return HOSTS[host]


async def nowhere(host: str, port: int) -> list[str]:
    host.encode("ascii")
    raise OSError("unknown host")


def fetched(url: str, answer: Callable[[httpx.Request], httpx.Response], resolve: Resolve = resolve) -> bytes:
    return asyncio.run(fetch(url, SETTINGS, resolve, httpx.MockTransport(answer)))


def code(url: str, answer: Callable[[httpx.Request], httpx.Response], resolve: Resolve = resolve) -> str:
    with pytest.raises(Problem) as caught:
        fetched(url, answer, resolve)
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


@given(
    st.text(max_size=60)
    | st.builds("http://{}".format, st.text(max_size=40))
    | st.builds(
        "https://{}:{}/{}".format, st.text("a.-x1:[]%@\u2603\u200b\uff10\xdf", max_size=12), st.integers(), st.text()
    )
    | st.builds("http://xn--{}/".format, st.text("abc-0123\x80", max_size=8))
)
@example("http://xn--/")
@example("http://[::1")
@example("http://a:99999999999999999999/")
@example("http://a:0/")
@example("http://" + "a" * 70_000)
@example("http://a..b/")
@example("http://\ud800/")
def test_any_text_in_place_of_a_url_is_a_problem_of_its_own(url: str) -> None:
    assert code(url, never, nowhere) in ("url_refused", "url_failed")


@pytest.mark.parametrize("host", ["xn--", "xn--a.example", "a..b", "%00", "xn--nxasmq6b.invalid"])
def test_a_name_that_the_systems_resolver_chokes_on_is_a_problem(host: str) -> None:
    assert code(f"http://{host}/", never, system_resolve) == "url_failed"
