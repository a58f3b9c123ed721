"""Events: they survive the wire, and what is no event is refused with its reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from bus.analysis.product import Analyzed
from bus.events import (
    Cancelled,
    Deadline,
    Due,
    Erase,
    Event,
    Failed,
    Feature,
    Joined,
    PhotoRef,
    Started,
    Submitted,
    is_ending,
    new_id,
)
from bus.findings import Facts
from bus.findings.arrays import FloatArray
from bus.jetstream.codec import Undecodable, decode, encode, pack
from bus.roast.events import Cue, Cued, JoinedWithCues, Joke, Line, Roast
from bus.roast.style import Style

ids = st.builds(new_id)
words = st.text(max_size=40)
cues = st.builds(
    Cue, id=words, kind=words, text=words, salience=st.floats(0, 1), evidence=st.just(("facts.flash",)), about=st.none()
)
events = st.one_of(
    st.builds(
        Submitted,
        id=ids,
        photo=st.builds(PhotoRef, key=ids, sha256=words, width=st.just(3), height=st.just(2), bytes=st.just(9)),
        facts=st.builds(Facts, taken_hour=st.integers(0, 23) | st.none(), flash=st.booleans() | st.none()),
        product=st.just("roast"),
        options=st.builds(Style, seed=st.integers(0, 2**53 - 1) | st.none()).map(Style.model_dump),
        expects=st.lists(words).map(tuple),
        join_by=st.floats(0, 1e10),
        expire_by=st.floats(0, 1e10),
        parent=st.none(),
    ),
    st.builds(Deadline, id=ids, what=st.sampled_from(("join", "expiry")), due=st.floats(0, 1e10)),
    st.builds(Due, id=ids, what=st.sampled_from(("join", "expiry")), due=st.floats(0, 1e10)),
    st.builds(Erase, id=ids, sha256=words),
    st.builds(Feature, id=ids, analyzer=st.just("facts"), status=st.just("ok"), finding=st.builds(Facts)),
    st.builds(Joined, id=ids, complete=st.booleans()),
    st.builds(Cued, id=ids, cues=st.lists(cues, max_size=2).map(tuple)),
    st.builds(JoinedWithCues, id=ids, complete=st.booleans(), cues=st.lists(cues, max_size=2).map(tuple)),
    st.builds(Analyzed, id=ids),
    st.builds(Line, id=ids, attempt=st.integers(1, 9), n=st.integers(0, 9), joke=st.integers(0, 9), text=words),
    st.builds(
        Roast,
        id=ids,
        text=words,
        jokes=st.lists(st.builds(Joke, text=words, cues=st.just(("a",))), max_size=2).map(tuple),
        writer=words,
        persona=words,
        heat=words,
    ),
    st.builds(Failed, id=ids, code=words, detail=words),
    st.builds(Cancelled, id=ids),
)


@given(events)
def test_every_event_survives_the_wire(event: Event) -> None:
    assert decode(event.subject, encode(event)) == event


@given(events)
def test_every_stored_event_has_a_subject_of_its_own_below_its_request(event: Event) -> None:
    tokens = event.subject.split(".")
    assert tokens[:2] == ["photo", event.id]
    assert (tokens[2] == "end") == is_ending(event)


def test_started_is_told_live_and_never_stored() -> None:
    assert Started(id="x", analyzer="faces").subject == "live.x.started.faces"


@given(st.binary(max_size=60))
def test_no_bytes_whatsoever_crash_the_decoder(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode("photo.x.joined", data)


def test_an_event_of_a_newer_schema_is_refused_by_name() -> None:
    with pytest.raises(Undecodable, match="schema 99"):
        decode("photo.x.end.cancelled", pack({}), {"Heckler-Schema": "99"})


def test_ids_are_128_random_bits_that_fit_a_subject_and_a_command_line() -> None:
    made = {new_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(len(id) == 22 and not set(id) & set(".*> ") and id[0] != "-" for id in made)


class WithArray(BaseModel):
    model_config = ConfigDict(frozen=True)
    points: FloatArray


def test_arrays_are_float32_bytes_on_the_wire_and_lists_in_json() -> None:
    points = np.arange(6, dtype=np.float32).reshape(3, 2) / 3
    value = WithArray(points=points)
    assert value.model_dump()["points"] == {"shape": [3, 2], "f32": points.tobytes()}
    assert WithArray.model_validate(value.model_dump()).points.tolist() == points.tolist()
    assert WithArray.model_validate_json(value.model_dump_json()).points.tolist() == points.tolist()


def test_an_array_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValidationError):
        WithArray.model_validate({"points": {"shape": [4], "f32": b"123"}})


def test_findings_cannot_be_changed() -> None:
    value = WithArray(points=np.zeros(2))
    with pytest.raises(ValueError, match="read-only"):
        value.points[0] = 1
