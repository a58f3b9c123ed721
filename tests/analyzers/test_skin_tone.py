"""Skin tone: colours by the CIE's formulas, casts taken out of made pictures, patches that lie on skin."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyzers import mediapipe_tasks
from analyzers.base import Photo, Skip, wiring
from analyzers.crops import crop, padded, resized
from analyzers.faces import FacesAnalyzer
from analyzers.skin import (
    MONK,
    MONK_LAB,
    NO_CAST,
    Cast,
    cast_of,
    difference,
    ita,
    ita_error,
    lab,
    linear,
    monk,
    monk_range,
    neutralised,
)
from analyzers.skin_tone import FEWEST, SkinToneAnalyzer, light_of, measure, polygons, sampled
from bus.features import FaceMesh, FaceStructure, HeadPose, Mesh

Open = Callable[[str], Photo]
Make = Callable[[np.ndarray], Photo]
Fit = Callable[[Photo], Mesh]

colors = st.tuples(*[st.integers(0, 255)] * 3)
labs = st.tuples(st.floats(0, 100), st.floats(-60, 60), st.floats(-60, 60))


# colour science


@given(colors)
def test_lab_is_that_of_opencv(rgb: tuple[int, int, int]):
    expected = cv2.cvtColor(np.array([[rgb]], np.float32) / 255, cv2.COLOR_RGB2Lab)[0, 0]
    assert lab(linear(np.array(rgb))) == pytest.approx(expected, abs=0.35)


@given(colors)
def test_lab_is_that_of_the_formulas_written_out(rgb: tuple[int, int, int]):
    def light(v: int) -> float:
        return v / 255 / 12.92 if v / 255 <= 0.04045 else ((v / 255 + 0.055) / 1.055) ** 2.4

    r, g, b = map(light, rgb)
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883

    def root(t: float) -> float:
        return t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116

    expected = (116 * root(y) - 16, 500 * (root(x) - root(y)), 200 * (root(y) - root(z)))
    assert lab(linear(np.array(rgb))) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("color", "angle"), [((60, 10, 10), 45), ((50, 5, 20), 0), ((40, 10, 10), -45), ((70, 9, 20 / math.sqrt(3)), 60)]
)
def test_the_angle_is_that_of_lightness_over_yellow(color: tuple[float, float, float], angle: float):
    assert ita(np.array(color)) == pytest.approx(angle)


@given(st.floats(10, 95), st.floats(5, 35), st.floats(0.01, 0.5), st.floats(0.01, 0.5))
def test_the_error_of_the_angle_is_that_of_small_steps(lightness: float, b: float, dl: float, db: float):
    color, far = np.array([lightness, 12, b]), np.hypot(lightness - 50, b)
    assume(far > 6)
    up, across = np.array([dl / 2, 0, 0]), np.array([0, 0, db / 2])
    by_l, by_b = ita(color + up) - ita(color - up), ita(color + across) - ita(color - across)
    assert ita_error(color, np.array([dl, 3, db])) == pytest.approx(math.hypot(by_l, by_b), rel=0.02, abs=1e-3)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
        ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
        ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
        ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_that_sharma_wu_and_dalal_print(
    first: tuple[float, float, float], second: tuple[float, float, float], expected: float
):
    assert difference(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-4)


@given(labs, labs)
def test_a_difference_is_the_same_both_ways_and_none_to_itself(first: tuple[float, ...], second: tuple[float, ...]):
    one, other = np.array(first), np.array(second)
    assert difference(one, other) == pytest.approx(float(difference(other, one)), abs=1e-6)
    assert difference(one, one) == pytest.approx(0, abs=1e-6)


def test_every_swatch_of_the_monk_scale_is_its_own_tone():
    assert [monk(color) for color in MONK_LAB] == list(range(1, 11))
    assert MONK_LAB[0] == pytest.approx((94.2, 1.5, 5.4), abs=0.2)  # as the scale's own page gives it
    assert MONK_LAB[9] == pytest.approx((14.6, 1.5, 3.5), abs=0.2)
    assert len(MONK) == 10


@given(labs, st.tuples(*[st.floats(0, 15)] * 3))
def test_the_tone_is_always_within_its_range(color: tuple[float, ...], deviation: tuple[float, ...]):
    first, last = monk_range(np.array(color), np.array(deviation))
    assert 1 <= first <= monk(np.array(color)) <= last <= 10


# casts

lights = st.tuples(*[st.floats(0.8, 1.25)] * 3).map(np.array)


def scene(light: np.ndarray) -> np.ndarray:
    """Linear light of a picture of many things of many colours, on average grey, under `light`."""
    rng = np.random.default_rng(8)
    coarse = rng.uniform(0.05, 0.6, (12, 16, 1)) * rng.uniform(0.7, 1.3, (12, 16, 3))
    return np.repeat(np.repeat(coarse, 12, 0), 12, 1) * light / 1.25


def skin_under(light: np.ndarray) -> np.ndarray:
    return linear(np.array([198, 150, 125])) * light / 1.25


@given(lights)
@settings(max_examples=60)
def test_skin_comes_back_from_under_a_cast(light: np.ndarray):
    cast = cast_of(scene(light), np.ones((144, 192), bool))
    truth, seen = skin_under(np.full(3, np.mean(light))), skin_under(light)
    before = float(difference(lab(seen), lab(truth)))
    after = float(difference(lab(neutralised(seen, cast)), lab(truth)))
    assert after < max(4.5, 0.5 * before)  # what the scene itself is off grey remains
    assert after <= before + 2.5


def test_one_large_colour_is_not_taken_for_a_cast():
    picture = scene(np.ones(3))
    picture[30:, 40:150] = linear(np.array([235, 110, 30]))
    assert cast_of(picture, np.ones((144, 192), bool)).strength < 0.35


@given(lights, st.floats(0, 1), st.floats(0.05, 1))
def test_a_neutral_thing_under_the_light_becomes_neutral_and_keeps_its_luminance(
    light: np.ndarray, strength: float, level: float
):
    seen = light / light.mean() * level * 0.7
    whole = lab(neutralised(seen, Cast(light / light.mean(), 5, 1)))
    assert whole[1:] == pytest.approx([0, 0], abs=0.05)
    assert whole[0] == pytest.approx(lab(seen)[0], abs=0.01)
    part = lab(neutralised(seen, Cast(light / light.mean(), 5, strength)))
    assert np.hypot(*part[1:]) <= np.hypot(*lab(seen)[1:]) + 0.05
    assert neutralised(seen, NO_CAST) == pytest.approx(seen)


def test_too_few_pixels_say_nothing_about_the_light():
    assert cast_of(scene(np.ones(3)), np.zeros((144, 192), bool)) == NO_CAST
    assert cast_of(np.zeros((50, 50, 3)), np.ones((50, 50), bool)) == NO_CAST


# patches


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
def test_painted_faces_have_the_tone_that_they_are_painted_with(flat_mesh: np.ndarray, photo_of: Make, tone: int):
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
):
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


def test_shine_shadow_and_a_lock_of_hair_do_not_count(flat_mesh: np.ndarray):
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


def test_patches_lie_on_bare_skin(fit_mesh: Fit, open_photo: Open):
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


def test_photos_give_tones_in_order_of_what_a_person_sees(fit_mesh: Fit, open_photo: Open):
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


def test_one_man_in_two_photos_is_within_the_uncertainty(fit_mesh: Fit, open_photo: Open):
    one, other = (
        SkinToneAnalyzer({}).analyze(photo, fit_mesh(photo)).faces[0]
        for photo in (open_photo("people/portrait_official.jpg"), open_photo("people/portrait_same_person.jpg"))
    )
    assert abs(one.ita - other.ita) < 2 * math.hypot(one.ita_uncertainty, other.ita_uncertainty)
    assert max(one.monk_range[0], other.monk_range[0]) <= min(one.monk_range[1], other.monk_range[1])


# what cannot be measured


def test_black_and_white_photos_have_no_skin_tone(fit_mesh: Fit, open_photo: Open, photo_of: Make):
    photo = open_photo("people/astronaut.png")
    gray = photo_of(photo.gray[:, :, None].repeat(3, 2))
    with pytest.raises(Skip, match="no bare skin with a colour"):
        SkinToneAnalyzer({}).analyze(gray, fit_mesh(photo))


def test_odd_photos_are_skipped_or_measured_within_bounds(odd_photo: Photo, flat_mesh: np.ndarray):
    for mesh in (flat_mesh, flat_mesh - 5000, flat_mesh * 30, np.zeros((478, 3)), np.full((478, 3), 1e6)):
        try:
            found = SkinToneAnalyzer({}).analyze(Photo(odd_photo.data), Mesh(faces=(mesh_at(mesh),))).faces[0]
        except Skip:
            continue
        assert 0 <= found.ita_uncertainty <= 90
        assert -180 <= found.ita <= 180


def test_a_patch_needs_enough_pixels_and_a_turned_cheek_does_not_count(flat_mesh: np.ndarray):
    small = flat_mesh[:, :2] / 40
    assert sampled(painted(flat_mesh, (190, 140, 112)), polygons(small)[1]) is None
    assert FEWEST > 10
    turned = flat_mesh.copy()
    beyond = turned[:, 0] > turned[:, 0].mean()
    turned[beyond, 0] = turned[:, 0].mean() + (turned[beyond, 0] - turned[:, 0].mean()) * 0.1
    assert len(polygons(turned)) == 2


def test_heads_do_not_count_for_the_light(flat_mesh: np.ndarray, photo_of: Make):
    mesh = Mesh(faces=(mesh_at(flat_mesh),))
    casts = [
        light_of(photo_of(painted(flat_mesh, color)[:, :, ::-1]).bgr, mesh) for color in ((230, 90, 60), (60, 90, 230))
    ]
    assert casts[0].light == pytest.approx(casts[1].light, abs=1e-6)
    assert casts[0].strength == 0  # grey things, no cast


def test_it_waits_for_the_mesh():
    assert wiring(SkinToneAnalyzer).waits_for == ("mesh",)
