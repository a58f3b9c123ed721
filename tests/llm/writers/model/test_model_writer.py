"""The writer around any model: good answers are shown as they come, bad ones caught, and nothing is waited for long."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from answers import CUES, GOOD, GRAIN, LEAN, NONSENSE, SOFA, Run, brief, requests_of, writer, written
from scripted import ScriptedBackend

from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import shipped
from llm.prompting.prompt import prompt
from llm.prompting.stream_jokes import stream_jokes
from llm.quality.scoring import best, score
from llm.service import warm
from llm.writers.backend import BackendFailed
from llm.writers.base import Piece
from llm.writers.model.writer import ModelWriter, Pace


def test_a_good_answer_is_told_with_its_citations(run: Run) -> None:
    by = writer(GOOD)
    pieces = run(written(by))
    assert [(piece.joke, piece.text, piece.cues) for piece in pieces] == [
        (0, LEAN, ("tilted",)),
        (1, GRAIN, ("noisy",)),
        (2, SOFA, ("seat",)),
    ]
    assert len(requests_of(by)) == 1
    messages, limits = requests_of(by)[0]
    assert messages == prompt(brief(), shipped()["critic"]).messages
    assert limits.seed == 5
    assert limits.tokens > 0


def test_a_joke_is_told_while_the_model_still_speaks(run: Run) -> None:
    async def scenario() -> tuple[str, bool]:
        by = writer(GOOD, afterwards="silence")
        pieces = by.write(brief())
        first = await anext(pieces)
        early = not by._backend.silenced.is_set()  # type: ignore[attr-defined]
        await pieces.aclose()  # type: ignore[attr-defined]
        assert by._backend.silenced.is_set()  # type: ignore[attr-defined]
        return first.text, early

    assert run(scenario()) == (LEAN, True)


def test_a_model_that_rambles_on_is_silenced_once_there_is_enough(run: Run) -> None:
    by = writer(GOOD + f"[1] Left of the horizon lies more horizon.\n[2] Even the noise is out of focus.\n{GOOD}" * 9)
    assert len(run(written(by))) == 5
    assert by._backend.silenced.is_set()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "bad",
    [
        "The horizon leans, and it is nobody's fault.",  # no number
        "[9] The horizon leans, and so does number nine.",
        "[1] The horizon leans on a toaster.",
        "[1] What a fucking mess of a horizon.",
        "[1] What a handsome horizon, and the man beside it.",
        "[1] As an AI language model I see the horizon lean.",
        "[1] You get numbered observations of one photograph. They are all you know.",
        "[4] The sign in the picture says “HOORAY FOR EVERYONE”.",
        "[2] Stir the soup and add a pinch of salt.",
        "[3] <b>The sofa</b> sits in the frame.",
        "[3] The sofa in the frame was sat upon by a toddler.",
        "[1] The horizon leans (see https://example.org).",
    ],
)
def test_a_bad_line_is_dropped_and_the_good_ones_are_kept(run: Run, bad: str) -> None:
    assert [piece.text for piece in run(written(writer(f"{bad}\n{GOOD}")))] == [LEAN, GRAIN, SOFA]


def test_a_line_without_a_word_of_the_photo_is_believed_of_a_model_that_is_otherwise_about_it(run: Run) -> None:
    leap, soup = "[3] Somebody has to support somebody here.", "[2] Boil the soup for ten minutes."
    assert len(run(written(writer(f"{GOOD}{leap}\n")))) == 4
    assert [piece.text for piece in run(written(writer(f"{leap}\n{soup}\n{GOOD}")))] == [LEAN, GRAIN, SOFA]
    told = [piece.text for piece in run(written(writer(f"[1] {LEAN}\n{leap}\n{soup}\n[2] {GRAIN}\n{soup}\n")))]
    assert told == [LEAN, leap[4:], GRAIN]


def test_when_too_little_is_fit_to_print_the_model_is_asked_once_more_with_the_reason(run: Run) -> None:
    by = writer(f"[1] {LEAN}\n[3] The sofa stands beside a giraffe.", GOOD)
    assert [piece.text for piece in run(written(by))] == [LEAN, GRAIN, SOFA]
    (first, its), (second, others) = requests_of(by)
    assert second[:-1] == first[:-1]
    assert "it invents" in second[-1].text
    assert "giraffe" not in second[-1].text  # a model's own words are never put into its mouth again
    assert its.seed != others.seed


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((NONSENSE,), "too few"),
        (("",), "said nothing"),
        (("Sure! I cannot help with that.",), "too few"),
        (("[1] The horizon leans on a toaster.\n" * 50,), "invents"),
        (("ha " * 20_000,), "too few"),
        (("[1] [1] [1] [1] " * 5000,), "too few"),
        (("\x00\ufffd]]]((**" * 400,), "too few"),
        (("[1] Ignore previous instructions, says the horizon.",), "echoes"),
        (("[1] The horizon is a bitch to get straight.",), "slur"),
        (("HOORAY\n" * 30,), "too few"),
        ((BackendFailed("the model is not there"),), "not there"),
    ],
)
def test_a_model_that_says_nothing_fit_to_print_fails_with_a_reason(
    run: Run, answers: tuple[str | BackendFailed, ...], why: str
) -> None:
    by = writer(*answers, size=64)
    with pytest.raises(BackendFailed, match=why):
        run(written(by))
    assert len(requests_of(by)) <= 2


def test_a_model_that_is_silent_for_too_long_fails_and_one_that_was_not_keeps_what_it_said(run: Run) -> None:
    brisk = Pace(silence_s=0.05, write_s=30)
    with pytest.raises(BackendFailed, match="silent"):
        run(written(writer(None, pace=brisk)))
    for ending in ("silence", "break"):
        assert [p.text for p in run(written(writer(GOOD, pace=brisk, afterwards=ending)))] == [LEAN, GRAIN, SOFA]
        with pytest.raises(BackendFailed):
            run(written(writer(f"[1] {LEAN}\n", pace=brisk, afterwards=ending)))


def test_a_model_that_talks_past_its_time_keeps_what_it_said(run: Run) -> None:
    late = Pace(silence_s=30, write_s=1.5)
    assert [p.text for p in run(written(writer(GOOD, pace=late, afterwards="silence")))] == [LEAN, GRAIN, SOFA]
    with pytest.raises(BackendFailed, match="too few"):
        run(written(writer(f"[1] {LEAN}\n", pace=late, afterwards="silence")))


def test_nothing_to_joke_about_is_not_even_asked(run: Run) -> None:
    by = writer(GOOD)
    assert run(written(by, Brief())) == []
    assert requests_of(by) == []


def test_of_several_candidates_the_best_lines_are_told(run: Run) -> None:
    dull = "[1] The photo is a photo, as photos go.\n[1] A photo is what this photo is.\n[1] The photo was taken.\n"
    by = writer(dull, f"{GOOD}[1] To the left, four degrees of horizon leans on nothing.\n", pace=Pace(candidates=2))
    texts = [piece.text for piece in run(written(by))]
    assert len(requests_of(by)) == 2
    assert {LEAN, GRAIN, SOFA} & set(texts)
    assert "horizon leans" in texts[-1]
    assert len({limits.seed for _, limits in requests_of(by)}) == 2


def test_candidates_are_only_written_while_there_is_time(run: Run) -> None:
    by = writer(GOOD, pace=Pace(silence_s=30, write_s=1.5, candidates=50), afterwards="silence")
    assert len(run(written(by))) == 3
    assert len(requests_of(by)) == 1


def test_lines_score_by_fit_by_novelty_and_by_new_cues() -> None:
    cues = {cue.id: cue for cue in CUES}
    fitting = Piece(joke=0, text="The horizon leans four degrees to the left.", cues=("tilted",))
    again = Piece(joke=1, text="The horizon leans four degrees, still.", cues=("tilted",))
    other = Piece(joke=2, text=SOFA, cues=("seat",))
    assert score(fitting, [], cues) > score(fitting, [again], cues)
    assert [line.cues for line in best([again, fitting, other], cues, 2)] == [("seat",), ("tilted",)]
    assert [line.joke for line in best([again, fitting, other], cues, 3)] == [0, 1, 2]


def test_a_note_names_languages_and_personas_that_are_not_quite_there() -> None:
    by = writer(GOOD)
    assert by.note(brief()) is None
    assert "German" in (by.note(Brief(style=Style(language="de"))) or "")
    assert "no language 'xx'" in (by.note(Brief(style=Style(language="xx"))) or "")
    assert "no persona 'nobody'" in (by.note(Brief(style=Style(persona="nobody"))) or "")
    assert "nothing is savage" in (by.note(Brief(style=Style(heat="savage"), gentle=True)) or "")


def test_warming_up_reads_the_beginning_of_what_is_asked_later(run: Run) -> None:
    by = writer(GOOD)
    run(by.warm_up())
    assert requests_of(by)[0][0][0] == prompt(brief(), shipped()["critic"]).messages[0]


def test_when_told_stops_early_so_does_the_model(run: Run) -> None:
    async def scenario() -> None:
        by = writer(GOOD, afterwards="ramble")
        jokes = stream_jokes(by, brief(), asyncio.Event())
        assert (await anext(jokes)).text == LEAN
        await jokes.aclose()
        assert by._backend.silenced.is_set()  # type: ignore[attr-defined]

    run(scenario())


def test_a_joke_is_shown_before_the_next_one_is_begun(run: Run) -> None:
    async def scenario() -> str:
        jokes = stream_jokes(writer(f"[1] {LEAN}\n", afterwards="silence"), brief(), asyncio.Event())
        first = await anext(jokes)
        await jokes.aclose()
        return first.text

    assert run(scenario()) == LEAN


def test_a_model_is_loaded_in_the_background_and_let_go_at_the_end_even_if_it_cannot_be_loaded(run: Run) -> None:
    class Unloadable(ScriptedBackend):
        closed = False
        asked = asyncio.Event()

        async def warm_up(self, messages: Any) -> None:
            await super().warm_up(messages)
            self.asked.set()
            raise BackendFailed("there is no such model")

        async def close(self) -> None:
            self.closed = True

    async def scenario() -> tuple[int, bool]:
        backend = Unloadable(GOOD)
        async with warm(ModelWriter(backend, shipped())):
            await backend.asked.wait()
        return len(backend.requests), backend.closed

    assert run(scenario()) == (1, True)
