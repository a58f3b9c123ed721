"""The silhouette of the people in a photo: a mask that is believed only where people were found, and its outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Photo, Pixels, quick_fit
from analyzers.inference.crops import crop, padded
from analyzers.quality.overview import Overview
from analyzers.scene.matting import Matting, Plane
from bus.findings import Box, Faces, Objects, Point

Mask: TypeAlias = NDArray[np.bool_]

SURE = 0.5
"""Share of a pixel from which it counts as person."""
CLOSE = 0.55
"""Share of the photo's long side that a person must reach to be seen well without a closer look."""
MARGIN = 0.12
"""Of a person's box, within which the mask is believed: hair, elbows and what is held reach beyond boxes."""
CONTEXT = 0.3
"""Of a person's box, on every side of a closer look: the networks expect some background."""
SMALLEST = 0.002
"""Share of the picture below which a piece of the outline is left out."""
MOST_POINTS = 200


def people_boxes(objects: Objects, faces: Faces) -> list[Box]:
    """Boxes of the people, largest first: the persons among `objects`, and a body below every face that has none."""
    boxes = [each.box for each in objects.objects if each.label == "person"]
    for face in faces.faces:
        x, y = face.box.x + face.box.w / 2, face.box.y + face.box.h / 2
        if not any(box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h for box in boxes):
            w, h = face.box.w, face.box.h
            boxes.append(Box(x=face.box.x - w, y=face.box.y - 0.6 * h, w=3 * w, h=7.6 * h))
    return sorted(boxes, key=lambda box: -box.w * box.h)


def find_silhouette(matting: Matting, photo: Photo, whole: Overview, people: Sequence[Box]) -> Mask:
    """[height, width] of the overview: where the `people` (boxes in pixels of the photo, largest first) are.

    Without any box nothing is believed: what stands in front of a photo without people is a cat or a cup.
    """
    mask = np.zeros(whole.image.shape[:2], bool)
    if not people or min(mask.shape) < 8:
        return mask
    matte = matting.matte(np.asarray(cv2.cvtColor(whole.image, cv2.COLOR_BGR2RGB), np.uint8))
    small = [box for box in people if max(box.w / whole.across, box.h / whole.down) < CLOSE * max(mask.shape)]
    closer, looked = np.zeros_like(matte), np.zeros_like(mask)
    for box in small[: matting.closer_looks]:
        for rows, columns, part in _closer_look(matting, photo.bgr, whole, box):
            closer[rows, columns] = np.maximum(closer[rows, columns], part)
            looked[rows, columns] = True
    for box in people:
        rows, columns = _span(padded(box, MARGIN), whole)
        mask[rows, columns] = True
    return np.asarray(mask & (np.where(looked, closer, matte) > SURE))


def outline(mask: Mask, whole: Overview) -> tuple[tuple[Point, ...], ...]:
    """Polygons around the pieces of `mask`, largest first, in pixels of the photo; some 200 points in all."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = [each for each in contours if cv2.contourArea(each) >= SMALLEST * mask.size]
    large.sort(key=cv2.contourArea, reverse=True)
    tolerance = max(mask.shape) / 400
    shapes = [cv2.approxPolyDP(each, tolerance, closed=True) for each in large]
    while sum(map(len, shapes)) > MOST_POINTS:
        tolerance *= 1.4
        shapes = [cv2.approxPolyDP(each, tolerance, closed=True) for each in large]
        shapes = [each for each in shapes if len(each) >= 3]
    height, width = mask.shape
    corners = (((each[:, 0] + 0.5) / (width, height)).tolist() for each in shapes if len(each) >= 3)
    return tuple(tuple(whole.in_photo(x, y) for x, y in each) for each in corners)


def _closer_look(matting: Matting, bgr: Pixels, whole: Overview, box: Box) -> Iterator[tuple[slice, slice, Plane]]:
    """Rows and columns of the overview that the person's box covers, and the matte there; nothing outside the photo."""
    rows, columns = _span(padded(box, CONTEXT), whole)
    height, width = whole.image.shape[:2]
    if rows.stop - rows.start < 8 or columns.stop - columns.start < 8:
        return
    left, top = whole.in_photo(columns.start / width, rows.start / height)
    right, bottom = whole.in_photo(columns.stop / width, rows.stop / height)
    around = crop(bgr, Box(x=left, y=top, w=right - left, h=bottom - top))
    if around is None:
        return
    pixels, _ = quick_fit(around.pixels, matting.look_side)
    matte = matting.matte(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8))
    size = (columns.stop - columns.start, rows.stop - rows.start)
    scaled = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR), np.float32)
    inner = _span(padded(box, MARGIN), whole)
    yield *inner, scaled[_shifted(inner[0], rows.start), _shifted(inner[1], columns.start)]


def _shifted(span: slice, start: int) -> slice:
    return slice(span.start - start, span.stop - start)


def _span(box: Box, whole: Overview) -> tuple[slice, slice]:
    """Rows and columns of the overview that a box of the photo covers, cut to what there is."""
    height, width = whole.image.shape[:2]
    (left, top), (right, bottom) = whole.from_photo(box.x, box.y), whole.from_photo(box.x + box.w, box.y + box.h)
    rows, columns = (
        slice(*(round(min(max(v, 0), limit)) for v in ends))
        for ends, limit in (((top, bottom), height), ((left, right), width))
    )
    return rows, columns
