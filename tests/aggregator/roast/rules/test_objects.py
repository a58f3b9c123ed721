"""The cues of objects: props, animals, and which of them are larger or more numerous than others."""

from __future__ import annotations

from typing import get_args

import pytest
from findings import SQUARE
from hypothesis import given
from hypothesis import strategies as st

from aggregator.roast.cues import find_cues, resolve
from aggregator.roast.rules.objects import CERTAIN, PETS, PROPS, SMALLEST, STAR, WILDLIFE
from bus.events import Feature
from bus.findings import Box, Face, Faces, ObjectLabel, Objects, SeenObject
from bus.roast.events import Cue
from bus.roast.policy import Policy, permits

FACE = Face(box=Box(x=400, y=100, w=100, h=100), score=0.9, sharpness=100, size=0.01)


def a(label: str, size: float = 0.05, score: float = 0.9) -> SeenObject:
    side = 1000 * size**0.5
    return SeenObject(label=label, score=score, box=Box(x=0, y=0, w=side, h=side), size=size)  # type: ignore[arg-type]


def cues_of(*seen: SeenObject, faces: int | None = None) -> dict[str, Cue]:
    objects = Objects(objects=tuple(sorted(seen, key=lambda each: -each.size)))
    features = {"objects": Feature(id="x", analyzer="objects", status="ok", finding=objects)}
    if faces is not None:
        found = Faces(faces=(FACE,) * faces)
        features["faces"] = Feature(id="x", analyzer="faces", status="ok", finding=found)
    cues = find_cues(features, SQUARE)
    for cue in cues:
        assert all(resolve(features, path) is not None for path in cue.evidence)
    return {cue.id: cue for cue in cues}


@pytest.mark.parametrize(
    ("label", "kind", "values"),
    [
        ("cup", "cup", {}),
        ("wine glass", "drink", {"thing": "wine glass"}),
        ("bottle", "drink", {"thing": "bottle"}),
        ("cell phone", "phone", {}),
        ("umbrella", "umbrella", {}),
        ("book", "book", {}),
        ("laptop", "screen", {"thing": "laptop"}),
        ("tv", "screen", {"thing": "television"}),
        ("couch", "seat", {"thing": "sofa"}),
        ("bed", "seat", {"thing": "bed"}),
        ("train", "vehicle", {"thing": "train"}),
        ("donut", "food", {"thing": "doughnut"}),
        ("toilet", "toilet", {}),
        ("teddy bear", "teddy", {}),
        ("potted plant", "plant", {}),
        ("tie", "tie", {}),
        ("horse", "wildlife", {"animal": "horse"}),
        ("dog", "pet", {"animal": "dog"}),
    ],
)
def test_a_prop_is_a_cue_with_its_name_in_the_slot(label: str, kind: str, values: dict[str, str]) -> None:
    found = cues_of(a("person", 0.3), a(label))
    assert found[kind].values == values
    assert found[kind].evidence == ("objects.objects.1.label",)


def test_the_article_fits_the_thing() -> None:
    assert cues_of(a("apple"))["food"].text == "There is an apple in it."
    assert cues_of(a("bus"))["vehicle"].text == "There is a bus in it."


def test_of_several_only_the_largest_is_told_and_specks_are_not() -> None:
    found = cues_of(a("car", 0.2), a("bicycle", 0.1))
    assert found["vehicle"].values == {"thing": "car"}
    assert "vehicle" not in cues_of(a("car", SMALLEST / 2))


def test_ties_are_counted() -> None:
    found = cues_of(a("person", 0.4), a("tie", 0.01), a("tie", 0.01))
    assert "tie" not in found
    assert found["ties"].values == {"count": "two"}


@pytest.mark.parametrize("animal", PETS)
def test_a_pet_that_fills_the_picture_alone_is_its_star(animal: str) -> None:
    found = cues_of(a(animal, STAR), a("couch", 0.1), faces=0)
    assert found["pet_star"].values == {"animal": animal}
    assert "pet" not in found
    assert next(iter(found)) == "pet_star"


@pytest.mark.parametrize(
    "others", [(a("person", 0.1),), (a("couch", 0.9),)], ids=["with a person", "behind something larger"]
)
def test_a_pet_in_company_is_just_a_pet(others: tuple[SeenObject, ...]) -> None:
    found = cues_of(a("cat", 0.3), *others)
    assert "pet" in found
    assert "pet_star" not in found


def test_more_animals_than_people_is_told_but_not_of_a_draw() -> None:
    assert cues_of(a("person"), a("dog"), a("horse"))["outnumbered"].values == {"count": "two"}
    assert "outnumbered" not in cues_of(a("person"), a("dog"))
    assert "outnumbered" not in cues_of(a("dog"), a("dog"))


def test_an_animal_that_no_household_has_must_be_certain() -> None:
    unsure = CERTAIN - 0.01
    assert "wildlife" not in cues_of(a("giraffe", score=unsure))
    assert "outnumbered" not in cues_of(a("person"), a("giraffe", score=unsure), a("zebra", score=unsure))
    assert "wildlife" in cues_of(a("giraffe", score=CERTAIN))


def test_a_thing_larger_than_the_people_upstages_them_unless_they_sit_on_it() -> None:
    assert cues_of(a("person", 0.1), a("bus", 0.5))["upstaged"].values == {"thing": "bus"}
    assert "upstaged" not in cues_of(a("person", 0.5), a("bus", 0.1))
    assert "upstaged" not in cues_of(a("person", 0.1), a("bed", 0.5))
    assert "upstaged" not in cues_of(a("bus", 0.5))


def test_people_without_a_found_face_are_counted_by_their_bodies() -> None:
    found = cues_of(a("person"), a("person"), a("person"), faces=2)
    assert found["gathering"].values == {"count": "three"}
    assert not {"solo", "pair", "crowd", "nobody"} & set(found)
    assert "gathering" not in cues_of(a("person"), a("person"), a("person"), faces=3)
    assert "solo" not in cues_of(a("person"), a("person"), faces=1)


def test_a_person_without_a_face_counts_as_a_person() -> None:
    found = cues_of(a("person"), faces=0)
    assert "backs" in found
    assert "nobody" not in found
    assert "nobody" in cues_of(a("cup"), faces=0)
    assert "backs" not in cues_of(a("person"))  # faces unknown: no news about them


def test_what_people_wear_and_drink_is_theirs_and_the_scenery_is_not() -> None:
    found = cues_of(a("person", 0.3), a("tie"), a("bottle"), a("cell phone"), a("cup"), a("cat"), a("car"))
    allowed = {id for id, cue in found.items() if permits(cue, Policy(), gentle=True)}
    assert {"cup", "pet", "vehicle"} <= allowed
    assert not {"tie", "drink", "phone", "upstaged"} & allowed


def test_every_label_in_the_rules_is_one_that_there_is_and_has_one_kind() -> None:
    told = [*PETS, *(label for prop in PROPS for label in prop.labels)]
    assert set(told) <= set(get_args(ObjectLabel))
    assert len(told) == len(set(told))
    assert set(WILDLIFE) <= set(told)


@given(st.lists(st.builds(a, st.sampled_from(get_args(ObjectLabel)), st.floats(1e-6, 1), st.floats(0, 1)), max_size=12))
def test_for_any_objects_the_cues_are_sound(seen: list[SeenObject]) -> None:
    found = cues_of(*seen, faces=1)
    assert all(0 <= cue.salience <= 1 for cue in found.values())
    assert not {"pet", "pet_star"} <= set(found)
    assert not {"tie", "ties"} <= set(found)
