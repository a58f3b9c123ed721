"""Explicit pictures: NudeNet's own arithmetic, and thresholds that keep the harmless harmless."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nudenet import NudeDetector
from nudenet import nudenet as upstream
from pictures import Open
from shown import FACES

from analyzers.base import Photo, quick_fit, wiring
from analyzers.body.explicit import THRESHOLDS, ExplicitAnalyzer, decide
from analyzers.inference.nudenet import INPUT_SIZE, Candidates, Region, detector, input_side
from bus.findings import Box

CLASSES = tuple(getattr(upstream, "__labels"))
HARMLESS = sorted(set(CLASSES) - set(THRESHOLDS))
SOMEWHERE = Box(x=10, y=20, w=30, h=40)


def seen(label: str, score: float) -> Region:
    return Region(label, score, SOMEWHERE)


@pytest.mark.parametrize("label", sorted(THRESHOLDS))
def test_an_intimate_part_that_is_clearly_seen_makes_a_photo_explicit(label: str) -> None:
    verdict = decide([seen("FACE_FEMALE", 0.9), seen(label, 0.8)])
    assert verdict.explicit
    assert [(ground.label, ground.box) for ground in verdict.regions] == [(label.lower(), SOMEWHERE)]


@pytest.mark.parametrize("label", sorted(THRESHOLDS))
def test_what_only_might_be_one_does_not(label: str) -> None:
    assert not decide([seen(label, THRESHOLDS[label] - 0.01)]).explicit


@pytest.mark.parametrize("label", HARMLESS)
def test_every_other_class_never_does(label: str) -> None:
    verdict = decide([seen(label, 1.0)])
    assert not verdict.explicit
    assert verdict.regions == ()


def test_chests_of_men_bellies_feet_and_armpits_are_among_the_harmless() -> None:
    assert {"MALE_BREAST_EXPOSED", "BELLY_EXPOSED", "FEET_EXPOSED", "ARMPITS_EXPOSED"} <= set(HARMLESS)


def test_buttocks_ask_for_more_certainty_than_the_rest() -> None:
    others = [score for label, score in THRESHOLDS.items() if label != "BUTTOCKS_EXPOSED"]
    assert THRESHOLDS["BUTTOCKS_EXPOSED"] > max(others)


@given(st.lists(st.builds(seen, st.sampled_from(CLASSES), st.floats(0, 1))))
def test_the_verdict_stands_on_its_grounds_and_their_order_on_certainty(regions: list[Region]) -> None:
    verdict = decide(regions)
    assert verdict.explicit == bool(verdict.regions)
    assert [ground.score for ground in verdict.regions] == sorted((g.score for g in verdict.regions), reverse=True)
    assert {ground.label.upper() for ground in verdict.regions} <= set(THRESHOLDS)


def test_the_thresholds_name_classes_that_the_model_has() -> None:
    assert detector().labels == CLASSES
    assert set(THRESHOLDS) <= set(CLASSES)


PHOTOS = [path for path in FACES if path != "orientation/portrait_6.jpg"]  # that one is portrait_1, turned


@pytest.mark.parametrize("path", PHOTOS)
def test_none_of_the_photos_is_explicit(open_photo: Open, path: str) -> None:
    assert not ExplicitAnalyzer({}).analyze(open_photo(path)).explicit


@pytest.mark.parametrize(
    "path", ["people/astronaut.png", "people/bus.jpg", "people/two_people.jpg", "people/hopper.jpg"]
)
def test_the_model_sees_what_nudenets_own_detector_sees(open_photo: Open, path: str) -> None:
    photo = open_photo(path)
    side = input_side(photo.width, photo.height)
    small, factor = quick_fit(photo.rgb, side)
    theirs = NudeDetector(inference_resolution=side).detect(small)  # given RGB, it feeds its model RGB
    ours = detector().detect(photo).regions()
    assert [region.label for region in ours] == [region["class"] for region in theirs] != []
    assert [region.score for region in ours] == pytest.approx([region["score"] for region in theirs], abs=1e-4)
    for region, other in zip(ours, theirs, strict=True):
        box = np.array([region.box.x, region.box.y, region.box.w, region.box.h])
        assert np.abs(box * factor - other["box"]).max() < 1.5


def test_photos_are_not_enlarged_beyond_the_models_own_size() -> None:
    assert (input_side(128, 128), input_side(321, 200)) == (320, INPUT_SIZE)


def test_one_photo_is_looked_at_once(open_photo: Open) -> None:
    photo = open_photo("people/hopper.jpg")
    assert detector().detect(photo) is detector().detect(photo)
    assert detector() is detector()


def test_the_models_metadata_still_lists_eighteen_classes() -> None:
    names = detector()._session.get_modelmeta().custom_metadata_map["names"]
    assert len(ast.literal_eval(names)) == 18


def test_the_better_class_of_overlapping_boxes_stays() -> None:
    boxes = np.array([[0, 0, 100, 100], [4, 4, 100, 100], [300, 300, 50, 50]], np.float32)
    scores = np.array([[0.6, 0.1], [0.2, 0.9], [0.5, 0.0]], np.float32)
    regions = Candidates(boxes, scores, ("one", "two")).regions()
    assert [(region.label, round(region.score, 1)) for region in regions] == [("two", 0.9), ("one", 0.5)]


def test_merged_classes_take_the_best_of_their_scores() -> None:
    boxes = np.array([[0, 0, 100, 100], [300, 300, 50, 50]], np.float32)
    scores = np.array([[0.3, 0.5, 0.9], [0.1, 0.2, 0.9]], np.float32)
    (face,) = Candidates(boxes, scores, ("a", "b", "c")).merged(("a", "b"), "face", 0.4)
    assert (face.label, round(face.score, 1)) == ("face", 0.5)


def test_odd_photos_are_not_explicit_and_do_no_harm(odd_photo: Photo) -> None:
    assert not ExplicitAnalyzer({}).analyze(odd_photo).explicit


def test_it_waits_for_nothing() -> None:
    assert wiring(ExplicitAnalyzer).name == "explicit"
    assert wiring(ExplicitAnalyzer).needs == ()
