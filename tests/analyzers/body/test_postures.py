"""Postures: figures drawn by hand, each of which does one thing; whatever their size, place and handedness."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analyzers.body.postures import read
from analyzers.body.skeleton import LEFT, RIGHT, both
from bus.findings import Box, Posture

FRAME = Box(x=0, y=0, w=1000, h=1000)
TRUNK = 200.0
At = tuple[float, float]


def upright(moves: dict[int, At] | None = None, depths: dict[int, float] | None = None) -> NDArray[np.float32]:
    """Somebody who stands and faces the camera, arms hanging, 200 px from hips to shoulders; some landmarks moved."""
    points = np.zeros((33, 4), np.float32)
    points[:, 3] = 0.95
    points[:11, :2] = [
        (500, 235), (505, 225), (515, 225), (525, 226), (495, 225), (485, 225), (475, 226), (530, 230), (470, 230),
        (510, 252), (490, 252),
    ]  # fmt: skip
    left = ((570, 300), (590, 400), (600, 490), (608, 520), (603, 525), (595, 515))
    left += ((540, 500), (542, 670), (540, 840), (538, 858), (548, 870))
    for number, (x, y) in zip(range(11, 33, 2), left, strict=True):
        points[number, :2] = (x, y)
        points[number + 1, :2] = (1000 - x, y)
    for number, at in (moves or {}).items():
        points[number, :2] = at
    for number, depth in (depths or {}).items():
        points[number, 2] = depth
    return points


def profile(moves: dict[int, At] | None = None) -> NDArray[np.float32]:
    """Somebody who stands and looks to the right edge of the photo."""
    points = upright()
    points[11:, 0] = 500 + (points[11:, 0] - 500) * 0.15
    points[:11, 0] = 510 + (points[:11, 0] - 500) * 0.15
    points[0, 0] = 545
    points[[29, 30], 0], points[[31, 32], 0] = 490, 535
    for number, at in (moves or {}).items():
        points[number, :2] = at
    return points


def turned(points: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    """Clockwise, around the middle of the photo, and small enough to stay in it."""
    a = np.radians(degrees)
    matrix = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    made = points.copy()
    made[:, :2] = (points[:, :2] - 500) @ matrix.T * 0.6 + 500
    return made


def from_behind(points: NDArray[np.float32]) -> NDArray[np.float32]:
    made = points.copy()
    made[:, 0] = 1000 - made[:, 0]
    return made


def hand(side: object, wrist: At, knuckles: At) -> dict[int, At]:
    limb = LEFT if side == "left" else RIGHT
    return {limb.wrist: wrist, limb.pinky: knuckles, limb.forefinger: knuckles, limb.thumb: knuckles}


def arm(side: object, elbow: At, wrist: At, knuckles: At | None = None) -> dict[int, At]:
    limb = LEFT if side == "left" else RIGHT
    return {limb.elbow: elbow} | hand(side, wrist, knuckles or wrist)


CROSSED = arm("left", (590, 400), (480, 385), (440, 380)) | arm("right", (410, 400), (520, 390), (560, 385))
CHAIR = {25: (550, 560.0), 26: (450, 560.0), 27: (550, 720.0), 28: (450, 720.0)}
FEET_ON_CHAIR = {29: (550, 735.0), 30: (450, 735.0), 31: (555, 745.0), 32: (445, 745.0)}
STOOL = {25: (640, 520.0), 26: (630, 515.0), 27: (640, 690.0), 28: (630, 690.0)}

FIGURES: dict[str, tuple[NDArray[np.float32], tuple[Posture, ...]]] = {
    "upright": (upright(), ("standing",)),
    "in profile": (profile(), ("standing",)),
    "a stride, from the side": (
        profile({25: (560, 660), 27: (600, 830), 26: (470, 665), 28: (420, 820)}),
        ("walking",),
    ),
    "a knee lifted": (upright({25: (600, 640), 27: (560, 770)}), ("walking",)),
    "on a chair": (upright(CHAIR | FEET_ON_CHAIR), ("sitting",)),
    "on a stool, from the side": (profile(STOOL), ("sitting",)),
    "stretched out": (turned(upright(), 90), ("lying",)),
    "stretched out the other way": (turned(upright(), -88), ("lying",)),
    "on both knees": (upright({27: (540, 700), 28: (460, 700), 31: (540, 705), 32: (460, 705)}), ("kneeling",)),
    "on one knee": (
        profile({25: (505, 670), 27: (400, 680), 31: (380, 690), 26: (640, 510), 28: (640, 680), 32: (670, 690)}),
        ("kneeling",),
    ),
    "arms crossed": (upright(CROSSED), ("standing", "arms_crossed")),
    "arms crossed the other way round": (
        upright(arm("left", (590, 400), (500, 395), (440, 390)) | arm("right", (410, 400), (500, 385), (550, 380))),
        ("standing", "arms_crossed"),
    ),
    "hands folded": (
        upright(arm("left", (590, 410), (520, 430), (505, 425)) | arm("right", (410, 410), (480, 430), (495, 425))),
        ("standing",),
    ),
    "both hands on the hips": (
        upright(arm("left", (660, 400), (575, 480)) | arm("right", (340, 400), (425, 480))),
        ("standing", "hands_on_hips"),
    ),
    "one hand on a hip": (upright(arm("left", (660, 400), (575, 480))), ("standing",)),
    "head before the chest": (
        profile({0: (600, 290), 7: (565, 275), 8: (563, 275), 9: (590, 300), 10: (590, 300)}),
        ("standing", "slouching"),
    ),
    "leaning to the right": (turned(upright(), 20), ("standing", "leaning")),
    "leaning to the left": (turned(upright(), -20), ("standing", "leaning")),
    "an arm towards the camera": (
        upright(arm("left", (582, 330), (590, 345)), {13: -90, 15: -190}),
        ("standing", "arm_to_camera"),
    ),
    "an arm that leaves the photo towards the camera": (
        turned(upright({14: (330, 310)} | hand("right", (-400, 200), (-450, 200)), {14: -110}), 0),
        ("standing", "arm_to_camera"),
    ),
    "an arm that leaves the photo sideways": (
        turned(upright({14: (330, 310)} | hand("right", (-400, 200), (-450, 200))), 0),
        ("standing",),
    ),
    "both arms up": (
        upright(arm("left", (610, 220), (600, 110), (600, 90)) | arm("right", (390, 220), (400, 110), (400, 90))),
        ("standing", "arms_raised"),
    ),
    "one arm up": (upright(arm("right", (390, 220), (400, 110), (400, 90))), ("standing", "arm_raised")),
    "a hand at the chin": (upright(arm("left", (600, 390), (530, 290), (515, 262))), ("standing", "hand_on_face")),
    "hands behind the head": (
        upright(arm("left", (650, 250), (545, 210), (520, 205)) | arm("right", (350, 250), (455, 210), (480, 205))),
        ("standing", "hands_behind_head"),
    ),
    "from behind": (from_behind(upright()), ("standing", "turned_away")),
    "ankles crossed": (upright({27: (475, 840), 28: (525, 838)}), ("standing", "legs_crossed")),
    "an ankle on the other knee": (
        upright(CHAIR | FEET_ON_CHAIR | {26: (420, 560), 28: (535, 550)}),
        ("legs_crossed",),
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_does_what_it_was_drawn_to_do_and_nothing_else(name: str) -> None:
    points, postures = FIGURES[name]
    assert set(read(points, FRAME).postures) == set(postures)


def test_every_posture_has_a_figure() -> None:
    assert {each for _, postures in FIGURES.values() for each in postures} == set(get_args(Posture))


names = st.sampled_from(sorted(FIGURES))


@given(names, st.floats(0.02, 50), st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_neither_size_nor_place_matters(name: str, size: float, right: float, down: float) -> None:
    points, postures = FIGURES[name]
    moved = points.astype(np.float64)
    moved[:, :3] *= size
    moved[:, :2] += (right, down)
    there = read(moved, Box(x=right, y=down, w=1000 * size, h=1000 * size))
    here = read(points, FRAME)
    assert set(there.postures) == set(postures)
    assert (there.facing, there.visible) == (here.facing, here.visible)
    assert there.lean == pytest.approx(here.lean, abs=0.01)


SWAP = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(n + (1 if n % 2 else -1) for n in range(11, 33))]


@pytest.mark.parametrize("name", FIGURES)
def test_a_mirror_changes_nothing_but_left_and_right(name: str) -> None:
    points, postures = FIGURES[name]
    mirrored = points[SWAP].copy()
    mirrored[:, 0] = 1000 - mirrored[:, 0]
    seen, original = read(mirrored, FRAME), read(points, FRAME)
    assert set(seen.postures) == set(postures)
    assert seen.visible == original.visible
    assert seen.facing == {"left": "right", "right": "left"}.get(original.facing, original.facing)
    assert seen.lean == (None if original.lean is None else pytest.approx(-original.lean, abs=1e-3))


NEEDED = {
    "upright": both("knee"),
    "on a chair": both("knee"),
    "a knee lifted": both("hip"),
    "stretched out": both("hip"),
    "on both knees": both("ankle"),
    "arms crossed": both("elbow"),
    "both hands on the hips": both("wrist"),
    "head before the chest": (0,),
    "leaning to the right": (11,),
    "an arm towards the camera": (13,),
    "both arms up": both("wrist"),
    "one arm up": (16,),
    "a hand at the chin": (17, 19, 21),
    "hands behind the head": (13,),
    "from behind": (12,),
    "ankles crossed": (27,),
}


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_hidden_or_outside_the_photo_says_nothing(name: str) -> None:
    points, postures = FIGURES[name]
    claim = postures[-1]
    hidden, outside = points.copy(), points.copy()
    hidden[list(NEEDED[name]), 3] = 0.4
    outside[list(NEEDED[name]), 0] += 3000
    assert claim in read(points, FRAME).postures
    assert claim not in read(hidden, FRAME).postures
    assert claim not in read(outside, FRAME).postures


def test_a_bust_makes_no_claim_about_legs() -> None:
    points = upright(CROSSED)
    points[23:, 1] += 1600
    reading = read(points, FRAME)
    assert reading.postures == ("arms_crossed",)
    assert reading.lean is None
    assert reading.visible == ("head", "arms")


def test_the_trunk_counts_as_visible_down_to_its_middle() -> None:
    points = upright()
    assert read(points, FRAME).visible == ("head", "torso", "arms", "legs", "feet")
    assert "torso" in read(points, Box(x=0, y=0, w=1000, h=410)).visible
    assert "torso" not in read(points, Box(x=0, y=0, w=1000, h=390)).visible
    assert read(points, Box(x=0, y=0, w=1000, h=700)).visible == ("head", "torso", "arms", "legs")


@pytest.mark.parametrize(("degrees", "expected"), [(0, 0), (20, 20), (-35, -35), (90, 90)])
def test_the_lean_is_measured_clockwise(degrees: float, expected: float) -> None:
    assert read(turned(upright(), degrees), FRAME).lean == pytest.approx(expected, abs=0.1)


def test_the_body_faces_where_its_nose_and_shoulders_do() -> None:
    assert read(upright(), FRAME).facing == "camera"
    assert read(profile(), FRAME).facing == "right"
    assert read(from_behind(profile()), FRAME).facing == "left"
    assert read(from_behind(upright()), FRAME).facing == "away"
    headless = profile()
    headless[:11, 3] = 0
    headless[LEFT.shoulder, 2] = 50  # the right shoulder is the nearer one
    assert read(headless, FRAME).facing == "right"
    headless[LEFT.shoulder, 2] = -50
    assert read(headless, FRAME).facing == "left"


def test_a_bent_back_over_standing_legs_is_no_bed() -> None:
    bent = profile(dict.fromkeys((11, 12), (700.0, 470.0)) | dict.fromkeys(range(11), (760.0, 470.0)))
    assert "lying" not in read(bent, FRAME).postures


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_any_numbers_can_be_read(seed: int, sure: bool) -> None:
    rng = np.random.default_rng(seed)
    points = (rng.normal(500, 300, (33, 4)) * rng.choice([0, 1], (33, 1))).astype(np.float32)
    points[:, 3] = 1 if sure else rng.random(33)
    reading = read(points, FRAME)
    assert set(reading.postures) <= set(get_args(Posture))
    assert len(set(reading.postures)) == len(reading.postures)
    stances = {"standing", "sitting", "lying", "walking", "kneeling"} & set(reading.postures)
    assert len(stances) <= 1
    assert reading.lean is None or -180 <= reading.lean <= 180


def test_all_landmarks_in_one_place_say_nothing() -> None:
    points = np.ones((33, 4), np.float32)
    assert read(points, FRAME).postures == ()
