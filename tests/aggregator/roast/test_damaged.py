"""A photo that the store has damaged: a request about it says so, if no analyzer has read it before."""

from __future__ import annotations

import pytest

from aggregator.service import finish
from bus.events import Failed, Feature, Joined, PhotoRef, Submitted
from bus.findings import Facts
from bus.history import History, Stored
from bus.jetstream.photo_store import DAMAGED

ID = "A" * 22
SUBMITTED = Submitted(
    id=ID,
    photo=PhotoRef(key=ID, sha256="0" * 64, width=4, height=3, bytes=2),
    facts=Facts(),
    expects=("faces", "facts"),
    join_by=0,
    expire_by=0,
)
LOST = Feature(id=ID, analyzer="faces", status="failed", reason=DAMAGED)
FOUND = Feature(id=ID, analyzer="facts", status="ok", finding=Facts())


@pytest.mark.parametrize(("features", "damaged"), [((LOST,), True), ((LOST, FOUND), False), ((), False)])
def test_only_a_photo_that_no_analyzer_saw_ends_as_damaged(features: tuple[Feature, ...], damaged: bool) -> None:
    history = History.of(Stored(seq, 0.0, event) for seq, event in enumerate((SUBMITTED, *features), 1))
    ending = finish(Joined(id=ID, complete=False), history)
    assert (isinstance(ending, Failed) and ending.code == "photo_damaged") is damaged
