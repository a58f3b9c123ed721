"""`/api/about`, `/api/analyzers`, `/api/personas`: what holds here, who is here, and who is missing and why."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field, RootModel

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


class About(Frozen):
    """What holds at this installation, whoever asks."""

    version: str
    photo_ttl_s: float = Field(description="seconds that photos and cached findings are kept")
    event_ttl_s: float = Field(description="seconds that everything else about a request is kept")
    url_uploads: bool = Field(description="whether a photo may be named by its URL")
    max_upload_bytes: int = Field(description="the largest file accepted")
    max_pixels: int = Field(description="the most pixels a photo may decode to")


@router.get("/about")
async def about(request: Request, here: Here) -> About:
    """The version, how long what is kept, and what may be sent."""
    settings = here.settings
    return About(
        version=request.app.version,
        photo_ttl_s=settings.photo_ttl_s,
        event_ttl_s=settings.event_ttl_s,
        url_uploads=settings.url_uploads,
        max_upload_bytes=settings.max_upload_bytes,
        max_pixels=settings.max_pixels,
    )


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
