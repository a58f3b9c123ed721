"""The science of skin colours: the CIE's formulas, the Monk scale, and casts taken out of made pictures."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyzers.demographics.skin_colors import (
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

colors = st.tuples(*[st.integers(0, 255)] * 3)
labs = st.tuples(st.floats(0, 100), st.floats(-60, 60), st.floats(-60, 60))


@given(colors)
def test_lab_is_that_of_opencv(rgb: tuple[int, int, int]) -> None:
    expected = cv2.cvtColor(np.array([[rgb]], np.float32) / 255, cv2.COLOR_RGB2Lab)[0, 0]
    assert lab(linear(np.array(rgb))) == pytest.approx(expected, abs=0.35)


@given(colors)
def test_lab_is_that_of_the_formulas_written_out(rgb: tuple[int, int, int]) -> None:
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
def test_the_angle_is_that_of_lightness_over_yellow(color: tuple[float, float, float], angle: float) -> None:
    assert ita(np.array(color)) == pytest.approx(angle)


@given(st.floats(10, 95), st.floats(5, 35), st.floats(0.01, 0.5), st.floats(0.01, 0.5))
def test_the_error_of_the_angle_is_that_of_small_steps(lightness: float, b: float, dl: float, db: float) -> None:
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
) -> None:
    assert difference(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-4)


@given(labs, labs)
def test_a_difference_is_the_same_both_ways_and_none_to_itself(
    first: tuple[float, ...], second: tuple[float, ...]
) -> None:
    one, other = np.array(first), np.array(second)
    assert difference(one, other) == pytest.approx(float(difference(other, one)), abs=1e-6)
    assert difference(one, one) == pytest.approx(0, abs=1e-6)


def test_every_swatch_of_the_monk_scale_is_its_own_tone() -> None:
    assert [monk(color) for color in MONK_LAB] == list(range(1, 11))
    assert MONK_LAB[0] == pytest.approx((94.2, 1.5, 5.4), abs=0.2)  # as the scale's own page gives it
    assert MONK_LAB[9] == pytest.approx((14.6, 1.5, 3.5), abs=0.2)
    assert len(MONK) == 10


@given(labs, st.tuples(*[st.floats(0, 15)] * 3))
def test_the_tone_is_always_within_its_range(color: tuple[float, ...], deviation: tuple[float, ...]) -> None:
    first, last = monk_range(np.array(color), np.array(deviation))
    assert 1 <= first <= monk(np.array(color)) <= last <= 10


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
def test_skin_comes_back_from_under_a_cast(light: np.ndarray) -> None:
    cast = cast_of(scene(light), np.ones((144, 192), bool))
    truth, seen = skin_under(np.full(3, np.mean(light))), skin_under(light)
    before = float(difference(lab(seen), lab(truth)))
    after = float(difference(lab(neutralised(seen, cast)), lab(truth)))
    assert after < max(4.5, 0.5 * before)  # what the scene itself is off grey remains
    assert after <= before + 2.5


def test_one_large_colour_is_not_taken_for_a_cast() -> None:
    picture = scene(np.ones(3))
    picture[30:, 40:150] = linear(np.array([235, 110, 30]))
    assert cast_of(picture, np.ones((144, 192), bool)).strength < 0.35


@given(lights, st.floats(0, 1), st.floats(0.05, 1))
def test_a_neutral_thing_under_the_light_becomes_neutral_and_keeps_its_luminance(
    light: np.ndarray, strength: float, level: float
) -> None:
    seen = light / light.mean() * level * 0.7
    whole = lab(neutralised(seen, Cast(light / light.mean(), 5, 1)))
    assert whole[1:] == pytest.approx([0, 0], abs=0.05)
    assert whole[0] == pytest.approx(lab(seen)[0], abs=0.01)
    part = lab(neutralised(seen, Cast(light / light.mean(), 5, strength)))
    assert np.hypot(*part[1:]) <= np.hypot(*lab(seen)[1:]) + 0.05
    assert neutralised(seen, NO_CAST) == pytest.approx(seen)


def test_too_few_pixels_say_nothing_about_the_light() -> None:
    assert cast_of(scene(np.ones(3)), np.zeros((144, 192), bool)) == NO_CAST
    assert cast_of(np.zeros((50, 50, 3)), np.ones((50, 50), bool)) == NO_CAST
