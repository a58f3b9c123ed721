"""Background: what a person sees in the real photos, painted scenes, and MODNet's own arithmetic over a network."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from shown import NOBODY

from analyzers.background import BackgroundAnalyzer, behind, clutter, judge_depth
from analyzers.base import Photo, wiring
from analyzers.distractions import Behind, find_band, pole_above, rises_from, runs, spots, things_at_heads
from analyzers.faces import FacesAnalyzer
from analyzers.matting import ModNet
from analyzers.objects import ObjectsAnalyzer
from analyzers.overview import overview
from analyzers.silhouette import MOST_POINTS, outline, people_boxes
from bus.features import Background, Box, Face, Faces, Objects, SeenObject

Open = Callable[[str], Photo]
Make = Callable[[np.ndarray], Photo]
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


def filled(found: Background, photo: Photo) -> np.ndarray:
    """The outline, painted: [height, width] bool."""
    canvas = np.zeros((photo.height, photo.width), np.uint8)
    for polygon in found.outline:
        cv2.fillPoly(canvas, [np.round(polygon).astype(np.int32)], 1)
    return canvas > 0


@pytest.mark.parametrize(("path", "share"), SHARES.items())
def test_people_cover_what_a_person_sees(look: Look, open_photo: Open, path: str, share: tuple[float, float]):
    photo = open_photo(path)
    found = look(photo)
    assert share[0] < found.person_share < share[1]
    assert not found.is_empty()
    assert filled(found, photo).mean() == pytest.approx(found.person_share, abs=0.04)
    assert 3 <= sum(map(len, found.outline)) <= MOST_POINTS


@pytest.mark.parametrize("path", NOBODY)
def test_cats_cups_and_cannons_are_nobody(look: Look, open_photo: Open, path: str):
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
):
    photo = open_photo(path)
    mask = filled(look(photo), photo)
    assert all(mask[y, x] for x, y in inside)
    assert not any(mask[y, x] for x, y in outside)


def test_the_mask_agrees_with_the_makers_own_call_where_one_person_fills_the_photo(
    look: Look, open_photo: Open, mirror: Path
):
    import mediapipe as mp

    photo = open_photo("people/portrait_official.jpg")
    vision, base = mp.tasks.vision, mp.tasks.BaseOptions(model_asset_path=str(mirror / "selfie_segmenter.tflite"))
    with vision.ImageSegmenter.create_from_options(vision.ImageSegmenterOptions(base_options=base)) as segmenter:
        masks = segmenter.segment(mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(photo.rgb))).confidence_masks
    theirs = masks[-1].numpy_view().reshape(photo.height, photo.width) > 0.5
    ours = filled(look(photo), photo)
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.96


def test_blur_behind_people_is_told_from_depth_of_field(look: Look, open_photo: Open):
    verdicts = {path: look(open_photo(path)) for path in SHARES}
    assert verdicts["people/zidane.jpg"].blur == "blurred"
    assert verdicts["people/portrait_same_person.jpg"].blur == "blurred"
    assert verdicts["people/portrait_official.jpg"].blur == "soft"
    assert {verdicts[f"people/{name}"].blur for name in ("bus.jpg", "astronaut.png", "hopper.jpg")} == {"sharp"}
    ratios = {path: found.sharpness_ratio or 0 for path, found in verdicts.items()}
    assert ratios["people/zidane.jpg"] > 2
    assert ratios["people/portrait_official.jpg"] > 1.4
    assert ratios["people/bus.jpg"] < 1.1


def test_a_street_is_more_cluttered_than_a_studio_and_a_blurred_crowd_not_at_all(look: Look, open_photo: Open):
    street, studio, crowd = (
        look(open_photo(f"people/{name}")).clutter for name in ("bus.jpg", "hopper.jpg", "zidane.jpg")
    )
    assert street > 0.5
    assert studio < 0.3
    assert crowd < 0.02


def test_a_mirrored_photo_has_the_mirrored_mask(look: Look, open_photo: Open, photo_of: Make):
    for path, agreement in (("people/two_people.jpg", 0.95), ("people/bus.jpg", 0.65)):  # thin, distant legs agree less
        photo = open_photo(path)
        mirrored = photo_of(np.ascontiguousarray(photo.bgr[:, ::-1]))
        ours, theirs = filled(look(photo), photo), filled(look(mirrored), mirrored)[:, ::-1]
        assert (ours & theirs).sum() / (ours | theirs).sum() > agreement


def test_photos_of_nothing_get_an_answer(mirror: Path, odd_photo: Photo):
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


def test_a_face_without_a_body_gets_one_and_others_do_not():
    def face(x: float) -> Face:
        return Face(box=Box(x=x, y=50, w=20, h=25), score=0.9, sharpness=1, size=0.01)

    person = SeenObject(label="person", score=0.9, box=Box(x=0, y=0, w=100, h=300), size=0.1)
    cat = SeenObject(label="cat", score=0.9, box=Box(x=150, y=0, w=300, h=300), size=0.1)
    boxes = people_boxes(Objects(objects=(cat, person)), Faces(faces=(face(40), face(200))))
    assert boxes == [Box(x=0, y=0, w=100, h=300), Box(x=180, y=35, w=60, h=190)]


# ---- what is behind: painted scenes

HEAD = Box(x=280, y=200, w=80, h=100)


def scene(wall: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """A person before a plain wall: the picture, 640 × 480, and their mask."""
    picture = np.full((480, 640, 3), wall, np.uint8)
    mask = np.zeros((480, 640), np.uint8)
    cv2.ellipse(mask, (320, 240), (44, 70), 0, 0, 360, 1, -1)
    cv2.rectangle(mask, (220, 310), (420, 480), 1, -1)
    picture[mask > 0] = (60, 70, 110)
    return picture, mask > 0


def test_a_pole_that_grows_from_a_head_is_seen_and_one_beside_it_is_not():
    picture, mask = scene()
    assert pole_above(Behind.of(picture, behind(mask)), HEAD) is None
    grown = picture.copy()
    grown[:190, 312:330][~mask[:190, 312:330]] = 40
    pole = pole_above(Behind.of(grown, behind(mask)), HEAD)
    assert pole is not None
    assert (pole.x, pole.x + pole.w) == (pytest.approx(312, abs=3), pytest.approx(330, abs=3))
    beside = picture.copy()
    beside[:, 480:498] = 40
    assert pole_above(Behind.of(beside, behind(mask)), HEAD) is None


def test_curtains_edges_of_walls_and_short_things_are_no_poles():
    picture, mask = scene()
    curtain, corner, short = picture.copy(), picture.copy(), picture.copy()
    curtain[:160, np.arange(640) % 40 < 20] = 60
    corner[:160, :325] = 60
    short[130:165, 312:330] = 40
    for each in (curtain, corner, short):
        each[mask] = (60, 70, 110)
        assert pole_above(Behind.of(each, behind(mask)), HEAD) is None


@given(st.integers(10, 60), st.integers(6, 30), st.integers(40, 70), st.sampled_from([-35, 35]))
@settings(max_examples=30)
def test_the_only_band_is_found_where_it_is(start: int, width: int, wall: int, step: int):
    lightness = np.full((90, 110), wall, np.float32)
    lightness[:, start : start + width] += step
    assert find_band(lightness, 80) == (start, start + width)
    doubled = lightness.copy()
    doubled[:, 100:104] += step
    assert find_band(doubled, 80) is None


@given(st.lists(st.booleans(), max_size=40))
def test_runs_are_the_stretches_of_true_values(flags: list[bool]):
    found = runs(np.array(flags, bool))
    assert [i for start, end in found for i in range(start, end)] == [i for i, flag in enumerate(flags) if flag]
    assert all(before[1] < after[0] for before, after in pairwise(found))


def test_a_glaring_window_and_a_loud_balloon_are_spots_and_a_bright_wall_is_none():
    dark, mask = scene(60)
    window = cv2.rectangle(dark.copy(), (60, 60), (120, 120), (255, 255, 255), -1)
    (spot,) = spots(Behind.of(window, behind(mask)))
    assert (spot.reason, spot.object) == ("bright", None)
    assert (spot.box.x, spot.box.w) == (pytest.approx(60, abs=3), pytest.approx(61, abs=5))
    balloon = cv2.circle(dark.copy(), (540, 100), 30, (20, 20, 240), -1)
    assert [each.reason for each in spots(Behind.of(balloon, behind(mask)))] == ["colorful"]
    assert list(spots(Behind.of(scene(250)[0], behind(mask)))) == []
    half = dark.copy()
    half[:, 430:] = 255
    assert list(spots(Behind.of(half, behind(mask)))) == []
    assert list(spots(Behind.of(dark, np.zeros_like(mask)))) == []


def thing(label: str, box: Box, size: float = 0.02) -> SeenObject:
    return SeenObject(label=label, score=0.9, box=box, size=size)  # type: ignore[arg-type]


def test_a_plant_on_the_crown_a_clock_beside_the_head_and_nothing_else_distract():
    _, mask = scene()
    plant = thing("potted plant", Box(x=290, y=60, w=60, h=120))
    clock = thing("clock", Box(x=368, y=150, w=30, h=30))
    held = thing("cup", Box(x=300, y=250, w=30, h=40))
    far = thing("tv", Box(x=20, y=20, w=100, h=60))
    bus = thing("bus", Box(x=0, y=0, w=640, h=400), size=0.8)
    friend = thing("person", Box(x=370, y=150, w=40, h=100))
    found = list(things_at_heads([plant, clock, held, far, bus, friend], [HEAD], mask))
    assert [(each.object, each.reason) for each in found] == [(0, "from_head"), (1, "object")]
    assert list(things_at_heads([plant, clock], [], mask)) == []


def test_what_hangs_above_a_head_without_touching_does_not_grow_from_it():
    assert rises_from(Box(x=290, y=60, w=60, h=110), HEAD)
    assert not rises_from(Box(x=290, y=20, w=60, h=60), HEAD)
    assert not rises_from(Box(x=200, y=60, w=60, h=110), HEAD)
    assert not rises_from(Box(x=290, y=190, w=60, h=40), HEAD)


def test_depth_of_field_is_measured_on_a_painted_scene():
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


def test_an_outline_is_simple_and_covers_what_the_mask_does(photo_of: Make):
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


# ---- MODNet


def modnet(path: Path) -> Path:
    """A network of MODNet's signature: the red channel, from −1..1 to 0..1."""
    red = numpy_helper.from_array(np.array([[[[0.5]], [[0]], [[0]]]], np.float32), "w")
    shape: list[int | str] = [1, 3, "height", "width"]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["input", "w", "b"], ["output"])],
        "red",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "height", "width"])],
        [red, numpy_helper.from_array(np.array([0.5], np.float32), "b")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), path)
    return path


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1280, 720, (896, 512)), (640, 480, (640, 480)), (100, 300, (512, 1024)), (600, 2000, (512, 1024)),
     (1, 1, (512, 512)), (8000, 1, (1024, 32))],
)  # fmt: skip
def test_modnet_looks_at_multiples_of_32(width: int, height: int, expected: tuple[int, int]):
    assert ModNet.size_for(width, height) == expected


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_modnet_never_looks_at_too_much(width: int, height: int):
    across, down = ModNet.size_for(width, height)
    assert across % 32 == down % 32 == 0
    assert 32 <= min(across, down) <= max(across, down) <= ModNet.longest


