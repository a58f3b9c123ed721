"""Meshes: on the right faces, with the expressions and the head poses that a person sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pictures import Make, Open, mirrored

from analyzers.base import Photo, wiring
from analyzers.face.faces import FacesAnalyzer
from analyzers.face.mesh import MOST_FACES, SMALLEST_FACE, MeshAnalyzer, belongs, head_pose
from analyzers.inference import mediapipe as mediapipe_tasks
from analyzers.inference.crops import crop, padded
from bus.findings import Box, Face, FaceMesh, Faces, HeadPose

Look = Callable[[Photo], tuple[FaceMesh, ...]]

EXPRESSIONS: dict[str, tuple[set[str] | None, ...]] = {
    "astronaut.png": ({"big_smile"},),
    "portrait_official.jpg": ({"big_smile"},),
    "low_resolution.jpg": ({"big_smile"},),
    "partial_face.jpg": ({"big_smile"},),
    "portrait_official_2.jpg": ({"neutral"},),
    "two_people.jpg": ({"neutral"}, {"neutral"}),
    "hopper.jpg": ({"neutral"},),
    "portrait_same_person.jpg": ({"mouth_open", "brow_furrowed"},),  # he speaks, insistently
    "zidane.jpg": ({"neutral"}, None),  # the one who shouts is in profile: no mesh
    "bus.jpg": ({"neutral"}, {"neutral"}),
}
"""What a person sees each face do, the largest first; None for a face that cannot be fitted."""

TURNED = {
    "bus.jpg": (1, 1),
    "portrait_official_2.jpg": (1,),
    "portrait_same_person.jpg": (-1,),
    "two_people.jpg": (1, 1),
}
"""To which edge of the photo the clearly turned heads are turned: 1 the right, -1 the left."""


def a_face(x: float, y: float, w: float, h: float) -> Face:
    return Face(box=Box(x=x, y=y, w=w, h=h), score=0.9, sharpness=1.0, size=0.1)


@pytest.mark.parametrize(("name", "truths"), EXPRESSIONS.items())
def test_each_face_does_what_a_person_sees(
    see_meshes: Look, open_photo: Open, name: str, truths: Sequence[set[str] | None]
) -> None:
    seen = {mesh.face: set(mesh.expressions) for mesh in see_meshes(open_photo(f"people/{name}"))}
    assert seen == {index: truth for index, truth in enumerate(truths) if truth is not None}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_mirrored_faces_do_the_same_and_turn_the_other_way(see_meshes: Look, open_photo: Open, name: str) -> None:
    photo = open_photo(f"people/{name}")
    straight = see_meshes(photo)
    turned = see_meshes(mirrored(photo))
    assert len(turned) == len(straight)
    for mesh in straight:
        twin = min(turned, key=lambda m: abs(photo.width - m.points[:, 0].mean() - mesh.points[:, 0].mean()))
        assert set(twin.expressions) == set(mesh.expressions)
        assert twin.pose.yaw == pytest.approx(-mesh.pose.yaw, abs=5)
        assert twin.pose.roll == pytest.approx(-mesh.pose.roll, abs=5)
        assert twin.pose.pitch == pytest.approx(mesh.pose.pitch, abs=7)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_mesh_lies_on_its_face(see_meshes: Look, finder: FacesAnalyzer, open_photo: Open, name: str) -> None:
    photo = open_photo(f"people/{name}")
    faces = finder.analyze(photo).faces
    for mesh in see_meshes(photo):
        face = faces[mesh.face]
        assert (mesh.points.shape, mesh.points.dtype) == ((478, 3), np.float32)
        spots = [mesh.points[468], mesh.points[473], mesh.points[1], mesh.points[61], mesh.points[291]]
        for spot, landmark in zip(spots, face.landmarks, strict=True):  # irises, nose tip, corners of the mouth
            assert np.hypot(*(spot[:2] - landmark)) < 0.15 * face.box.w
        assert len(mesh.blendshapes) == 52
        assert "tongueOut" not in mesh.blendshapes


def test_the_mesh_is_that_of_mediapipe_on_the_whole_photo(see_meshes: Look, open_photo: Open, mirror: Path) -> None:
    photo = open_photo("people/astronaut.png")
    task = mediapipe_tasks.create("FaceLandmarker", mirror / "face_landmarker.task", output_face_blendshapes=True)
    theirs = task.detect(mediapipe_tasks.image(photo.rgb))
    points = np.array([(p.x * photo.width, p.y * photo.height, p.z * photo.width) for p in theirs.face_landmarks[0]])
    (ours,) = see_meshes(photo)
    assert np.abs(ours.points - points).max() < 4  # of a face that is 90 px wide, there not enlarged
    assert np.abs(ours.points[:, :2] - points[:, :2]).mean() < 0.6
    for blendshape in theirs.face_blendshapes[0]:
        assert ours.blendshapes[blendshape.category_name] == pytest.approx(blendshape.score, abs=0.15)


@pytest.mark.parametrize("name", TURNED)
def test_heads_turn_to_where_the_nose_points(
    see_meshes: Look, finder: FacesAnalyzer, open_photo: Open, name: str
) -> None:
    photo = open_photo(f"people/{name}")
    faces = finder.analyze(photo).faces
    for mesh, side in zip(see_meshes(photo), TURNED[name], strict=True):
        (right_eye, left_eye, nose) = np.array(faces[mesh.face].landmarks[:3])
        assert np.sign(nose[0] - (right_eye[0] + left_eye[0]) / 2) == side
        assert 8 < side * mesh.pose.yaw < 30


@pytest.mark.parametrize("clockwise", [-30, -15, 15, 30])
def test_a_photo_that_is_turned_turns_the_roll_with_it(
    see_meshes: Look, open_photo: Open, photo_of: Make, clockwise: int
) -> None:
    for name in ("astronaut.png", "portrait_official.jpg"):
        photo = open_photo(f"people/{name}")
        middle = (photo.width / 2, photo.height / 2)
        turn = cv2.getRotationMatrix2D(middle, -clockwise, 1)
        (straight,) = see_meshes(photo)
        (turned,) = see_meshes(
            photo_of(np.asarray(cv2.warpAffine(photo.bgr, turn, (photo.width, photo.height)), np.uint8))
        )
        assert turned.pose.roll - straight.pose.roll == pytest.approx(clockwise, abs=4)
        assert turned.pose.yaw == pytest.approx(straight.pose.yaw, abs=7)
        there = straight.points[:, :2] @ turn[:, :2].T + turn[:, 2]
        assert np.abs(turned.points[:, :2] - there).mean() < 0.02 * np.ptp(there[:, 0])
        assert turned.structure.length_to_width == pytest.approx(straight.structure.length_to_width, abs=0.14)


def test_head_poses_agree_with_fsanet(see_meshes: Look, finder: FacesAnalyzer, open_photo: Open, mirror: Path) -> None:
    """Yang et al. 2019 as an independent witness: 64 × 64, -1..1; its yaw is positive to the left."""
    networks = [onnxruntime.InferenceSession(str(mirror / f"fsanet-{kind}.onnx")) for kind in ("var", "1x1")]
    for name in ("astronaut.png", "portrait_official_2.jpg", "portrait_same_person.jpg", "two_people.jpg"):
        photo = open_photo(f"people/{name}")
        faces = finder.analyze(photo).faces
        for mesh in see_meshes(photo):
            shown = crop(photo.bgr, padded(faces[mesh.face].box, 0.3, square=True))
            assert shown is not None
            blob = (cv2.resize(shown.pixels, (64, 64)).astype(np.float32) - 127.5) / 127.5
            blob = blob.transpose(2, 0, 1)[None]
            yaw, pitch, roll = np.mean([net.run(None, {net.get_inputs()[0].name: blob})[0][0] for net in networks], 0)
            assert mesh.pose.yaw == pytest.approx(-yaw, abs=6)
            assert mesh.pose.pitch == pytest.approx(pitch, abs=11)
            assert mesh.pose.roll == pytest.approx(roll, abs=4)


def rotation(axis: Sequence[float], degrees: float) -> NDArray[np.float64]:
    """By the right-hand rule, from OpenCV, which has its own way to make it."""
    return np.asarray(cv2.Rodrigues(np.radians(degrees) * np.array(axis, np.float64))[0])


@given(st.floats(-85, 85), st.floats(-85, 85), st.floats(-175, 175), st.floats(0.1, 30))
def test_angles_come_out_as_they_went_in(yaw: float, pitch: float, roll: float, scale: float) -> None:
    # x to the right, y up, z to the camera: about y to the right, about x downwards, about z anticlockwise
    turned = rotation((0, 1, 0), yaw) @ rotation((1, 0, 0), -pitch) @ rotation((0, 0, 1), -roll)
    pose = head_pose(scale * turned)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=1e-3)


def test_a_face_that_looks_along_an_axis_has_one_angle() -> None:
    looks_up = np.array([[1, 0, 0], [0, np.sqrt(0.5), np.sqrt(0.5)], [0, -np.sqrt(0.5), np.sqrt(0.5)]])
    assert head_pose(looks_up).pitch == pytest.approx(45)
    assert head_pose(np.eye(3)) == HeadPose(yaw=0, pitch=0, roll=0)
    assert head_pose(np.zeros((3, 3))) == HeadPose(yaw=0, pitch=0, roll=0)


def test_each_of_many_faces_gets_its_own_mesh_up_to_the_limit(
    mesher: MeshAnalyzer, open_photo: Open, photo_of: Make, finder: FacesAnalyzer
) -> None:
    portrait = open_photo("people/astronaut.png")
    (face,) = finder.analyze(portrait).faces
    tile = crop(portrait.bgr, padded(face.box, 0.15))
    assert tile is not None
    high, wide = tile.pixels.shape[:2]
    photo = photo_of(np.tile(tile.pixels, (4, 6, 1)))
    left, top = face.box.x - tile.left, face.box.y - tile.top
    boxes = [
        (left + wide * column, top + high * row, face.box.w, face.box.h) for row in range(4) for column in range(6)
    ]
    found = mesher.analyze(photo, Faces(faces=tuple(a_face(*box) for box in boxes))).faces
    assert [mesh.face for mesh in found] == list(range(MOST_FACES))
    for mesh in found:
        x, y, w, h = boxes[mesh.face]
        middle = (mesh.points[:, :2].min(0) + mesh.points[:, :2].max(0)) / 2
        assert np.hypot(*(middle - (x + w / 2, y + h / 2))) < 0.15 * w


def test_a_face_beside_a_true_one_gets_no_mesh(mesher: MeshAnalyzer, finder: FacesAnalyzer, open_photo: Open) -> None:
    photo = open_photo("people/astronaut.png")
    (true,) = finder.analyze(photo).faces
    box = true.box
    for false in (
        a_face(box.x + 1.1 * box.w, box.y, box.w, box.h),
        a_face(box.x - 1.5 * box.w, box.y - 1.5 * box.h, 4 * box.w, 4 * box.h),
        a_face(photo.width + 10, 5, 80, 80),
        a_face(-500, -500, 100, 100),
    ):
        found = mesher.analyze(photo, Faces(faces=(false, true)))
        assert [mesh.face for mesh in found.faces] == [1]


def test_a_mesh_belongs_to_a_box_around_it_of_its_size() -> None:
    points = np.array([[10.0, 20, 0], [110, 20, 0], [110, 140, 0], [10, 140, 0]])
    assert belongs(points, Box(x=10, y=10, w=100, h=130))
    assert belongs(points, Box(x=0, y=0, w=100, h=130))
    assert not belongs(points, Box(x=62, y=20, w=100, h=120))
    assert not belongs(points, Box(x=40, y=60, w=40, h=40))
    assert not belongs(points, Box(x=-90, y=-80, w=300, h=300))
    assert not belongs(points, Box(x=60, y=80, w=0, h=0))


def test_small_faces_are_read_down_to_the_limit_and_left_out_below(
    mesher: MeshAnalyzer, finder: FacesAnalyzer, open_photo: Open, photo_of: Make
) -> None:
    photo = open_photo("people/astronaut.png")
    (face,) = finder.analyze(photo).faces
    for height, truth in ((SMALLEST_FACE + 2, [("big_smile",)]), (SMALLEST_FACE - 2, [])):
        factor = height / face.box.h
        small = cv2.resize(photo.bgr, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        box = (value * factor for value in (face.box.x, face.box.y, face.box.w, face.box.h))
        found = mesher.analyze(photo_of(np.asarray(small, np.uint8)), Faces(faces=(a_face(*box),)))
        assert [mesh.expressions[:1] for mesh in found.faces] == truth


def test_photos_of_nothing_hold_no_mesh_whatever_is_claimed(mesher: MeshAnalyzer, odd_photo: Photo) -> None:
    w, h = odd_photo.width, odd_photo.height
    claimed = [
        (0, 0, w, h),
        (-50, -50, w + 100, h + 100),
        (w / 2, h / 2, 1e6, 1e6),
        (w - 1, h - 1, 60, 60),
        (5, 5, 0, 30),
    ]
    assert mesher.analyze(odd_photo, Faces(faces=tuple(a_face(*box) for box in claimed))).faces == ()


def test_it_waits_for_faces_and_is_called_mesh() -> None:
    wired = wiring(MeshAnalyzer)
    assert (wired.name, wired.needs, wired.takes_photo) == ("mesh", ("faces",), True)
