"""Where cards are drawn: off the event loop, one at a time, so that many at once cost no more memory than one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from gateway.card.content import Content, Format
from gateway.http.problems import Problem

QUEUE = 12
"""Cards that may wait to be drawn; requests for more get Problem `busy`."""
DRAW_S = 60.0
"""Seconds that one may take. Its thread cannot be ended, but the cards that wait behind it get their turn."""


@dataclass
class CardRenderQueue:
    """One per process. A drawing takes about half a second of one core, and some 30 MB."""

    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0

    async def draw(self, content: Content, format: Format) -> bytes:
        """The card as a PNG. Raises Problem `busy`; OSError for bytes that are no photo."""
        if self._waiting > QUEUE:
            raise Problem("busy", f"{self._waiting} cards are being drawn or wait for it.")
        self._waiting += 1
        try:
            async with self._turn:
                async with asyncio.timeout(DRAW_S):
                    return await asyncio.to_thread(_draw, content, format)
        except TimeoutError as error:
            raise Problem("busy", f"Drawing the card took longer than {DRAW_S:g} seconds.") from error
        finally:
            self._waiting -= 1


def _draw(content: Content, format: Format) -> bytes:
    """In a thread: Pillow is loaded with the first card, so that the gateway itself starts without it."""
    from gateway.card.draw import draw

    return draw(content, format)
