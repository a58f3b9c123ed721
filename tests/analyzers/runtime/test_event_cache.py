"""What a process has seen of requests: only what cannot change is remembered, and the log is read for the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asking import FACE, analyzing, found, request
from hypothesis import given
from hypothesis import strategies as st
from made_up import Looks, NeedsFaces

from analyzers.runtime.event_cache import EventCache
from analyzers.service import ProcessContext
from bus.events import Feature, PhotoRef, Submitted
from bus.findings import Faces, Facts
from bus.history import Stored

Run = Callable[[Any], Any]
PHOTO = PhotoRef(key="k", sha256="s", width=1, height=1, bytes=1)


def submitted(id: str) -> Submitted:
    return Submitted(product="roast", id=id, photo=PHOTO, facts=Facts(), expects=("faces",), join_by=1, expire_by=2)


def faces(id: str, status: str) -> Feature:
    finding = Faces() if status == "ok" else None
    return Feature(id=id, analyzer="faces", status=status, finding=finding, reason=None if finding else "no")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(("submitted", "ok", "skipped", "failed")))))
def test_requests_and_findings_are_remembered_and_what_may_be_superseded_is_not(told: list[tuple[str, str]]) -> None:
    event_cache = EventCache()
    for seq, (id, what) in enumerate(told, start=1):
        seen = event_cache.note(Stored(seq, 0, submitted(id) if what == "submitted" else faces(id, what)))
        before = {kind for other, kind in told[:seq] if other == id}
        assert set(seen) == {
            part for part, kind in (("submitted", "submitted"), ("feature.faces", "ok")) if kind in before
        }


def test_the_latest_requests_are_remembered_and_a_cancelled_one_is_not() -> None:
    event_cache = EventCache(capacity=2)
    for seq, id in enumerate("abcb", start=1):
        event_cache.note(Stored(seq, 0, submitted(id)))
    event_cache.forget("b")
    event_cache.forget("never heard of")
    later = {id: set(event_cache.note(Stored(9, 0, faces(id, "skipped")))) for id in "cba"}
    assert later == {"c": {"submitted"}, "b": set(), "a": set()}


@pytest.mark.parametrize("together", [True, False])
def test_the_log_is_read_only_for_what_this_process_has_not_seen(server: Any, run: Run, together: bool) -> None:
    async def scenario() -> None:
        reads = asyncio.Queue[bytes]()

        async def note(msg: Any) -> None:
            reads.put_nowait(msg.data)

        async with server.bus("admin") as admin, server.bus() as bus:
            await admin.nc.subscribe("$JS.API.DIRECT.GET.PHOTOS", cb=note)
            await admin.nc.flush()
            first, second = (
                [await ProcessContext.open(bus)] * 2
                if together
                else [await ProcessContext.open(bus), await ProcessContext.open(bus)]
            )
            async with analyzing(bus, Looks(), first), analyzing(bus, NeedsFaces(), second) as executor:
                event = await request(bus, "looks", "faces", executor.name)
                await found(bus, event.id, "looks")
                while not reads.empty():
                    reads.get_nowait()
                await bus.publish(Feature(id=event.id, analyzer="faces", status="ok", finding=Faces(faces=(FACE,))))
                await admin.nc.flush()
                assert (await found(bus, event.id, executor.name)).status == "ok"
                await admin.nc.flush()
                mine = [read for read in (reads.get_nowait() for _ in range(reads.qsize())) if b"submitted" in read]
                assert len(mine) == (0 if together else 1)

    run(scenario())
