"""Clients that keep a connection and give or take nothing: the gateway ends them, and serves all others."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from bus.client import Bus
from bus.events import Feature
from bus.findings import Box, Face, Faces
from bus.settings import Settings
from gateway.http.connections import MAX_CONNECTIONS, SPARE, Limits

Make = Callable[..., bytes]
Running = Callable[..., Any]
HALF = b"GET /healthz HTTP/1.1\r\nHost: loc"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def connection(url: str, *, buffer: int = 0) -> Iterator[socket.socket]:
    """A connection to the gateway; `buffer` bytes at most are received before the test reads."""
    parts = urlsplit(url)
    with socket.socket() as made:
        if buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        made.settimeout(30)
        made.connect((parts.hostname, parts.port))
        yield made


def rest_of(conn: socket.socket) -> bytes:
    """All that comes until the gateway ends the connection; TimeoutError if it never does."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := conn.recv(65536):
            got += piece
    return got


def wait_until_dropped(conn: socket.socket) -> None:
    """Waits, without reading, for the gateway to end the connection."""
    poll = select.poll()
    poll.register(conn, 0)  # errors and hang-ups only
    assert poll.poll(30_000)


def answer_of(conn: socket.socket) -> bytes:
    """The answer to WHOLE, with which the connection stays open."""
    got = conn.recv(65536)
    while b'"ok"}' not in got:
        got += conn.recv(65536)
    return got


def form(photo: bytes, boundary: str = "b") -> tuple[bytes, bytes]:
    """Head and body of an upload."""
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="p"\r\n\r\n' + photo + b"\r\n--b--\r\n"
    head = f"POST /api/roasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Content-Type: multipart/form-data; boundary={boundary}\r\n\r\n".encode(), body


@pytest.fixture
def hurried(crowd: Any, running: Running) -> Iterator[Any]:
    """A gateway that waits for heads half a second, and as long for readers."""
    with running(crowd, wait=True, head_s=0.5, unread_s=0.5) as made:
        made.listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)  # else the kernel takes in megabytes
        yield made


def test_hundreds_of_half_heads_are_ended_while_an_upload_under_way_is_not(hurried: Any, make_photo: Make) -> None:
    head, body = form(make_photo())
    with ExitStack() as opened, connection(hurried.url) as upload:
        upload.sendall(head + body[:100])
        silent, halves = ([opened.enter_context(connection(hurried.url)) for _ in range(count)] for count in (20, 320))
        for half in halves:
            half.sendall(HALF)
        with hurried.client() as http:
            assert http.get("/healthz").status_code == 200
        answers = [rest_of(each) for each in halves]
        assert all(answer.startswith(b"HTTP/1.1 408 ") and b"head_timeout" in answer for answer in answers)
        assert [rest_of(each) for each in silent] == [b""] * len(silent)
        upload.sendall(body[100:])
        assert upload.recv(100).startswith(b"HTTP/1.1 202 ")


def test_a_head_that_comes_byte_by_byte_has_no_more_time_for_it(hurried: Any) -> None:
    with connection(hurried.url) as slow:
        slow.sendall(HALF)
        while not select.select([slow], [], [], 0.05)[0]:  # never, if each byte gave it more time
            slow.sendall(b"a")
        assert slow.recv(13) == b"HTTP/1.1 408 "


