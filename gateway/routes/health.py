"""Alive is not ready: `/healthz` is about this process, `/readyz` about whether a roast can be made."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from bus.findings import Frozen
from bus.products import SERVICES
from gateway.http.problems import Problem, documented
from gateway.metrics import scrape
from gateway.state import Context

router = APIRouter(tags=["health"])

PARTS = ("nats", "stream", "disk", "analyzers", *SERVICES)


class Health(Frozen):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(Frozen):
    """A roast can be made: every part is there."""

    status: Literal["ready"] = "ready"
    parts: dict[str, bool]


@router.get("/healthz")
async def healthz() -> Health:
    """Whether this process is alive."""
    return Health()


@router.get("/readyz", responses=documented("not_ready"))
async def readyz(here: Context) -> Readiness:
    """Whether a roast can be made; if not, the problem's `parts` say what is missing."""
    parts = await here.bus.ready() if here.bus else dict.fromkeys(PARTS, False)
    trouble = here.bus and here.bus.health.known.trouble
    parts |= {"decoder": here.decoder.usable}
    missing = [name for name, there in parts.items() if not there]
    if here.leaving.is_set():
        missing.append("this gateway, which is about to stop")
    if missing:
        detail = f"Missing: {', '.join(missing)}. {trouble or ''}".rstrip()
        raise Problem("not_ready", detail, parts=parts, missing=missing)
    return Readiness(parts=parts)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics() -> Response:
    """Prometheus metrics; of all services of this machine when the supervisor started them."""
    return Response(scrape(), media_type=CONTENT_TYPE_LATEST)
