"""`heckler replay rerun`: a request once more, from one of its stages on, by the code that runs today.

What comes before that stage is copied from the old request; everything after it is computed anew, the cache of
findings left aside. The new request names the old one as its parent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from bus.client import Bus, PhotoUnavailable
from bus.earlier_events import as_today
from bus.events import Event, Feature, PhotoRef, Rerun, Submitted, new_id
from bus.export import Exported
from bus.history import History
from bus.product import Product
from bus.products import NAMES, product, without_id
from bus.roast.events import Cued
from bus.roast.history import cued_of
from bus.roast.personas import available
from bus.roast.style import Style, style_of
from bus.service.presence import ServiceInfo
from bus.settings import Settings
from cli.replay.diff import joined_features
from cli.replay.find_request import Trouble

ANALYZERS, JOIN, WRITER = "analyzers", "join", "writer"

Needs = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Plan:
    """What a rerun copies and what it does again. `copies` are events of the old request, in order."""

    again: tuple[str, ...]
    copies: tuple[Event, ...]
    left_out: tuple[str, ...]
    """Analyzers that had not reported when the old request was joined, and that are not asked this time either."""
    settled: bool = False
    """Whether the join is copied, too."""

    @property
    def reused(self) -> tuple[str, ...]:
        return tuple(event.analyzer for event in self.copies if isinstance(event, Feature))


def plan(history: History, start: str, needs: Needs, keep_missing: bool = False) -> Plan:
    """What is to be done for a rerun from `start` on, where the analyzers in `needs` are at work. Raises Trouble.

    With `keep_missing` the old findings of analyzers that are not at work are copied instead of a refusal.
    """
    assert history.submitted is not None  # whoever found it has looked
    old, expected = joined_features(history), history.submitted.expects
    again = _again(start, (*expected, *old), needs)
    if absent := sorted(again - needs.keys()):
        if not keep_missing:
            raise Trouble(
                f"{', '.join(absent)} should look again, but {'does' if len(absent) == 1 else 'do'} not run: start "
                f"`heckler work {' '.join(absent)}`, or reuse the old findings with --keep-missing"
            )
        again -= set(absent)
    copies = tuple(old[name] for name in old if name not in again)
    left_out = tuple(sorted(set(expected) - again - old.keys()))
    if start != WRITER:
        return Plan(tuple(sorted(again)), copies, left_out)
    cued = cued_of(history)
    if history.joined is None or cued is None:
        raise Trouble("no writer was ever asked for this request: rerun it --from join")
    return Plan((), (*copies, as_today(history.joined)[0], cued), left_out, settled=True)


def _again(start: str, expected: Collection[str], needs: Needs) -> set[str]:
    """The analyzers that look again: `start` and, transitively, those of the request that need what it finds."""
    if start in (JOIN, WRITER):
        return set()
    if start == ANALYZERS:
        return set(expected)
    if start not in needs and start not in expected:
        there = ", ".join((ANALYZERS, JOIN, WRITER, *sorted({*expected, *needs})))
        raise Trouble(f"there is no stage {start!r}; there are: {there}")
    again = {start}
    while more := {name for name in expected if again.intersection(needs.get(name, ()))} - again:
        again |= more
    return again


def changed(submitted: Submitted, changes: Sequence[str], settings: Settings, name: str = "") -> dict[str, Any]:
    """The options of a request with changes such as `persona=noir`, for the product `name` (none: its own). Raises
    Trouble for what cannot be changed, or not to that, and for a persona that is not here."""
    model = _product(name or submitted.product).options
    values = dict(change.partition("=")[::2] for change in changes)
    if unknown := values.keys() - model.model_fields.keys():
        names = ", ".join(model.model_fields) or "nothing"
        raise Trouble(f"--set {sorted(unknown)[0]}: only {names} can be set, as in --set persona=noir")
    same = {name: value for name, value in submitted.options.items() if name in model.model_fields}
    try:
        new = model.model_validate({**same, **values})
    except ValidationError as error:
        first = error.errors()[0]
        raise Trouble(f"--set {first['loc'][0]}: {first['msg']}, not {first['input']!r}") from None
    if isinstance(new, Style):
        _check_persona(new, values, settings)
    return new.model_dump()


def _product(name: str) -> Product:
    try:
        return product(name)
    except KeyError:
        raise Trouble(f"this version does not know the product {name!r}; it knows {', '.join(NAMES)}") from None


def _check_persona(style: Style, values: Mapping[str, str], settings: Settings) -> None:
    personas = [persona.name for persona in available(settings.data)]
    if style.persona not in personas:
        there = f"there is no {style.persona!r}; there are: {', '.join(personas)}"
        asked = "--set persona" if "persona" in values else "its persona is not here (--set persona=NAME takes another)"
        raise Trouble(f"{asked}: {there}")


@dataclass(frozen=True)
class Wish:
    """How to rerun: from which stage, with which changes of options, and for which product (none: the same)."""

    start: str = ANALYZERS
    changes: tuple[str, ...] = ()
    keep_missing: bool = False
    product: str = ""


@dataclass
class Director:
    """Reruns requests, one after another, on one log."""

    bus: Bus
    _needs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def needs(self) -> Needs:
        """What each analyzer that is at work waits for."""
        if not self._needs:
            self._needs = able(await self.bus.discover())
        return self._needs

    async def begin(self, old: Exported, wish: Wish, of_log: bool = True) -> tuple[str, Plan]:
        """Stores the new request; its id, and what it does. `of_log` says that `old` is in this log, not in a file.

        Raises Trouble, ReadFailed, BusDown, LogFull.
        """
        agenda = plan(old.history, wish.start, await self.needs(), wish.keep_missing)
        submitted = await self._submitted(old, wish, agenda, of_log)
        await self.bus.submit(submitted)
        for event in agenda.copies:
            await self.bus.publish(_copied(event, submitted))
        return submitted.id, agenda

    async def end(self, id: str) -> History:
        """The history of a request once it has ended. Raises ReadFailed; Trouble when nothing ends it."""
        limit = self.bus.settings.expiry_s + 30
        try:
            async with asyncio.timeout(limit):
                async for _ in self.bus.follow(id):
                    pass
        except TimeoutError:
            raise Trouble(f"{id} has not ended after {limit:g} s: `heckler doctor` says what is missing") from None
        return await self.bus.latest(id)

    async def _submitted(self, old: Exported, wish: Wish, agenda: Plan, of_log: bool) -> Submitted:
        id, now, was = new_id(), await self.bus.clock.now(), old.submitted
        changes: dict[str, Any] = {
            "id": id,
            "at": now,
            "photo": await self._photo(old, id, agenda, of_log),
            "product": wish.product or was.product,
            "options": changed(_with_seed(was), wish.changes, self.bus.settings, wish.product),
            "expects": tuple(sorted({*agenda.again, *agenda.reused})),
            "join_by": now + self.bus.settings.join_s,
            "expire_by": now + self.bus.settings.expiry_s,
            "parent": was.id if of_log else None,
            "rerun": Rerun(reused=agenda.reused, joined=agenda.settled),
        }
        return was.model_copy(update=changes)

    async def _photo(self, old: Exported, id: str, agenda: Plan, of_log: bool) -> PhotoRef:
        """Where the photo is: under the old key, or stored now. Raises Trouble when it is needed and gone."""
        ref = old.submitted.photo
        if of_log:
            try:
                await self.bus.photos.get(ref.key, ref.sha256)
            except PhotoUnavailable as gone:
                if agenda.again:
                    raise Trouble(
                        f"{gone}; `--from join` needs none, and `heckler replay export` keeps it for later"
                    ) from gone
            return ref
        if old.photo is not None:
            await self.bus.photos.put(id, old.photo)
        elif agenda.again:
            raise Trouble("its photo is not in the file: rerun it --from join, or export it with the photo")
        return ref.model_copy(update={"key": id})


def _copied(event: Event, submitted: Submitted) -> Event:
    """`event` as one of the new request."""
    match event:
        case Cued():
            return event.model_copy(update={"id": submitted.id, "style": style_of(submitted)})
        case Feature():  # what it superseded in the old request is not in the new one
            return event.model_copy(update={"id": submitted.id, "supersedes": None})
    return event.model_copy(update={"id": submitted.id})


def _with_seed(submitted: Submitted) -> Submitted:
    """The old request with all that follows from its id written out: same dice, same words."""
    written = without_id(submitted)
    assert isinstance(written, Submitted)
    return written


def able(alive: Mapping[str, ServiceInfo]) -> dict[str, tuple[str, ...]]:
    """What each analyzer that can work waits for: not those that lack weights, nor those whose needs do."""
    found = {name: one.needs for name, one in alive.items() if not one.missing}
    while unable := {name for name, needs in found.items() if not found.keys() >= set(needs)}:
        found = {name: needs for name, needs in found.items() if name not in unable}
    return found
