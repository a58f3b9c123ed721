"""Finished findings by photo: the same photo is never analysed twice by the same version of an analyzer."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence

from nats import errors
from nats.aio.client import Client

from bus.events import Feature
from bus.jetstream.codec import Undecodable, decode, encode, headers, pack
from bus.jetstream.leader_get import Reader
from bus.jetstream.publish import ABSENT
from bus.subjects import event, finding, finding_key, findings
from bus.topology import FEATURES


def key(sha256: str, analyzer: str, version: str, given: Sequence[Feature] = ()) -> str:
    """The cache key: the photo, the analyzer, its version, and the findings that it needed.

    `given` are the features that the analyzer needed. Their findings are part of the key, not only the names of their
    analyzers: a mesh is about the first, the second… face, and those are others when another model has found them.
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

    def __init__(self, nc: Client, reader: Reader) -> None:
        self._nc = nc
        self._reader = reader

    async def of(self, sha256: str) -> dict[str, Feature]:
        """Everything that was found in a photo, by key; what this version cannot read is left out. Raises ReadFailed.

        All of it in one read: for a photo never seen before, the usual case, one answer tells every analyzer so.
        """
        found = {}
        for message in await self._reader.last(FEATURES, [findings(sha256)]):
            key = finding_key(message.subject)
            with contextlib.suppress(Undecodable):
                feature = decode(event("", "feature", key), message.data, message.headers)
                if isinstance(feature, Feature):
                    found[key] = feature
        return found

    async def put(self, key: str, feature: Feature) -> None:
        """Sends a finding to be kept, and does not wait: lost, or refused by a full bucket, it costs its time again."""
        with contextlib.suppress(errors.Error):
            # it need not name the request that it was first found for; and it never replaces another: what the server
            # replaces stays in its files, out of reach of erasing
            kept = encode(feature.model_copy(update={"id": ""}))
            await self._nc.publish(finding(key), kept, headers=headers(**ABSENT))
