"""Palettes of real photos, the names of colours, and the geometry of hues."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import Open, Picture, as_photo

from analyzers.base import Photo
from analyzers.quality.color_names import EXAMPLES, NAMES, color_name, from_hex, hex_code, oklab
from analyzers.quality.colors import ColorsAnalyzer, colorfulness
from bus.findings import Color, Colors

analyzer = ColorsAnalyzer({})


def look(photo: Photo | Picture) -> Colors:
    return analyzer.analyze(as_photo(photo))


def named(found: Colors) -> dict[str, Color]:
    return {color.name: color for color in found.palette}


def patches(*codes: str) -> Picture:
    """Equal shares of the colours, in squares along the diagonals."""
    turn = np.indices((240, 240)).sum(axis=0) // 20 % len(codes)
    return np.array([from_hex(code)[::-1] for code in codes]).astype(np.uint8)[turn]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("people/astronaut.png", {"orange", "black"}),
        ("people/bus.jpg", {"beige", "steel blue"}),
        ("people/portrait_official.jpg", {"navy", "rust"}),
        ("people/portrait_official_2.jpg", {"black", "gold"}),
        ("coffee.png", {"rust", "copper"}),
        ("exif/gps_ifd.jpg", {"white", "sky blue"}),
        ("exif/iphone.heic", {"violet"}),
        ("exif/gps.jpg", {"olive"}),
    ],
)
def test_the_palette_holds_the_colours_that_a_person_sees(open_photo: Open, name: str, seen: set[str]) -> None:
    assert seen <= named(look(open_photo(name))).keys()


def test_the_orange_suit_is_a_large_part_in_the_lower_left(open_photo: Open) -> None:
    orange = named(look(open_photo("people/astronaut.png")))["orange"]
    assert orange.share > 0.1
    assert 80 < orange.center[0] < 280
    assert 250 < orange.center[1] < 480


def test_the_bars_of_a_letterboxed_photo_are_no_colour_of_it(open_photo: Open) -> None:
    photo = open_photo("people/low_resolution.jpg")
    found = look(photo)
    assert named(found)["black"].share < 0.25
    assert all(116 < color.center[0] < 311 for color in found.palette)


def test_the_same_photo_has_the_same_palette_every_time(open_photo: Open) -> None:
    photo = open_photo("people/two_people.jpg")
    assert look(photo) == look(Photo(photo.data)) == ColorsAnalyzer({}).analyze(photo)


@pytest.mark.parametrize("name", ["people/bus.jpg", "people/astronaut.png", "people/zidane.jpg", "exif/gps.jpg"])
@pytest.mark.parametrize("levels", [-1, 1])
def test_a_level_of_light_more_or_less_changes_next_to_nothing(open_photo: Open, name: str, levels: int) -> None:
    picture = open_photo(name).bgr
    lit = np.clip(picture.astype(np.int16) + levels, 0, 255).astype(np.uint8)
    before, after = named(look(picture)), named(look(lit))
    assert next(iter(before)) == next(iter(after))
    for each in before.keys() | after.keys():
        shares = [palette[each].share if each in palette else 0.0 for palette in (before, after)]
        assert shares[0] == pytest.approx(shares[1], abs=0.08)


def test_what_is_shaded_goes_by_few_names_and_what_is_far_from_all_names_by_none() -> None:
    shaded = np.repeat(np.linspace(0.75, 1, 240)[:, None, None] * from_hex("#e8752a")[::-1], 240, axis=1)
    found = named(look(shaded.astype(np.uint8)))
    assert found["orange"].share > 0.4
    assert found.keys() <= {"orange", "burnt orange", "rust", "copper"}
    speck = np.full((240, 240, 3), 128, np.uint8)
    speck[:12, :12] = from_hex("#20c030")[::-1]
    assert named(look(speck))["grey"].share == pytest.approx(1 - 144 / 240**2, abs=0.001)


@pytest.mark.parametrize("name", ["people/bus.jpg", "coffee.png", "exif/gps.jpg"])
def test_shares_are_sorted_and_no_name_comes_twice(open_photo: Open, name: str) -> None:
    palette = look(open_photo(name)).palette
    shares = [color.share for color in palette]
    assert shares == sorted(shares, reverse=True)
    assert 0.7 < sum(shares) <= 1.0001
    assert len(named(look(open_photo(name)))) == len(palette)
    assert all(color_name(from_hex(color.hex)) == color.name for color in palette)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("#000000", "black"),
        ("#ffffff", "white"),
        ("#808080", "grey"),
        ("#ff0000", "red"),
        ("#ffa500", "orange"),
        ("#ffff00", "yellow"),
        ("#008000", "green"),
        ("#0000ff", "blue"),
        ("#000080", "navy"),
        ("#008080", "teal"),
        ("#800000", "maroon"),
        ("#800080", "purple"),
        ("#808000", "olive"),
        ("#ff00ff", "magenta"),
        ("#00ffff", "cyan"),
        ("#87ceeb", "sky blue"),
        ("#8b5a2b", "brown"),
        ("#ff69b4", "hot pink"),
        ("#e4572e", "orange"),
    ],
)
def test_well_known_colours_have_their_names(code: str, name: str) -> None:
    assert color_name(from_hex(code)) == name


def test_every_example_has_its_own_name() -> None:
    assert 40 <= len(NAMES) <= 60
    for name, codes in EXAMPLES.items():
        for code in codes:
            assert color_name(from_hex(code)) == name


@given(st.tuples(*[st.integers(0, 255)] * 3))
@settings(deadline=None)
def test_every_colour_has_a_name_and_a_code(rgb: tuple[int, int, int]) -> None:
    assert color_name(rgb) in NAMES
    assert tuple(from_hex(hex_code(rgb))) == rgb


def test_oklab_of_white_black_and_red() -> None:
    assert oklab((255, 255, 255)) == pytest.approx((1, 0, 0), abs=1e-3)
    assert oklab((0, 0, 0)) == pytest.approx((0, 0, 0), abs=1e-6)
    assert oklab((255, 0, 0)) == pytest.approx((0.628, 0.225, 0.126), abs=1e-3)


@pytest.mark.parametrize(
    ("codes", "harmony"),
    [
        (("#202020", "#909090", "#e8e8e8"), "neutral"),
        (("#8a1c1c", "#c83030", "#f0e8e8"), "monochrome"),
        (("#d8201f", "#f0801f", "#ecc61f"), "analogous"),
        (("#1f6fd6", "#e8882a"), "complementary"),
        (("#d8201f", "#20a040", "#2040d8"), "triadic"),
        (("#ff2080", "#ffd000"), "clashing"),
    ],
)
def test_harmony_is_geometry_on_the_colour_wheel(codes: tuple[str, ...], harmony: str) -> None:
    assert look(patches(*codes)).harmony == harmony


@pytest.mark.parametrize(
    ("codes", "mood"),
    [
        (("#101214", "#26282c", "#3a3a40"), "gloomy"),
        (("#888888", "#a4a4a4", "#c8c8c8"), "neutral"),
        (("#f6d8dd", "#d8e8f4", "#f4f0d8"), "pastel"),
        (("#ff2020", "#20c030", "#2040ff"), "vivid"),
        (("#a08878", "#8f8f82", "#777f88"), "muted"),
        (("#c08050", "#b06a40", "#d8a880"), "warm"),
        (("#4878a8", "#6a98c0", "#88b0c8"), "cold"),
    ],
)
def test_moods(codes: tuple[str, ...], mood: str) -> None:
    assert look(patches(*codes)).mood == mood


def test_colourfulness_grows_with_saturation_and_is_nothing_for_grey(open_photo: Open) -> None:
    picture = open_photo("people/bus.jpg").bgr
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    half = cv2.addWeighted(picture, 0.5, grey, 0.5, 0)
    assert colorfulness(grey) < 0.01 < colorfulness(half) < 0.7 * colorfulness(picture)
    assert look(grey).harmony == "neutral"


def test_pictures_of_nothing_get_a_palette(odd_photo: Photo) -> None:
    found = look(odd_photo)
    assert found.palette
    for color in found.palette:
        assert color.name in NAMES
        assert re.fullmatch("#[0-9a-f]{6}", color.hex)
        assert 0 <= color.center[0] <= odd_photo.width
        assert 0 <= color.center[1] <= odd_photo.height


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 2**32 - 1), st.integers(1, 256))
@settings(max_examples=40, deadline=None)
def test_any_size_gets_a_palette(width: int, height: int, seed: int, shades: int) -> None:
    picture = np.random.default_rng(seed).integers(0, shades, (height, width, 3)).astype(np.uint8)
    found = look(picture)
    assert sum(color.share for color in found.palette) <= 1.0001
