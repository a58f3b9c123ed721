"""The skyline of a picture that is dark above and bright below, with a step in the middle."""

from __future__ import annotations

import cv2
import numpy as np
from heckler_skyline import SkylineAnalyzer

from analyzers.base import Photo


def test_the_line_is_where_the_dark_ends() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[48:, :32] = picture[16:, 32:] = 255
    found = SkylineAnalyzer({}).analyze(Photo(cv2.imencode(".png", picture)[1].tobytes()))
    assert found.ruggedness == 0.5
    assert set(found.heights[:32]) == {0.25}
    assert set(found.heights[32:]) == {0.75}
