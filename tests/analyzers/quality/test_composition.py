"""Framing, tilt, emptiness and symmetry of real photos, with and without faces."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pictures import Open, Picture, as_photo

from analyzers.base import Photo
from analyzers.face.faces import FacesAnalyzer
from analyzers.quality.composition import (
    CompositionAnalyzer,
    centered_score,
    frame_head,
    head_tilt,
    orientation,
    symmetry,
    thirds_score,
)
from bus.findings import Box, Composition, Face, Faces

BUILT = (
    "people/astronaut.png",
    "people/bus.jpg",
    "people/partial_face.jpg",
    "people/portrait_official.jpg",
    "exif/camera_1999.jpg",
    "exif/gps_ifd.jpg",
)
"""Photos with straight lines enough to say how the camera was held: it was held level."""

analyzer = CompositionAnalyzer({})


def look(photo: Photo | Picture, *faces: Face) -> Composition:
    return analyzer.analyze(as_photo(photo), Faces(faces=faces))


def face_at(x: float, y: float, w: float, h: float, roll: float = 0.0, cut: tuple[str, ...] = ()) -> Face:
    """A face whose eye line is turned by `roll` degrees clockwise."""
    dx, dy = 0.2 * w * math.cos(math.radians(roll)), 0.2 * w * math.sin(math.radians(roll))
    cx, cy = x + w / 2, y + 0.4 * h
    eyes = ((cx - dx, cy - dy), (cx + dx, cy + dy))
    rest = ((cx, y + 0.6 * h), (cx - dx, y + 0.8 * h), (cx + dx, y + 0.8 * h))
    return Face(box=Box(x=x, y=y, w=w, h=h), score=0.9, landmarks=eyes + rest, sharpness=100, size=0.05, cut_off=cut)


ASTRONAUT = face_at(180, 70, 90, 120)


def turned(picture: Picture, degrees: float) -> Picture:
    """The picture turned clockwise, and cropped so that no corner is missing."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    whole = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    angle = math.radians(abs(degrees))
    kept = 1 / (math.cos(angle) + math.sin(angle) * max(width / height, height / width))
    left, top = int(width * (1 - kept) / 2), int(height * (1 - kept) / 2)
    return np.ascontiguousarray(whole[top : height - top, left : width - left])


@pytest.mark.parametrize("name", BUILT)
def test_level_photos_are_level(open_photo: Open, name: str) -> None:
    found = look(open_photo(name))
    assert found.tilt == pytest.approx(0, abs=2)
    assert not found.tilted


@pytest.mark.parametrize("degrees", [8, -8, 5, -5])
@pytest.mark.parametrize("name", BUILT)
def test_turned_photos_are_tilted_by_so_much(open_photo: Open, name: str, degrees: float) -> None:
    found = look(turned(open_photo(name).bgr, degrees))
    assert found.tilted
    assert found.tilt == pytest.approx(degrees, abs=3)


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "people/zidane.jpg", "exif/iphone.heic"])
def test_fur_crowds_and_leaves_have_no_horizon(open_photo: Open, name: str) -> None:
    found = look(open_photo(name))
    assert found.tilt is None
    assert not found.tilted


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("coffee.png", 0.5, 0.5),
        ("exif/gps_ifd.jpg", 0.36, 0.66),
        ("exif/iphone.heic", 0.42, 0.64),
        ("exif/camera_1999.jpg", 0.62, 0.55),
        ("orientation/portrait_1.jpg", 0.48, 0.48),
    ],
)
def test_without_faces_the_subject_is_what_stands_out(open_photo: Open, name: str, x: float, y: float) -> None:
    photo = open_photo(name)
    found = look(photo)
    assert found.subject is not None
    assert found.subject[0] / photo.width == pytest.approx(x, abs=0.12)
    assert found.subject[1] / photo.height == pytest.approx(y, abs=0.12)
    assert found.heads == ()