def test_modnets_input_is_the_makers(tmp_path: Path):
    rgb = np.random.default_rng(8).integers(0, 256, (700, 900, 3)).astype(np.uint8)
    theirs = (rgb.astype(np.float64) - 127.5) / 127.5
    theirs = cv2.resize(theirs, (640, 512), interpolation=cv2.INTER_AREA)
    assert np.abs(ModNet.prepare(rgb)[0].transpose(1, 2, 0) - theirs).max() < 1e-5
    matte = ModNet(modnet(tmp_path / "modnet.onnx")).matte(cv2.GaussianBlur(rgb, (0, 0), 20))
    assert matte.shape == (700, 900)
    assert np.abs(matte - cv2.GaussianBlur(rgb, (0, 0), 20)[..., 0] / 255).mean() < 0.01


def test_modnet_is_preferred_where_it_is_there(tmp_path: Path, mirror: Path, photo_of: Make):
    weights = {"modnet": modnet(tmp_path / "modnet.onnx"), "selfie_segmenter": mirror / "selfie_segmenter.tflite"}
    analyzer = BackgroundAnalyzer(weights)
    assert analyzer.model == "modnet"
    picture = np.random.default_rng(3).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    picture[..., 2] = 30
    picture[100:400, 200:420] = (30, 30, 250)
    person = SeenObject(label="person", score=0.9, box=Box(x=200, y=100, w=220, h=300), size=0.2)
    found = analyzer.analyze(photo_of(picture), Objects(objects=(person,)), Faces())
    assert found.person_share == pytest.approx(220 * 300 / (640 * 480), rel=0.03)
    ((*corners,),) = found.outline
    assert np.min(corners, axis=0) == pytest.approx((200, 100), abs=4)
    assert np.max(corners, axis=0) == pytest.approx((420, 400), abs=4)


def test_its_wiring():
    assert wiring(BackgroundAnalyzer).waits_for == ("objects", "faces")
    assert BackgroundAnalyzer.accepts_empty
