"""Which part of a photo a card shows. Pure: sizes and boxes in, a region out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bus.findings import Box

HAIR = 0.45
"""Of a face's height, kept above its box: detectors draw it from the brow, people expect the hair."""
CHEEK = 0.22
"""Of a face's width, kept at either side and below."""
EYE_LINE = 0.42
"""How far down the region what matters comes to lie."""

Region = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels of the photo."""
Size = tuple[int, int]
_Span = tuple[float, float]


def region(photo: Size, slot: Size, faces: Sequence[Box] = (), focus: Box | None = None) -> Region:
    """The largest part of `photo` with the proportions of `slot` that holds every face; at least one pixel.

    Where no such part holds them all, what is returned is wider or taller than the slot's proportions, and has to be
    fitted into it: a face is never cut. `focus` is what else to centre on. Faces may reach outside the photo.
    """
    width, height = photo
    window = min(width, height * slot[0] / slot[1]), min(height, width * slot[1] / slot[0])
    across, down = _kept(faces, photo)
    middle = _middle(faces, focus, photo)
    left, right = _along(width, window[0], across, middle[0], 0.5)
    top, bottom = _along(height, window[1], down, middle[1], EYE_LINE)
    return left, top, right, bottom


def _kept(faces: Sequence[Box], photo: Size) -> tuple[_Span | None, _Span | None]:
    """From where to where all faces reach, across and down, within the photo; None without faces."""
    if not faces:
        return None, None
    across = [edge for face in faces for edge in (face.x - CHEEK * face.w, face.x + (1 + CHEEK) * face.w)]
    down = [edge for face in faces for edge in (face.y - HAIR * face.h, face.y + (1 + CHEEK) * face.h)]
    return _within(across, photo[0]), _within(down, photo[1])


def _within(edges: list[float], limit: int) -> _Span:
    low, high = (min(max(edge, 0.0), float(limit)) for edge in (min(edges), max(edges)))
    return low, high


def _middle(faces: Sequence[Box], focus: Box | None, photo: Size) -> tuple[float, float]:
    boxes = list(faces) or ([focus] if focus else [])
    if not boxes:
        return photo[0] / 2, photo[1] * EYE_LINE
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.w for box in boxes), max(box.y + box.h for box in boxes)
    return (left + right) / 2, (top + bottom) / 2


def _along(limit: int, window: float, kept: _Span | None, middle: float, share: float) -> tuple[int, int]:
    """Where the region begins and ends on one axis: `middle` at `share` of it, as far as the rest allows."""
    low, high = kept or (middle, middle)
    length = max(window, high - low, 1.0)
    start = middle - share * length
    if kept:
        start = min(max(start, high - length), low)
    start = min(max(start, 0.0), limit - length)
    begin = math.floor(start + 1e-6)
    return begin, min(limit, max(begin + 1, math.ceil(start + length - 1e-6)))
