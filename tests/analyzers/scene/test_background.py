"""Background: what a person sees in the real photos, depth of field and outlines in painted ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from painted import scene
from pictures import Make, Open, mirrored
from shown import NOBODY

from analyzers.base import Photo, wiring
from analyzers.face.faces import FacesAnalyzer
from analyzers.quality.overview import overview
from analyzers.scene.background import BackgroundAnalyzer, behind, clutter, judge_depth
from analyzers.scene.objects import ObjectsAnalyzer
from analyzers.scene.silhouette import MOST_POINTS, outline, people_boxes
from bus.findings import Background, Box, Face, Faces, Objects, SeenObject

Look = Callable[[Photo], Background]

SHARES = {
    "people/astronaut.png": (0.44, 0.58),
    "people/bus.jpg": (0.07, 0.14),
    "people/hopper.jpg": (0.48, 0.6),
    "people/low_resolution.jpg": (0.2, 0.31),
    "people/partial_face.jpg": (0.5, 0.66),
    "people/portrait_official.jpg": (0.48, 0.62),
    "people/portrait_official_2.jpg": (0.62, 0.77),
    "people/portrait_same_person.jpg": (0.58, 0.74),
    "people/two_people.jpg": (0.53, 0.67),
    "people/zidane.jpg": (0.4, 0.55),
}
"""The share of the photo that people cover, as estimated by eye and a grid."""


@pytest.fixture(scope="module")
def look(mirror: Path, spotter: ObjectsAnalyzer, finder: FacesAnalyzer) -> Look:
    """The whole way: objects and faces first."""
    background = BackgroundAnalyzer({"selfie_segmenter": mirror / "selfie_segmenter.tflite"})
    return lambda photo: background.analyze(photo, spotter.analyze(photo), finder.analyze(photo))


def filled(found: Background, photo: Photo) -> NDArray[np.bool_]:
    """The outline, painted: [height, width] bool."""
    canvas = np.zeros((photo.height, photo.width), np.uint8)
    for polygon in found.outline:
        cv2.fillPoly(canvas, [np.round(polygon).astype(np.int32)], 1)
    return canvas > 0


@pytest.mark.parametrize(("path", "share"), SHARES.items())
def test_people_cover_what_a_person_sees(look: Look, open_photo: Open, path: str, share: tuple[float, float]) -> None:
    photo = open_photo(path)
    found = look(photo)
    assert share[0] < found.person_share < share[1]
    assert not found.is_empty()
    assert filled(found, photo).mean() == pytest.approx(found.person_share, abs=0.04)
    assert 3 <= sum(map(len, found.outline)) <= MOST_POINTS


@pytest.mark.parametrize("path", NOBODY)
def test_cats_cups_and_cannons_are_no_people(look: Look, open_photo: Open, path: str) -> None:
    found = look(open_photo(path))
    assert found.is_empty()
    assert (found.person_share, found.outline, found.distractions, found.sharpness_ratio) == (0, (), (), None)


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [
        ("people/astronaut.png", [(225, 120), (200, 350)], [(60, 120), (400, 60), (320, 60)]),
        ("people/zidane.jpg", [(900, 500), (480, 550), (1020, 150)], [(100, 100), (760, 200), (1240, 100)]),
        ("people/bus.jpg", [(120, 520), (280, 500)], [(600, 450), (200, 900), (420, 100)]),
    ],
)
def test_the_outline_is_around_the_people(
    look: Look, open_photo: Open, path: str, inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    photo = open_photo(path)
    mask = filled(look(photo), photo)
    assert all(mask[y, x] for x, y in inside)
    assert not any(mask[y, x] for x, y in outside)


def test_the_mask_agrees_with_the_makers_own_call_where_one_person_fills_the_photo(
    look: Look, open_photo: Open, mirror: Path
) -> None:
    import mediapipe as mp

    photo = open_photo("people/portrait_official.jpg")
    vision, base = mp.tasks.vision, mp.tasks.BaseOptions(model_asset_path=str(mirror / "selfie_segmenter.tflite"))
    with vision.ImageSegmenter.create_from_options(vision.ImageSegmenterOptions(base_options=base)) as segmenter:
        masks = segmenter.segment(mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(photo.rgb))).confidence_masks
    theirs = masks[-1].numpy_view().reshape(photo.height, photo.width) > 0.5
    ours = filled(look(photo), photo)
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.96


def test_blur_behind_people_is_told_from_depth_of_field(look: Look, open_photo: Open) -> None:
    verdicts = {path: look(open_photo(path)) for path in SHARES}
    assert verdicts["people/zidane.jpg"].blur == "blurred"
    assert verdicts["people/portrait_same_person.jpg"].blur == "blurred"
    assert verdicts["people/portrait_official.jpg"].blur == "soft"
    assert {verdicts[f"people/{name}"].blur for name in ("bus.jpg", "astronaut.png", "hopper.jpg")} == {"sharp"}
    ratios = {path: found.sharpness_ratio or 0 for path, found in verdicts.items()}
    assert ratios["people/zidane.jpg"] > 2
    assert ratios["people/portrait_official.jpg"] > 1.4
    assert ratios["people/bus.jpg"] < 1.1


def test_a_street_is_more_cluttered_than_a_studio_and_a_blurred_crowd_not_at_all(look: Look, open_photo: Open) -> None:
    street, studio, crowd = (
        look(open_photo(f"people/{name}")).clutter for name in ("bus.jpg", "hopper.jpg", "zidane.jpg")
    )
    assert street > 0.5
    assert studio < 0.3
    assert crowd < 0.02


def test_a_mirrored_photo_has_the_mirrored_mask(look: Look, open_photo: Open) -> None:
    for path, agreement in (("people/two_people.jpg", 0.95), ("people/bus.jpg", 0.65)):  # thin, distant legs agree less
        photo = open_photo(path)
        other = mirrored(photo)
        ours, theirs = filled(look(photo), photo), filled(look(other), other)[:, ::-1]
        assert (ours & theirs).sum() / (ours | theirs).sum() > agreement


def test_photos_of_nothing_get_an_answer(mirror: Path, odd_photo: Photo) -> None:
    analyzer = BackgroundAnalyzer({"selfie_segmenter": mirror / "selfie_segmenter.tflite"})
    assert analyzer.analyze(odd_photo, Objects(), Faces()).is_empty()
    size = max(odd_photo.width, odd_photo.height)
    everywhere = (
        Box(x=-size, y=-size, w=3 * size, h=3 * size),
        Box(x=2 * size, y=9, w=5, h=5),
        Box(x=0, y=0, w=0, h=0),
    )
    for box in everywhere:
        person = SeenObject(label="person", score=0.9, box=box, size=0.5)
        face = Face(box=box, score=0.9, sharpness=1, size=0.1)
        found = analyzer.analyze(odd_photo, Objects(objects=(person,)), Faces(faces=(face,)))
        assert 0 <= found.person_share <= 1


def test_a_face_without_a_body_gets_one_and_others_do_not() -> None:
    def face(x: float) -> Face:
        return Face(box=Box(x=x, y=50, w=20, h=25), score=0.9, sharpness=1, size=0.01)

    person = SeenObject(label="person", score=0.9, box=Box(x=0, y=0, w=100, h=300), size=0.1)
    cat = SeenObject(label="cat", score=0.9, box=Box(x=150, y=0, w=300, h=300), size=0.1)
    boxes = people_boxes(Objects(objects=(cat, person)), Faces(faces=(face(40), face(200))))
    assert boxes == [Box(x=0, y=0, w=100, h=300), Box(x=180, y=35, w=60, h=190)]


def test_depth_of_field_is_measured_on_a_painted_scene() -> None:
    rng = np.random.default_rng(2)
    texture = cv2.resize(rng.integers(0, 256, (60, 80)).astype(np.uint8), (640, 480), interpolation=cv2.INTER_NEAREST)
    _, mask = scene()
    sharp = judge_depth(texture, mask, behind(mask))
    assert sharp[0] == "sharp"
    assert sharp[1] == pytest.approx(1, abs=0.1)
    apart = np.where(mask, texture, cv2.GaussianBlur(texture, (0, 0), 4)).astype(np.uint8)
    blur, ratio = judge_depth(apart, mask, behind(mask))
    assert blur == "blurred"
    assert ratio is not None
    assert ratio > 2
    assert judge_depth(np.full((480, 640), 90, np.uint8), mask, behind(mask)) == ("sharp", None)
    assert clutter(texture, behind(mask)) > 0.9
    assert clutter(np.full((480, 640), 90, np.uint8), behind(mask)) == 0


def test_an_outline_is_simple_and_covers_what_the_mask_does(photo_of: Make) -> None:
    rng = np.random.default_rng(4)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (480, 640)).astype(np.float32), (0, 0), 9)
    whole = overview(photo_of(np.full((960, 1280, 3), 100, np.uint8)))
    found = outline(noise > 0.02, whole)
    assert 0 < sum(map(len, found)) <= MOST_POINTS
    disc = cv2.circle(np.zeros((480, 640), np.uint8), (300, 200), 100, 1, -1) > 0
    disc[200, 300] = False  # holes do not count
    (circle,) = outline(disc, whole)
    assert np.mean(circle, axis=0) == pytest.approx((601, 401), abs=12)  # the photo is twice as large
    assert np.ptp(circle, axis=0) == pytest.approx((400, 400), abs=8)


def test_its_wiring() -> None:
    assert wiring(BackgroundAnalyzer).needs == ("objects", "faces")
    assert BackgroundAnalyzer.accepts_empty
