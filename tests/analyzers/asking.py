"""Requests for findings, put onto the log as the gateway does, and the answers read from it."""

from __future__ import annotations

import cv2
import numpy as np

from bus.client import Bus
from bus.events import Feature, PhotoRef, Submitted, new_id
from bus.features import Facts

JPEG = cv2.imencode(".jpg", np.full((20, 30, 3), 127, np.uint8))[1].tobytes()


async def request(bus: Bus, *expects: str, photo: bytes = JPEG, sha256: str | None = None) -> Submitted:
    """Submits `photo` for the analyzers in `expects`; with a `sha256` of one's own it counts as a photo seen before."""
    id = new_id()
    await bus.photos.put(id, photo)
    ref = PhotoRef(key=id, sha256=sha256 or id, width=30, height=20, bytes=len(photo))
    event = Submitted(id=id, photo=ref, facts=Facts(), expects=expects, join_by=2e9, expire_by=2e9)
    await bus.submit(event)
    return event


async def found(bus: Bus, id: str, name: str) -> Feature:
    """Waits for what the analyzer of that name says of the request."""
    async for stored in bus.follow(id):
        if isinstance(stored.event, Feature) and stored.event.analyzer == name:
            return stored.event
    raise AssertionError("ended without it")