def test_the_car_sits_on_the_thirds_and_the_cup_in_the_middle(open_photo: Open) -> None:
    car, cup = look(open_photo("exif/gps_ifd.jpg")), look(open_photo("coffee.png"))
    assert car.thirds > 0.7 > 0.3 > cup.thirds
    assert cup.centered > 0.6 > 0.3 > car.centered


def test_with_faces_the_subject_is_the_face(open_photo: Open) -> None:
    found = look(open_photo("people/astronaut.png"), ASTRONAUT)
    assert found.subject == (225, 130)
    (head,) = found.heads
    assert head.position == "center"
    assert head.cropped == ()
    assert 0.02 < head.headroom < 0.12
    assert head.tilt == pytest.approx(0, abs=0.01)
    assert found.orientation == "square"


def test_a_passer_by_does_not_move_the_subject_but_a_companion_does(open_photo: Open) -> None:
    photo = open_photo("people/two_people.jpg")
    main, passer_by, companion = face_at(250, 50, 100, 130), face_at(900, 300, 20, 26), face_at(850, 50, 100, 130)
    assert look(photo, main, passer_by).subject == look(photo, main).subject
    together = look(photo, main, companion).subject
    assert together is not None
    assert together[0] == pytest.approx(600, abs=1)


def test_heads_are_told_left_from_right_by_their_place_in_the_frame() -> None:
    positions = [frame_head(0, face_at(x, 200, 100, 120), 1000, 800).position for x in (50, 450, 850)]
    assert positions == ["left", "center", "right"]


def test_a_face_at_the_upper_edge_is_cropped_and_one_with_room_is_not() -> None:
    chopped = frame_head(0, face_at(400, 2, 150, 200), 1000, 800)
    assert chopped.cropped == ("top",)
    assert chopped.headroom < 0
    roomy = frame_head(1, face_at(400, 200, 150, 200), 1000, 800)
    assert roomy.cropped == ()
    assert roomy.headroom == pytest.approx(160 / 800)
    assert roomy.face == 1


@given(st.floats(-300, 700), st.floats(10, 400))
def test_a_crown_is_missing_exactly_where_the_head_counts_as_cropped(top: float, height: float) -> None:
    assume(abs(top - 0.08 * height) > 1e-6)  # at the limit itself it is a matter of rounding
    head = frame_head(0, face_at(400, top, 0.8 * height, height), 1000, 800)
    assert ("top" in head.cropped) is (top < 0.08 * height)
    assert head.headroom <= 0 if "top" in head.cropped else head.headroom >= 0


def test_heads_that_are_whole_to_a_persons_eye_are_not_cropped(open_photo: Open, finder: FacesAnalyzer) -> None:
    for name in ("two_people.jpg", "portrait_official.jpg", "portrait_official_2.jpg", "hopper.jpg", "zidane.jpg"):
        photo = open_photo(f"people/{name}")
        heads = analyzer.analyze(photo, finder.analyze(photo)).heads
        assert heads
        assert all(head.cropped == () and 0 <= head.headroom < 0.35 for head in heads)


def test_a_face_cut_off_by_an_edge_is_cropped_there_once() -> None:
    found = frame_head(0, face_at(900, 0, 100, 120, cut=("right", "top")), 1000, 800)
    assert sorted(found.cropped) == ["right", "top"]


@given(st.floats(-80, 80))
def test_the_head_tilts_as_the_eye_line_does(roll: float) -> None:
    assert head_tilt(face_at(100, 100, 200, 240, roll)) == pytest.approx(roll, abs=1e-6)


def test_without_landmarks_or_in_profile_there_is_no_head_tilt() -> None:
    face = face_at(100, 100, 200, 240)
    assert head_tilt(face.model_copy(update={"landmarks": ()})) is None
    assert head_tilt(face.model_copy(update={"landmarks": ((180, 200), (190, 230), *face.landmarks[2:])})) is None


