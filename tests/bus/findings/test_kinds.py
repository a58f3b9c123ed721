"""The union of findings is open: what has no class here is carried as it came, what has one is as strict as ever."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

from bus.events import Feature
from bus.findings import Faces, Finding, UnknownFinding, kinds
from bus.findings.arrays import FloatArray
from bus.jetstream.codec import Undecodable, decode, encode, pack
from bus.roast.evidence import NoEvidence, resolve
from bus.roast.policy import needs_gentle


class Inside(Finding):
    """Looks unlike anything of this repository. No roster brings it, so no process has its class."""

    kind: Literal["inside"] = "inside"
    words: tuple[str, ...] = ("a", "ü")
    nothing: None = None
    grid: FloatArray
    deep: dict[str, tuple[FloatArray, int]]


def feature(finding: Any) -> Feature:
    return Feature(id="x", at=1.5, analyzer="inside", status="ok", finding=finding, queue_ms=0.5, compute_ms=1.5)


GRID = np.array([[0.1, 2], [-3, 1e-9]], np.float32)
WRITTEN = feature(Inside(grid=GRID, deep={"a": (GRID[:0], 7)}))


def read() -> Feature:
    event = decode(WRITTEN.subject, encode(WRITTEN))
    assert isinstance(event, Feature)
    return event


def test_a_finding_of_an_unknown_kind_is_passed_on_byte_for_byte() -> None:
    assert type(read().finding) is UnknownFinding
    assert encode(read()) == encode(WRITTEN)
    assert read().model_dump_json() == WRITTEN.model_dump_json()
    assert read() == read()


def test_what_was_shown_as_json_says_the_same_when_it_is_read_again() -> None:
    shown = read().model_dump_json()
    assert Feature.model_validate_json(shown).model_dump_json() == shown


@pytest.mark.parametrize("odd", [b"\xff\x00", {"shape": [3], "f32": b"123"}, {"shape": "x", "f32": b""}, [[[]]], {}])
def test_whatever_it_holds_it_can_be_shown(odd: Any) -> None:
    found = feature({"kind": "odd", "model_config": odd})
    assert '"kind":"odd"' in found.model_dump_json()
    assert encode(found) == pack(found.model_dump())


@pytest.mark.parametrize(
    "bad", [{"kind": "faces", "faces": 3}, {"kind": "faces", "nose": 1}, {}, {"kind": ["faces"]}, 3]
)
def test_a_malformed_finding_of_a_known_kind_and_what_is_no_finding_are_refused(bad: Any) -> None:
    with pytest.raises(Undecodable, match=r"finding"):
        decode("photo.x.feature.faces", pack({**feature(None).model_dump(), "finding": bad}))


def test_evidence_and_ages_are_found_in_it_as_in_any_other() -> None:
    features = {"inside": feature({"kind": "inside", "people": [{"age": 31, "low": 15}]})}
    assert resolve(features, "inside.people.0.age") == 31
    with pytest.raises(NoEvidence):
        resolve(features, "inside.is_empty")
    assert needs_gentle(features)


def test_a_kind_belongs_to_one_class() -> None:
    kinds.register(Faces)
    with pytest.raises(TypeError, match="UnknownFinding has no kind"):
        kinds.register(UnknownFinding)
