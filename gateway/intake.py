"""Submitting: from bytes nobody trusts to one event in the log. The second of the five files that tell the story.

Everything that can be refused is refused before the photo is decoded, everything that can fail before anything is
stored. The photo is stored before the event that points to it, so that whoever reads the event finds the photo.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request

from bus.client import Bus
from bus.events import PhotoRef, Submitted, new_id
from bus.observability.metrics import ACCEPTED
from bus.roast.personas import available
from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.metrics import DECODE
from gateway.state import Gateway
from gateway.upload.multipart import Upload, read_upload
from gateway.upload.options import Options, expected, for_encore, read_options
from gateway.upload.photo import Normalised


async def create_request(request: Request, here: Gateway) -> Submitted:
    """Makes a request of what a client sends. Raises Problem."""
    upload = await read_upload(request, here.settings, here.admission.check)
    url = upload.fields.pop("url", None)
    options = read_options(upload.fields, await _personas(here.settings))
    bus = here.log
    expects = await _expected(bus, options)
    await bus.health.during(bus.capacity.check())
    original = await _original(upload, url, here.settings)
    id = new_id()
    with here.admission.entry(id):  # again, since much may have come while this one was read
        with DECODE.time():
            photo = await here.decoder.normalise(original)
        return await bus.health.during(_store(here, id, photo, options, expects))


async def create_variant(parent: Submitted, fields: dict[str, str], here: Gateway) -> Submitted:
    """Makes a request about a photo that is here already. Raises Problem, and PhotoUnavailable when it no longer is."""
    here.admission.check()
    bus = here.log
    options = read_options(for_encore(fields, parent), await _personas(bus.settings))
    expects = await _expected(bus, options)
    await bus.health.during(bus.photos.get(parent.photo.key, parent.photo.sha256), "reading")
    terms = await _terms(options, expects, bus)
    event = Submitted(id=new_id(), photo=parent.photo, facts=parent.facts, parent=parent.id, **terms)
    return await bus.health.during(_submit(here, event))


async def _original(upload: Upload, url: str | None, settings: Settings) -> bytes:
    if upload.photo is not None:
        return upload.photo
    if url is None:
        raise Problem("missing_photo", "There is no field `photo` in it.")
    if not settings.url_uploads:
        raise Problem("url_disabled", "This server only takes photos themselves.")
    # here, because most gateways fetch nothing, and an HTTP client is long to load
    from gateway.upload.url_fetch import fetch

    return await fetch(url, settings)


async def _expected(bus: Bus, options: Options) -> tuple[str, ...]:
    alive = await bus.analyzers()
    if not alive and (silence := (await bus.health.look()).silence):
        raise silence  # a log that says nothing says nothing of the analyzers either
    return expected(alive, options.analyzers)


async def _store(here: Gateway, id: str, photo: Normalised, options: Options, expects: tuple[str, ...]) -> Submitted:
    bus = here.log
    ref = PhotoRef(key=id, sha256=photo.sha256, width=photo.width, height=photo.height, bytes=len(photo.data))
    try:
        await bus.photos.put(id, photo.data)
        terms = await _terms(options, expects, bus)
        return await _submit(here, Submitted(id=id, photo=ref, facts=photo.facts, **terms))
    except BaseException:  # also when it is broken off
        bus.sweep_later(id)
        raise


async def _terms(options: Options, expects: tuple[str, ...], bus: Bus) -> dict[str, Any]:
    """What `Submitted` says besides the photo."""
    now, settings = await bus.clock.now(), bus.settings
    return {
        "at": now,
        "wants": options.wants,
        "style": options.style,
        "expects": expects,
        "join_by": now + settings.join_s,
        "expire_by": now + settings.expiry_s,
    }


async def _submit(here: Gateway, event: Submitted) -> Submitted:
    with here.admission.submitting(event.id):
        await here.log.submit(event)
    ACCEPTED.inc()
    return event


async def _personas(settings: Settings) -> set[str]:
    """The names of the personas; a user's own are files, which are read anew each time."""
    return {persona.name for persona in await asyncio.to_thread(available, settings.data)}
