"""What the gateway says while its log is of no use: the true reason, within seconds, whoever asks for what."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

Make = Callable[[], bytes]


@contextmanager
def frozen(server: Any) -> Iterator[None]:
    """The NATS server stands still: it takes connections, as the kernel does that for it, and says nothing."""
    server.embedded.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.embedded.process.send_signal(signal.SIGCONT)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def send(http: httpx.Client, photo: bytes) -> httpx.Response:
    return http.post("/api/roasts", files={"photo": ("photo.jpg", photo)})


def test_a_frozen_log_is_told_as_that_by_everything_and_forgotten_when_it_goes_on(
    fresh_server: Callable[..., Any], crowded: Callable[..., Any], running: Callable[..., Any], make_photo: Make
) -> None:
    server = fresh_server()
    with crowded(server), running(server, wait=True) as gateway, gateway.client() as http:
        id = send(http, make_photo()).json()["id"]
        with frozen(server):
            for _ in range(3):  # an hour of that is no different: whoever was there before is not taken for gone
                answer = send(http, make_photo())
                assert said(answer) == (503, "bus_down")
                assert "does not answer" in answer.json()["detail"]
            ready = http.get("/readyz")
            assert said(ready) == (503, "not_ready")
            assert (ready.json()["missing"], ready.json()["parts"]["analyzers"]) == (["nats", "stream"], True)
            for path in ("", "/events", "/photo", "/card.png"):
                assert said(http.get(f"/api/roasts/{id}{path}")) == (503, "bus_down")
            for path in ("/encore", "/cancel"):
                assert said(http.post(f"/api/roasts/{id}{path}", json={})) == (503, "bus_down")
            assert said(http.delete(f"/api/roasts/{id}")) == (503, "bus_down")
        while http.get("/readyz").status_code != 200:
            pass
        assert send(http, make_photo()).status_code == 202


def test_a_photo_store_that_keeps_an_error_is_told_as_one_that_stores_nothing(
    small_disk: Any,
    fresh_server: Callable[..., Any],
    crowded: Callable[..., Any],
    running: Callable[..., Any],
    make_photo: Make,
) -> None:
    disk = small_disk(24)
    server = fresh_server(disk.folder / "data", min_free_bytes=0)
    with crowded(server), running(server, wait=True) as gateway, gateway.client() as http:
        disk.fill()
        answer = send(http, make_photo())
        while answer.status_code == 202:  # what is left of a page of the disk takes some more
            answer = send(http, make_photo())
        # the gateway of this test was told of no folder, as with somebody else's server: it has only the log's words
        assert said(answer) == (503, "disk_full")
        assert "cannot write" in answer.json()["detail"]
        assert "no space left on device" in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) > 0
        disk.free_up()
        while (ready := http.get("/readyz")).status_code == 200:
            pass
        assert ready.json()["parts"]["stream"] is ready.json()["parts"]["disk"] is False
        server.kill()
        server.embedded.start()
        while http.get("/readyz").status_code != 200:
            pass
        assert send(http, make_photo()).status_code == 202


@pytest.mark.parametrize("free", [True, False])
def test_a_disk_with_little_room_takes_what_was_accepted_and_no_new_photo(
    small_disk: Any,
    fresh_server: Callable[..., Any],
    crowded: Callable[..., Any],
    running: Callable[..., Any],
    make_photo: Make,
    monkeypatch: pytest.MonkeyPatch,
    free: bool,
) -> None:
    disk = small_disk(24)
    server = fresh_server(disk.folder / "data", min_free_bytes=4_000_000)
    monkeypatch.setenv("HECKLER_LOG_FOLDER", str(disk.folder))
    with crowded(server), running(server, wait=True) as gateway, gateway.client() as http:
        id = send(http, make_photo()).json()["id"]
        disk.fill(leave=5_000_000 if free else 3_000_000)
        answer = send(http, make_photo())
        assert said(answer) == ((202, "") if free else (503, "disk_full"))
        if not free:
            assert f"The disk of {disk.folder} has 3.0 MB free; 4.0 MB are kept" in answer.json()["detail"]
        ready = http.get("/readyz")
        assert ready.status_code == (200 if free else 503)
        encore = http.post(f"/api/roasts/{id}/encore", json={})
        assert said(encore) == ((202, "") if free else (503, "disk_full"))
        assert said(http.post(f"/api/roasts/{id}/cancel")) == (200, "")
        assert not http.delete(f"/api/roasts/{id}").json()["erased"]["overwritten"]
        for path in ("", "/photo", "/events"):  # it is out of sight, and overwritten once there is room
            assert said(http.get(f"/api/roasts/{id}{path}")) == (404, "not_found")
