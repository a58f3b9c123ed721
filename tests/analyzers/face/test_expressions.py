"""Expressions: rules that hold for any blendshapes, and each threshold from both sides."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.face.expressions import expressions
from bus.findings import Expression

SIDED = (
    "browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp",
    "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch",
    "mouthUpperUp", "noseSneer",
)  # fmt: skip
SINGLE = (
    "_neutral", "browInnerUp", "cheekPuff", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose",
    "mouthFunnel", "mouthLeft", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper",
)  # fmt: skip
NAMES = SINGLE + tuple(name + side for name in SIDED for side in ("Left", "Right"))

random_faces = st.fixed_dictionaries({name: st.floats(0, 1) for name in NAMES})
yaws = st.floats(-90, 90)


def pair(name: str, value: float) -> dict[str, float]:
    return {f"{name}Left": value, f"{name}Right": value}


def mirrored(blendshapes: dict[str, float]) -> dict[str, float]:
    swapped = {"Left": "Right", "Right": "Left"}
    other = {
        name: next((name.removesuffix(side) + swap for side, swap in swapped.items() if name.endswith(side)), name)
        for name in blendshapes
    }
    return {other[name]: value for name, value in blendshapes.items()}


def test_the_names_are_the_52_of_mediapipe() -> None:
    assert len(NAMES) == len(set(NAMES)) == 52


@given(random_faces, yaws)
def test_a_face_does_known_things_each_once_or_nothing(blendshapes: dict[str, float], yaw: float) -> None:
    seen = expressions(blendshapes, yaw)
    assert seen
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(get_args(Expression)) - {"tongue_out"}
    assert "neutral" not in seen or seen == ("neutral",)


@given(random_faces, yaws)
def test_what_excludes_each_other_is_never_said_together(blendshapes: dict[str, float], yaw: float) -> None:
    seen = set(expressions(blendshapes, yaw))
    assert len(seen & {"smile", "big_smile", "frown", "duck_face", "kiss"}) <= 1
    assert len(seen & {"eyes_closed", "wink_left", "wink_right", "squint", "wide_eyes"}) <= 1


@given(random_faces, yaws)
def test_the_mirrored_face_does_the_mirrored_thing(blendshapes: dict[str, float], yaw: float) -> None:
    swap = {"wink_left": "wink_right", "wink_right": "wink_left"}
    there = {swap.get(each, each) for each in expressions(mirrored(blendshapes), -yaw)}
    assert there == set(expressions(blendshapes, yaw))


@given(random_faces, yaws, st.sampled_from(["browDown", "mouthFrown", "eyeWide", "noseSneer"]))
def test_more_of_a_thing_never_hides_it(blendshapes: dict[str, float], yaw: float, name: str) -> None:
    said = {"browDown": "brow_furrowed", "mouthFrown": "frown", "eyeWide": "wide_eyes", "noseSneer": "sneer"}[name]
    if said in expressions(blendshapes, yaw):
        assert said in expressions({**blendshapes, **pair(name, 1.0)}, yaw)


@given(yaws)
def test_a_face_at_rest_does_nothing(yaw: float) -> None:
    assert expressions({}, yaw) == ("neutral",)
    assert expressions(dict.fromkeys(NAMES, 0.0), yaw) == ("neutral",)


CASES: list[tuple[dict[str, float], tuple[str, ...]]] = [
    (pair("mouthSmile", 0.49), ("neutral",)),
    (pair("mouthSmile", 0.51), ("smile",)),
    (pair("mouthSmile", 0.9) | pair("mouthUpperUp", 0.2), ("smile",)),
    (pair("mouthSmile", 0.9) | pair("mouthUpperUp", 0.5), ("big_smile",)),
    ({"mouthSmileLeft": 0.9, "mouthSmileRight": 0.05}, ("neutral",)),
    (pair("mouthFrown", 0.24), ("neutral",)),
    (pair("mouthFrown", 0.26), ("frown",)),
    ({"mouthPucker": 0.49}, ("neutral",)),
    ({"mouthPucker": 0.51}, ("duck_face",)),
    ({"mouthPucker": 0.9} | pair("eyeBlink", 0.5), ("kiss", "eyes_closed")),
    ({"jawOpen": 0.24}, ("neutral",)),
    ({"jawOpen": 0.26}, ("mouth_open",)),
    ({"jawOpen": 0.5} | pair("mouthSmile", 0.65) | pair("mouthUpperUp", 0.07), ("mouth_open",)),
    ({"jawOpen": 0.5} | pair("mouthSmile", 0.9) | pair("mouthUpperUp", 0.6), ("big_smile", "mouth_open")),
    (pair("eyeBlink", 0.46), ("neutral",)),
    (pair("eyeBlink", 0.48), ("eyes_closed",)),
    ({"eyeBlinkLeft": 0.9, "eyeBlinkRight": 0.6}, ("eyes_closed",)),
    ({"eyeBlinkLeft": 0.45, "eyeBlinkRight": 0.28}, ("wink_left",)),
    ({"eyeBlinkLeft": 0.2, "eyeBlinkRight": 0.6}, ("wink_right",)),
    ({"eyeBlinkLeft": 0.42, "eyeBlinkRight": 0.3}, ("neutral",)),
    ({"eyeBlinkLeft": 0.39, "eyeBlinkRight": 0.0}, ("neutral",)),
    (pair("eyeSquint", 0.64), ("neutral",)),
    (pair("eyeSquint", 0.66), ("squint",)),
    (pair("eyeSquint", 0.9) | pair("mouthSmile", 0.6), ("smile",)),
    (pair("eyeWide", 0.19), ("neutral",)),
    (pair("eyeWide", 0.21), ("wide_eyes",)),
    ({"browInnerUp": 1.0}, ("neutral",)),
    ({"browInnerUp": 0.4} | pair("browOuterUp", 0.5), ("brows_raised",)),
    (pair("browDown", 0.49), ("neutral",)),
    (pair("browDown", 0.51), ("brow_furrowed",)),
    (pair("browDown", 0.9) | pair("mouthSmile", 0.6), ("smile",)),
    ({"cheekPuff": 0.41}, ("cheek_puffed",)),
    (pair("noseSneer", 0.41), ("sneer",)),
    ({"jawOpen": 0.9} | pair("browDown", 0.6), ("mouth_open", "brow_furrowed")),
    ({"jawOpen": 0.4} | pair("browDown", 0.95), ("brow_furrowed", "mouth_open")),
]


@pytest.mark.parametrize(("blendshapes", "said"), CASES)
def test_each_rule_begins_at_its_threshold_and_the_most_marked_comes_first(
    blendshapes: dict[str, float], said: tuple[str, ...]
) -> None:
    assert expressions(blendshapes) == said


def test_a_wink_needs_both_eyes_in_sight() -> None:
    wink = {"eyeBlinkLeft": 0.1, "eyeBlinkRight": 0.7}
    assert expressions(wink, yaw=30) == ("wink_right",)
    assert expressions(wink, yaw=-40) == ("neutral",)
