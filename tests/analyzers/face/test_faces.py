"""Faces: as many as a person sees, their landmarks, sharpness and edges, with YuNet and without it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Make, Open
from shown import FACES

from analyzers.base import Photo, wiring
from analyzers.face.faces import FacesAnalyzer, cut_off, inside, sharpness
from bus.findings import Box


@pytest.fixture(scope="module")
def yunet(finder: FacesAnalyzer) -> FacesAnalyzer:
    return finder


@pytest.fixture(scope="module")
def fallback() -> FacesAnalyzer:
    return FacesAnalyzer({})


@pytest.fixture(params=["yunet", "fallback"])
def analyzer(request: pytest.FixtureRequest) -> FacesAnalyzer:
    found: FacesAnalyzer = request.getfixturevalue(request.param)
    return found


def test_the_model_that_runs_is_named(yunet: FacesAnalyzer, fallback: FacesAnalyzer) -> None:
    assert (yunet.model, fallback.model) == ("yunet-2023mar", "nudenet-320n")
    assert wiring(FacesAnalyzer).name == "faces"


@pytest.mark.parametrize(("path", "count"), FACES.items())
def test_each_photo_has_as_many_faces_as_a_person_sees(
    analyzer: FacesAnalyzer, open_photo: Open, path: str, count: int
) -> None:
    assert len(analyzer.analyze(open_photo(path)).faces) == count


def test_a_face_stands_where_it_is(analyzer: FacesAnalyzer, open_photo: Open) -> None:
    (face,) = analyzer.analyze(open_photo("people/astronaut.png")).faces
    x, y = face.box.x + face.box.w / 2, face.box.y + face.box.h / 2
    assert abs(x - 224) < 15
    assert abs(y - 120) < 25
    assert 0.02 < face.size < 0.06
    assert face.cut_off == ()


def test_yunet_gives_the_five_landmarks_in_the_subjects_order(yunet: FacesAnalyzer, open_photo: Open) -> None:
    (face,) = yunet.analyze(open_photo("people/astronaut.png")).faces
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_the_face_that_the_edge_cuts_off_says_so(analyzer: FacesAnalyzer, open_photo: Open) -> None:
    (face,) = analyzer.analyze(open_photo("people/partial_face.jpg")).faces
    assert face.cut_off == ("right",)


def test_faces_come_largest_first(analyzer: FacesAnalyzer, open_photo: Open) -> None:
    sizes = [face.size for face in analyzer.analyze(open_photo("people/zidane.jpg")).faces]
    assert sizes == sorted(sizes, reverse=True)


def test_a_blurred_face_is_less_sharp_than_the_same_face_in_focus(
    yunet: FacesAnalyzer, open_photo: Open, photo_of: Make
) -> None:
    photo = open_photo("people/portrait_official.jpg")
    blurred = photo_of(cv2.GaussianBlur(photo.bgr, (0, 0), 6))
    assert yunet.analyze(blurred).faces[0].sharpness < yunet.analyze(photo).faces[0].sharpness / 10


def test_small_faces_in_a_large_photo_are_found(yunet: FacesAnalyzer, open_photo: Open, photo_of: Make) -> None:
    pair = open_photo("people/two_people.jpg").bgr
    small = cv2.resize(pair, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    canvas = np.full((1365, 2048, 3), 120, np.uint8)
    for row in range(3):
        for column in range(4):
            y, x = 100 + row * 400, 100 + column * 450
            canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    faces = yunet.analyze(photo_of(canvas)).faces
    assert len(faces) == 24
    assert all(face.box.h < 40 for face in faces)


def test_a_face_that_fills_the_photo_is_found_once(yunet: FacesAnalyzer, open_photo: Open, photo_of: Make) -> None:
    crop = open_photo("people/astronaut.png").bgr[82:190, 170:280]
    (face,) = yunet.analyze(photo_of(cv2.resize(crop, (1500, 1500), interpolation=cv2.INTER_CUBIC))).faces
    assert face.size > 0.4


def test_odd_photos_have_no_face_and_do_no_harm(analyzer: FacesAnalyzer, odd_photo: Photo) -> None:
    assert analyzer.analyze(odd_photo).faces == ()


def test_threads_may_share_an_analyzer(analyzer: FacesAnalyzer, open_photo: Open) -> None:
    paths = ["people/zidane.jpg", "people/hopper.jpg", "people/two_people.jpg", "chelsea.png"] * 3
    photos = [open_photo(path) for path in paths]
    alone = [analyzer.analyze(open_photo(path)) for path in paths[:4]] * 3
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(analyzer.analyze, photos)) == alone


def test_weights_that_are_no_model_are_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "yunet.onnx").write_bytes(b"not a network")
    with pytest.raises(cv2.error):
        FacesAnalyzer({"yunet": tmp_path / "yunet.onnx"})


boxes = st.builds(Box, x=st.floats(-50, 250), y=st.floats(-50, 250), w=st.floats(1, 300), h=st.floats(1, 300))


@given(boxes)
def test_the_part_inside_is_inside(box: Box) -> None:
    left, top, right, bottom = inside(box, 200, 100)
    assert 0 <= left <= right <= 200
    assert 0 <= top <= bottom <= 100


@given(boxes)
def test_a_box_that_leaves_the_photo_is_cut_off_on_that_side(box: Box) -> None:
    sides = cut_off(box, 200, 100)
    outside = {"left": box.x < 0, "top": box.y < 0, "right": box.x + box.w > 200, "bottom": box.y + box.h > 100}
    assert {side for side, out in outside.items() if out} <= set(sides)


def test_a_box_with_room_around_it_is_not_cut_off() -> None:
    assert cut_off(Box(x=50, y=30, w=40, h=40), 200, 100) == ()


def test_an_empty_crop_has_no_sharpness() -> None:
    assert sharpness(np.zeros((0, 5), np.uint8)) == 0
