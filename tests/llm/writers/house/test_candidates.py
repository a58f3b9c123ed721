"""The prompt that asks a model for another candidate of a roast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scripted import ScriptedBackend

from bus.roast.events import Cue
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import shipped
from llm.writers.model.writer import ModelWriter, Pace

Run = Callable[[Any], Any]

TILT = Cue(id="tilted", kind="tilted", text="The horizon leans.", salience=1, evidence=("composition.tilt",))
GOOD = "[1] The horizon leans like somebody who has been told a long story.\n"
BAD = "[1] The horizon leans like a toaster.\n"


@pytest.mark.parametrize(("first", "blamed"), [(GOOD, False), (BAD + GOOD, True), (BAD, True), ("", True)])
def test_only_a_model_whose_lines_were_thrown_away_or_too_few_is_told_so(run: Run, first: str, blamed: bool) -> None:
    backend = ScriptedBackend(first, GOOD)

    async def write() -> None:
        by = ModelWriter(backend, shipped(), Pace(candidates=2))
        assert [piece async for piece in by.write(Brief(cues=(TILT,), style=Style(length="short")))]

    run(write())
    questions = [messages[-1].text for messages, _ in backend.requests]
    assert ["thrown away" in question for question in questions[:2]] == [False, blamed]
    assert len({limits.seed for _, limits in backend.requests}) == len(backend.requests)
