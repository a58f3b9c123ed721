"""Structure: the same face has the same ratios, however it is turned and from however far it is seen."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analyzers.face.structure import distance, measure, ratio, shape
from bus.findings import FaceStructure

PLACED = {
    10: (0, -60, 0), 152: (0, 60, 0), 234: (-50, 0, 20), 454: (50, 0, 20), 172: (-40, 40, 12), 397: (40, 40, 12),
    54: (-44, -35, 6), 284: (44, -35, 6), 33: (-36, -18, 2), 133: (-14, -18, 0), 263: (36, -18, 2), 362: (14, -18, 0),
    160: (-30, -22, 0), 144: (-30, -14, 0), 159: (-25, -22, 0), 145: (-25, -14, 0), 158: (-20, -22, 0),
    153: (-20, -14, 0), 387: (30, -20, 0), 373: (30, -16, 0), 386: (25, -20, 0), 374: (25, -16, 0),
    385: (20, -20, 0), 380: (20, -16, 0), 105: (-25, -34, 1), 52: (-25, -30, 1), 334: (25, -34, 1), 282: (25, -30, 1),
    168: (0, -18, -4), 2: (0, 18, -4), 48: (-15, 12, -4), 278: (15, 12, -4), 61: (-21, 32, 0), 291: (21, 32, 0),
}  # fmt: skip
"""A face made by hand: 120 high, 100 wide; the right eye twice as open as the left."""


def by_hand() -> NDArray[np.float32]:
    points = np.zeros((478, 3), np.float32)
    for index, place in PLACED.items():
        points[index] = place
    return points


def figures(structure: FaceStructure) -> NDArray[np.float64]:
    said = structure.model_dump(exclude={"shape", "eye_openness"})
    return np.array([*said.values(), *structure.eye_openness])


def test_a_face_made_by_hand_has_the_ratios_it_was_given() -> None:
    found = measure(by_hand())
    assert found.length_to_width == pytest.approx(1.2)
    assert found.jaw_to_cheekbones == pytest.approx(0.8)
    assert found.forehead_to_cheekbones == pytest.approx(0.88)
    assert found.eye_spacing == pytest.approx(28 / np.hypot(22, 2))
    assert found.eye_openness == pytest.approx((8 / np.hypot(22, 2), 4 / np.hypot(22, 2)))
    assert found.brow_height == pytest.approx(14 / 120)
    assert found.nose_width == pytest.approx(30 / 28)
    assert found.nose_length == pytest.approx(36 / 120)
    assert found.mouth_width == pytest.approx(42 / 30)
    assert found.shape == "oval"


@given(
    st.tuples(*[st.floats(-3, 3)] * 3), st.floats(0.01, 1000), st.tuples(*[st.floats(-5000, 5000)] * 3),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_turning_moving_and_scaling_a_face_changes_nothing(
    turn: tuple[float, ...], scale: float, move: tuple[float, ...], seed: int
) -> None:
    points = by_hand().astype(np.float64) + np.random.default_rng(seed).normal(0, 2, (478, 3))
    rotation = cv2.Rodrigues(np.array(turn))[0]
    there = points @ rotation.T * scale + move
    assert figures(measure(there)) == pytest.approx(figures(measure(points)), rel=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_the_mirrored_face_has_the_same_structure_with_its_eyes_exchanged(seed: int) -> None:
    points = by_hand() + np.random.default_rng(seed).normal(0, 1, (478, 3))
    pairs = [(33, 263), (133, 362), (160, 387), (144, 373), (159, 386), (145, 374), (158, 385), (153, 380)]
    pairs += [(234, 454), (172, 397), (54, 284), (105, 334), (52, 282), (48, 278), (61, 291)]
    mirrored = points.copy()
    for right, left in pairs:
        mirrored[[right, left]] = points[[left, right]]
    mirrored[:, 0] *= -1
    here, there = measure(points), measure(mirrored)
    assert there.eye_openness == pytest.approx(here.eye_openness[::-1])
    assert figures(there)[:-2] == pytest.approx(figures(here)[:-2])


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-9, 1.0, 1e6]))
def test_no_mesh_is_too_odd_to_be_measured(seed: int, extent: float) -> None:
    points = np.random.default_rng(seed).normal(0, 1, (478, 3)).astype(np.float32) * np.float32(extent)
    assert np.isfinite(figures(measure(points))).all()


@pytest.mark.parametrize(
    ("length", "jaw", "forehead", "word"),
    [
        (1.2, 0.81, 0.86, "oval"),
        (1.4, 0.81, 0.86, "oblong"),
        (1.4, 0.90, 0.90, "oblong"),
        (1.05, 0.81, 0.86, "round"),
        (1.15, 0.90, 0.90, "square"),
        (1.05, 0.90, 0.90, "square"),
        (1.2, 0.75, 0.88, "heart"),
        (1.2, 0.75, 0.78, "diamond"),
    ],
)
def test_shapes_have_their_words(length: float, jaw: float, forehead: float, word: str) -> None:
    assert shape(length, jaw, forehead) == word


def test_distances_are_in_space_and_ratios_never_divide_by_nothing() -> None:
    points = np.array([[0.0, 0, 0], [2, 3, 6]])
    assert distance(points, 0, 1) == 7
    assert (ratio(3, 4), ratio(3, 0)) == (0.75, 0)
