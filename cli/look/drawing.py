"""A finding drawn over a mosaic of its photo, as SVG: what an analyzer sees, without showing who was photographed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import singledispatch
from html import escape
from typing import Any

import cv2
import numpy as np

from analyzers.base import Photo
from bus.events import Feature
from bus.findings import (
    Background,
    BodyType,
    Box,
    Colors,
    Composition,
    Explicit,
    Faces,
    Fashion,
    Finding,
    Gestures,
    Mesh,
    Objects,
    Point,
    Pose,
    Text,
)

TILES = 36
"""Tiles along the long side: enough to tell a sky from a suit, too few to tell a person."""

LONG_SIDE = 640
"""Long side of the drawing in its own units."""

LIMBS = (
    (11, 12), (11, 23), (12, 24), (23, 24), (11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26),
    (26, 28), (27, 31), (28, 32), (15, 19), (16, 20),
)  # fmt: skip
"""Pairs of MediaPipe's 33 pose landmarks between which there is a bone, or near enough."""

FINGERS = tuple((0 if k == 0 else 4 * i + k, 4 * i + k + 1) for i in range(5) for k in range(4))
"""Pairs of MediaPipe's 21 hand landmarks, from the wrist along each finger."""

VISIBLE = 0.5
"""Least visibility of a landmark that is drawn."""

WIDEST = 68
"""Characters that fit beside each other below a drawing."""

Features = Mapping[str, Feature]


def draw(photo: Photo, features: Features, name: str) -> str:
    """The finding of the analyzer `name` over `photo` as an SVG document; its words stand below the picture."""
    scale = LONG_SIDE / max(photo.width, photo.height)
    width, height = round(photo.width * scale), round(photo.height * scale)
    finding = features[name].finding
    shapes = list(_shapes(finding, features)) if finding else []
    words = list(captions(features[name]))
    below = 14 + 22 * len(words)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + below}" width="{width}">',
            f'<rect width="{width}" height="{height + below}" fill="#14110f"/>',
            f'<svg width="{width}" height="{height}" viewBox="0 0 {photo.width} {photo.height}">',
            _mosaic(photo),
            f'<g fill="none" stroke="#ffd166" stroke-width="{2 / scale:.2f}" stroke-linejoin="round">',
            *shapes,
            "</g></svg>",
            '<g fill="#f6efe4" font-family="ui-monospace, monospace" font-size="15">',
            *(f'<text x="12" y="{height + 26 + 22 * i}">{escape(_cut(line))}</text>' for i, line in enumerate(words)),
            "</g></svg>",
        ]
    )


def _mosaic(photo: Photo) -> str:
    """The photo in a few dark tiles, so that the drawing stands in front and nobody is recognised."""
    tile = max(photo.width, photo.height) / TILES
    size = (max(1, round(photo.width / tile)), max(1, round(photo.height / tile)))
    tiles = np.asarray(cv2.resize(photo.bgr, size, interpolation=cv2.INTER_AREA)) // 12 * 8
    png = base64.b64encode(cv2.imencode(".png", tiles.astype(np.uint8))[1].tobytes()).decode()
    place = f'width="{photo.width}" height="{photo.height}" preserveAspectRatio="none"'
    return f'<image {place} image-rendering="pixelated" href="data:image/png;base64,{png}"/>'


@singledispatch
def _shapes(finding: Finding, features: Features) -> Iterator[str]:
    """What of a finding can be pointed at; the faces that it speaks of, where it has no shape of its own."""
    faces = features.get("faces")
    if hasattr(finding, "faces") and faces and isinstance(faces.finding, Faces):
        yield from (_box(faces.finding.faces[each.face].box) for each in finding.faces)


@_shapes.register
def _(finding: Faces, features: Features) -> Iterator[str]:
    for face in finding.faces:
        yield _box(face.box)
        yield from (_dot(point, face.box.w / 40) for point in face.landmarks)


@_shapes.register
def _(finding: Objects, features: Features) -> Iterator[str]:
    yield from (_box(each.box) for each in finding.objects)


@_shapes.register
def _(finding: Explicit, features: Features) -> Iterator[str]:
    yield from (_box(each.box) for each in finding.regions)


