"""Submitting: from bytes nobody trusts to one event in the log. The second of the five files that tell the story.

Everything that can be refused is refused before the photo is decoded, everything that can fail before anything is
stored. The photo is stored before the event that points to it, so that whoever reads the event finds the photo.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from bus.client import Bus
from bus.events import PhotoRef, Submitted, new_id
from bus.observability.metrics import ACCEPTED
from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.metrics import DECODE
from gateway.products.registry import view_of
from gateway.state import Gateway
from gateway.upload.multipart import Upload, read_upload
from gateway.upload.options import Asked, expected, for_variant, read_options
from gateway.upload.photo import Normalised


async def create_request(request: Request, here: Gateway, only: str | None = None) -> Submitted:
    """Makes a request of what a client sends; for the product `only` where its address is for one. Raises Problem."""
    upload = await read_upload(request, here.settings, here.admission.check)
    url = upload.fields.pop("url", None)
    asked = await _asked(upload.fields, here, only)
    bus = here.log
    expects = await _expected(bus, asked)
    await bus.health.during(bus.capacity.check())
    original = await _original(upload, url, here.settings)
    id = new_id()
    with here.admission.entry(id):  # again, since much may have come while this one was read
        with DECODE.time():
            photo = await here.decoder.normalise(original)
        return await bus.health.during(_store(here, id, photo, asked, expects))


async def create_variant(parent: Submitted, fields: dict[str, str], here: Gateway) -> Submitted:
    """Makes a request about a photo that is here already. Raises Problem, and PhotoUnavailable when it no longer is."""
    here.admission.check()
    bus = here.log
    asked = await _asked(for_variant(fields, parent), here)
    expects = await _expected(bus, asked)
    await bus.health.during(bus.photos.get(parent.photo.key, parent.photo.sha256), "reading")
    terms = await _terms(asked, expects, bus)
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


async def _expected(bus: Bus, asked: Asked) -> tuple[str, ...]:
    alive = await bus.analyzers()
    if not alive and (silence := (await bus.health.look()).silence):
        raise silence  # a log that says nothing says nothing of the analyzers either
    return expected(alive, asked.analyzers, asked.product.groups)


async def _store(here: Gateway, id: str, photo: Normalised, asked: Asked, expects: tuple[str, ...]) -> Submitted:
    bus = here.log
    ref = PhotoRef(key=id, sha256=photo.sha256, width=photo.width, height=photo.height, bytes=len(photo.data))
    try:
        await bus.photos.put(id, photo.data)
        terms = await _terms(asked, expects, bus)
        return await _submit(here, Submitted(id=id, photo=ref, facts=photo.facts, **terms))
    except BaseException:  # also when it is broken off
        bus.sweep_later(id)
        raise


async def _terms(asked: Asked, expects: tuple[str, ...], bus: Bus) -> dict[str, Any]:
    """What `Submitted` says besides the photo."""
    now, settings = await bus.clock.now(), bus.settings
    return {
        "at": now,
        "product": asked.product.name,
        "options": asked.options.model_dump(),
        "expects": expects,
        "join_by": now + settings.join_s,
        "expire_by": now + settings.expiry_s,
    }


async def _submit(here: Gateway, event: Submitted) -> Submitted:
    with here.admission.submitting(event.id):
        await here.log.submit(event)
    ACCEPTED.inc()
    return event


async def _asked(fields: dict[str, str], here: Gateway, only: str | None = None) -> Asked:
    asked = read_options(fields, only)
    await view_of(asked.product.name).check(asked, here.settings)
    return asked