@given(st.integers(3, 4000), st.integers(3, 4000))
def test_thirds_and_centre_are_scored_by_place(width: int, height: int) -> None:
    assert thirds_score((width / 3, 2 * height / 3), width, height) == pytest.approx(1)
    assert thirds_score((width / 2, height / 2), width, height) == pytest.approx(0, abs=1e-9)
    assert centered_score((width / 2, height / 2), width, height) == pytest.approx(1)
    assert centered_score((0, 0), width, height) == 0
    assert thirds_score(None, width, height) == centered_score(None, width, height) == 0


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1600, 900, "landscape"),
        (900, 1600, "portrait"),
        (512, 500, "square"),
        (2000, 800, "panorama"),
        (1, 9, "portrait"),
    ],
)
def test_orientation_is_the_ratio_of_the_sides(width: int, height: int, expected: str) -> None:
    assert orientation(width, height) == expected


def test_a_speck_in_a_wide_empty_picture_is_tiny_and_the_picture_too_empty() -> None:
    sky = np.full((600, 900, 3), (230, 190, 150), np.uint8)
    cv2.circle(sky, (600, 200), 12, (20, 20, 40), -1)
    found = look(sky)
    assert found.empty_space > 0.9
    assert found.too_empty
    assert found.tiny_subject
    assert found.subject == (pytest.approx(600, abs=15), pytest.approx(200, abs=15))
    assert found.thirds > 0.8


def test_busy_photos_are_not_empty(open_photo: Open) -> None:
    for name in ("people/bus.jpg", "exif/gps.jpg", "orientation/portrait_1.jpg"):
        found = look(open_photo(name))
        assert found.empty_space < 0.15
        assert not found.too_empty


def test_a_person_before_a_plain_wall_fills_the_picture_and_a_distant_one_does_not() -> None:
    wall = np.full((800, 600, 3), 200, np.uint8)
    near, far = look(wall, face_at(200, 100, 200, 260)), look(wall, face_at(300, 500, 6, 8))
    assert near.empty_space < 0.3
    assert not near.too_empty
    assert not near.tiny_subject
    assert far.too_empty
    assert far.tiny_subject


@pytest.mark.parametrize("name", ["people/bus.jpg", "people/portrait_official_2.jpg", "chelsea.png", "coffee.png"])
def test_a_photo_mirrored_onto_itself_is_symmetric_and_as_it_was_it_is_not(open_photo: Open, name: str) -> None:
    picture = open_photo(name).bgr
    half = picture[:, : picture.shape[1] // 2]
    assert symmetry(np.hstack((half, half[:, ::-1]))) > 0.98
    assert symmetry(picture) < 0.6


def test_bars_do_not_move_the_subject_out_of_the_picture(open_photo: Open) -> None:
    picture = open_photo("coffee.png").bgr
    plain, boxed = look(picture), look(cv2.copyMakeBorder(picture, 0, 0, 200, 0, cv2.BORDER_CONSTANT))
    assert plain.subject is not None
    assert boxed.subject is not None
    assert boxed.subject[0] - plain.subject[0] == pytest.approx(200, abs=8)
    assert boxed.subject[1] == pytest.approx(plain.subject[1], abs=8)


def test_no_faces_are_accepted_by_the_service() -> None:
    assert CompositionAnalyzer.accepts_empty


def test_pictures_of_nothing_get_an_answer(odd_photo: Photo) -> None:
    found = look(odd_photo)
    assert not found.tilted
    if found.subject is not None:
        assert 0 <= found.subject[0] <= odd_photo.width
        assert 0 <= found.subject[1] <= odd_photo.height


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(*[st.floats(-50, 80)] * 2, *[st.floats(0.1, 90)] * 2), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_any_size_and_any_faces_get_an_answer(
    width: int, height: int, seed: int, boxes: list[tuple[float, float, float, float]]
) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    found = look(picture, *(face_at(*box) for box in boxes))
    assert len(found.heads) == len(boxes)
    assert 0 <= found.empty_space <= 1
