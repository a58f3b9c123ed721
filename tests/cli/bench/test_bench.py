"""The operator's measurement: a verdict that follows from the numbers, and a log as it was before."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bus.client import Bus
from bus.events import Failed, new_id
from bus.subjects import photo_of, probe, request_of
from bus.topology import STREAMS
from cli.bench import measurement
from cli.bench.measurement import SUBMIT, Bench, NothingToMeasure, Plan, Run, drawn, pictures
from cli.bench.verdict import Machine, Verdict, judge
from cli.watch.stages import JOIN, WHOLE, WRITE, Sample
from gateway.upload.photo import Limits

Heckler = Callable[..., subprocess.CompletedProcess[str]]
WithBus = Callable[..., Any]
TWO_CORES = Machine(2, "always")


def run_of(seconds: float, photos: int = 10, unfinished: int = 0, **stages: tuple[float, float]) -> Run:
    """A run in which every photo waited and worked so many milliseconds at each stage."""
    samples = [Sample(name, 0.0, wait, work) for name, (wait, work) in stages.items() for _ in range(photos)]
    return Run(4, seconds, samples, unfinished)


def verdict(machine: Machine = TWO_CORES, **given: Any) -> Verdict:
    return judge(run_of(**given), machine)


def test_the_analyzer_that_takes_most_of_busy_cores_is_named() -> None:
    found = verdict(seconds=10, objects=(500, 1500), text=(20, 400), whole=(0, 2000), write=(0, 10), submit=(0, 5))
    assert found.stage == "objects"
    assert "79% of the looking" in found.sentence
    assert "1.9 analyzers work at once on average of 2 cores" in found.sentence
    assert any("heckler work objects" in advice for advice in found.advice)
    assert any("up to 4.8 times" in advice for advice in found.advice)


def test_of_another_machine_nothing_is_said_about_cores() -> None:
    found = verdict(Machine(None, None), seconds=10, objects=(500, 1500), whole=(0, 2000), submit=(0, 5))
    assert found.stage == "objects"
    assert not any("core" in words or "HECKLER" in words for words in (found.sentence, *found.advice))


def test_queues_beside_idle_cores_ask_for_more_places() -> None:
    found = verdict(Machine(8, "always"), seconds=10, faces=(900, 600), whole=(0, 1600), submit=(0, 5))
    assert [("HECKLER_MAX_CONCURRENCY" in advice) for advice in found.advice] == [True]


def test_the_writer_is_named_and_advice_is_given_only_where_roasts_queue() -> None:
    rest = {"faces": (1.0, 90.0), "submit": (0.0, 5.0)}
    slow = verdict(seconds=10, write=(50, 3000), whole=(0, 3200), **rest)
    assert (slow.stage, slow.advice) == (WRITE, ())
    queued = verdict(seconds=10, write=(5000, 900), whole=(0, 6000), **rest)
    assert queued.stage == WRITE
    assert "HECKLER_WRITER=house" in queued.advice[0]


def test_a_slow_disk_is_named_and_fsync_only_where_it_is_on() -> None:
    given = {"seconds": 10.0, "submit": (0.0, 90.0), "faces": (1.0, 2.0), "whole": (0.0, 40.0)}
    assert verdict(**given).stage == SUBMIT
    assert "HECKLER_SYNC" in verdict(**given).advice[0]
    assert verdict(Machine(2, "default"), **given).advice == ()


def test_where_hardly_any_analyzer_computes_none_is_blamed() -> None:
    found = verdict(seconds=10, faces=(30, 2), whole=(0, 100), submit=(0, 5))
    assert (found.stage, found.advice) == (JOIN, ())
    assert "hardly any analyzer computes" in found.sentence


def test_joins_with_missing_findings_are_reported() -> None:
    found = verdict(seconds=10, unfinished=3, objects=(500, 1500), whole=(0, 2000), submit=(0, 5))
    assert any(advice.startswith("3 joins") for advice in found.advice)


def test_nothing_that_ended_is_nothing_to_judge() -> None:
    assert verdict(seconds=1, submit=(0, 5)).stage == ""


def test_drawn_photos_differ_and_are_the_same_each_time() -> None:
    assert drawn(1, 64) == drawn(1, 64)
    assert drawn(1, 64) != drawn(2, 64)


def test_files_that_are_no_photos_are_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no photo")
    said: list[str] = []
    with pytest.raises(NothingToMeasure, match="another folder"):
        pictures(tmp_path, Limits(), said.append)
    (tmp_path / "photo.jpg").write_bytes(drawn(1, 64))
    assert len(pictures(tmp_path, Limits(), said.append)) == 1
    assert all(line.startswith("notes.txt: left out") for line in said)


def held(with_bus: WithBus) -> set[str]:
    """The subjects that the streams hold messages of, without what `bus.jetstream.health` writes there for an
    instant."""

    async def look(bus: Bus) -> set[str]:
        stored = [subject for name in STREAMS for subject in await bus.subjects(name, ">")]
        return set(stored) - {probe(name) for name in STREAMS}

    found: set[str] = with_bus(look)
    return found


def owner(subject: str) -> str:
    """The id, ticket or hash that a subject is about."""
    return photo_of(subject) if subject.startswith("$KV.") else request_of(subject)


def wait_until_nothing_is_new(with_bus: WithBus, before: set[str], limit_s: float = 90) -> None:
    """A timer that was being set while its request was removed goes when it is due; requests of before may go on."""
    known, until = {owner(subject) for subject in before}, time.monotonic() + limit_s
    while new := {subject for subject in held(with_bus) if owner(subject) not in known}:
        assert time.monotonic() < until, new


def test_it_measures_the_running_system_and_leaves_nothing_behind(
    with_bus: WithBus, heckler: Heckler, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(drawn(3, 96))
    before = held(with_bus)
    answer = heckler("bench", str(tmp_path), "-n", "12", "--alone", "2", "--analyzers", "facts", "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["endings"] == {"roast": 12}
    told_to = 0.006 + found["seconds"] ** 2 / 12 * 0.0005  # hundredths of a second, thousandths of a photo a second
    assert found["stages"]["facts"]["photos"] == found["stages"][WHOLE]["photos"] == 12
    assert 12 / found["photos_per_s"] == pytest.approx(found["seconds"], abs=told_to)
    assert found["alone"]["p50_ms"] > 0
    assert found["bottleneck"]["sentence"]
    wait_until_nothing_is_new(with_bus, before)


def test_an_analyzer_that_does_not_run_is_refused_in_one_line(heckler: Heckler) -> None:
    answer = heckler("bench", "--analyzers", "nobody")
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "nobody" in answer.stderr


def test_an_ending_that_did_not_arrive_is_found_in_the_log(
    nats_server: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the server that the command is connected to dies, and another one goes on."""
    monkeypatch.setattr(measurement, "LOOK_S", 0.05)

    async def scenario() -> None:
        async with nats_server.bus("admin") as bus:
            measuring, id = Bench(bus, Plan(1, 1, 1, ()), []), new_id()
            measuring._ends[id] = asyncio.Event()
            await bus.publish(Failed(id=id, code="x", detail="y"))
            await measuring._ended(id, 60)

    run(scenario())
