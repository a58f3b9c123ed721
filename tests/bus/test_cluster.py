"""Where the operator has replicated the streams: three real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cluster import Cluster, ready, replicate

from bus.events import Feature, new_id
from bus.topology import DEAD, PHOTOS, streams

Run = Callable[[Any], Any]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    three = Cluster(tmp_path_factory.mktemp("cluster"))
    three.start()

    async def declared() -> None:
        async with three.bus() as bus:
            await ready(bus)
            await replicate(bus, DEAD)
            await replicate(bus, PHOTOS)

    try:
        asyncio.run(asyncio.wait_for(declared(), 90))
        yield three
    finally:
        three.stop()


def test_an_event_is_stored_once_and_nobody_is_refused_for_being_second(cluster: Cluster, run: Run) -> None:
    async def scenario() -> None:
        async with cluster.bus(0) as one, cluster.bus(1) as two:
            for _ in range(50):  # without replicas it never happens, with them every third time
                event = Feature(id=new_id(), analyzer="x", status="skipped")
                results = await asyncio.gather(one.publish(event), two.publish(event))
                assert sum(seq is not None for seq in results) == 1

    run(scenario())


def test_the_replicas_that_the_operator_gave_a_stream_stay(cluster: Cluster, run: Run) -> None:
    async def scenario() -> None:
        async with cluster.bus() as bus:
            await bus.ensure_streams()
            for stream in (config["name"] for config in streams(cluster.settings)):
                replicas = (await bus.api(f"STREAM.INFO.{stream}"))["config"]["num_replicas"]
                assert (stream, replicas) == (stream, 3 if stream in (PHOTOS, DEAD) else 1)

    run(scenario())
