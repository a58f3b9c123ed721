"""What the commands of `heckler replay` do, between the log, the files and the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bus.client import Bus
from bus.export import Exported
from bus.history import History
from bus.roast.events import Cued
from bus.roast.policy import Policy
from bus.settings import Settings
from cli.connect.log_client import connect_log
from cli.replay.diff import EXACT, Difference, compare
from cli.replay.find_request import export_of, find, is_file, one_of
from cli.replay.rerun import Director, Plan, Wish
from cli.replay.timeline import Timeline, timeline
from llm.personas.loader import available
from llm.prompting.prompt import prompt
from llm.service import brief_of

Line = tuple[str, str | None]
"""A line, and its style on a terminal."""


async def taken(settings: Settings, name: str) -> Exported:
    """The request that `name` means, with its photo, from the log or a file. Raises Trouble, NoLog, ReadFailed."""
    if is_file(name):
        return one_of(Path(name))
    async with connect_log(settings) as bus:
        return await export_of(bus, await find(bus, name))


async def history_of(settings: Settings, name: str) -> tuple[History, Mapping[str, Sequence[str]]]:
    """The history that `name` means, and what each analyzer needs, as far as anybody here knows."""
    if is_file(name):
        return one_of(Path(name)).history, wired(settings)
    async with connect_log(settings) as bus:
        return await find(bus, name), await needed(bus)


async def needed(bus: Bus) -> Mapping[str, Sequence[str]]:
    """What each analyzer waits for: those at work say it; for the others the roster that is installed here does."""
    said = {name: alive.needs for name, alive in (await bus.analyzers()).items()}
    return said or wired(bus.settings)


def wired(settings: Settings) -> Mapping[str, Sequence[str]]:
    """What each analyzer of the roster waits for; nothing is known of any where the roster cannot be loaded."""
    from analyzers.runtime.registry import BadRoster, load_roster, wiring_of

    try:
        return {wiring_of(each).name: wiring_of(each).needs for each in load_roster(settings)}
    except BadRoster:
        return {}


async def followed(settings: Settings, name: str, tell: Callable[[Any, float], None]) -> tuple[History, Timeline]:
    """Tells of each event of a request as it comes, until its ending; then its course."""
    async with connect_log(settings) as bus:
        history = await find(bus, name)
        assert history.submitted is not None  # `find` has looked
        began, needs = history.events[0].at, await needed(bus)
        async for stored in bus.follow(history.submitted.id):
            tell(stored, began)
        ended = await bus.latest(history.submitted.id)
        return ended, timeline(ended, needs)


def prompter(settings: Settings) -> Callable[[Cued], str]:
    """Says what a language model would be asked with over these cues: today's prompt, whatever the writer was."""
    personas = available(settings.data)
    policy = Policy(age_jokes=settings.age_jokes, body_jokes=settings.body_jokes)

    def words(cued: Cued) -> str:
        brief = brief_of(cued, policy)
        if (persona := personas.get(brief.style.persona)) is None:
            return f"(there is no persona {brief.style.persona} here)"
        return "\n".join(f"{message.role}: {message.text}" for message in prompt(brief, persona).messages)

    return words


async def rerun(
    settings: Settings, name: str, wish: Wish, tell: Callable[[str], None]
) -> tuple[str, Exported, Difference]:
    """Reruns a request and waits for its end: the new id, what was before, and what is different now.

    Raises Trouble, NoLog, ReadFailed, BusDown, LogFull.
    """
    of_log = not is_file(name)
    async with connect_log(settings) as bus:
        old = await export_of(bus, await find(bus, name)) if of_log else one_of(Path(name))
        director = Director(bus)
        id, plan = await director.begin(old, wish, of_log)
        for line in _told(id, plan):
            tell(line)
        new = await director.end(id)
    return id, old, compare(old.history, new, prompter(settings))


def _told(id: str, plan: Plan) -> Iterable[str]:
    yield f"rerun as {id}"
    yield f"looking again: {', '.join(plan.again) or 'nobody'}; reused: {len(plan.reused)} findings"
    if plan.left_out:
        yield f"left out, as they were too late the first time: {', '.join(plan.left_out)}"


async def compared(settings: Settings, names: tuple[str, str], tolerance: float = EXACT) -> Difference:
    """What is different between two requests, each from the log or a file. Raises Trouble, NoLog, ReadFailed."""
    before, after = [(await taken(settings, name)).history for name in names]
    return compare(before, after, prompter(settings), tolerance)


def as_document(found: Difference) -> dict[str, Any]:
    """A difference for JSON: all of it, and whether there is any."""
    return {"same": found.same, "different": list(found.stages), **asdict(found)}
