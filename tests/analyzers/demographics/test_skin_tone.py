"""Skin tone: patches that lie on skin, painted faces, and what cannot be measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import Make, Open

from analyzers.base import Photo, Skip, wiring
from analyzers.demographics.skin_colors import MONK, MONK_LAB, NO_CAST, difference, ita, lab, linear
from analyzers.demographics.skin_tone import FEWEST, SkinToneAnalyzer, light_of, measure, polygons, sampled
from analyzers.face.faces import FacesAnalyzer
from analyzers.inference import mediapipe as mediapipe_tasks
from analyzers.inference.crops import crop, padded, resized
from bus.findings import FaceMesh, FaceStructure, HeadPose, Mesh

Fit = Callable[[Photo], Mesh]


def mesh_at(points: np.ndarray, face: int = 0) -> FaceMesh:
    structure = FaceStructure(
        shape="oval", length_to_width=1, jaw_to_cheekbones=1, forehead_to_cheekbones=1, eye_spacing=1,
        eye_openness=(0.3, 0.3), brow_height=0.1, nose_width=1, nose_length=0.3, mouth_width=1,
    )  # fmt: skip
    return FaceMesh(
        face=face,
        points=points.astype(np.float32),
        blendshapes={},
        pose=HeadPose(yaw=0, pitch=0, roll=0),
        structure=structure,
        expressions=("neutral",),
    )


@pytest.fixture(scope="module")
def fit_mesh(mirror: Path, finder: FacesAnalyzer) -> Fit:
    """Meshes by MediaPipe itself, on crops around YuNet's faces."""
    landmarker = mediapipe_tasks.create("FaceLandmarker", mirror / "face_landmarker.task", num_faces=1)

    def fitted(photo: Photo) -> Mesh:
        meshes = []
        for i, face in enumerate(finder.analyze(photo).faces):
            head = crop(photo.rgb, padded(face.box, 0.4, square=True))
            assert head
            head = resized(head, 256, 1024)
            found = landmarker.detect(mediapipe_tasks.image(head.pixels)).face_landmarks
            height, width = head.pixels.shape[:2]
            for points in found:
                at = np.array([(p.x * width, p.y * height, p.z * width) for p in points])
                meshes.append(mesh_at(head.to_photo(at), i))
        return Mesh(faces=tuple(meshes))

    return fitted


@pytest.fixture(scope="module")
def flat_mesh(fit_mesh: Fit, open_photo: Open) -> np.ndarray:
    """The mesh of a face that looks straight ahead, some 330 px tall."""
    return np.array(fit_mesh(open_photo("people/portrait_official.jpg")).faces[0].points)


def painted(mesh: np.ndarray, skin: tuple[int, int, int]) -> np.ndarray:
    """A picture [1000, 1000, 3], red first, of that skin wherever the mesh is, before grey things."""
    grey = np.random.default_rng(2).integers(30, 220, (40, 40, 1), dtype=np.uint8).repeat(3, 2)
    picture = cv2.resize(grey, (1000, 1000), interpolation=cv2.INTER_NEAREST)
    hull = cv2.convexHull(np.round(mesh[:, :2]).astype(np.int32))
    cv2.fillConvexPoly(picture, hull, skin)
    return picture


@pytest.mark.parametrize("tone", range(1, 11))
def test_painted_faces_have_the_tone_that_they_are_painted_with(
    flat_mesh: np.ndarray, photo_of: Make, tone: int
) -> None:
    red, green, blue = bytes.fromhex(MONK[tone - 1])
    photo = photo_of(painted(flat_mesh, (red, green, blue))[:, :, ::-1])
    found = SkinToneAnalyzer({}).analyze(photo, Mesh(faces=(mesh_at(flat_mesh),))).faces[0]
    assert found.monk == tone
    assert found.lab == pytest.approx(tuple(MONK_LAB[tone - 1]), abs=1.5)
    assert found.ita == pytest.approx(ita(MONK_LAB[tone - 1]), abs=3)
    assert found.monk_range[0] <= tone <= found.monk_range[1]


@pytest.mark.parametrize("gains", [(1.15, 1, 0.8), (0.85, 1, 1.15), (1, 0.9, 1)])
def test_painted_faces_keep_their_tone_under_a_cast(
    flat_mesh: np.ndarray, photo_of: Make, gains: tuple[float, float, float]
) -> None:
    def tone(picture: np.ndarray) -> np.ndarray:
        found = SkinToneAnalyzer({}).analyze(photo_of(picture[:, :, ::-1]), Mesh(faces=(mesh_at(flat_mesh),)))
        return np.array(found.faces[0].lab)

    picture = painted(flat_mesh, (190, 140, 112))
    light = linear(picture) * gains / max(gains)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    truth, seen = tone(picture), tone(np.round(srgb * 255).astype(np.uint8))
    mesh = Mesh(faces=(mesh_at(flat_mesh),))
    shown = measure(np.round(srgb * 255).astype(np.uint8), mesh.faces[0], NO_CAST)
    assert shown
    off, was_off = np.hypot(*(seen - truth)[1:]), np.hypot(*(np.array(shown.lab) - truth)[1:])
    assert was_off > 3
    assert off < 0.5 * was_off


