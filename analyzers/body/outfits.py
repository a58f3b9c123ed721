"""What a person wears, from the pixels of their clothes: colours, patterns, do they go together, how formal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels
from analyzers.body.cloth_regions import Piece, find_pieces, shoulder_width
from analyzers.body.fabrics import judge_pattern
from analyzers.body.skeleton import Skeleton
from analyzers.quality.color_names import from_hex, oklab
from analyzers.quality.colors import CHROMATIC, count_cells, find_palette
from bus.findings import Box, Cloth, Color, Garment, Outfit

Floats: TypeAlias = NDArray[np.floating[Any]]
Harmony: TypeAlias = Literal["match", "neutral", "clash"]
Formality: TypeAlias = Literal["formal", "smart", "casual"]

FINEST = 256
"""Pixels that the shoulders' width is scaled down to: no colour and no pattern asks for more."""

MAX_COLORS = 3
"""Colours of one region."""

MINOR = 0.08
"""Share of a region below which a colour is a button or a shadow."""

VIVID = 0.1
"""OKLab chroma from which a colour speaks up."""

DARK = 0.45
"""OKLab lightness below which a plain cloth passes for that of a suit."""

SAME, OPPOSITE = 35.0, 150.0
"""Degrees between two hues up to which they are the same family, and from which they complement each other."""

CASUAL = {"short sleeve top", "vest", "sling", "shorts"}
"""Garments that make an outfit casual."""


def describe(bgr: Pixels, points: Floats) -> tuple[Cloth, ...]:
    """The clothes of one person in a photo [height, width, 3], blue first: torso, legs, feet, as far as they show.

    `points` [33, 4] are those of the pose: x, y, z in pixels of the photo, visibility.
    """
    height, width = bgr.shape[:2]
    body = Skeleton(points, Box(x=0, y=0, w=width, h=height))
    factor = min(1.0, FINEST / shoulder_width(body))
    if factor < 1:
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
        body = Skeleton(points * (factor, factor, factor, 1), Box(x=0, y=0, w=size[0], h=size[1]))
    return tuple(_cloth(bgr, piece, shoulder_width(body), factor) for piece in find_pieces(bgr, body))


def _cloth(bgr: Pixels, piece: Piece, shoulders: float, factor: float) -> Cloth:
    """One region; `factor` leads from pixels of the photo to those of `bgr`."""
    return Cloth(
        region=piece.region,
        colors=tuple(
            each.model_copy(update={"center": (each.center[0] / factor, each.center[1] / factor)})
            for each in name_colors(bgr, piece)
        ),
        pattern=judge_pattern(piece.pixels(bgr), piece.mask, shoulders) if piece.region != "feet" else "plain",
        polygon=tuple((x / factor, y / factor) for x, y in piece.outline),
    )


def name_colors(bgr: Pixels, piece: Piece) -> tuple[Color, ...]:
    """At most three colours of a piece, largest share of it first; centres in pixels of `bgr`."""
    rows, columns = np.nonzero(piece.mask)
    thin = max(1, len(rows) // 20000)
    rows, columns = rows[::thin], columns[::thin]
    cells = count_cells(piece.pixels(bgr)[rows, columns][None])
    found = find_palette(cells, MAX_COLORS)
    kept = [each for each in found if each.share >= MINOR] or found[:1]
    x, y = piece.left + float(columns.mean()), piece.top + float(rows.mean())
    return tuple(each.color((x, y)) for each in kept)


def judge_harmony(cloths: Sequence[Cloth]) -> Harmony | None:
    """How the regions go together by their main colours; None with fewer than two.

    Two regions clash when both are vivid and their hues lie between family and complement (35° to 150°), or both have
    a pattern and not the same one. They match when they share a colour's name, or are of one family of hues. Anything
    goes with black, white, grey and what has next to no hue: neutral. One clash spoils an outfit.
    """
    worn = [each for each in cloths if each.colors]
    pairs = [_pair(a, b) for i, a in enumerate(worn) for b in worn[:i]]
    return next((each for each in ("clash", "match", "neutral") if each in pairs), None)


def _pair(a: Cloth, b: Cloth) -> Harmony:
    if "plain" not in (a.pattern, b.pattern) and a.pattern != b.pattern:
        return "clash"
    (hue, chroma, _), (other_hue, other_chroma, _) = (_look(each.colors[0]) for each in (a, b))
    gap = abs((hue - other_hue + 180) % 360 - 180)
    if a.colors[0].name == b.colors[0].name or (min(chroma, other_chroma) >= CHROMATIC and gap <= SAME):
        return "match"
    return "clash" if min(chroma, other_chroma) >= VIVID and SAME < gap < OPPOSITE else "neutral"


def _look(color: Color) -> tuple[float, float, float]:
    """Hue in degrees, chroma and lightness in OKLab."""
    lightness, a, b = oklab(from_hex(color.hex))
    return float(np.degrees(np.arctan2(b, a))) % 360, float(np.hypot(a, b)), float(lightness)


def judge_formality(cloths: Sequence[Cloth], garments: Sequence[Garment], has_tie: bool) -> Formality | None:
    """How formal it is, the first rule that holds; None where nothing tells.

    A tie on dark cloth of hardly any hue is formal, any other tie smart. Without a tie: shorts, short sleeves and vests
    are casual; a vivid or patterned torso is casual; a long sleeved outwear over trousers or a skirt is smart.
    """
    torso = next((each for each in cloths if each.region == "torso"), None)
    labels = {each.label for each in garments}
    if has_tie:
        return "formal" if torso is None or _is_sober(torso) else "smart"
    if labels & CASUAL or (torso and _is_loud(torso)):
        return "casual"
    return "smart" if "long sleeve outwear" in labels and labels & {"trousers", "skirt"} else None


def _is_sober(cloth: Cloth) -> bool:
    """Whether dark colours of hardly any hue make up most of what is not the shirt or the tie: the largest of them."""
    _, chroma, lightness = _look(cloth.colors[0])
    return chroma < VIVID and lightness < DARK


def _is_loud(cloth: Cloth) -> bool:
    return cloth.pattern != "plain" or _look(cloth.colors[0])[1] >= VIVID


def wears(box: Box, body: Skeleton) -> bool:
    """Whether a thing's middle lies on the trunk: between the shoulders, from the chin down to the hips."""
    x, y = box.x + box.w / 2, box.y + box.h / 2
    width, middle = shoulder_width(body), body.middle("shoulder")
    return bool(abs(x - middle[0]) <= 0.6 * width and -0.5 * width <= y - middle[1] <= 1.6 * width)


def outfit(person: int, cloths: tuple[Cloth, ...], garments: Sequence[Garment], has_tie: bool) -> Outfit:
    """All of it about one person; `garments` are theirs."""
    return Outfit(
        person=person,
        cloths=cloths,
        harmony=judge_harmony(cloths),
        formality=judge_formality(cloths, garments, has_tie),
    )
