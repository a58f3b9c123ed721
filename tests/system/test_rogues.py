"""Late and poisoned: analyzers that hang, raise or die hold up no other and are named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bus.jetstream.codec import unpack
from bus.topology import DEAD

BLACK, RED, GREEN, BLUE = (9, 9, 9), (220, 20, 20), (20, 220, 20), (20, 20, 220)


@pytest.fixture
def household(tmp_path: Path, start: Any) -> Iterator[Callable[[int], Any]]:
    """Starts a Heckler with the rogues among its analyzers; its joins wait for them so many seconds."""
    running = []

    def begin(join_s: int) -> Any:
        running.append(
            start(
                tmp_path / "data",
                tmp_path / "up.log",
                HECKLER_ROSTER="rogues:ROSTER",
                PYTHONPATH=str(Path(__file__).parent.parent / "rosters"),
                HECKLER_JOIN_S=str(join_s),
                HECKLER_ANALYZE_S=str(join_s + 3),
                HECKLER_ACK_WAIT_S="1.5",
            )
        )
        return running[-1]

    yield begin
    for each in running:
        each.stop()


def dead_letters(household: Any) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        async with household.bus() as bus:
            return [unpack(message.data) for message in await bus.reader.last(DEAD, ["dead.>"])]

    return asyncio.run(read())


def finished(client: Any, help: Any, id: str) -> dict[str, Any]:
    last = list(help.events(client, id))[-1]
    assert last[1] in ("roast", "failed"), last
    document: dict[str, Any] = client.get(f"/api/roasts/{id}").json()
    return document


def test_poisoned_analyzers_are_named_and_all_others_go_on(household: Callable[[int], Any], help: Any) -> None:
    running = household(120)
    with running.client() as client:
        ids = {colour: help.submit(client, help.picture(colour)) for colour in (RED, GREEN, BLACK)}
        others = [help.submit(client, help.noise(seed)) for seed in range(8)]
        for id in (ids[BLACK], *others):
            document = finished(client, help, id)
            assert document["status"] == "done"
            assert document["missing"] == []
        red, green = (finished(client, help, ids[colour]) for colour in (RED, GREEN))
    assert red["status"] == green["status"] == "done"
    assert red["features"]["raises"]["status"] == "failed"
    assert "I cannot stand red" in red["features"]["raises"]["reason"]
    assert green["features"]["dies"]["status"] == "failed"
    assert "SIGSEGV" in green["features"]["dies"]["reason"]
    assert [each["analyzer"] for each in red["missing"]] == ["raises"]
    assert [each["analyzer"] for each in green["missing"]] == ["dies"]
    letters = {letter["durable"]: letter for letter in dead_letters(running)}
    assert "I cannot stand red" in letters["analyze-raises"]["traceback"]
    assert letters["analyze-dies"]["attempts"] == 3


def test_the_roast_goes_ahead_without_the_one_that_hangs_and_says_so(
    household: Callable[[int], Any], help: Any
) -> None:
    with household(15).client() as client:
        id = help.submit(client, help.picture(BLUE))
        seen = list(help.events(client, id))
        document = client.get(f"/api/roasts/{id}").json()
        again = help.submit(client, help.noise(99))
        assert finished(client, help, again)["status"] == "done"
    joined = next(data for _, kind, data in seen if kind == "joined")
    assert joined["timed_out"]
    assert list(joined["missing"]) == ["hangs"]
    assert document["status"] == "done"
    assert document["missing"][0]["analyzer"] == "hangs"
    assert document["roast"]["text"]
