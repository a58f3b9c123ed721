"""`/api/analyzers`, `/api/personas`: who is here, and who is missing and why."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import RootModel

from bus.features import Frozen
from bus.personas import Persona, personas
from gateway.problems import documented
from gateway.state import Here

router = APIRouter(prefix="/api", tags=["about"])


class AnalyzerView(Frozen):
    """One analyzer that has been heard of: at work, or kept from it."""

    name: str
    group: str
    available: bool
    version: str
    model: str
    needs: tuple[str, ...]
    missing: tuple[str, ...]
    hint: str | None


class Analyzers(RootModel[tuple[AnalyzerView, ...]]):
    """Everyone heard of lately, by name."""


@router.get("/analyzers", responses=documented("bus_down"))
async def analyzers(here: Here) -> Analyzers:
    """The analyzers of this installation that run, and those that cannot for want of weights."""
    views = (
        AnalyzerView(
            name=alive.name,
            group=alive.group,
            available=not alive.missing,
            version=alive.version,
            model=alive.model,
            needs=alive.needs,
            missing=alive.missing,
            hint=alive.note or (f"heckler models pull {' '.join(alive.missing)}" if alive.missing else None),
        )
        for alive in (await here.log.analyzers()).values()
    )
    return Analyzers(tuple(views))


@router.get("/personas")
async def voices() -> tuple[Persona, ...]:
    """Who can write the roast: `name` goes into the option `persona`."""
    return personas()
