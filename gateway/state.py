"""What a gateway process holds: connections and children, never a request's state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from bus.client import Bus
from bus.settings import Settings
from gateway.admission.admission import Admission
from gateway.card.render_queue import CardRenderQueue
from gateway.events.queue_position import PhotoQueue
from gateway.events.replay import Replays
from gateway.http.problems import Problem
from gateway.upload.decoder import Decoder


@dataclass
class Gateway:
    """One per process. `bus` is None until the log was reached for the first time."""

    settings: Settings
    decoder: Decoder
    cards: CardRenderQueue = field(default_factory=CardRenderQueue)
    replays: Replays = field(default_factory=Replays)
    bus: Bus | None = None
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is about to end: streams then end too, and their clients resume elsewhere."""
    queue: PhotoQueue = field(init=False)
    admission: Admission = field(init=False)

    def __post_init__(self) -> None:
        self.admission = Admission(self.settings)
        self.queue = PhotoQueue(lambda: self.bus)

    @property
    def log(self) -> Bus:
        """The bus. Raises Problem `bus_down` while there is none."""
        if self.bus is None:
            raise Problem("bus_down", "The gateway has not reached the event log yet.")
        return self.bus


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


Context = Annotated[Gateway, Depends(_gateway)]
"""A route's parameter: the process it runs in."""
