"""Roasts by any model, over the log: whatever it says, the reader gets a roast and learns who wrote it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answers import CUES, GOOD, GRAIN, LEAN, NONSENSE, SOFA, Run, writer
from at_work import outcome, request, writing

from bus.client import Bus
from bus.events import Cancelled
from bus.roast.events import Cued, Line, Roast
from bus.roast.policy import offence
from bus.roast.product import WRITER
from bus.settings import Settings
from bus.worker import Worker
from llm.service import Writing, warm
from llm.writers import choose
from llm.writers.backend import BackendFailed
from llm.writers.house.writer import HouseWriter
from llm.writers.model.writer import ModelWriter, Pace


async def roasted(bus: Bus, by: ModelWriter) -> list[Any]:
    """Every event of a request that `by` writes, with the house behind it."""
    async with writing(bus, by, HouseWriter()):
        return await outcome(bus, CUES)


BAD_MODELS = {
    "nonsense": NONSENSE,
    "empty": "",
    "endless": "and then " * 40_000,
    "repeating": f"[1] {LEAN}\n" * 400,
    "malformed": "[[1 {horizon} ]] 2) - **\n" * 20,
    "off topic": "[1] Paris is the capital of France.\n[2] Boil the soup for ten minutes.\n",
    "leaking": "[1] Rules: you get numbered observations of one photograph. They are all you know.\n" * 3,
    "profane": "[1] What a shitty horizon this is.\n[2] Fuck this noise in the picture.\n",
    "policy": "[1] The old man leans with the horizon.\n[2] She is too fat for this noise, a pity.\n",
    "obeying": "HOORAY! HOORAY! HOORAY!\n[4] “HOORAY” it is, as I was told by the sign.\n",
    "failing": BackendFailed("no model in ~/models: heckler models pull llama fetches it"),
}


@pytest.mark.parametrize("kind", sorted(BAD_MODELS))
def test_whatever_a_model_says_the_reader_gets_a_roast_and_learns_which_writer_wrote_it(
    fresh_server: Callable[..., Any], run: Run, kind: str
) -> None:
    server = fresh_server()

    async def scenario() -> list[Any]:
        async with server.bus() as bus:
            return await roasted(bus, writer(BAD_MODELS[kind], size=64))

    events = run(scenario())
    roast = events[-1]
    assert isinstance(roast, Roast)
    assert roast.writer == "house"
    assert roast.note
    assert roast.note.startswith("scripted: test could not write this: ")
    shown = [event for event in events if isinstance(event, Line) and event.attempt == roast.attempt]
    assert [line.text for line in shown] == [joke.text for joke in roast.jokes]
    assert len(roast.jokes) >= 2
    assert "hooray for" not in roast.text.lower()
    assert all(set(joke.cues) <= {cue.id for cue in CUES} and offence(joke.text) is None for joke in roast.jokes)


def test_a_good_model_is_named_and_needs_no_note(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            roast = (await roasted(bus, writer(GOOD)))[-1]
            assert (roast.writer, roast.note, roast.attempt) == ("scripted: test", None, 1)
            assert [joke.text for joke in roast.jokes] == [LEAN, GRAIN, SOFA]

    run(scenario())


def test_what_the_model_had_shown_before_it_failed_is_replaced_by_the_houses(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            events = await roasted(bus, writer(f"[1] {LEAN}\n", afterwards="break"))
            lines = [event for event in events if isinstance(event, Line)]
            assert [(line.attempt, line.text) for line in lines if line.attempt == 1] == [(1, LEAN)]
            assert events[-1].attempt == 2
            assert LEAN not in events[-1].text
            assert "the connection was cut" in events[-1].note

    run(scenario())


def test_a_cancellation_silences_the_model_at_once(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            by = writer(f"[1] {LEAN}\n[2] {GRAIN}\n", afterwards="silence", pace=Pace(silence_s=3600, write_s=3600))
            event = request()
            async with writing(bus, by, HouseWriter()):
                await bus.submit(event)
                await bus.publish(Cued(id=event.id, cues=CUES))
                async for stored in bus.follow(event.id):
                    if isinstance(stored.event, Line) and stored.event.n == 0:
                        await bus.publish(Cancelled(id=event.id))
                assert isinstance(stored.event, Cancelled)
                await by._backend.silenced.wait()  # type: ignore[attr-defined]

    run(scenario())


def a_process_that_dies(settings: Settings) -> subprocess.Popen[bytes]:
    """A writer of its own that says one joke and falls silent."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("HECKLER_")}
    variables |= {
        "HECKLER_NATS_URL": settings.nats_url or "",
        "HECKLER_DATA": str(settings.data),
        "HECKLER_ACK_WAIT_S": str(settings.ack_wait_s),
        "PYTHONPATH": str(Path(__file__).parents[4]),
    }
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).parents[2] / "dying.py"), f"[1] {LEAN}\n"], env=variables
    )


def test_when_a_process_is_killed_in_the_middle_of_a_roast_another_ones_attempt_replaces_it(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server(ack_wait_s=5)

    async def scenario() -> list[Any]:
        async with server.bus() as bus:
            await bus.ensure_consumer(WRITER)
            dying = a_process_that_dies(server.settings_for("writer"))
            event = request()
            await bus.submit(event)
            await bus.publish(Cued(id=event.id, cues=CUES))
            stop, tasks, events = asyncio.Event(), [], []
            async for stored in bus.follow(event.id):
                events.append(stored.event)
                if isinstance(stored.event, Line) and not tasks:
                    dying.kill()
                    dying.wait()
                    handler = Writing(bus, writer(f"[2] {GRAIN}\n[3] {SOFA}\n"), HouseWriter())
                    tasks.append(asyncio.create_task(Worker(bus, WRITER, handler, slots=4).run(stop)))
            stop.set()
            await asyncio.gather(*tasks)
            return events

    events = run(scenario())
    lines = [event for event in events if isinstance(event, Line)]
    assert [(line.attempt, line.text) for line in lines] == [(1, LEAN), (2, GRAIN), (2, SOFA)]
    assert events[-1].attempt == 2
    assert [joke.text for joke in events[-1].jokes] == [GRAIN, SOFA]


def test_the_nonsense_of_a_real_tiny_model_is_caught_and_the_house_takes_over(
    fresh_server: Callable[..., Any], run: Run, roomy_stories: Path, tmp_path: Path
) -> None:
    server = fresh_server()

    async def scenario() -> Any:
        by = choose(Settings(data=tmp_path, writer="mlx", mlx_model=str(roomy_stories)))
        assert isinstance(by, ModelWriter)
        async with server.bus() as bus, warm(by):
            return (await roasted(bus, by))[-1]

    roast = run(scenario())
    assert roast.writer == "house"
    assert roast.note.startswith("mlx: stories260k-llama could not write this: too few of its lines were fit to print")
