"""The streams are declared once, and brought up to date wherever they are older."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bus.client import Bus, LogRefused
from bus.topology import DEAD, FEATURES, IMAGES, PHOTOS, streams

Run = Callable[[Any], Any]


async def config_of(bus: Bus, stream: str) -> dict[str, Any]:
    return dict((await bus.api(f"STREAM.INFO.{stream}"))["config"])


def test_only_what_can_be_found_again_is_written_to_disk_at_leisure(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            modes = {
                name: (await config_of(bus, name)).get("persist_mode") for name in (PHOTOS, DEAD, IMAGES, FEATURES)
            }
            assert modes == {PHOTOS: None, DEAD: None, IMAGES: None, FEATURES: "async"}

    run(scenario())


def test_streams_of_an_earlier_version_are_brought_up_to_date_and_keep_what_they_hold(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            mine = next(config for config in streams(server.settings) if config["name"] == FEATURES)
            await bus.api(f"STREAM.DELETE.{FEATURES}")
            await bus.api(f"STREAM.CREATE.{FEATURES}", {**mine, "persist_mode": "default", "max_bytes": 1 << 20})
            await bus.nc.request("$KV.FEATURES.sha.faces.1", b"kept", timeout=30)
            await bus.ensure_streams()
            now = await config_of(bus, FEATURES)
            assert (now["max_bytes"], now.get("persist_mode")) == (mine["max_bytes"], None)
            assert [message.data for message in await bus.reader.last(FEATURES, ["$KV.FEATURES.>"])] == [b"kept"]

    run(scenario())


def test_where_the_server_has_too_little_room_its_own_words_come_through(
    their_server: Callable[[str], Any], run: Run
) -> None:
    async def scenario() -> None:
        async with their_server("3GB").bus() as bus:
            with pytest.raises(LogRefused, match="insufficient storage") as refusal:
                await bus.ensure_streams()
            assert refusal.value.lacks_room

    run(scenario())


def test_subjects_that_another_stream_has_are_the_reason_given(their_server: Callable[[str], Any], run: Run) -> None:
    async def scenario() -> None:
        async with their_server("9GB").bus() as bus:
            await bus.api("STREAM.CREATE.THEIRS", {"name": "THEIRS", "subjects": ["photo.>"]})
            with pytest.raises(LogRefused, match="subjects overlap") as refusal:
                await bus.ensure_streams()
            assert not refusal.value.lacks_room

    run(scenario())