@_shapes.register
def _(finding: Text, features: Features) -> Iterator[str]:
    yield from (_path(line.quad) for line in finding.lines)


@_shapes.register
def _(finding: Colors, features: Features) -> Iterator[str]:
    for color in finding.palette:
        yield f"<g fill='{color.hex}'>{_dot(color.center, 12 + 60 * color.share)}</g>"


@_shapes.register
def _(finding: Composition, features: Features) -> Iterator[str]:
    if finding.subject:
        yield _dot(finding.subject, 12)


@_shapes.register
def _(finding: Mesh, features: Features) -> Iterator[str]:
    for face in finding.faces:
        size = float(np.ptp(face.points[:, 0])) / 200
        yield f'<g fill="#ffd166" stroke="none">{"".join(_dot(p, size) for p in face.points[:, :2])}</g>'


@_shapes.register
def _(finding: Pose, features: Features) -> Iterator[str]:
    for person in finding.people:
        seen = person.points[:, 3] >= VISIBLE
        yield from (_path((person.points[a], person.points[b])) for a, b in LIMBS if seen[a] and seen[b])


@_shapes.register
def _(finding: Gestures, features: Features) -> Iterator[str]:
    for hand in finding.hands:
        yield _box(hand.box)
        yield from (_path((hand.points[a], hand.points[b])) for a, b in FINGERS)


@_shapes.register
def _(finding: BodyType, features: Features) -> Iterator[str]:
    pose = features.get("pose")
    if pose and isinstance(pose.finding, Pose):
        yield from (_box(pose.finding.people[each.person].box) for each in finding.people)


@_shapes.register
def _(finding: Fashion, features: Features) -> Iterator[str]:
    yield from (_box(each.box) for each in finding.garments)
    for outfit in finding.outfits:
        cloths = (each for each in outfit.cloths if each.colors)
        yield from (f'<g fill="{each.colors[0].hex}">{_path(each.polygon)}</g>' for each in cloths)


@_shapes.register
def _(finding: Background, features: Features) -> Iterator[str]:
    yield from (_path(polygon) for polygon in finding.outline)
    yield from (_box(each.box, dashed=True) for each in finding.distractions)


def _box(box: Box, dashed: bool = False) -> str:
    style = ' stroke-dasharray="1% 1%"' if dashed else ""
    return f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.w:.0f}" height="{box.h:.0f}"{style}/>'


def _dot(point: Sequence[float], radius: float) -> str:
    return f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{radius:.2f}"/>'


def _path(points: Iterable[Point | Sequence[float]]) -> str:
    joined = " ".join(f"{point[0]:.0f},{point[1]:.0f}" for point in points)
    return f'<polygon points="{joined}"/>'


def _cut(line: str) -> str:
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


def captions(feature: Feature, most: int = 7) -> Iterator[str]:
    """What a finding says in words and numbers, a few lines; arrays, boxes and points are left to the picture."""
    if feature.finding is None:
        yield f"{feature.status}: {feature.reason or 'no reason given'}"
        return
    lines = list(_text_lines(feature.finding.model_dump(exclude={"kind"})))
    lines = lines or ["nothing found"]
    yield from lines[:most] if len(lines) <= most else [*lines[: most - 1], f"… and {len(lines) - most + 1} more"]


_DRAWN = frozenset({"box", "points", "polygon", "outline", "quad", "landmarks", "center", "subject", "regions"})


def _text_lines(value: Mapping[str, Any]) -> Iterator[str]:
    plain = {name: _short(each) for name, each in value.items() if name not in _DRAWN and _short(each)}
    if plain:
        yield ", ".join(f"{name} {each}" for name, each in plain.items())
    for name, each in value.items():
        if name not in _DRAWN and isinstance(each, list | tuple) and each and isinstance(each[0], dict):
            for number, item in enumerate(each):
                yield from (f"{name}.{number}: {line}" for line in _text_lines(item))


def _short(value: Any) -> str:
    """A value in a word; empty for what is no word."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list | tuple) and value and all(isinstance(each, str) for each in value):
        return "+".join(value)
    return ""
