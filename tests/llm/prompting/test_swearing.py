"""A persona swears as often as its file says: not at all, unless the operator wrote one that does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedBackend

from bus.roast.events import Cue
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import PERSONAS, Persona, read_persona, shipped
from llm.prompting.guard import check_free, swears
from llm.prompting.prompt import LINES, RULES, prompt, shared, swearing_jokes
from llm.writers.backend import BackendFailed
from llm.writers.model.writer import ModelWriter

Run = Callable[[Any], Any]

TILT = Cue(id="tilted", kind="tilted", text="The horizon leans.", salience=1, evidence=("composition.tilt",))
NOISE = Cue(id="noisy", kind="noisy", text="The picture is full of noise.", salience=0.5, evidence=("quality.noise",))
OATHS = (
    "[1] The horizon leans like a drunk bastard at closing time.",
    "[2] So much bloody noise, it is a shitty radio of a picture.",
    "[1] This horizon could not give a crap about being level.",
)
CLEAN = "[2] The noise in this picture has a noise complaint of its own."


def brief(seed: int = 0, **style: Any) -> Brief:
    return Brief(cues=(TILT, NOISE), style=Style(**{"length": "short", **style}), seed=seed)


def voice(rate: float) -> Persona:
    return shipped()["critic"].model_copy(update={"profanity": rate})


def written(answer: str, persona: Persona, run: Run, asked: Brief | None = None) -> list[str]:
    async def lines() -> list[str]:
        by = ModelWriter(ScriptedBackend(answer), {"critic": persona})
        return [piece.text async for piece in by.write(asked or brief())]

    texts: list[str] = run(lines())
    return texts


def test_a_persona_file_may_ask_for_swearing(tmp_path: Path) -> None:
    text = (PERSONAS / "critic.toml").read_text("utf-8")
    (tmp_path / "critic.toml").write_text("profanity = 0.25\n" + text, "utf-8")
    assert read_persona(tmp_path / "critic.toml").profanity == 0.25


def test_a_persona_that_may_not_swear_is_asked_not_to_and_kept_from_it(run: Run) -> None:
    system, request = prompt(brief(), voice(0)).messages[0].text, prompt(brief(), voice(0)).messages[-1].text
    assert RULES in system
    assert "swear" not in request
    with pytest.raises(BackendFailed, match="it swears"):
        written("\n".join(OATHS), voice(0), run)


def test_a_persona_that_may_always_swear_is_allowed_to_and_shown(run: Run) -> None:
    system, request = prompt(brief(), voice(1)).messages[0].text, prompt(brief(), voice(1)).messages[-1].text
    assert "No swearing but where the request allows it" in system
    assert "Up to 3 of the jokes may swear" in request
    assert written("\n".join(OATHS), voice(1), run) == [line[4:] for line in OATHS]


def test_no_more_swear_than_the_rate_allows(run: Run) -> None:
    rate, seed = 0.3, 1
    allowed = swearing_jokes(brief(seed), voice(rate))
    assert 0 < allowed < len(OATHS)
    said = written("\n".join((*OATHS, CLEAN)), voice(rate), run, brief(seed))
    assert [swears(line) for line in said].count(True) == allowed
    assert CLEAN[4:] in said


@given(st.integers(0, 2**40), st.floats(0, 1), st.sampled_from(sorted(LINES)))
def test_oaths_are_at_most_the_lines_and_the_same_for_the_same_seed(seed: int, rate: float, length: str) -> None:
    count = swearing_jokes(brief(seed, length=length), voice(rate))
    assert 0 <= count <= LINES[length]
    assert count == swearing_jokes(brief(seed, length=length), voice(rate))
    assert count <= swearing_jokes(brief(seed, length=length), voice(1))


def test_over_many_roasts_the_rate_is_the_share_of_lines() -> None:
    drawn = sum(swearing_jokes(brief(seed, length="medium"), voice(0.2)) for seed in range(2000))
    assert drawn / (2000 * LINES["medium"]) == pytest.approx(0.2, abs=0.02)


def test_nobody_swears_gently_or_at_the_young() -> None:
    young = brief().model_copy(update={"gentle": True})
    for spared in (brief(heat="gentle"), young):
        assert swearing_jokes(spared, voice(1)) == 0
        assert "swear" not in prompt(spared, voice(1)).messages[-1].text


def test_samples_that_swear_are_given_only_where_one_may() -> None:
    persona = voice(1)
    beats = tuple(b.model_copy(update={"line": "What a crap of a photograph."}) for b in persona.beats[:1])
    persona = persona.model_copy(update={"beats": (*beats, *persona.beats[1:])})
    asked = brief(), brief(heat="gentle")
    said = ["\n".join(message.text for message in shared(each, persona)) for each in asked]
    assert [swears(text) for text in said] == [True, False]


@pytest.mark.parametrize("line", ["This horizon is pure porn.", "The noise here rapes the eye, horizon and all."])
def test_what_is_obscene_no_rate_allows(line: str) -> None:
    assert check_free(line, [TILT], brief(), may_swear=True) == "it swears"
    assert check_free(OATHS[0][4:], [TILT], brief(), may_swear=True) is None
    assert check_free(OATHS[0][4:], [TILT], brief()) == "it swears"
