"""What the parts of a bus use of it: they cannot import the bus that is made of them."""

from __future__ import annotations

from typing import Any, Protocol

from nats.aio.client import Client

from bus.jetstream.health import Health
from bus.jetstream.leader_get import Reader
from bus.settings import Settings


class Connection(Protocol):
    """A connection to the log. `bus.client.Bus` is one."""

    nc: Client
    settings: Settings
    reader: Reader
    health: Health

    async def api(self, subject: str, body: Any = None, patience: float = 10) -> dict[str, Any]:
        """One call of the JetStream API. Raises LogRefused with the server's words, BusDown."""
        ...
