"""The cues of places, backgrounds and juries."""

from __future__ import annotations

from functools import partial
from typing import Any

import findings
import pytest
from findings import background, quality

from aggregator.roast.findings_view import FindingsView
from aggregator.roast.places import LABELS, LIKELY, PLACES, where
from aggregator.roast.rules.contrasts import FESTIVE, GRAND, HOMELY
from aggregator.roast.rules.intent import MIRROR_ROOMS
from aggregator.roast.rules.setting import HIGH, LOW, SPLIT
from bus.findings import (
    Aesthetics,
    Age,
    Background,
    BodyRatios,
    BodyType,
    Box,
    Distraction,
    FaceAge,
    Objects,
    PersonBody,
    Place,
    ScenePlace,
    SeenObject,
)
from bus.roast.policy import Policy, permits

cues_of = partial(findings.cues_of, ref=findings.SQUARE)
BOX = Box(x=100, y=100, w=200, h=400)


def place(*places: tuple[str, float], indoor: float = 1.0) -> ScenePlace:
    return ScenePlace(places=tuple(Place(label=label, score=score) for label, score in places), indoor=indoor)


def seen(*labels: str, size: float = 0.2, score: float = 0.9) -> Objects:
    return Objects(objects=tuple(SeenObject(label=each, score=score, box=BOX, size=size) for each in labels))


def jury(mean: float, spread: float = 1.4) -> Aesthetics:
    return Aesthetics(mean=mean, spread=spread, votes=(0.1,) * 10)


def test_every_category_has_one_place_and_every_name_of_a_place_is_plain() -> None:
    assert len(LABELS) == sum(len(labels) for labels in PLACES.values())
    assert all(name.replace(" ", "").isalpha() and name.isascii() for name in PLACES)


def test_the_places_that_rules_speak_of_are_places() -> None:
    assert {*HOMELY, *GRAND, *FESTIVE, *MIRROR_ROOMS} <= set(PLACES)
    assert not set(HOMELY) & set(GRAND)


def test_the_categories_are_those_of_places365(mirror: Any) -> None:
    lines = (mirror / "labels" / "categories_places365.txt").read_text().splitlines()
    assert set(LABELS) <= {line.split()[0][3:] for line in lines}


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("bathroom", "bathroom"), ("gymnasium/indoor", "gym"), ("car_interior", "car_cabin"), ("bedroom", "bedroom"),
        ("office", "office"), ("kitchen", "kitchen"), ("crosswalk", "street"), ("stage/outdoor", "stage"),
    ],
)  # fmt: skip
def test_the_eight_places_have_kinds_of_their_own(label: str, kind: str) -> None:
    found = cues_of(place((label, 0.7)))
    assert found[kind].evidence == ("scene.places.0.label", "scene.places.0.score")
    assert "setting" not in found


def test_other_places_are_named_and_unspeakable_ones_are_not() -> None:
    assert cues_of(place(("beach", 0.6)))["setting"].values == {"place": "beach"}
    assert cues_of(place(("hospital_room", 0.9))) == {}
    assert cues_of(place(("cemetery", 0.05))) == {}


def test_categories_of_a_group_add_up() -> None:
    half = LIKELY * 0.6
    assert cues_of(place(("bedroom", half), ("beach", half), ("hotel_room", half)))["bedroom"].evidence[2:] == (
        "scene.places.2.label",
        "scene.places.2.score",
    )
    assert "bedroom" not in cues_of(place(("bedroom", half)))


def test_an_unlikely_guess_is_worded_as_one() -> None:
    assert cues_of(place(("beach", 0.06)))["nowhere"].values == {"place": "beach"}


@pytest.mark.parametrize(
    ("things", "kind"),
    [
        (("toilet",), "bathroom"), (("bed",), "bedroom"), (("oven",), "kitchen"), (("refrigerator",), "kitchen"),
        (("laptop", "keyboard", "mouse"), "office"), (("traffic light",), "street"), (("car", "bus", "car"), "street"),
    ],
)  # fmt: skip
def test_things_tell_the_place_when_nothing_else_does_and_with_less_weight(things: tuple[str, ...], kind: str) -> None:
    by_things = cues_of(seen(*things))[kind]
    assert "things in it suggest" in by_things.text
    assert by_things.salience < cues_of(place(({"street": "street"}.get(kind, kind), 1.0)))[kind].salience
    assert kind not in cues_of(seen(*things), place(("beach", 0.9)))