def test_the_next_head_on_a_connection_is_timed_like_the_first(hurried: Any) -> None:
    with connection(hurried.url) as again:
        again.sendall(WHOLE)
        assert answer_of(again).startswith(b"HTTP/1.1 200 ")
        again.sendall(HALF)
        assert rest_of(again).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_goes_on_after_its_answer_is_not_waited_for(hurried: Any) -> None:
    with connection(hurried.url) as late:
        late.sendall(WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Length: 1000000\r\n\r\n") + b"x")
        assert answer_of(late).startswith(b"HTTP/1.1 200 ")
        with contextlib.suppress(ConnectionError):  # each byte would make uvicorn forget that it is idle
            while not select.select([late], [], [], 0.05)[0]:
                late.sendall(b"x")
        assert rest_of(late) == b""


def test_a_client_that_never_reads_its_answer_is_dropped(hurried: Any, make_photo: Make) -> None:
    with hurried.client() as http:
        id = http.post("/api/roasts", files={"photo": ("p", make_photo(500, 500))}).json()["id"]
        length = len(http.get(f"/api/roasts/{id}/photo").content)
    with connection(hurried.url, buffer=4096) as deaf:
        deaf.sendall(WHOLE.replace(b"/healthz", f"/api/roasts/{id}/photo".encode()))
        wait_until_dropped(deaf)
        assert len(rest_of(deaf)) < length


def test_a_watcher_that_never_reads_is_dropped_and_can_go_on_where_it_was(
    hurried: Any, make_photo: Make, on_bus: Callable[..., Any]
) -> None:
    with hurried.client() as http:
        id = http.post("/api/roasts", files={"photo": ("p", make_photo())}).json()["id"]

    face = Face(box=Box(x=1, y=2, w=3, h=4), score=0.5, landmarks=((1.5, 2.5),) * 5, sharpness=0.5, size=0.1)

    async def many_large_events(bus: Bus) -> None:
        for number in range(12):
            await bus.publish(Feature(id=id, analyzer=f"a{number}", status="ok", finding=Faces(faces=(face,) * 300)))

    with connection(hurried.url, buffer=4096) as deaf:
        deaf.sendall(WHOLE.replace(b"/healthz", f"/api/roasts/{id}/events".encode()))
        assert deaf.recv(13) == b"HTTP/1.1 200 "
        on_bus(many_large_events)
        wait_until_dropped(deaf)
    with hurried.client() as http, http.stream("GET", f"/api/roasts/{id}/events") as stream:
        told = (line for line in stream.iter_lines() if '"analyzer":"a11"' in line)
        assert next(told)


def test_at_the_limit_those_that_keep_it_waiting_make_room(crowd: Any, running: Running) -> None:
    with running(crowd, wait=True, max_connections=20) as gateway, ExitStack() as opened:
        idle, *halves = (opened.enter_context(connection(gateway.url)) for _ in range(40))
        for client, words in ((idle, WHOLE), *((half, HALF) for half in halves)):
            with contextlib.suppress(ConnectionError):  # some have made room by then
                client.sendall(words)
        with gateway.client() as http:
            for _ in range(3):
                assert http.get("/healthz", headers={"Connection": "close"}).status_code == 200


def test_a_full_gateway_says_so_at_once_and_takes_the_next_when_one_has_left(
    crowd: Any, running: Running, make_photo: Make
) -> None:
    with running(crowd, wait=True, max_connections=3) as gateway:
        with gateway.client() as http:
            made = http.post("/api/roasts", files={"photo": ("p", make_photo())}, headers={"Connection": "close"})
            events = f"/api/roasts/{made.json()['id']}/events"
        with ExitStack() as watching:
            client = watching.enter_context(gateway.client())
            streams = [watching.enter_context(client.stream("GET", events)) for _ in range(3)]
            with gateway.client() as http:
                for answer in (http.get("/healthz"), http.post("/api/roasts", files={"photo": make_photo()})):
                    assert answer.status_code == 503
                    assert answer.json()["code"] == "too_many_connections"
                    assert answer.headers["retry-after"]
                    assert answer.headers["connection"] == "close"
                    assert answer.headers["x-content-type-options"] == "nosniff"
            assert [stream.status_code for stream in streams] == [200] * 3
        with gateway.client() as http:
            until(
                lambda: http.get("/healthz").status_code == 200
            )  # it notices that they have gone when they are closed


def until(true: Callable[[], bool], tries: int = 3000) -> None:
    assert any(true() for _ in range(tries))


def test_without_a_number_the_limit_leaves_room_for_the_gateways_own_files() -> None:
    assert Limits.of(Settings(), 65_536).connections == MAX_CONNECTIONS
    assert Limits.of(Settings(), 1024).connections == 1024 - 256 - SPARE
    assert Limits.of(Settings(), 256).connections == 256 - 64 - SPARE
    assert Limits.of(Settings(max_connections=5), 1024).connections == 5
    assert Limits.of(Settings(max_connections=5000), 1024).connections == 1024 - 256 - SPARE
    assert Limits.of(Settings(), 10).connections >= 1
