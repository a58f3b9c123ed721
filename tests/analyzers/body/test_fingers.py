"""Fingers: hands built joint by joint, turned anyhow in space."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analyzers.body.fingers import FINGERS, SHAPES, agrees, directed, points, straightness
from bus.findings import GestureLabel

BONES = (0.045, 0.028, 0.022)
"""Metres of a finger's three bones."""


def hand(*stretched: str, bend: float = 80.0) -> NDArray[np.float64]:
    """A right hand [21, 3] in metres, fingers up, palm to the camera; those not named bend by `bend`° at each joint."""
    made = np.zeros((21, 3))
    for column, (finger, joints) in enumerate(FINGERS.items()):
        at, angle = np.array([0.04 - 0.02 * column, -0.09, 0.0]), 0.0
        if finger == "thumb":
            at = np.array([0.045, -0.03, 0.0])
        made[joints[0]] = at
        for joint, bone in zip(joints[1:], BONES, strict=True):
            made[joint] = made[joint - 1] + bone * np.array([0, -np.cos(angle), -np.sin(angle)])
            angle += np.radians(0 if finger in stretched else bend)
    return made


ALL = ("index", "middle", "ring", "little")

HANDS: dict[GestureLabel, NDArray[np.float64]] = {
    "fist": hand(),
    "open_palm": hand("thumb", *ALL),
    "pointing": hand("index"),
    "thumb_up": hand("thumb"),
    "victory": hand("index", "middle"),
    "i_love_you": hand("thumb", "index", "little"),
}

seeds = st.integers(0, 2**32 - 1)


def turned(shape: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """In any direction, of any size, anywhere, half of them mirrored: a left hand."""
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return shape @ rotation.T * rng.uniform(0.01, 1000) + rng.normal(0, 10, 3)


@given(st.sampled_from(sorted(HANDS)), seeds)
def test_a_hand_that_points_does_so_however_it_is_turned(name: GestureLabel, seed: int) -> None:
    assert points(turned(HANDS[name], seed)) == (name == "pointing")


@given(seeds)
def test_a_thumb_is_free_while_pointing(seed: int) -> None:
    assert points(turned(hand("index", "thumb"), seed))
    assert not points(turned(hand("index", "thumb", "little"), seed))


@given(st.sampled_from(sorted(HANDS)), seeds)
def test_every_gesture_agrees_with_its_own_hand_only(name: GestureLabel, seed: int) -> None:
    made = turned(HANDS[name], seed)
    alike = {"pointing": {"pointing_up"}, "thumb_up": {"fist", "thumb_down"}}.get(name, set())
    assert {each for each in get_args(GestureLabel) if agrees(made, each)} == {name} | alike


def test_every_gesture_has_a_shape() -> None:
    assert set(SHAPES) == set(get_args(GestureLabel))


@pytest.mark.parametrize(("bend", "low", "high"), [(0, 1, 1), (20, 0.95, 0.98), (45, 0.8, 0.88), (90, 0.3, 0.65)])
def test_a_finger_is_as_straight_as_its_joints(bend: float, low: float, high: float) -> None:
    assert low - 1e-9 <= straightness(hand(bend=bend), "ring") <= high + 1e-9


def test_a_hand_in_one_point_is_no_gesture() -> None:
    nothing = np.zeros((21, 3))
    assert straightness(nothing, "index") == 0
    assert not points(nothing)


@pytest.mark.parametrize(
    ("gesture", "degrees", "expected"),
    [
        ("pointing_up", 0, True), ("pointing_up", 30, True), ("pointing_up", -30, True), ("pointing_up", 50, False),
        ("pointing_up", 180, False), ("thumb_up", 10, True), ("thumb_up", 170, False), ("thumb_down", 170, True),
        ("thumb_down", 0, False), ("thumb_down", 90, False), ("victory", 120, True),
    ],
)  # fmt: skip
def test_a_direction_is_that_in_the_photo(gesture: GestureLabel, degrees: float, expected: bool) -> None:
    a = np.radians(degrees)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    in_photo = hand("thumb", *ALL) @ turn.T * 1000 + 300  # y is down: these fingers point up
    assert directed(in_photo, gesture) is expected
