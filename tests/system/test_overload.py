"""Too many photos at once, and analyzers that are away: whatever was accepted is looked at, by all of them."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

BURST = 20
JOIN_S = "1.5"
"""Much less than a burst takes: 20 photos at three analyzers of 0.12 s each, one place to work in, are 7 s."""
OUTLASTED_S = "8"
"""Of the outage: second attempts after it start in a process of their own."""


@pytest.fixture
def household(tmp_path: Path, start: Any) -> Iterator[Callable[..., Any]]:
    """Starts a Heckler with slow analyzers, one of which works at a time."""
    running = []

    def begin(**variables: str) -> Any:
        slow = {
            "HECKLER_ROSTER": "slow:ROSTER",
            "PYTHONPATH": str(Path(__file__).parent.parent / "rosters"),
            "HECKLER_JOIN_S": JOIN_S,
            "HECKLER_MAX_CONCURRENCY": "1",
            "HECKLER_ACK_WAIT_S": "1.5",
        }
        running.append(start(tmp_path / "data", tmp_path / "up.log", **{**slow, **variables}))
        return running[-1]

    yield begin
    for each in running:
        each.stop()


def ended(client: Any, help: Any, id: str) -> dict[str, Any]:
    assert [*help.events(client, id)][-1][1] in ("roast", "failed")
    document: dict[str, Any] = client.get(f"/api/roasts/{id}").json()
    return document


def all_ended(client: Any, help: Any, ids: list[str]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(len(ids)) as pool:
        return list(pool.map(lambda id: ended(client, help, id), ids))


def test_every_photo_of_a_burst_is_looked_at_by_every_analyzer(household: Callable[..., Any], help: Any) -> None:
    with household().client() as client:
        ids = [help.submit(client, help.noise(seed)) for seed in range(BURST)]
        documents = all_ended(client, help, ids)
    assert [(each["status"], each["missing"]) for each in documents] == [("done", [])] * BURST


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_what_was_accepted_during_an_outage_is_looked_at_when_the_analyzers_are_back(
    household: Callable[..., Any], help: Any
) -> None:
    running = household(HECKLER_JOIN_S=OUTLASTED_S)
    worker = next(pid for name, pid in help.children(running.process.pid).items() if name.startswith("analyzers"))
    with running.client() as client:
        with frozen(worker):
            ids = [help.submit(client, help.noise(seed)) for seed in range(4)]
            looks = 0
            for _, kind, _ in help.events(client, ids[0]):
                looks += kind == "deadline"
                if looks == 3:  # the time of the join, counted from the submission, is over
                    break
        documents = all_ended(client, help, ids)
    assert [(each["status"], each["missing"]) for each in documents] == [("done", [])] * 4


def test_a_photo_that_could_not_be_looked_at_says_which_analyzers_were_missing(
    household: Callable[..., Any], help: Any
) -> None:
    running = household(HECKLER_EXPIRY_S="2.5")
    worker = next(pid for name, pid in help.children(running.process.pid).items() if name.startswith("analyzers"))
    with running.client() as client, frozen(worker):
        failed = ended(client, help, help.submit(client, help.noise(1)))["failed"]
    assert failed["code"] == "not_looked_at"
    assert "dependent, facts, text" in failed["detail"]
    assert "heckler doctor" in failed["hint"]
