"""Photos in parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bus.client import PhotoGone
from bus.events import new_id

Run = Callable[[Any], Any]


def test_a_deleted_photo_and_one_that_lost_a_part_are_gone(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            with pytest.raises(PhotoGone, match="it was deleted"):
                await bus.photos.get(new_id())
            half = new_id()
            await bus.nc.request(f"$KV.IMAGES.{half}.0", b"first", timeout=30, headers={"Heckler-Part": "0/2"})
            with pytest.raises(PhotoGone, match="a part of the photo"):
                await bus.photos.get(half)

    run(scenario())
