"""The light of real photos, of copies under other light, and of pictures of nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import Open, Picture, as_photo

from analyzers.base import Photo
from analyzers.quality.lighting import LightingAnalyzer
from bus.findings import Lighting

PHOTOS = (
    "people/astronaut.png",
    "people/bus.jpg",
    "people/hopper.jpg",
    "people/portrait_official.jpg",
    "people/portrait_official_2.jpg",
    "people/two_people.jpg",
    "coffee.png",
    "chelsea.png",
    "exif/camera_1999.jpg",
    "exif/gps_ifd.jpg",
)

analyzer = LightingAnalyzer({})


def look(photo: Photo | Picture) -> Lighting:
    return analyzer.analyze(as_photo(photo))


def exposed(picture: Picture, stops: float) -> Picture:
    linear = (picture / 255.0) ** 2.2 * 2**stops
    return (np.clip(linear, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def tinted(picture: Picture, red: float, green: float, blue: float) -> Picture:
    return np.clip(picture * np.array((blue, green, red)), 0, 255).astype(np.uint8)


def lit_from_the_left(picture: Picture) -> Picture:
    return (picture * np.linspace(1, 0.25, picture.shape[1])[None, :, None]).astype(np.uint8)


def silhouette(sky: int = 235, figure: int = 12) -> Picture:
    """A person before a bright sky, and the ground that they stand on."""
    picture = np.full((600, 800, 3), sky, np.uint8)
    picture[:400] -= np.linspace(0, 20, 400).astype(np.uint8)[:, None, None]
    picture[520:] = figure
    cv2.circle(picture, (400, 160), 70, (figure,) * 3, -1)
    cv2.ellipse(picture, (400, 480), (190, 260), 0, 0, 360, (figure,) * 3, -1)
    return picture


@pytest.mark.parametrize("name", PHOTOS)
def test_good_photos_are_balanced_neutral_and_lit_from_the_front(open_photo: Open, name: str) -> None:
    found = look(open_photo(name))
    assert found.exposure == "balanced"
    assert found.cast == "none"
    assert not found.backlit
    assert not found.flat
    assert not found.high_key


@pytest.mark.parametrize("name", PHOTOS)
def test_two_stops_less_are_underexposed_and_darker(open_photo: Open, name: str) -> None:
    picture = open_photo(name).bgr
    found = look(exposed(picture, -2))
    assert found.exposure == "under"
    assert found.brightness < 0.75 * look(picture).brightness


@pytest.mark.parametrize("name", ["people/bus.jpg", "people/astronaut.png", "chelsea.png", "exif/gps_ifd.jpg"])
def test_two_stops_more_are_overexposed_and_clip(open_photo: Open, name: str) -> None:
    picture = open_photo(name).bgr
    found = look(exposed(picture, 2))
    assert found.exposure == "over"
    assert found.clipped_highlights > look(picture).clipped_highlights + 0.05


@pytest.mark.parametrize("name", [name for name in PHOTOS if name != "chelsea.png"])  # the cat itself is warm
@pytest.mark.parametrize(
    ("cast", "gains"),
    [
        ("warm", (1.15, 1.0, 0.7)),
        ("cool", (0.62, 0.95, 1.2)),
        ("green", (0.85, 1.1, 0.85)),
        ("magenta", (1.1, 0.82, 1.1)),
    ],
)
def test_tinted_light_is_named(open_photo: Open, name: str, cast: str, gains: tuple[float, float, float]) -> None:
    found = look(tinted(open_photo(name).bgr, *gains))
    assert found.cast == cast
    assert found.cast_strength > 11


def test_an_orange_suit_and_a_red_saucer_are_no_cast(open_photo: Open) -> None:
    assert look(open_photo("people/astronaut.png")).cast_strength < 6
    assert look(open_photo("coffee.png")).cast == "none"


@pytest.mark.parametrize("name", ["people/bus.jpg", "people/astronaut.png", "coffee.png"])
def test_light_from_one_side_is_seen_and_its_mirror_image_on_the_other(open_photo: Open, name: str) -> None:
    picture = lit_from_the_left(open_photo(name).bgr)
    assert look(picture).direction == "left"
    assert look(np.ascontiguousarray(picture[:, ::-1])).direction == "right"


def test_a_silhouette_is_backlit_and_its_negative_is_not() -> None:
    assert look(silhouette()).backlit
    assert not look(255 - silhouette()).backlit
    assert not look(silhouette(figure=140)).backlit


def test_dark_suits_before_bright_walls_are_not_backlit(open_photo: Open) -> None:
    for name in ("people/portrait_official_2.jpg", "people/two_people.jpg", "exif/camera_1999.jpg"):
        assert not look(open_photo(name)).backlit


def test_a_night_game_is_low_key_and_a_white_still_life_high_key(open_photo: Open) -> None:
    assert look(open_photo("people/zidane.jpg")).low_key
    still = np.full((400, 600, 3), 225, np.uint8)
    cv2.circle(still, (300, 220), 90, (205, 212, 220), -1)
    cv2.circle(still, (300, 220), 10, (90, 90, 90), -1)
    assert look(still).high_key
    assert not look(still).low_key


@pytest.mark.parametrize("name", PHOTOS)
def test_fog_over_the_picture_is_flat(open_photo: Open, name: str) -> None:
    assert look((150 + open_photo(name).bgr * 0.25).astype(np.uint8)).flat


def test_black_bars_do_not_darken_the_picture(open_photo: Open) -> None:
    photo = open_photo("people/low_resolution.jpg")
    inside = np.ascontiguousarray(photo.bgr[:, 116:-116])
    assert look(photo).brightness == pytest.approx(look(inside).brightness, abs=0.02)
    assert look(photo).clipped_shadows < 0.1


def test_black_white_and_grey_cards() -> None:
    black, white, grey = (look(np.full((300, 400, 3), shade, np.uint8)) for shade in (0, 255, 128))
    assert (black.exposure, black.clipped_shadows) == ("under", 1)
    assert (white.exposure, white.clipped_highlights) == ("over", 1)
    assert (grey.exposure, grey.cast, grey.direction) == ("balanced", "none", "even")
    assert grey.brightness == pytest.approx(0.536, abs=0.01)


def test_pictures_of_nothing_get_an_answer(odd_photo: Photo) -> None:
    found = look(odd_photo)
    assert found.cast == "none" or min(odd_photo.width, odd_photo.height) < 40
    assert not found.backlit


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_size_gets_an_answer(width: int, height: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    found = look(picture)
    assert 0 <= found.contrast <= 1
    assert found.clipped_shadows + found.clipped_highlights <= 1
