"""A second chance in a process of its own: what dies or raises there is an exception here."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from analyzers.runtime.subprocess_run import AnalyzerCrashed, AnalyzerRaised, Job, analyze_apart
from bus.findings import Facts
from bus.settings import Settings

Run = Callable[[Any], Any]


def sandboxed(
    name: str, colour: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch, run: Run, roster: str = "rogues:ROSTER"
) -> Any:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "rosters"))
    monkeypatch.setenv("HECKLER_ROSTER", roster)
    photo = cv2.imencode(".png", np.full((8, 8, 3), colour[::-1], np.uint8))[1].tobytes()
    return run(analyze_apart(Job(name, photo, Facts(), {}), timeout=60))


def test_a_second_chance_runs_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    assert sandboxed("dies", (0, 0, 0), monkeypatch, run) == Facts()


def test_settings_that_came_as_flags_hold_in_the_child_as_well(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.delenv("HECKLER_ROSTER", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "rosters"))
    flags = Settings(roster="rogues:ROSTER", openai_key="a secret")  # type: ignore[arg-type]
    job = Job("dies", cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes(), Facts(), {}, flags)
    assert run(analyze_apart(job, timeout=60)) == Facts()
    assert "a secret" not in repr(job)


def test_a_child_that_dies_is_an_exception_here(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    with pytest.raises(AnalyzerCrashed, match="SIGSEGV"):
        sandboxed("dies", (20, 220, 20), monkeypatch, run)


def test_what_a_child_raises_comes_with_its_traceback(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    with pytest.raises(AnalyzerRaised, match="I cannot stand red"):
        sandboxed("raises", (220, 20, 20), monkeypatch, run)


def test_a_child_that_leaves_without_an_answer_is_an_exception_here(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    with pytest.raises(AnalyzerCrashed, match="cannot be read"):
        sandboxed("leaves", (20, 220, 20), monkeypatch, run, "rogues:LEAVERS")


def test_a_child_that_says_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setattr("analyzers.runtime.subprocess_run.LARGEST", 10)
    with pytest.raises(AnalyzerCrashed, match="said more than"):
        sandboxed("dies", (0, 0, 0), monkeypatch, run)


def test_while_there_are_no_descriptors_a_second_chance_waits(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def scenario() -> Any:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))  # what is open stays open
        asyncio.get_running_loop().call_later(0.1, resource.setrlimit, resource.RLIMIT_NOFILE, before)
        try:
            return await analyze_apart(Job("dies", photo, Facts(), {}), timeout=60)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "rosters"))
    monkeypatch.setenv("HECKLER_ROSTER", "rogues:ROSTER")
    photo = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    assert run(scenario()) == Facts()
