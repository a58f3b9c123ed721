"""Fabrics: stripes, checks and prints of many sizes on cloth with folds and noise, and plain cloth that is none."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.body.fabrics import judge_pattern

WIDTH, HEIGHT = 240, 300
Y, X = np.indices((HEIGHT, WIDTH)).astype(float)
WHOLE = np.full((HEIGHT, WIDTH), 255, np.uint8)


def along(angle: float) -> np.ndarray:
    return X * np.cos(np.radians(angle)) + Y * np.sin(np.radians(angle))


def bands(period: float, angle: float) -> np.ndarray:
    return (along(angle) / period % 1 < 0.5).astype(float)


def cloth(ink: np.ndarray, folds: float = 0.1, noise: float = 3, dark: bool = False) -> np.ndarray:
    """`ink` (0..1) between two blues, with the shading of folds and the noise of a sensor."""
    low, high = (np.array([60, 40, 30]), np.array([110, 80, 70])) if dark else (np.array([90, 50, 40]), np.full(3, 215))
    shade = 1 + folds * (0.6 * np.sin(X / 34 + np.sin(Y / 60)) + 0.5 * np.sin(Y / 80 + X / 100))
    image = (low + (high - low) * ink[..., None]) * shade[..., None]
    return np.clip(image + np.random.default_rng(5).normal(0, noise, image.shape), 0, 255).astype(np.uint8)


@given(st.floats(WIDTH / 40, WIDTH / 4.5), st.floats(0, 180), st.floats(0, 0.25), st.booleans())
@settings(max_examples=40)
def test_stripes_of_many_widths_and_directions_are_striped(
    period: float, angle: float, folds: float, dark: bool
) -> None:
    assert judge_pattern(cloth(bands(period, angle), folds, dark=dark), WHOLE, WIDTH) == "striped"


@given(st.floats(WIDTH / 25, WIDTH / 6), st.floats(0, 90), st.floats(0, 0.2))
@settings(max_examples=30)
def test_checks_are_checked(period: float, angle: float, folds: float) -> None:
    ink = (bands(period, angle) + bands(period, angle + 90)) / 2
    assert judge_pattern(cloth(ink, folds), WHOLE, WIDTH) == "checked"


@pytest.mark.parametrize("square", [8, 15, 24])
def test_a_chessboard_is_checked(square: int) -> None:
    assert judge_pattern(cloth((X // square + Y // square) % 2), WHOLE, WIDTH) == "checked"


@given(st.floats(0, 0.6), st.floats(0, 15), st.floats(0, 1), st.booleans())
@settings(max_examples=30)
def test_plain_cloth_stays_plain_in_folds_light_and_noise(folds: float, noise: float, ink: float, dark: bool) -> None:
    image = cloth(np.full((HEIGHT, WIDTH), ink), folds, noise, dark)
    assert judge_pattern(image, WHOLE, WIDTH) == "plain"


@pytest.mark.parametrize("edge", [lambda: X > 120, lambda: along(60) > 150, lambda: abs(X - 120) < 14, lambda: X > Y])
def test_a_lapel_or_a_tie_makes_no_stripes(edge: Callable[[], np.ndarray]) -> None:
    assert judge_pattern(cloth(edge().astype(float)), WHOLE, WIDTH) == "plain"


@pytest.mark.parametrize("size", [3, 5, 7])
def test_a_print_without_order_is_patterned(size: float) -> None:
    rough = cv2.GaussianBlur(np.random.default_rng(2).random((HEIGHT, WIDTH)), (0, 0), size)
    assert judge_pattern(cloth((rough > np.median(rough)).astype(float)), WHOLE, WIDTH) == "patterned"


def test_only_the_cloth_counts() -> None:
    half = WHOLE.copy()
    half[:, WIDTH // 2 :] = 0
    image = cloth(np.where(X < WIDTH / 2, 0.4, bands(14, 30)))
    assert judge_pattern(image, half, WIDTH) == "plain"
    assert judge_pattern(image, 255 - half, WIDTH) == "striped"


def test_size_in_the_photo_makes_no_difference() -> None:
    image = cloth(bands(16, 20))
    for factor in (0.5, 1.5, 3):
        scaled = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        mask = np.full(scaled.shape[:2], 255, np.uint8)
        assert judge_pattern(scaled, mask, WIDTH * factor) == "striped"


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (12, 12)])
def test_a_scrap_is_plain(shape: tuple[int, int]) -> None:
    scrap = np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)
    for shoulders in (0.0, 1.0, 1e6):
        assert judge_pattern(scrap, np.full(shape, 255, np.uint8), shoulders) == "plain"
