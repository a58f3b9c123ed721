"""Pose: what a person sees in the real photos, and landmarks equal to those of MediaPipe called by hand."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pictures import Make, Open, mirrored
from shown import NOBODY

from analyzers.base import Photo, wiring
from analyzers.body.pose import PoseAnalyzer
from analyzers.face.faces import FacesAnalyzer
from analyzers.inference.crops import Crop, resized
from analyzers.scene.objects import ObjectsAnalyzer
from bus.findings import Box, Faces, Objects, PersonPose, Pose, Posture, SeenObject

See = Callable[[Photo], tuple[Objects, Faces]]

STANCES = {"standing", "sitting", "lying", "walking", "kneeling"}

TRUTHS: dict[str, list[set[Posture]]] = {
    "people/astronaut.png": [set()],  # to the waist: whether she sits or stands is not in the photo
    "people/zidane.jpg": [set(), set()],
    "people/portrait_official.jpg": [{"arms_crossed"}],
    "people/portrait_official_2.jpg": [{"arms_crossed", "standing"}],
    "people/two_people.jpg": [{"arms_crossed"}, {"arms_crossed"}],
    "people/low_resolution.jpg": [{"arms_crossed"}],
    "people/portrait_same_person.jpg": [set()],  # behind a microphone; more people at the edges have no body to see
    "people/partial_face.jpg": [set()],
    "people/hopper.jpg": [set()],
}


@pytest.fixture(scope="module")
def analyzer(poser: PoseAnalyzer) -> PoseAnalyzer:
    return poser


@pytest.fixture(scope="module")
def see(spotter: ObjectsAnalyzer, finder: FacesAnalyzer) -> See:
    """What the analyzers before this one find."""
    return lambda photo: (spotter.analyze(photo), finder.analyze(photo))


def person(x: float, y: float, w: float, h: float) -> SeenObject:
    return SeenObject(label="person", score=0.9, box=Box(x=x, y=y, w=w, h=h), size=0.5)


@pytest.mark.parametrize(("path", "truth"), TRUTHS.items())
def test_each_body_does_what_a_person_sees(
    analyzer: PoseAnalyzer, see: See, open_photo: Open, path: str, truth: list[set[Posture]]
) -> None:
    photo = open_photo(path)
    people = analyzer.analyze(photo, *see(photo)).people
    assert [set(each.postures) for each in people] == truth
    assert {each.face for each in people} == set(range(len(truth)))
    assert {each.facing for each in people} == {"camera"}


def test_in_the_street_they_stand_or_walk(analyzer: PoseAnalyzer, see: See, open_photo: Open) -> None:
    photo = open_photo("people/bus.jpg")
    objects, faces = see(photo)
    people = analyzer.analyze(photo, objects, faces).people
    assert len(people) == 2
    for each in people:
        assert len({"standing", "walking"} & set(each.postures)) == 1
        assert each.visible == ("head", "torso", "arms", "legs", "feet")
        assert each.lean == pytest.approx(0, abs=8)
        assert each.person is not None
        assert objects.objects[each.person].label == "person"
        feet = each.points[[27, 28], 1]
        assert (feet > 780).all()
        assert (feet < 890).all()  # on the pavement
    assert "arms_crossed" in people[0].postures  # the one in the beige coat


@pytest.mark.parametrize("path", NOBODY)
def test_no_skeleton_is_found_where_there_are_no_people(
    analyzer: PoseAnalyzer, see: See, open_photo: Open, path: str
) -> None:
    photo = open_photo(path)
    assert analyzer.analyze(photo, *see(photo)) == Pose()
    assert analyzer.analyze(photo, Objects(), Faces()) == Pose()


def test_photos_of_nothing_hold_no_one(analyzer: PoseAnalyzer, odd_photo: Photo) -> None:
    assert analyzer.analyze(odd_photo, Objects(), Faces()) == Pose()


@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (-500, -500, 300, 300), (5000, 10, 50, 50), (-1e6, -1e6, 2e6, 2e6), (10, 10, 0, 0)]
)
def test_boxes_from_anywhere_are_borne(analyzer: PoseAnalyzer, odd_photo: Photo, box: tuple[float, ...]) -> None:
    assert analyzer.analyze(odd_photo, Objects(objects=(person(*box),)), Faces()).people == ()


@pytest.mark.parametrize(
    "path", ["astronaut.png", "bus.jpg", "portrait_official.jpg", "portrait_official_2.jpg", "two_people.jpg"]
)
def test_eyes_and_mouth_are_where_another_network_sees_them(
    analyzer: PoseAnalyzer, see: See, open_photo: Open, path: str
) -> None:
    photo = open_photo(f"people/{path}")
    objects, faces = see(photo)
    for each in analyzer.analyze(photo, objects, faces).people:
        assert each.face is not None
        face = faces.faces[each.face]
        ours = each.points[[5, 2, 0, 10, 9], :2]  # the subject's right eye first, as YuNet has it
        assert np.abs(ours - np.array(face.landmarks)).max() < 0.25 * face.box.h


def test_left_and_right_are_the_subjects_own_and_change_in_a_mirror(
    analyzer: PoseAnalyzer, see: See, open_photo: Open
) -> None:
    photo = open_photo("people/portrait_official.jpg")
    other = mirrored(photo)
    (here,) = analyzer.analyze(photo, *see(photo)).people
    (there,) = analyzer.analyze(other, *see(other)).people
    assert here.points[11, 0] > here.points[12, 0]  # who faces us has the left shoulder on our right
    for left, right in ((11, 12), (2, 5), (9, 10)):
        assert there.points[right, 0] == pytest.approx(photo.width - here.points[left, 0], abs=0.05 * photo.width)
        assert there.points[right, 1] == pytest.approx(here.points[left, 1], abs=0.05 * photo.height)
    assert set(there.postures) == {"arms_crossed"}


def test_the_landmarks_are_those_of_mediapipe_called_by_hand(
    analyzer: PoseAnalyzer, see: See, open_photo: Open, mirror: Path
) -> None:
    photo = open_photo("people/zidane.jpg")
    objects, faces = see(photo)
    ours = next(each for each in analyzer.analyze(photo, objects, faces).people if each.person == 0)
    box = objects.objects[0].box
    x0, x1 = round(max(0, box.x - 0.1 * box.w)), round(min(photo.width, box.x + 1.1 * box.w))
    y0, y1 = round(max(0, box.y - 0.1 * box.h)), round(min(photo.height, box.y + 1.1 * box.h))
    part = cv2.cvtColor(photo.bgr, cv2.COLOR_BGR2RGB)[y0:y1, x0:x1]
    factor = 640 / max(part.shape[:2])
    part = cv2.resize(
        part, (round(part.shape[1] * factor), round(part.shape[0] * factor)), interpolation=cv2.INTER_AREA
    )
    theirs = by_hand(mirror, part)
    distances = [np.linalg.norm(each[:, :2] * (x1 - x0, y1 - y0) + (x0, y0) - ours.points[:, :2], axis=1).max()
                 for each in theirs]  # fmt: skip
    best = theirs[int(np.argmin(distances))]
    assert min(distances) < 1.5
    assert np.allclose(best[:, 3], ours.points[:, 3], atol=0.01)
    assert np.allclose(best[:, 2] * (x1 - x0), ours.points[:, 2], atol=2)


def by_hand(mirror: Path, rgb: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """[33, 4] x, y, z in shares of the width and height, and visibility, of each pose in the picture."""
    vision = importlib.import_module("mediapipe.tasks.python.vision")
    base = importlib.import_module("mediapipe.tasks.python.core.base_options")
    picture = importlib.import_module("mediapipe.tasks.python.vision.core.image")
    bundle = mirror / "derived/pose_landmarker_lite_assembled.task"
    options = vision.PoseLandmarkerOptions(base.BaseOptions(model_asset_buffer=bundle.read_bytes()), num_poses=2)
    with vision.PoseLandmarker.create_from_options(options) as task:
        found = task.detect(picture.Image(picture.ImageFormat.SRGB, rgb)).pose_landmarks
    return [np.array([(p.x, p.y, p.z, p.visibility) for p in each]) for each in found]


def test_small_people_are_looked_at_closely(analyzer: PoseAnalyzer, open_photo: Open, see: See, photo_of: Make) -> None:
    photo = open_photo("people/bus.jpg")
    small = photo_of(cv2.resize(photo.bgr, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA))
    objects = Objects(objects=tuple(person(*(0.3 * v for v in b)) for b in ((53, 398, 164, 505), (222, 401, 125, 449))))
    large = analyzer.analyze(photo, *see(photo)).people
    for there, here in zip(analyzer.analyze(small, objects, Faces()).people, large, strict=True):
        assert np.abs(there.points[[0, 11, 12, 23, 24], :2] / 0.3 - here.points[[0, 11, 12, 23, 24], :2]).max() < 30


def test_the_same_person_in_two_boxes_is_one(analyzer: PoseAnalyzer, open_photo: Open) -> None:
    photo = open_photo("people/portrait_official.jpg")
    twice = Objects(objects=(person(53, 31, 808, 1085), person(70, 45, 780, 1050)))
    assert [each.person for each in analyzer.analyze(photo, twice, Faces()).people] == [0]


def test_a_box_does_not_get_the_skeleton_of_another_person(analyzer: PoseAnalyzer, open_photo: Open, see: See) -> None:
    photo = open_photo("people/astronaut.png")
    shuttle = Objects(objects=(person(360, 0, 140, 330),))
    assert analyzer.analyze(photo, shuttle, Faces()).people == ()
    neighbour = open_photo("people/zidane.jpg")
    objects, faces = see(neighbour)
    for each in analyzer.analyze(neighbour, objects, faces).people:
        assert each.person is not None
        box, nose = objects.objects[each.person].box, each.points[0]
        assert box.x < nose[0] < box.x + box.w
        assert each.face == {0: 0, 1: 1}[each.person]


def test_who_is_known_by_face_alone_has_a_body_too(analyzer: PoseAnalyzer, open_photo: Open, see: See) -> None:
    photo = open_photo("people/portrait_official.jpg")
    _, faces = see(photo)
    (only,) = analyzer.analyze(photo, Objects(), faces).people
    assert (only.person, only.face) == (None, 0)
    assert {"head", "torso"} <= set(only.visible)


def test_a_body_found_by_its_face_belongs_to_the_person_around_it(
    analyzer: PoseAnalyzer, open_photo: Open, see: See
) -> None:
    photo = open_photo("people/portrait_same_person.jpg")  # a lectern hides the body: the face leads to it
    objects, faces = see(photo)
    assert analyzer.analyze(photo, objects, Faces()).people == ()
    (speaker,) = analyzer.analyze(photo, objects, faces).people
    assert (speaker.person, speaker.face) == (0, 0)


def test_where_nothing_is_known_the_whole_photo_is_looked_at(analyzer: PoseAnalyzer, open_photo: Open) -> None:
    people = analyzer.analyze(open_photo("people/two_people.jpg"), Objects(), Faces()).people
    assert [(each.person, each.face) for each in people] == [(None, None), (None, None)]


def test_of_a_crowd_the_eight_largest_are_described(analyzer: PoseAnalyzer, open_photo: Open, photo_of: Make) -> None:
    one = cv2.resize(open_photo("people/portrait_official.jpg").bgr, (240, 300), interpolation=cv2.INTER_AREA)
    crowd = photo_of(np.tile(one, (2, 5, 1)))
    boxes = tuple(person(240 * x + 14, 300 * y + 8, 213, 287) for y in range(2) for x in range(5))
    people = analyzer.analyze(crowd, Objects(objects=boxes), Faces()).people
    assert sorted(each.person for each in people if each.person is not None) == list(range(8))
    areas = [each.box.w * each.box.h for each in people]
    assert areas == sorted(areas, reverse=True)


def test_boxes_hold_the_landmarks_that_are_seen(analyzer: PoseAnalyzer, see: See, open_photo: Open) -> None:
    photo = open_photo("people/two_people.jpg")

    def inside(each: PersonPose) -> NDArray[np.bool_]:
        x, y = each.points[:, 0], each.points[:, 1]
        right, bottom = each.box.x + each.box.w, each.box.y + each.box.h
        return (each.box.x - 0.01 <= x) & (x <= right + 0.01) & (each.box.y - 0.01 <= y) & (y <= bottom + 0.01)

    for each in analyzer.analyze(photo, *see(photo)).people:
        in_photo = (each.points[:, :2] >= 0).all(1) & (each.points[:, :2] <= (photo.width, photo.height)).all(1)
        assert inside(each)[(each.points[:, 3] >= 0.5) & in_photo].all()
        assert each.points.shape == (33, 4)


def test_a_resized_crop_still_leads_back_to_the_photo() -> None:
    part = Crop(np.zeros((50, 100, 3), np.uint8), 30.0, 40.0)
    for made, size, factor in (
        (resized(part, 100, 1000), (100, 200), 2),
        (resized(part, 10, 50), (25, 50), 0.5),
        (resized(part, 200, 100), (50, 100), 1),
    ):
        assert made.pixels.shape[:2] == size
        assert made.to_photo(np.array([[10.0 * factor, 20 * factor, 6 * factor]])).tolist() == [[40, 60, 6]]


def test_it_waits_for_objects_and_faces() -> None:
    wired = wiring(PoseAnalyzer)
    assert (wired.name, set(wired.needs), wired.takes_photo) == ("pose", {"objects", "faces"}, True)
    assert PoseAnalyzer.accepts_empty
