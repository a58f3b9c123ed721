"""Whatever is done to the decoding processes of a gateway: a few 503 at most, then it takes photos as before."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import httpx
from descriptors import short_of_descriptors, takes_descriptors

Make = Callable[[], bytes]
ROUNDS = 3


def upload(http: httpx.Client, photo: bytes) -> httpx.Response:
    return http.post("/api/roasts", files={"photo": ("photo.jpg", photo)})


def kill_decoders(process: Any) -> list[int]:
    """Kills every decoding process; their ids."""
    there = process.children()
    for pid in there:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            there.remove(pid)
    return list(there)


def wait_until_ready(http: httpx.Client, process: Any) -> dict[str, bool]:
    """The parts, once `/readyz` says 200."""
    while (answer := http.get("/readyz")).status_code != 200:
        assert process.process.poll() is None
    return dict(answer.json()["parts"])


def test_a_gateway_whose_idle_decoders_are_killed_takes_the_next_photo(hardy: Any, make_photo: Make) -> None:
    with httpx.Client(base_url=hardy.url, timeout=60) as http:
        assert wait_until_ready(http, hardy)["decoder"]
        assert kill_decoders(hardy)
        assert upload(http, make_photo()).status_code in (202, 503)
        assert wait_until_ready(http, hardy)["decoder"]
        assert upload(http, make_photo()).status_code == 202


def test_decoders_that_are_killed_under_load_cost_no_photo_its_good_name(hardy: Any, make_photo: Make) -> None:
    answers: list[httpx.Response] = []
    over = threading.Event()

    def go_on() -> None:
        with httpx.Client(base_url=hardy.url, timeout=60) as http:
            while not over.is_set():
                answers.append(upload(http, make_photo()))

    clients = [threading.Thread(target=go_on) for _ in range(4)]
    with httpx.Client(base_url=hardy.url, timeout=60) as http:
        wait_until_ready(http, hardy)
        for client in clients:
            client.start()
        for _ in range(ROUNDS):
            killed = kill_decoders(hardy)
            while not set(hardy.children()) - set(killed) or not wait_until_ready(http, hardy)["decoder"]:
                assert hardy.process.poll() is None
        over.set()
        for client in clients:
            client.join(60)
        assert upload(http, make_photo()).status_code == 202
    refused = [answer for answer in answers if answer.status_code != 202]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} <= {(503, "decoder_down")}
    assert all(answer.headers["Retry-After"] for answer in refused)
    assert len(refused) < len(answers)


@takes_descriptors
def test_a_gateway_that_cannot_start_a_decoder_says_so_and_starts_one_when_it_can(hardy: Any, make_photo: Make) -> None:
    pid, photo = hardy.process.pid, make_photo()
    with httpx.Client(base_url=hardy.url, timeout=60) as http:  # one connection, made while there are descriptors
        wait_until_ready(http, hardy)
        with short_of_descriptors(pid):
            kill_decoders(hardy)
            while (answer := http.get("/readyz")).status_code == 200:
                assert hardy.process.poll() is None
            assert answer.json()["missing"] == ["decoder"]
            refused = upload(http, photo)
            # the gateway itself may be short of one before it comes to decoding
            assert (refused.status_code, refused.json()["code"] in ("decoder_down", "exhausted")) == (503, True)
            assert "Too many open files" in refused.json()["detail"]
            assert refused.headers["Retry-After"]
        assert wait_until_ready(http, hardy)["decoder"]
        assert upload(http, photo).status_code == 202
        assert len(hardy.children()) <= 2
