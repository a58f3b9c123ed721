"""What earlier versions stored is read as it was: exports that they made, with the documents that they showed of them.

`recorded/` was made before the modules were moved (2026-11-28): a roast, an analysis and an encore of one drawn photo.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bus.events import is_ending
from bus.export import Exported, load
from gateway.events.sse import frame
from gateway.products.registry import snapshot

RECORDED = Path(__file__).parent / "recorded"
REQUESTS = load((RECORDED / "requests.heckler").read_bytes())
DOCUMENTS: list[dict[str, Any]] = json.loads((RECORDED / "documents.json").read_text())
OF_THEIR_TIME = {"id", "links", "parent", "ahead", "timings"}
"""What is another in an export, which has no ids, or tells of one machine's clock."""


def shown(request: Exported) -> dict[str, Any]:
    """The document of a request without what is of its time and place."""
    document = snapshot(request.history)
    assert document
    found = json.loads(document.model_dump_json(exclude=OF_THEIR_TIME))
    del found["photo"]["url"]
    found["options"].pop("seed", None)  # an export says which one it was, where none was asked for
    return dict(found)


def in_todays_words(document: dict[str, Any]) -> dict[str, Any]:
    """What a document said in other words before there were products, without what an analysis had none of."""
    renamed = {**document, "product": document["wants"], "options": document["style"]}
    left_out = {"wants", "style"}
    if document["wants"] == "analysis":
        assert document["roast"] is None
        renamed, left_out = {**renamed, "options": {}}, left_out | {"cues", "roast"}
    return {name: value for name, value in renamed.items() if name not in left_out}


@pytest.mark.parametrize("number", range(3))
def test_a_request_of_an_earlier_version_is_shown_as_it_was(number: int) -> None:
    assert shown(REQUESTS[number]) == in_todays_words(DOCUMENTS[number])


@pytest.mark.parametrize("request_", REQUESTS)
def test_its_events_are_all_there_and_are_sent_again(request_: Exported) -> None:
    events = request_.history.events
    assert len(events) > 15
    assert sum(is_ending(stored.event) for stored in events) == 1
    frames = b"".join(frame(stored.seq, stored.event) for stored in events).decode()
    assert frames.count("id: ") == len(events) + 1  # the join is told as the join and what follows it
    told = re.findall(r"^event: (\w+)$", frames, re.MULTILINE)
    assert told.count("joined") == 1
    assert ("cued" in told) == ("roast" in told) == ("analyzed" not in told)
    assert request_.photo