def test_shine_shadow_and_a_lock_of_hair_do_not_count(flat_mesh: np.ndarray) -> None:
    cheek = polygons(flat_mesh)[1]
    skin = painted(flat_mesh, (190, 140, 112))
    clean = sampled(skin, cheek)
    x, y = (int(v) for v in cheek.mean(axis=0))
    cv2.circle(skin, (x - 12, y), 6, (255, 250, 245), -1)
    cv2.line(skin, (x + 12, y - 40), (x + 12, y + 40), (60, 40, 30), 4)
    dirty = sampled(skin, cheek)
    assert clean is not None
    assert dirty is not None
    assert difference(lab(clean.light), lab(dirty.light)) < 1


def test_patches_lie_on_bare_skin(fit_mesh: Fit, open_photo: Open) -> None:
    """Of each patch nearly everything has a skin's hue: no eyes, lips, hair, collar or wall."""
    for name in ("astronaut.png", "portrait_official.jpg", "two_people.jpg", "hopper.jpg"):
        photo = open_photo(f"people/{name}")
        for face in fit_mesh(photo).faces:
            patches = polygons(face.points)
            assert len(patches) == 3
            for patch in patches:
                mask = np.zeros((photo.height, photo.width), np.uint8)
                cv2.fillPoly(mask, [patch.astype(np.int32)], 1)
                tones = lab(linear(photo.rgb[mask > 0]))
                hue = np.degrees(np.arctan2(tones[:, 2], tones[:, 1]))
                assert ((hue > 15) & (hue < 85) & (np.hypot(tones[:, 1], tones[:, 2]) > 8)).mean() > 0.85, name


def test_photos_give_tones_in_order_of_what_a_person_sees(fit_mesh: Fit, open_photo: Open) -> None:
    analyzer = SkinToneAnalyzer({})
    found = {}
    for name in ("astronaut.png", "portrait_official.jpg", "low_resolution.jpg", "partial_face.jpg"):
        photo = open_photo(f"people/{name}")
        (found[name],) = analyzer.analyze(photo, fit_mesh(photo)).faces
    assert found["astronaut.png"].ita > found["portrait_official.jpg"].ita + 10
    same = [found[name] for name in ("portrait_official.jpg", "low_resolution.jpg", "partial_face.jpg")]
    assert np.ptp([each.ita for each in same]) < 5  # crops of one photo
    assert len({each.monk for each in same}) == 1
    for each in found.values():
        assert each.monk_range[0] <= each.monk <= each.monk_range[1]
        assert each.ita_uncertainty > 4


def test_one_man_in_two_photos_is_within_the_uncertainty(fit_mesh: Fit, open_photo: Open) -> None:
    one, other = (
        SkinToneAnalyzer({}).analyze(photo, fit_mesh(photo)).faces[0]
        for photo in (open_photo("people/portrait_official.jpg"), open_photo("people/portrait_same_person.jpg"))
    )
    assert abs(one.ita - other.ita) < 2 * math.hypot(one.ita_uncertainty, other.ita_uncertainty)
    assert max(one.monk_range[0], other.monk_range[0]) <= min(one.monk_range[1], other.monk_range[1])


def test_black_and_white_photos_have_no_skin_tone(fit_mesh: Fit, open_photo: Open, photo_of: Make) -> None:
    photo = open_photo("people/astronaut.png")
    gray = photo_of(photo.gray[:, :, None].repeat(3, 2))
    with pytest.raises(Skip, match="no bare skin with a colour"):
        SkinToneAnalyzer({}).analyze(gray, fit_mesh(photo))


def test_odd_photos_are_skipped_or_measured_within_bounds(odd_photo: Photo, flat_mesh: np.ndarray) -> None:
    for mesh in (flat_mesh, flat_mesh - 5000, flat_mesh * 30, np.zeros((478, 3)), np.full((478, 3), 1e6)):
        try:
            found = SkinToneAnalyzer({}).analyze(Photo(odd_photo.data), Mesh(faces=(mesh_at(mesh),))).faces[0]
        except Skip:
            continue
        assert 0 <= found.ita_uncertainty <= 90
        assert -180 <= found.ita <= 180


def test_a_patch_needs_enough_pixels_and_a_turned_cheek_does_not_count(flat_mesh: np.ndarray) -> None:
    small = flat_mesh[:, :2] / 40
    assert sampled(painted(flat_mesh, (190, 140, 112)), polygons(small)[1]) is None
    assert FEWEST > 10
    turned = flat_mesh.copy()
    beyond = turned[:, 0] > turned[:, 0].mean()
    turned[beyond, 0] = turned[:, 0].mean() + (turned[beyond, 0] - turned[:, 0].mean()) * 0.1
    assert len(polygons(turned)) == 2


def test_heads_do_not_count_for_the_light(flat_mesh: np.ndarray, photo_of: Make) -> None:
    mesh = Mesh(faces=(mesh_at(flat_mesh),))
    casts = [
        light_of(photo_of(painted(flat_mesh, color)[:, :, ::-1]).bgr, mesh) for color in ((230, 90, 60), (60, 90, 230))
    ]
    assert casts[0].light == pytest.approx(casts[1].light, abs=1e-6)
    assert casts[0].strength == 0  # grey things, no cast


def test_it_waits_for_the_mesh() -> None:
    assert wiring(SkinToneAnalyzer).needs == ("mesh",)
