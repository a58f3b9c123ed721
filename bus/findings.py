"""Finished findings by photo: the same photo is never analysed twice by the same version of an analyzer."""

from __future__ import annotations

import re

from nats.aio.client import Client

from bus.direct import DirectReader
from bus.events import Feature
from bus.log import LogFull, store
from bus.topology import FEATURES
from bus.wire import Undecodable, decode, encode, headers


def key(sha256: str, analyzer: str, version: str) -> str:
    """The cache key: what was looked at, who looked, and which state of the art."""
    return f"{sha256}.{analyzer}." + re.sub(r"[^A-Za-z0-9_-]", "_", version)


class Findings:
    """The FEATURES bucket: key → the Feature event of the first time."""

    def __init__(self, nc: Client, reader: DirectReader) -> None:
        self._nc = nc
        self._reader = reader

    async def get(self, key: str) -> Feature | None:
        """The finding under `key`, or None; one of another version counts as none. Raises ReadFailed."""
        for message in await self._reader.last(FEATURES, [f"$KV.FEATURES.{key}"]):
            try:
                event = decode(f"photo.x.feature.{key}", message.data, message.headers)
            except Undecodable:
                return None
            return event if isinstance(event, Feature) else None
        return None

    async def put(self, key: str, feature: Feature) -> None:
        """Keeps a finding. A full bucket is no failure: the next same photo just costs its time again."""
        try:
            await store(self._nc, f"$KV.FEATURES.{key}", encode(feature), headers())
        except LogFull:
            return
