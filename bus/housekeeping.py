"""What the log needs besides its services: the later sweeps of deletions, and dead letters for deliveries whose
processes died under them. One process does it beside its own work; where there are several they share it."""

from __future__ import annotations

import asyncio

from bus.client import Bus
from bus.dead_letters.send import MaxDeliveriesHandler
from bus.erasure.sweeper import Sweeper
from bus.topology import MAX_DELIVERIES, SWEEPER

DURABLES = (SWEEPER, MAX_DELIVERIES)
"""The consumers that it works on."""


async def housekeeping(bus: Bus, stop: asyncio.Event) -> None:
    """Works until `stop` is set."""
    await asyncio.gather(Sweeper(bus).run(stop), MaxDeliveriesHandler(bus).run(stop))
