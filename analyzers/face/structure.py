"""How a face is built: ratios of its own measures, and the word for its shape."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bus.findings import FaceStructure

Points = NDArray[np.floating[Any]]

FACE_TOP, CHIN = 10, 152
"""Upper and lower end of the mesh in the middle: the hairline is above it, and unknown to the mesh."""

CHEEKBONES = (234, 454)
"""The widest points of the face's outline, before the ears. Here as below: the subject's right, then left."""

JAW = (172, 397)
"""Corners of the jaw, where the outline turns from the cheek to the chin."""

FOREHEAD = (54, 284)
"""Outline of the forehead above the ends of the brows."""

EYE_CORNERS = ((33, 133), (263, 362))
"""Outer and inner corner of each eye."""

EYELIDS = (((160, 144), (159, 145), (158, 153)), ((387, 373), (386, 374), (385, 380)))
"""Upper and lower lid of each eye at three places: one alone trembles with the iris below it."""

BROWS = ((105, 52), (334, 282))
"""Upper and lower edge of each brow above the middle of the eye."""

NOSE_ROOT, NOSE_BASE = 168, 2
"""Between the eyes, and where the nose meets the lip: the tip moves towards the camera, the base does not."""

NOSTRILS = (48, 278)
"""The outer rims of the nose's wings."""

MOUTH_CORNERS = (61, 291)

Shape = Literal["oval", "round", "square", "oblong", "heart", "diamond"]

OBLONG_LENGTH = 1.32
ROUND_LENGTH = 1.10
SQUARE_JAW, SQUARE_LENGTH = 0.86, 1.22
HEART_TAPER, HEART_JAW = 0.09, 0.79
DIAMOND_FOREHEAD, DIAMOND_JAW = 0.82, 0.79
"""Where the words begin. The faces of the test photos have lengths of 1.07 to 1.29 widths, jaws of 0.77 to 0.84 and
foreheads of 0.81 to 0.89; the same man from below and from the front differs by 0.14 in length and 0.02 in the others
(depth is the mesh's weakest coordinate), a photo that is turned by 30° by up to 0.11. The words are no more exact."""


def measure(points: Points) -> FaceStructure:
    """The structure of the face with these landmarks: [468 or more, 3] in MediaPipe's numbering, of any unit.

    Every measure is a distance in space and every number a ratio of two, so that they stay the same however the head
    is turned, and at any size. Figures of a mesh without extent are 0.
    """
    length, width = distance(points, FACE_TOP, CHIN), distance(points, *CHEEKBONES)
    jaw, forehead = ratio(distance(points, *JAW), width), ratio(distance(points, *FOREHEAD), width)
    between_eyes = distance(points, EYE_CORNERS[0][1], EYE_CORNERS[1][1])
    eye = np.mean([distance(points, *corners) for corners in EYE_CORNERS])
    nose = distance(points, *NOSTRILS)
    return FaceStructure(
        shape=shape(ratio(length, width), jaw, forehead),
        length_to_width=ratio(length, width),
        jaw_to_cheekbones=jaw,
        forehead_to_cheekbones=forehead,
        eye_spacing=ratio(between_eyes, float(eye)),
        eye_openness=(_openness(points, 0), _openness(points, 1)),
        brow_height=ratio(float(np.mean([_brow_height(points, side) for side in (0, 1)])), length),
        nose_width=ratio(nose, between_eyes),
        nose_length=ratio(distance(points, NOSE_ROOT, NOSE_BASE), length),
        mouth_width=ratio(distance(points, *MOUTH_CORNERS), nose),
    )


def shape(length: float, jaw: float, forehead: float) -> Shape:
    """The word for a face of this length, jaw and forehead, all over the width of its cheekbones."""
    if length >= OBLONG_LENGTH:
        return "oblong"
    if jaw >= SQUARE_JAW and length < SQUARE_LENGTH:
        return "square"
    if length < ROUND_LENGTH:
        return "round"
    if forehead - jaw >= HEART_TAPER and jaw < HEART_JAW:
        return "heart"
    if forehead < DIAMOND_FOREHEAD and jaw < DIAMOND_JAW:
        return "diamond"
    return "oval"


def distance(points: Points, one: int, other: int) -> float:
    """Distance in space of two landmarks."""
    return float(np.linalg.norm(points[one].astype(np.float64) - points[other]))


def ratio(part: float, whole: float) -> float:
    """`part` over `whole`; 0 where there is no whole to speak of."""
    return part / whole if whole > 1e-6 else 0.0


def _openness(points: Points, side: int) -> float:
    """Height over width of one eye."""
    height = np.mean([distance(points, *lids) for lids in EYELIDS[side]])
    return ratio(float(height), distance(points, *EYE_CORNERS[side]))


def _brow_height(points: Points, side: int) -> float:
    """From the middle between the eye's corners to the middle of the brow: lids move, corners do not."""
    eye, brow = points[list(EYE_CORNERS[side])].mean(axis=0), points[list(BROWS[side])].mean(axis=0)
    return float(np.linalg.norm(eye.astype(np.float64) - brow))
