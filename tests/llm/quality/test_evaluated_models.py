"""`heckler eval` of language models: what the guard kept from readers is counted, loading is not on the clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted import Script, serving

from bus.roast.events import Cue
from bus.settings import Settings
from cli.eval.evaluation import Plan, write_all
from llm.quality.evaluation import Case, Sample, ShownLine, fits, score
from llm.writers.backend import Limits, Message
from llm.writers.model.mlx import MlxBackend

Run = Callable[[Any], Any]

CUES = (
    Cue(id="tilted", kind="tilted", text="The horizon leans.", salience=1, evidence=("composition.tilt",)),
    Cue(id="noisy", kind="noisy", text="The picture is full of noise.", salience=0.5, evidence=("quality.noise",)),
)
CASE = Case(name="a.jpg", sha256="a", cues=CUES)
GOOD = "[1] The horizon leans like somebody who has been told a long story."
OTHER = "[2] So much noise, and still nobody called the neighbours about it."
BAD = "[2] This toaster is full of noise.\n[1] Fuck this horizon, it leans.\n"
PLAN = Plan(writers=("openai",), personas=("critic",))


def samples_of(answer: str, run: Run, data: Path) -> tuple[list[Sample], Script]:
    script = Script(answer)
    with serving(script) as url:
        return run(write_all(Settings(data=data, openai_url=url), PLAN, [CASE])), script


def test_lines_that_the_guard_keeps_from_readers_are_counted(run: Run, tmp_path: Path) -> None:
    [sample], _ = samples_of(f"{BAD}{GOOD}\n{OTHER}\n", run, tmp_path)
    assert [line.text for line in sample.lines] == [GOOD[4:], OTHER[4:]]
    assert sample.rejected == 2
    assert score([sample], [CASE]).rejected == 0.5


def test_they_are_counted_too_when_nothing_else_was_said(run: Run, tmp_path: Path) -> None:
    [sample], script = samples_of(BAD, run, tmp_path)
    told = [asked for asked in script.asked if asked["max_tokens"] != 1]
    assert len(told) == 2  # too little was fit to print, so it was asked once more
    assert sample.rejected == 4
    assert sample.failed
    assert sample.lines == ()


def test_a_model_gets_ready_before_the_clock_runs(run: Run, tmp_path: Path) -> None:
    _, script = samples_of(f"{GOOD}\n{OTHER}\n", run, tmp_path)
    assert [asked["max_tokens"] == 1 for asked in script.asked] == [True, False]


def test_a_line_fits_its_cues_or_is_at_least_about_photography(run: Run, tmp_path: Path) -> None:
    [sample], _ = samples_of(f"{GOOD}\n{OTHER}\n[1] My aunt would have taken a taxi home.\n", run, tmp_path)
    assert len(sample.lines) == 3
    assert [fits(line, CASE) for line in sample.lines] == [True, True, False]
    assert score([sample], [CASE]).on_topic == pytest.approx(2 / 3)
    craft = ShownLine(text="A tripod is a wonderful thing.", cues=("noisy",))
    assert fits(craft, CASE)
    assert not fits(ShownLine(text="Nothing leans here.", cues=()), CASE)


def test_the_tokens_of_a_model_are_counted_as_they_stream(run: Run, tmp_path: Path) -> None:
    [sample], script = samples_of(f"{GOOD}\n{OTHER}\n", run, tmp_path)
    pieces = -(-len(script.answer) // script.size)
    assert sample.tokens == pieces
    assert score([sample], [CASE]).tokens_per_second == pytest.approx(pieces / (sample.write_ms / 1000))


def test_a_model_in_this_process_counts_them_too(mirror: Path, run: Run) -> None:
    async def said() -> int:
        backend = MlxBackend(mirror / "derived" / "stories260k-llama")
        limits = Limits(tokens=20, seed=1, temperature=0)
        async for _ in backend.complete([Message(role="user", text="Once upon a time")], limits):
            pass
        await backend.close()
        return backend.tokens

    assert 15 <= run(said()) <= 20
