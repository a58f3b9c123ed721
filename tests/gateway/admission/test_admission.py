"""The door before a real log: photos that could not be roasted in time are refused, before any work goes into them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bus.client import Bus
from bus.events import Cancelled, Joined
from bus.roast.events import Roast

EXPIRY_S = 50.0
ROOM = 10
"""Photos that are let in at once: 0.6 of EXPIRY_S, at the three seconds that one is taken to need."""


def post(http: httpx.Client, photo: bytes) -> httpx.Response:
    return http.post("/api/roasts", files={"photo": ("photo.jpg", photo)})


def told(server: Any, work: Callable[[Bus], Awaitable[Any]]) -> None:
    """Has something happen in the log."""

    async def main() -> None:
        async with server.bus() as bus:
            await work(bus)
            await bus.nc.flush()

    asyncio.run(main())


def let_in_at_last(http: httpx.Client, photo: bytes, tries: int = 200) -> httpx.Response:
    """The gateway gets to know by itself what happened in the log."""
    for _ in range(tries):
        if (answer := post(http, photo)).status_code == 202:
            return answer
    return answer


def test_a_burst_is_admitted_as_far_as_it_can_be_finished_and_the_rest_is_refused_with_a_time_to_come(
    fresh_server: Callable[..., Any], crowded: Any, running: Any, make_photo: Callable[[], bytes]
) -> None:
    server = fresh_server()
    with crowded(server), running(server, wait=True, expiry_s=EXPIRY_S) as gateway, gateway.client() as http:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: post(http, make_photo()), range(2 * ROOM)))
        taken = [answer.json()["id"] for answer in answers if answer.status_code == 202]
        refused = [answer for answer in answers if answer.status_code != 202]
        assert len(taken) == ROOM
        for answer in refused:
            assert (answer.status_code, answer.json()["code"]) == (503, "busy")
            assert "10 photos come first" in answer.json()["detail"]
        # one more is done every three seconds, and each client was given another of these times
        assert sorted(int(answer.headers["Retry-After"]) for answer in refused) == [3 * n for n in range(1, ROOM + 1)]
        told(server, lambda bus: bus.publish(Cancelled(id=taken[0])))
        assert let_in_at_last(http, make_photo()).status_code == 202
        assert post(http, make_photo()).status_code == 503


def test_a_gateway_that_has_just_started_knows_which_requests_wait(
    fresh_server: Callable[..., Any], crowded: Any, running: Any, make_photo: Callable[[], bytes], declare: Any
) -> None:
    server = fresh_server()
    with crowded(server):
        told(server, declare)
        with running(server, wait=True, expiry_s=EXPIRY_S) as gateway, gateway.client() as http:
            taken = [post(http, make_photo()).json()["id"] for _ in range(ROOM)]
            told(server, lambda bus: bus.publish(Joined(id=taken[0], complete=True)))
            told(server, lambda bus: bus.publish(Roast(id=taken[0], **ROAST)))
        with running(server, wait=True, expiry_s=EXPIRY_S) as gateway, gateway.client() as http:
            assert [post(http, make_photo()).status_code for _ in range(3)] == [202, 503, 503]


ROAST: dict[str, Any] = {"text": "ha", "jokes": (), "writer": "w", "persona": "critic", "heat": "medium"}


def test_a_slow_writer_keeps_photos_out_as_well(
    fresh_server: Callable[..., Any], crowded: Any, running: Any, make_photo: Callable[[], bytes]
) -> None:
    server = fresh_server()
    with crowded(server), running(server, wait=True, expiry_s=EXPIRY_S) as gateway, gateway.client() as http:
        taken = [post(http, make_photo()).json()["id"] for _ in range(ROOM)]
        assert post(http, make_photo()).status_code == 503

        async def joined(bus: Bus) -> None:
            await asyncio.gather(*(bus.publish(Joined(id=id, complete=True)) for id in taken))

        told(server, joined)  # at once: no analyzer is behind any more, and no roast has taken any time yet
        assert let_in_at_last(http, make_photo()).status_code == 202
