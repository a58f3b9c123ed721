"""The gateway's ASGI application: routes, response headers, errors, and what lives as long as the process."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Collection
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI

from bus.client import Bus, connect
from bus.erasure.leftovers import Leftovers
from bus.observability.logs import log
from bus.service.tasks import end
from bus.settings import Settings
from gateway.http.errors import add_errors
from gateway.http.headers import ResponseHeaders
from gateway.http.origin_check import OriginCheck
from gateway.http.problems import ANY_PROBLEM
from gateway.openapi import describe
from gateway.routes import about, cards, create, health, requests, shared
from gateway.routes.docs import add_docs
from gateway.routes.page import add_page
from gateway.state import Gateway
from gateway.upload.decoder import Decoder

OLD_BASE = "/api/roasts"
"""Where requests were before there were several products; an alias of `gateway.snapshot.BASE`."""
SETTLE_S = 0.4
"""When no new analyzer has answered for this long, the ones that answered are taken to be all."""
JOIN_AGAIN_S = 1.0
"""Seconds between two connections to the log, when one failed in a way that its client does not mend."""
STARTING_S = 10
"""Seconds that the analyzers which start along with the gateway may take; it does not wait for slower ones."""


def create_app(settings: Settings, starting: Collection[str] = ()) -> FastAPI:
    """The application. Nothing is connected or started before its lifespan begins.

    `starting` names analyzers that start along with it: photos are accepted once they are there (or STARTING_S have
    passed), so that not even the first one is judged by half of them.
    """
    app = FastAPI(
        title="Heckler", description="A witty photo judge. A photo goes in, a roast comes out.", version=_version(),
        lifespan=_lifespan, docs_url=None, redoc_url=None, responses=ANY_PROBLEM,
    )  # fmt: skip
    app.state.settings, app.state.starting = settings, frozenset(starting)
    for router in (create.router, requests.router, requests.alias(OLD_BASE), cards.router, about.router, health.router):
        app.include_router(router)
    add_docs(app)
    shared.add_links(app)
    add_page(app)
    add_errors(app)
    app.add_middleware(OriginCheck, settings=settings)
    app.add_middleware(ResponseHeaders)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return app.openapi_schema


def _version() -> str:
    try:
        return version("heckler")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0"


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Answers from the first moment on; that the log is not there yet is something to say, not to wait for."""
    settings: Settings = app.state.settings
    gateway = app.state.gateway = Gateway(settings, Decoder(settings))
    gateway.decoder.start()
    connecting = asyncio.create_task(_join(gateway, app.state.starting))
    warming = asyncio.create_task(_warm_up(gateway))
    warming.add_done_callback(_report)
    try:
        yield
    finally:
        gateway.leaving.set()
        await end(connecting, warming)
        await gateway.queue.close()
        await gateway.admission.close()
        if gateway.bus is not None:
            await gateway.bus.close()
        await gateway.decoder.close()


async def _warm_up(gateway: Gateway) -> None:
    """What the first photo would have to wait for; NumPy comes in with the first mesh."""
    await gateway.decoder.wait_until_usable()
    await asyncio.to_thread(importlib.import_module, "numpy")


async def _join(gateway: Gateway, starting: Collection[str]) -> None:
    """Reaches the log, and learns which analyzers run before the first photo is accepted: the join waits for these."""
    while True:
        try:
            await _joined(gateway, starting)
        except Exception as error:  # whatever it is, there is nothing to do without a log but to try again
            log.error("gateway.no_log", error=repr(error))
            await asyncio.sleep(JOIN_AGAIN_S)


async def _joined(gateway: Gateway, starting: Collection[str]) -> None:
    """One connection, to its end."""
    bus = await connect(gateway.settings, "gateway")
    tidying = asyncio.create_task(Leftovers(bus).run())
    try:
        await bus.analyzers()
        await _assembled(bus, starting)
        await gateway.admission.start(bus)
        bus.health.start()
        gateway.bus = bus
        await bus.closed.wait()  # there are errors after which a NATS client does not reconnect by itself
        log.error("nats.closed")
    except asyncio.CancelledError:
        gateway.bus = bus  # closed at the end of the lifespan, which nothing cancels
        raise
    except Exception:
        await bus.close()
        raise
    finally:
        await end(tidying)
    gateway.bus = None
    await bus.close()


async def _assembled(bus: Bus, starting: Collection[str]) -> None:
    await bus.presence.wait_for(starting, STARTING_S)
    await _settled(bus)


async def _settled(bus: Bus, rounds: int = 10) -> None:
    for _ in range(rounds):
        if not await bus.presence.changed(timeout=SETTLE_S):
            return


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("gateway.cold", error=repr(error))
