"""Finished findings by photo: the same photo is never analysed twice by the same version of an analyzer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from nats.aio.client import Client

from bus.direct import DirectReader
from bus.events import Feature
from bus.log import LogFull, store
from bus.topology import FEATURES
from bus.wire import Undecodable, decode, encode, headers, pack


def key(sha256: str, analyzer: str, version: str, given: Sequence[Feature] = ()) -> str:
    """The cache key: what was looked at, who looked, which state of the art, and what others had found before.

    `given` are the features that the analyzer needed. What they found is part of the key, not only who they are by:
    a mesh is about the first, the second… face, and those are others when another model has found them.
    """
    name = f"{sha256}.{analyzer}." + re.sub(r"[^A-Za-z0-9_-]", "_", version)
    return f"{name}-{_digest(given)}" if given else name


def _digest(given: Sequence[Feature]) -> str:
    """Twelve hex digits for these features: their makers, and all that they found."""
    digest = hashlib.sha256()
    for feature in sorted(given, key=lambda each: each.analyzer):
        found = feature.finding.model_dump() if feature.finding else None
        digest.update(pack([feature.analyzer, feature.version, feature.model, found]))
    return digest.hexdigest()[:12]


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
