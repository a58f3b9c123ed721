"""The NATS client, with one more way to lose a connection: under uvloop, a write to one that broke a moment ago raises
RuntimeError before the client notices."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from nats import errors
from nats.aio.client import Client
from nats.aio.subscription import Subscription


class NatsClient(Client):  # type: ignore[misc]  # which comes without types
    """`request` sends with `publish` as well. Both raise StaleConnectionError for that."""

    async def publish(self, *arguments: Any, **named: Any) -> None:
        with _as_lost_connection():
            await super().publish(*arguments, **named)

    async def subscribe(self, *arguments: Any, **named: Any) -> Subscription:
        with _as_lost_connection():
            return await super().subscribe(*arguments, **named)


@contextlib.contextmanager
def _as_lost_connection() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise errors.StaleConnectionError from error
