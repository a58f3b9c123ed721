"""Cues of any findings whatsoever: strategies made from the very models, so that a new finding is covered at once."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
from annotated_types import Ge, Le, MaxLen, MinLen
from findings import REF, features_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aggregator.roast.cues import find_cues, resolve
from aggregator.roast.findings_view import FindingsView
from aggregator.roast.places import PLACES
from bus.events import Feature
from bus.findings import FINDINGS, Ethnicity, Finding, Gender, kind_of
from bus.roast.policy import MATERIAL, SLOTS, Policy, offence, permits

KINDS = FINDINGS
SECRET = ("gender", "ethnicity", "skin_tone", "attractiveness")
WORDS = [*(label for labels in PLACES.values() for label in labels), "blue", "dark red", "brown", "nonsense", "EXIT"]


def some(model: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a model; small numbers and few items, so that indices now and then lead somewhere."""
    return st.builds(model, **{name: of_field(name, field) for name, field in model.model_fields.items()})


def of_field(name: str, field: FieldInfo) -> st.SearchStrategy[Any]:
    if name == "hex":
        return st.from_regex(r"\A#[0-9a-f]{6}\Z")
    return of_type(field.annotation, list(field.metadata))


def of_type(kind: Any, limits: list[Any]) -> st.SearchStrategy[Any]:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        meta = [m for each in inside[1:] for m in (each.metadata if isinstance(each, FieldInfo) else [each])]
        return of_type(inside[0], limits + meta)
    if origin in (Union, types.UnionType):
        return st.one_of(*(of_type(each, limits) for each in inside))
    if origin is Literal:
        return st.sampled_from(inside)
    if origin is tuple:
        return of_tuple(inside, limits)
    if origin is dict:
        return st.dictionaries(of_type(inside[0], []), of_type(inside[1], []), max_size=2)
    return of_plain(kind, limits)


def of_tuple(inside: tuple[Any, ...], limits: list[Any]) -> st.SearchStrategy[Any]:
    if inside[-1] is not Ellipsis:
        return st.tuples(*(of_type(each, []) for each in inside))
    least = next((m.min_length for m in limits if isinstance(m, MinLen)), 0)
    most = next((m.max_length for m in limits if isinstance(m, MaxLen)), 3)
    return st.lists(of_type(inside[0], []), min_size=least, max_size=most).map(tuple)


def of_plain(kind: Any, limits: list[Any]) -> st.SearchStrategy[Any]:
    low: Any = next((m.ge for m in limits if isinstance(m, Ge)), -2)
    high: Any = next((m.le for m in limits if isinstance(m, Le)), 200)
    if kind is type(None):
        return st.none()
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(low, 3 if high == 200 else high)
    if kind is float:
        return st.floats(low, high)
    if kind is str:
        return st.sampled_from(WORDS)
    return some(kind) if issubclass(kind, BaseModel) else st.just(np.zeros((2, 3), np.float32))


findings = st.tuples(*(st.none() | some(kind) for kind in KINDS))
features = findings.map(lambda all: features_of(*(each for each in all if each is not None)))


@given(features)
@settings(max_examples=200, deadline=None)
def test_for_any_findings_cues_are_unique_proven_and_keep_to_the_policy(found: Mapping[str, Feature]) -> None:
    cues = find_cues(found, REF)
    assert len({cue.id for cue in cues}) == len(cues)
    for cue in cues:
        assert set(cue.values) == set(SLOTS[cue.kind])
        everything = Policy(age_jokes=MATERIAL[cue.kind] == "age", body_jokes=MATERIAL[cue.kind] == "body")
        assert offence(" ".join((cue.text, *cue.values.values())), everything) is None, cue
        for path in cue.evidence:
            resolve(found, path)  # raises when it leads nowhere
            assert path.split(".")[0] not in SECRET
            assert "structure" not in path


@given(features, st.data())
@settings(max_examples=100, deadline=None)
def test_without_a_finding_every_cue_that_cites_it_is_gone(found: Mapping[str, Feature], data: st.DataObject) -> None:
    if not found:
        return
    gone = data.draw(st.sampled_from(sorted(found)))
    for cue in find_cues({name: f for name, f in found.items() if name != gone}, REF):
        assert gone not in {path.split(".")[0] for path in cue.evidence}


@given(features, st.tuples(*(some(kind) for kind in KINDS if kind_of(kind) in SECRET)))
@settings(max_examples=60, deadline=None)
def test_what_people_were_born_with_changes_no_cue(found: Mapping[str, Feature], secrets: tuple[Finding, ...]) -> None:
    assert find_cues({**found, **features_of(*secrets)}, REF) == find_cues(
        {name: f for name, f in found.items() if name not in SECRET}, REF
    )


@given(features)
@settings(max_examples=60, deadline=None)
def test_by_default_nothing_about_years_and_outlines_is_permitted_and_gentle_keeps_the_photograph(
    found: Mapping[str, Feature],
) -> None:
    for cue in find_cues(found, REF):
        proof = {path.split(".")[0] for path in cue.evidence}
        if proof & {"age", "body_type"}:
            assert not permits(cue, Policy())
        if proof & {"emotions", "gestures", "pose", "fashion"}:
            assert not permits(cue, Policy(age_jokes=True, body_jokes=True), gentle=True)


def test_the_rules_cannot_even_name_what_they_must_not_see() -> None:
    assert {kind_of(Gender), kind_of(Ethnicity)} <= set(SECRET) <= {kind_of(kind) for kind in KINDS}
    assert not {*SECRET, "explicit"} & set(FindingsView.__dataclass_fields__)
