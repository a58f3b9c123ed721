"""The technical quality of real photos, of spoilt copies of them, and of pictures of nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import Open, Picture, as_photo, photo_of

from analyzers.base import Photo, fit
from analyzers.quality.artifacts import blockiness, estimate_noise
from analyzers.quality.blur import judge_blur
from analyzers.quality.borders import find_bars
from analyzers.quality.quality import QualityAnalyzer
from bus.findings import Quality

SHARP = (
    "people/astronaut.png",
    "people/bus.jpg",
    "people/zidane.jpg",
    "people/portrait_official.jpg",
    "people/two_people.jpg",
    "coffee.png",
    "exif/camera_1999.jpg",
    "exif/gps_ifd.jpg",
)
MODELS = Path(__file__).resolve().parents[4] / "shared" / "models"

analyzer = QualityAnalyzer({})


def look(photo: Photo | Picture) -> Quality:
    return analyzer.analyze(as_photo(photo))


def at_640(photo: Photo) -> Picture:
    return np.ascontiguousarray(photo.fit(640)[0])


def moved(picture: Picture, pixels: int, degrees: float) -> Picture:
    """The picture as a camera in motion sees it."""
    kernel = np.zeros((2 * pixels + 1, 2 * pixels + 1), np.float32)
    direction = np.radians(degrees)
    for step in np.linspace(-pixels / 2, pixels / 2, 8 * pixels):
        kernel[round(pixels + step * np.sin(direction)), round(pixels + step * np.cos(direction))] += 1
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def noised(picture: Picture, sigma: float) -> Picture:
    grain = np.random.default_rng(7).normal(0, sigma, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def jpeg(picture: Picture, quality: int) -> Picture:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def sepia(picture: Picture) -> Picture:
    matrix = np.array(((0.131, 0.534, 0.272), (0.168, 0.686, 0.349), (0.189, 0.769, 0.393)))
    return np.clip(picture @ matrix.T, 0, 255).astype(np.uint8)


def resaturated(picture: Picture, factor: float) -> Picture:
    hsv = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2HSV)
    hsv[..., 1] = np.minimum(1, hsv[..., 1] * factor)
    return (cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR) * 255).astype(np.uint8)


def unsharp(picture: Picture) -> Picture:
    soft = cv2.GaussianBlur(picture, (0, 0), 2).astype(float)
    return np.clip(picture + 2 * (picture - soft), 0, 255).astype(np.uint8)


def darkened_corners(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    gain = 1 - 0.7 * np.clip((np.hypot(x, y) / np.sqrt(2) - 0.3) / 0.7, 0, 1) ** 1.5
    return (picture * gain[..., None]).astype(np.uint8)


@pytest.mark.parametrize("name", SHARP)
def test_good_photos_are_sharp_clean_and_unfiltered(open_photo: Open, name: str) -> None:
    found = look(open_photo(name))
    assert (found.blur, found.blur_kind) == ("sharp", None)
    assert not found.noisy
    assert not found.blocky
    assert not found.low_resolution
    assert found.filters == ()
    assert found.borders == ()


@pytest.mark.parametrize("name", SHARP)
def test_a_blurred_copy_is_blurred_by_focus_and_less_sharp(open_photo: Open, name: str) -> None:
    picture = at_640(open_photo(name))
    found = look(cv2.GaussianBlur(picture, (0, 0), 2.5))
    assert (found.blur, found.blur_kind) == ("blurred", "focus")
    assert found.sharpness < 0.2 * look(picture).sharpness


@pytest.mark.parametrize("name", SHARP)
def test_a_slightly_blurred_copy_is_no_longer_sharp(open_photo: Open, name: str) -> None:
    assert look(cv2.GaussianBlur(at_640(open_photo(name)), (0, 0), 1.5)).blur != "sharp"


@pytest.mark.parametrize("degrees", [0, 20, 70, 90, 135])
@pytest.mark.parametrize("name", SHARP)
def test_a_moved_copy_is_spoilt_by_motion(open_photo: Open, name: str, degrees: float) -> None:
    found = look(moved(at_640(open_photo(name)), 15, degrees))
    assert found.blur != "sharp"
    assert found.blur_kind == "motion"


def test_stripes_of_one_direction_are_no_motion() -> None:
    stripes = np.zeros((400, 600, 3), np.uint8)
    stripes[:, np.arange(600) % 40 < 20] = 200
    assert look(stripes).blur_kind is None


@pytest.mark.parametrize("name", SHARP)
def test_noise_is_seen_and_roughly_measured(open_photo: Open, name: str) -> None:
    photo = open_photo(name)
    clean, grainy = look(photo), look(noised(photo.bgr, 14))
    assert grainy.noisy
    luma = 14 * np.sqrt(0.299**2 + 0.587**2 + 0.114**2)
    assert grainy.noise == pytest.approx(np.hypot(luma, clean.noise), rel=0.2)


def test_dense_foliage_is_texture_and_not_noise(open_photo: Open) -> None:
    photo = open_photo("exif/gps.jpg")
    assert not look(photo).noisy
    assert look(noised(photo.bgr, 14)).noisy


@given(st.floats(2, 20))
@settings(max_examples=20, deadline=None)
def test_the_noise_of_a_grey_card_is_its_deviation(sigma: float) -> None:
    card = np.clip(np.random.default_rng(1).normal(128, sigma, (256, 256)), 0, 255).astype(np.uint8)
    assert estimate_noise(card).sigma == pytest.approx(sigma, rel=0.15, abs=0.3)


@pytest.mark.parametrize("name", SHARP)
def test_heavy_compression_leaves_blocks_wherever_the_grid_was_cut(open_photo: Open, name: str) -> None:
    picture = open_photo(name).bgr
    found = look(jpeg(picture, 10)[3:, 5:])
    assert found.blocky
    assert found.blockiness > look(picture).blockiness + 0.4
    assert not look(jpeg(picture[3:, 5:], 92)).blocky


def test_a_smooth_ramp_has_no_blocks() -> None:
    ramp = np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1))
    assert blockiness(ramp) < 1.2


@pytest.mark.parametrize("name", ["people/hopper.jpg", "people/low_resolution.jpg", "chelsea.png"])
def test_small_pictures_are_low_in_resolution(open_photo: Open, name: str) -> None:
    assert look(open_photo(name)).low_resolution


def test_black_bars_are_found_left_and_right_and_do_not_count_as_picture(open_photo: Open) -> None:
    photo = open_photo("people/low_resolution.jpg")
    assert look(photo).borders == ("left", "right")
    inside = find_bars(photo.bgr).trim(photo.bgr)
    assert inside.shape[1] == pytest.approx(200, abs=12)
    assert look(photo).saturation == pytest.approx(look(np.ascontiguousarray(inside)).saturation, abs=0.01)


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("name", ["people/bus.jpg", "coffee.png", "chelsea.png"])
def test_bars_of_any_shade_are_found_above_and_below(open_photo: Open, name: str, shade: int) -> None:
    picture = open_photo(name).bgr
    bar = picture.shape[0] // 8
    boxed = cv2.copyMakeBorder(picture, bar, bar, 0, 0, cv2.BORDER_CONSTANT, value=(shade,) * 3)
    assert look(jpeg(boxed, 85)).borders == ("top", "bottom")


def test_a_thing_on_a_plain_backdrop_has_no_bars() -> None:
    backdrop = np.full((500, 700, 3), 250, np.uint8)
    cv2.ellipse(backdrop, (350, 260), (160, 110), 0, 0, 360, (30, 60, 160), -1)
    assert look(backdrop).borders == ()


@pytest.mark.parametrize("name", SHARP)
def test_a_grey_copy_is_monochrome_and_a_brown_one_sepia(open_photo: Open, name: str) -> None:
    picture = open_photo(name).bgr
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    assert look(grey).filters == ("monochrome",)
    assert look(grey).saturation < 0.01
    assert look(sepia(picture)).filters == ("sepia",)


@pytest.mark.parametrize("name", ["people/astronaut.png", "people/portrait_official.jpg", "coffee.png", "exif/gps.jpg"])
def test_doubling_the_saturation_of_a_colourful_photo_is_too_much(open_photo: Open, name: str) -> None:
    assert "oversaturated" in look(resaturated(open_photo(name).bgr, 2)).filters


@pytest.mark.parametrize("name", SHARP)
def test_lifted_blacks_and_pale_colours_are_faded(open_photo: Open, name: str) -> None:
    pale = resaturated(open_photo(name).bgr, 0.6).astype(float)
    assert "faded" in look((55 + pale * (150 / 255)).astype(np.uint8)).filters


@pytest.mark.parametrize("name", ["people/bus.jpg", "exif/camera_1999.jpg"])
def test_darkened_corners_are_a_vignette(open_photo: Open, name: str) -> None:
    assert "vignette" in look(darkened_corners(open_photo(name).bgr)).filters


@pytest.mark.parametrize("name", ["people/bus.jpg", "people/astronaut.png", "coffee.png", "exif/camera_1999.jpg"])
def test_halos_tell_of_too_much_sharpening(open_photo: Open, name: str) -> None:
    assert "oversharpened" in look(unsharp(open_photo(name).bgr)).filters


@pytest.mark.parametrize("name", ["people/bus.jpg", "people/portrait_official.jpg", "chelsea.png"])
def test_detail_shouted_everywhere_is_hdr(open_photo: Open, name: str) -> None:
    lab = cv2.cvtColor(open_photo(name).bgr, cv2.COLOR_BGR2LAB)
    lab[..., 0] = cv2.createCLAHE(4, (8, 8)).apply(lab[..., 0])
    mapped = resaturated(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), 1.3)
    mapped = mapped.astype(float)
    wide = cv2.GaussianBlur(mapped, (0, 0), 8)
    assert "hdr" in look(np.clip(2 * mapped - wide, 0, 255).astype(np.uint8)).filters


def test_without_its_weights_there_is_no_brisque(open_photo: Open) -> None:
    assert look(open_photo("chelsea.png")).brisque is None


@pytest.mark.skipif(not MODELS.exists(), reason="../shared/models is absent")
@pytest.mark.parametrize("name", SHARP)
def test_brisque_prefers_the_photo_to_its_spoilt_copies(open_photo: Open, name: str) -> None:
    files = {"brisque_model": MODELS / "brisque_model_live.yml", "brisque_range": MODELS / "brisque_range_live.yml"}
    scored = QualityAnalyzer(files)
    picture = at_640(open_photo(name))

    def score(image: Picture) -> float:
        value = scored.analyze(photo_of(image)).brisque
        assert value is not None
        return value

    assert score(picture) < 45
    assert score(cv2.GaussianBlur(picture, (0, 0), 3)) > score(picture) + 15
    assert score(noised(picture, 30)) > score(picture) + 15


def test_pictures_of_nothing_get_an_answer(odd_photo: Photo) -> None:
    found = look(odd_photo)
    assert found.borders == ()
    assert found.megapixels == odd_photo.width * odd_photo.height / 1e6


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_size_gets_an_answer(width: int, height: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shades = rng.integers(0, 256, (height, width, 3)) * rng.integers(0, 2)
    found = look(shades.astype(np.uint8))
    assert found.low_resolution
    assert found.blockiness > 0


def test_the_verdict_on_blur_does_not_hang_on_contrast(open_photo: Open) -> None:
    gray = cv2.cvtColor(fit(open_photo("people/bus.jpg").bgr, 640)[0], cv2.COLOR_BGR2GRAY)
    pale = (100 + gray * 0.35).astype(np.uint8)
    assert judge_blur(pale).verdict == judge_blur(gray).verdict == "sharp"
