"""`/api/about`, `/api/analyzers`, `/api/personas`: what holds here, who is here, and who is missing and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import Field, RootModel

from bus.findings import Frozen
from bus.roast.personas import Persona, available
from bus.service.presence import ServiceInfo
from gateway.http.problems import documented
from gateway.state import Context

router = APIRouter(prefix="/api", tags=["about"])


class ArrivalView(Frozen):
    """Weights that an analyzer will have without anybody's doing."""

    state: Literal["waiting", "fetching", "failed"] = Field(description="what failed is tried again later")
    weights: str
    done: int = Field(description="bytes that are here")
    total: int = Field(description="bytes in all")
    reason: str | None = Field(description="why it failed")


class AnalyzerView(Frozen):
    """One analyzer that has been heard of: at work, or kept from it."""

    name: str
    group: str
    available: bool
    version: str
    model: str
    needs: tuple[str, ...]
    missing: tuple[str, ...] = Field(description="without these it does not work")
    hint: str | None = Field(description="what to do so that it works")
    better_with: str | None = Field(description="the command that would make one that works better")
    arrival: ArrivalView | None = Field(description="weights that come by themselves, to work at all or better")
    runs_on: dict[str, str] = Field(description="model file → where it runs: cpu, cuda, coreml…")

    @classmethod
    def of(cls, alive: ServiceInfo) -> AnalyzerView:
        """What an analyzer says of itself."""
        arrival = alive.arrival
        fix = alive.fix or (f"heckler models pull {' '.join(alive.missing)}" if alive.missing else None)
        return cls(
            name=alive.name,
            group=alive.group,
            available=not alive.missing,
            version=alive.version,
            model=alive.model,
            needs=alive.needs,
            missing=alive.missing,
            hint=(alive.note or fix) if alive.missing else None,
            better_with=None if alive.missing else fix,
            arrival=ArrivalView(**{**asdict(arrival), "reason": arrival.reason or None}) if arrival else None,
            runs_on=dict(alive.runs_on),
        )


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
async def about(request: Request, here: Context) -> About:
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
async def analyzers(here: Context) -> Analyzers:
    """The analyzers of this installation that run, those that cannot and why, and the weights that are on their way."""
    return Analyzers(tuple(AnalyzerView.of(alive) for alive in (await here.log.analyzers()).values()))


@router.get("/personas")
async def voices(here: Context) -> tuple[Persona, ...]:
    """Who can write the roast: `name` goes into the option `persona`."""
    return available(here.settings.data)