def test_a_few_things_make_no_place() -> None:
    assert not {"office", "street", "bedroom", "bathroom"} & set(cues_of(seen("laptop", "car", "car")))
    assert "bedroom" not in cues_of(seen("bed", size=0.01))
    assert "bathroom" not in cues_of(seen("toilet", score=0.3))
    assert where(FindingsView(findings.SQUARE)) is None


def test_an_umbrella_is_news_only_indoors() -> None:
    assert "indoor_umbrella" in cues_of(seen("umbrella"), place(("lobby", 0.5), indoor=0.95))
    assert "indoor_umbrella" not in cues_of(seen("umbrella"), place(("street", 0.5), indoor=0.1))


@pytest.mark.parametrize(
    ("kind", "finding"),
    [
        ("messy_background", background(clutter=0.5)),
        ("plain_background", background(clutter=0.0)),
        ("bokeh", background(blur="blurred", sharpness_ratio=5.0)),
        ("background_wins", background(blur="sharp", sharpness_ratio=0.2)),
        ("bright_spot", background(distractions=(Distraction(object=None, box=BOX, reason="bright"),))),
    ],
)
def test_the_background_is_told(kind: str, finding: Background) -> None:
    assert set(cues_of(finding)) == {kind}
    assert cues_of(finding.model_copy(update={"person_share": 0.0})) == {}
    assert cues_of(background()) == {}


@pytest.mark.parametrize(("reason", "kind"), [("object", "distraction"), ("from_head", "from_head")])
def test_a_distraction_is_named_by_the_thing_that_it_is(reason: Any, kind: str) -> None:
    spot = Distraction(object=1, box=BOX, reason=reason)
    found = cues_of(background(distractions=(spot, spot)), seen("person", "tv"))
    assert found[kind].values == {"thing": "television"}
    assert found[kind].evidence == ("background.distractions.0.reason", "objects.objects.1.label")
    assert kind not in cues_of(background(distractions=(spot,)))
    people = cues_of(background(distractions=(spot,)), seen("person", "person"))
    assert "distraction" not in people


@pytest.mark.parametrize(
    ("finding", "kind"),
    [
        (jury(LOW), "jury_low"),
        (jury(HIGH), "jury_high"),
        (jury(5.1), "jury_shrug"),
        (jury(4, SPLIT + 0.1), "jury_split"),
    ],
)
def test_a_jury_is_hard_kind_bored_or_divided(finding: Aesthetics, kind: str) -> None:
    assert set(cues_of(finding)) == {kind}
    assert cues_of(jury(5.6)) == {}


def test_a_jury_surprises() -> None:
    blurred, sharp = quality(blur="blurred"), quality()
    assert cues_of(jury(6.2), blurred)["jury_fooled"].values == {"mark": "6.2", "flaw": "blurred"}
    assert cues_of(jury(3.9), sharp)["jury_competent"].values == {"mark": "3.9"}
    assert "jury_fooled" not in cues_of(jury(6.2), sharp)


def test_years_are_told_as_intervals_or_decades_and_only_where_allowed() -> None:
    wide, narrow = FaceAge(face=0, age=40, low=33, high=48), FaceAge(face=1, age=67, low=64, high=70)
    found = cues_of(Age(faces=(wide, narrow)))
    assert found["face.0.ageless"].values == {"years": "15"}
    assert found["face.1.decade_guess"].values == {"decade": "sixties"}
    assert found["generations"].values == {"years": "27"}
    for cue in found.values():
        assert not permits(cue, Policy())
        assert permits(cue, Policy(age_jokes=True))
        assert not permits(cue, Policy(age_jokes=True), gentle=True)


def test_outlines_are_figures_of_geometry_or_none_and_only_where_allowed() -> None:
    def body(label: Any) -> BodyType:
        return BodyType(people=(PersonBody(person=0, ratios=BodyRatios(), label=label, score=0.5, method="rules"),))

    assert cues_of(body("inverted_triangle"))["geometry"].values == {"shape": "inverted triangle"}
    assert set(cues_of(body(None))) == {"no_geometry"}
    assert not permits(cues_of(body("rectangle"))["geometry"], Policy())
    assert permits(cues_of(body("rectangle"))["geometry"], Policy(body_jokes=True))
