"""What follows a join: the stage of the request's product, once, also when the process died between the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aggregator.service import Aggregator
from aggregator.stages import load
from bus.analysis.product import Analyzed
from bus.client import Bus
from bus.events import Event, Failed, Feature, Joined, PhotoRef, Submitted, new_id
from bus.findings import Explicit, Facts
from bus.products import NAMES
from bus.roast.events import Cued, JoinedWithCues
from bus.roast.style import Style
from bus.worker import Delivery

Run = Callable[[Any], Any]


def submitted(product: str, **options: Any) -> Submitted:
    id = new_id()
    photo = PhotoRef(key=id, sha256="0" * 64, width=4, height=3, bytes=2)
    given = {"product": product, "options": options, "expects": ("facts",), "join_by": 2e9, "expire_by": 2e9}
    return Submitted.model_validate({"id": id, "photo": photo, "facts": Facts(), **given})


async def handled(bus: Bus, request: Submitted, *more: Event) -> list[Event]:
    """What a process that has just started yields at the last of these events, after those of the request."""
    found = Feature(id=request.id, analyzer="facts", status="ok", finding=Facts())
    for event in (request, found, *more):
        await bus.publish(event)
    last = (await bus.latest(request.id)).events[-1]
    handling = Aggregator(bus).handle(Delivery(last.event, last.seq, last.at, run=1))
    return [event async for event in handling]


def test_every_product_has_its_stage() -> None:
    assert load().keys() == set(NAMES)


def test_each_product_makes_its_own_of_the_findings(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            roast = submitted("roast", heat="savage")
            joined, cued = await handled(bus, roast)
            assert isinstance(joined, Joined)
            assert isinstance(cued, Cued)
            assert (cued.style, cued.sha256, cued.faces) == (Style(heat="savage"), roast.photo.sha256, 0)
            assert [type(event) for event in await handled(bus, submitted("analysis"))] == [Joined, Analyzed]

    run(scenario())


def test_a_photo_that_is_refused_has_its_join_all_the_same(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            request = submitted("roast").model_copy(update={"expects": ("facts", "explicit")})
            bare = Explicit(explicit=True)
            seen = Feature(id=request.id, analyzer="explicit", status="ok", finding=bare)
            joined, refused = await handled(bus, request, seen)
            assert isinstance(joined, Joined)
            assert isinstance(refused, Failed)
            assert refused.code == "explicit"

    run(scenario())


def test_a_product_of_another_version_ends_with_a_word_on_that(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            _, ending = await handled(bus, submitted("song"))
            assert isinstance(ending, Failed)
            assert ending.code == "unknown_product"
            assert "'song'" in ending.detail

    run(scenario())


@pytest.mark.parametrize("product", NAMES)
def test_a_process_that_died_after_the_join_is_made_up_for(nats_server: Any, run: Run, product: str) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            request = submitted(product)
            (follows,) = await handled(bus, request, Joined(id=request.id, complete=True))
            assert isinstance(follows, Cued | Analyzed)

    run(scenario())


def test_what_follows_a_join_follows_once(nats_server: Any, run: Run) -> None:
    late = {"analyzer": "text", "status": "skipped"}

    async def scenario() -> None:
        async with nats_server.bus() as bus:
            for last in (
                lambda id: (Joined(id=id, complete=True), Cued(id=id)),
                lambda id: (JoinedWithCues(id=id, complete=True, style=Style()),),  # by an earlier version
            ):
                request = submitted("roast")
                assert await handled(bus, request, *last(request.id), Feature(id=request.id, **late)) == []

    run(scenario())
