"""A photo that the store has damaged: a request about it says so, if no analyzer has read it before."""

from __future__ import annotations

import pytest

from aggregator.roast.stage import after_join
from bus.events import Failed, Feature, Joined, PhotoRef, Submitted
from bus.findings import Facts
from bus.jetstream.photo_store import DAMAGED

ID = "A" * 22
SUBMITTED = Submitted(
    product="roast",
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
    found = {feature.analyzer: feature for feature in features}
    ending = after_join(SUBMITTED, Joined(id=ID, complete=False), found)
    assert (isinstance(ending, Failed) and ending.code == "photo_damaged") is damaged
