"""Gestures: the hands that a person sees in the real photos, whose they are, and MediaPipe called by hand."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import Open, mirrored
from shown import NOBODY

from analyzers.base import Photo, wiring
from analyzers.body.arms import Arm, owner
from analyzers.body.gestures import LABELS, GesturesAnalyzer, settle
from bus.findings import Box, GestureLabel, Gestures, Hand, PersonPose, Pose

See = Callable[[Photo], Pose]

NONE = (
    "people/astronaut.png",  # gloves, below the edge
    "people/portrait_same_person.jpg",
    "people/hopper.jpg",
    *NOBODY,
)


@pytest.fixture(scope="module")
def analyzer(mirror: Path) -> Iterator[GesturesAnalyzer]:
    made = GesturesAnalyzer({"gesture_recognizer": mirror / "derived/gesture_recognizer_lite_assembled.task"})
    yield made
    made._task.close()  # a task that a failed test keeps alive can hang the interpreter's end


@pytest.fixture(scope="module")
def see(see_poses: See) -> See:
    return see_poses


def middle(hand: Hand) -> tuple[float, float]:
    return hand.box.x + hand.box.w / 2, hand.box.y + hand.box.h / 2


def test_one_of_the_two_men_points(analyzer: GesturesAnalyzer, see: See, open_photo: Open) -> None:
    photo = open_photo("people/zidane.jpg")
    (hand,) = analyzer.analyze(photo, see(photo)).hands
    assert (hand.gesture, hand.side) == ("pointing", "left")
    x, y = middle(hand)
    assert 1050 < x < 1140
    assert 410 < y < 490
    tip = hand.points[8]
    assert tip[0] == max(hand.points[:, 0]) == pytest.approx(1150, abs=20)
    assert hand.person is None  # it lies on the other man's chest: no guess whose it is


def test_two_hands_of_one_man_in_the_street(analyzer: GesturesAnalyzer, see: See, open_photo: Open) -> None:
    photo = open_photo("people/bus.jpg")
    pose = see(photo)
    hands = {each.side: each for each in analyzer.analyze(photo, pose).hands}
    assert set(hands) == {"left", "right"}
    assert {each.person for each in hands.values()} == {1}
    assert middle(hands["left"]) == (pytest.approx(265, abs=25), pytest.approx(520, abs=25))  # at his chest
    assert middle(hands["right"]) == (pytest.approx(268, abs=25), pytest.approx(665, abs=25))
    other = mirrored(photo)
    there = {each.side: each for each in analyzer.analyze(other, see(other)).hands}
    assert middle(there["right"])[0] == pytest.approx(photo.width - middle(hands["left"])[0], abs=15)
    assert middle(there["left"])[1] == pytest.approx(middle(hands["right"])[1], abs=15)


@pytest.mark.parametrize("path", ["people/portrait_official.jpg", "people/low_resolution.jpg"])
def test_the_hand_on_the_sleeve_is_the_right_one_and_in_a_mirror_the_left(
    analyzer: GesturesAnalyzer, see: See, open_photo: Open, path: str
) -> None:
    photo = open_photo(path)
    for each, side in ((photo, "right"), (mirrored(photo), "left")):
        (hand,) = analyzer.analyze(each, see(each)).hands
        assert (hand.side, hand.person, hand.gesture) == (side, 0, None)


@pytest.mark.parametrize("path", NONE)
def test_no_hand_is_made_up(analyzer: GesturesAnalyzer, see: See, open_photo: Open, path: str) -> None:
    photo = open_photo(path)
    assert analyzer.analyze(photo, see(photo)) == Gestures()
    assert analyzer.analyze(photo, Pose()) == Gestures()


def a_person(points: np.ndarray) -> PersonPose:
    return PersonPose(person=None, box=Box(x=0, y=0, w=1, h=1), points=points, visible=())


def test_photos_of_nothing_and_wrists_anywhere_are_borne(analyzer: GesturesAnalyzer, odd_photo: Photo) -> None:
    rng = np.random.default_rng(7)
    for spread in (0, 1, 300, 1e5):
        points = rng.normal(100, spread, (33, 4)).astype(np.float32)
        points[:, 3] = 1
        assert analyzer.analyze(odd_photo, Pose(people=(a_person(points),))).hands == ()


def test_the_landmarks_are_those_of_mediapipe_called_by_hand(
    analyzer: GesturesAnalyzer, open_photo: Open, mirror: Path
) -> None:
    photo = open_photo("people/zidane.jpg")
    points = np.zeros((33, 4), np.float32)
    points[[15, 17, 19]] = (1080, 440, 0, 1)  # a left hand there, of somebody 300 px from hips to shoulders
    points[[11, 12], :2], points[[23, 24], :2] = (1000, 300), (1000, 600)
    points[[11, 12, 23, 24], 3] = 1
    (ours,) = analyzer.analyze(photo, Pose(people=(a_person(points),))).hands
    part = np.ascontiguousarray(cv2.cvtColor(photo.bgr, cv2.COLOR_BGR2RGB)[290:590, 930:1230])
    vision = importlib.import_module("mediapipe.tasks.python.vision")
    base = importlib.import_module("mediapipe.tasks.python.core.base_options")
    picture = importlib.import_module("mediapipe.tasks.python.vision.core.image")
    bundle = mirror / "derived/gesture_recognizer_lite_assembled.task"
    options = vision.GestureRecognizerOptions(base.BaseOptions(model_asset_buffer=bundle.read_bytes()), num_hands=4)
    with vision.GestureRecognizer.create_from_options(options) as task:
        found = task.recognize(picture.Image(picture.ImageFormat.SRGB, part))
    theirs = np.array([(p.x * 300 + 930, p.y * 300 + 290, p.z * 300) for p in found.hand_landmarks[0]])
    assert np.abs(theirs - ours.points).max() < 0.1
    assert (ours.person, ours.side) == (0, "left")
    assert ours.score == pytest.approx(found.handedness[0][0].score, abs=1e-3)


def test_a_hand_seen_from_both_wrists_is_one(analyzer: GesturesAnalyzer, open_photo: Open) -> None:
    photo = open_photo("people/zidane.jpg")
    points = np.zeros((33, 4), np.float32)
    points[[15, 17, 19]], points[[16, 18, 20]] = (1130, 440, 0, 1), (1020, 440, 0, 1)
    points[[11, 12], :2], points[[23, 24], :2] = (1000, 300), (1000, 600)
    points[[11, 12, 23, 24], 3] = 1
    assert len(analyzer.analyze(photo, Pose(people=(a_person(points),))).hands) == 1


def fingers(*stretched: int) -> np.ndarray:
    """[21, 3] with the numbered fingers (thumb 0) straight up in the photo, the others folded back."""
    made = np.zeros((21, 3))
    for finger in range(5):
        ys = (-40, -80, -110, -130) if finger in stretched else (-40, -60, -40, -20)
        for joint, y in enumerate(ys):
            made[1 + 4 * finger + joint] = (20 * finger, y, 0)
    return made


@pytest.mark.parametrize(
    ("shape", "named", "score", "expected"),
    [
        (fingers(1, 2), "victory", 0.8, ("victory", 0.8)),
        (fingers(1, 2), "victory", 0.4, (None, 0.0)),
        (fingers(1, 2, 3, 4), "fist", 0.9, (None, 0.0)),
        (fingers(), "open_palm", 0.9, (None, 0.0)),
        (fingers(0), "thumb_up", 0.7, ("thumb_up", 0.7)),
        (fingers(0), "thumb_down", 0.7, (None, 0.0)),
        (fingers(0) * (1, -1, 1), "thumb_down", 0.7, ("thumb_down", 0.7)),
        (fingers(1), None, 0.9, ("pointing_up", 0.0)),
        (fingers(1)[:, [1, 0, 2]], None, 0.9, ("pointing", 0.0)),
        (fingers(1), "victory", 0.9, ("pointing_up", 0.0)),
        (fingers(1, 2, 3, 4), None, 0.0, (None, 0.0)),
    ],
)
def test_the_fingers_bear_a_gesture_out_or_they_do_not(
    shape: np.ndarray, named: GestureLabel | None, score: float, expected: tuple[GestureLabel | None, float]
) -> None:
    assert settle(shape, shape, named, score) == expected


def test_the_networks_classes_are_known(mirror: Path) -> None:
    assert set(LABELS) == {"Closed_Fist", "Open_Palm", "Pointing_Up", "Thumb_Down", "Thumb_Up", "Victory", "ILoveYou"}
    assert len(set(LABELS.values())) == 7


def an_arm(person: int, side: str, end: tuple[float, float], seen: bool = True) -> Arm:
    shoulder = np.array([1000.0 * person, 0.0])
    return Arm(person, side, shoulder, np.array(end), seen, 100.0)  # type: ignore[arg-type]


def test_a_hand_belongs_to_the_arm_that_ends_there() -> None:
    arms = [an_arm(0, "left", (80, 100)), an_arm(0, "right", (-80, 100)), an_arm(1, "left", (1080, 100))]
    assert owner(np.array([75.0, 110.0]), 19, "right", arms) == (0, "left")  # the arm says so, whatever the network
    assert owner(np.array([1060.0, 110.0]), 19, "left", arms) == (1, "left")
    assert owner(np.array([500.0, 110.0]), 19, "right", arms) == (None, "right")


def test_a_hand_too_large_or_small_for_a_person_is_not_theirs() -> None:
    arms = [an_arm(0, "left", (80, 100))]
    assert owner(np.array([80.0, 100.0]), 60, "left", arms) == (None, "left")
    assert owner(np.array([80.0, 100.0]), 4, "left", arms) == (None, "left")


def test_a_hidden_wrist_claims_no_hand() -> None:
    assert owner(np.array([80.0, 100.0]), 19, "left", [an_arm(0, "left", (80, 100), seen=False)]) == (None, "left")


def test_between_both_wrists_of_one_person_the_network_says_which() -> None:
    arms = [an_arm(0, "left", (10, 100)), an_arm(0, "right", (-10, 100))]
    assert owner(np.array([0.0, 100.0]), 19, "right", arms) == (0, "right")
    near = Arm(1, "left", np.array([90.0, 50.0]), np.array([400.0, 0.0]), False, 100.0)
    assert owner(np.array([0.0, 100.0]), 19, "right", [*arms, near]) == (None, "right")


def test_it_waits_for_pose_and_looks_even_without_one() -> None:
    wired = wiring(GesturesAnalyzer)
    assert (wired.name, set(wired.needs), wired.takes_photo) == ("gestures", {"pose"}, True)
    assert GesturesAnalyzer.accepts_empty
