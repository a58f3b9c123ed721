"""Photos by URL over real connections: to the address that was checked and no other, whatever the server there does."""

from __future__ import annotations

import asyncio
import sys
import zlib
from pathlib import Path

import pytest

from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.upload.url_fetch import Resolve, fetch

sys.path.insert(0, str(Path(__file__).parents[1]))

from web import Answer, Web, http, redirect

PUBLIC = "93.184.215.14"
SETTINGS = Settings(max_upload_bytes=100_000, upload_s=20)


def names(**addresses: list[str]) -> Resolve:
    """A resolver; the names have `_` for `.`. Several addresses are given one after the other, the last for ever."""

    async def resolve(host: str, port: int) -> list[str]:
        left = addresses.get(host.replace(".", "_"), [host])
        return [left.pop(0) if len(left) > 1 else left[0]]

    return resolve


def fetched(url: str, web: Web, resolve: Resolve | None = None, settings: Settings = SETTINGS) -> bytes:
    async def main() -> bytes:
        async with web.up():
            return await fetch(url, settings, resolve or names(photos_example=[PUBLIC]), web.transport)

    return asyncio.run(asyncio.wait_for(main(), 60))


def refused(url: str, answers: dict[str, Answer], resolve: Resolve | None = None, **settings: float) -> tuple[str, Web]:
    """The code of the problem, and the requests that were made."""
    web = Web(answers)
    with pytest.raises(Problem) as caught:
        fetched(url, web, resolve, SETTINGS.model_copy(update=settings))
    return caught.value.code, web


def test_the_address_that_was_checked_is_asked_for_the_name() -> None:
    web = Web({"/a.jpg": http(b"bytes")})
    assert fetched("http://photos.example:8080/a.jpg", web) == b"bytes"
    assert web.connected == [(PUBLIC, 8080)]
    assert "Host: photos.example:8080\r\n" in web.heads[0]
    assert "Accept-Encoding: identity\r\n" in web.heads[0]


def test_over_tls_the_name_is_sent_and_the_certificate_has_to_have_it() -> None:
    web = Web({"/a.jpg": http(b"bytes")})
    assert fetched("https://photos.example/a.jpg", web) == b"bytes"
    assert web.names == ["photos.example"]
    assert web.connected == [(PUBLIC, 443)]
    assert refused("https://other.example/a.jpg", web.answers, names(other_example=[PUBLIC]))[0] == "url_failed"


def test_a_name_that_means_another_address_the_next_time_gains_nothing() -> None:
    web = Web({"/a.jpg": http(b"bytes")})
    assert fetched("http://turning.example/a.jpg", web, names(turning_example=[PUBLIC, "127.0.0.1"])) == b"bytes"
    assert web.connected == [(PUBLIC, 80)]
    code, web = refused("http://turning.example/", {"/": redirect("/x")}, names(turning_example=[PUBLIC, "10.0.0.7"]))
    assert code == "url_refused"
    assert web.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "to",
    [
        *("http://127.0.0.1/", "http://[::1]/", "http://[64:ff9b::7f00:1]/", "http://169.254.169.254/latest/meta-data"),
        *("//10.0.0.7/", "http://user:word@photos.example/", "file:///etc/passwd", "gopher://photos.example/"),
        *("http://xn--/", "http://[::1", "http://photos.example:99999/", "http://photos.example:0/"),
    ],
)
def test_a_redirect_to_a_forbidden_address_is_not_followed(to: str) -> None:
    code, web = refused("http://photos.example/", {"/": redirect(to)})
    assert code in ("url_refused", "url_failed")
    assert web.connected == [(PUBLIC, 80)]


def test_a_redirect_from_https_to_http_is_not_followed_the_other_way_round_it_is() -> None:
    down = {"/": redirect("http://photos.example/a.jpg"), "/a.jpg": http(b"bytes")}
    assert refused("https://photos.example/", down)[0] == "url_refused"
    web = Web({"/": redirect("https://photos.example/a.jpg"), "/a.jpg": http(b"bytes")})
    assert fetched("http://photos.example/", web) == b"bytes"


def test_redirects_in_a_circle_are_given_up() -> None:
    code, web = refused("http://photos.example/", {"/": redirect("/")})
    assert code == "url_failed"
    assert len(web.heads) == 4


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity"])
def test_a_compressed_answer_is_not_unpacked(encoding: str) -> None:
    bomb = zlib.compress(bytes(50 << 20), 9)
    assert len(bomb) < SETTINGS.max_upload_bytes
    assert refused("http://photos.example/", {"/": http(bomb, Content_Encoding=encoding)})[0] == "url_failed"


def test_a_body_without_an_end_is_read_up_to_the_limit() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + bytes(0x400) + b"\r\n")
            await writer.drain()

    assert refused("http://photos.example/", {"/": endless})[0] == "too_large"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nCont", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_a_server_that_stops_in_the_middle_costs_no_more_than_an_upload_may(start: bytes) -> None:
    async def stuck(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        await asyncio.Event().wait()

    assert refused("http://photos.example/", {"/": stuck}, upload_s=0.3)[0] == "upload_timeout"


@pytest.mark.parametrize(
    "answer", [b"", b"\0\1\2", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000, b"HTTP/9 x\r\n\r\n"]
)
def test_what_is_no_http_is_a_problem(answer: bytes) -> None:
    assert refused("http://photos.example/", {"/": answer})[0] == "url_failed"
