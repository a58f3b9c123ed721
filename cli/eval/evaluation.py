"""`heckler eval`: writers over a folder of photos, measured, and laid side by side for a person to judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bus.roast.policy import Policy
from bus.settings import Settings
from llm.personas.loader import available
from llm.prompting.guard import check
from llm.prompting.stream_jokes import by_joke
from llm.quality.evaluation import Case, Sample, ShownLine
from llm.writers import HouseWriter, choose
from llm.writers.backend import BackendFailed
from llm.writers.base import Piece, Writer
from llm.writers.model.writer import ModelWriter


class CannotJudge(Exception):
    """A writer or a persona that is not here; the message says which, and what there is."""


@dataclass(frozen=True)
class Plan:
    """Which roasts to write: every photo by each writer, in these voices and heats, with seeds 0 to `seeds`-1."""

    writers: tuple[str, ...] = ("house",)
    personas: tuple[str, ...] = ()
    heats: tuple[str, ...] = ("medium",)
    seeds: int = 1


def assemble(settings: Settings, plan: Plan) -> dict[str, Writer]:
    """The writers by name. Raises CannotJudge for a writer, persona or heat that there is not."""
    here = available(settings.data)
    if unknown := sorted(set(plan.personas) - set(here)):
        raise CannotJudge(f"There is no persona {', '.join(unknown)}; there are: {', '.join(sorted(here))}.")
    if unknown := sorted(set(plan.heats) - {"gentle", "medium", "savage"}):
        raise CannotJudge(f"There is no heat {', '.join(unknown)}; there are gentle, medium and savage.")
    return {name: _writer(settings, name) for name in plan.writers}


def _writer(settings: Settings, name: str) -> Writer:
    if name == "house":
        return HouseWriter(available(settings.data))
    try:
        writer = choose(Settings.model_validate({**settings.model_dump(), "writer": name}))
    except (ValueError, BackendFailed) as error:
        why = str(error).splitlines()[-1].strip()
        raise CannotJudge(f"The writer {name!r} is not to be had here: {why}") from error
    if isinstance(writer, HouseWriter):
        raise CannotJudge(f"The writer {name!r} is not to be had here; --openai-url says where a server is.")
    return writer


def styles(settings: Settings, plan: Plan) -> Iterator[tuple[str, str, int]]:
    """Every persona, heat and seed of the plan; all personas when it names none."""
    for persona in plan.personas or sorted(available(settings.data)):
        for heat in plan.heats:
            for seed in range(plan.seeds):
                yield persona, heat, seed


async def write_all(settings: Settings, plan: Plan, cases: Sequence[Case]) -> list[Sample]:
    """Every roast of the plan, one at a time: the speeds are those of a writer alone. Raises CannotJudge."""
    policy = Policy(age_jokes=settings.age_jokes, body_jokes=settings.body_jokes)
    samples = []
    for name, writer in assemble(settings, plan).items():
        async with _ready(writer):
            for persona, heat, seed in styles(settings, plan):
                for case in cases:
                    asked = Sample(case=case.name, writer=name, persona=persona, heat=heat, seed=seed)
                    samples.append(await _sample(writer, case, asked, policy))
    return samples


@asynccontextmanager
async def _ready(writer: Writer) -> AsyncIterator[None]:
    """Loads a model before the clock runs, and lets go of it. What hinders it stands in each of its samples."""
    if not isinstance(writer, ModelWriter):
        yield
        return
    with suppress(BackendFailed):
        await writer.warm_up()
    try:
        yield
    finally:
        await writer.close()


async def _sample(writer: Writer, case: Case, asked: Sample, policy: Policy) -> Sample:
    """One roast, with what the guard thinks of it; a writer that fails gives a sample that says why."""
    style = {"persona": asked.persona, "heat": asked.heat}
    brief, cues = case.brief(style, asked.seed, policy), {cue.id: cue for cue in case.cues}
    began, first, failed = time.perf_counter(), 0.0, None
    lines: list[ShownLine] = []
    rejected, before = 0, _spent_by(writer)
    try:
        async for _, pieces in by_joke(writer.write(brief)):
            line = _line(pieces)
            if check(line.text, [cues[id] for id in line.cues if id in cues], brief) is not None:
                rejected += 1
                continue
            first = first or time.perf_counter() - began
            lines.append(line)
    except BackendFailed as error:
        failed = str(error)
    took = time.perf_counter() - began
    in_vain, tokens = (now - then for now, then in zip(_spent_by(writer), before, strict=True))
    more = {"first_word_ms": first * 1000, "write_ms": took * 1000, "failed": failed, "tokens": tokens}
    return asked.model_copy(update={"lines": tuple(lines), "rejected": rejected + in_vain, **more})


def _spent_by(writer: Writer) -> tuple[int, int]:
    """How many lines a language model has written in vain so far, which its writer shows to nobody; and its tokens."""
    return (writer.rejected, writer.tokens) if isinstance(writer, ModelWriter) else (0, 0)


def _line(pieces: Sequence[Piece]) -> ShownLine:
    text = "".join(piece.text for piece in pieces).strip()
    return ShownLine(text=text, cues=tuple(dict.fromkeys(id for piece in pieces for id in piece.cues)))


def run(settings: Settings, plan: Plan, cases: Sequence[Case]) -> list[Sample]:
    """`write_all`, from outside of any event loop."""
    return asyncio.run(write_all(settings, plan, cases))


def split(text: str) -> tuple[str, ...]:
    """`a, b` → `("a", "b")`."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def out_of(folder: Path) -> tuple[Path, Path, Path]:
    """Where the page, the samples and the votes of an evaluation lie in `folder`."""
    return folder / "index.html", folder / "samples.json", folder / "votes.jsonl"
