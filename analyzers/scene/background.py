"""Background: who stands out from what, and what is behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, Weights
from analyzers.quality.blur import BLURRED, SOFT, Edges, edge_width
from analyzers.quality.overview import Overview, edges_of, gray_overview, overview
from analyzers.scene.distractions import Behind, pole_above, spots, things_at_heads
from analyzers.scene.matting import Matting, ModNet, SelfieSegmenter
from analyzers.scene.silhouette import find_silhouette, outline, people_boxes
from bus.findings import Background, Box, Distraction, Faces, Objects, SeenObject

Mask: TypeAlias = NDArray[np.bool_]

RIM = 1 / 60
"""Of the long side: how far from the people the background begins, so that their own outline is none of its edges."""
EDGE_REACH = 1 / 80
"""Of the long side: how far an edge makes a place busy."""
CANNY = (40, 100)
"""Hysteresis in grey levels; out of focus crowds (zidane.jpg) have no such edges, curtains in folds do."""
CRISP = 8.0
"""Gradient, in grey levels per pixel, that one in a hundred places of a background in focus exceeds: 16 to 51 on the
photos, soft curtains included, 5.9 in the blurred crowd of zidane.jpg."""
PLAIN = 12.0
"""Standard deviation of grey levels up to which a background without crisp edges is plain rather than blurred."""
SMALLEST_HEAD = 0.05
"""Height of a face, as a share of the photo's, below which what is behind it is not looked at."""


class BackgroundAnalyzer(Analyzer):
    """The people's mask by MODNet or else MediaPipe's Selfie Segmenter, and rules over what is behind.

    The networks are in `matting`; a mask counts only where a person or a face was found. Measures are taken at 640 px
    on the long side, inside of bars. Without people the whole photo is the background.
    """

    group: ClassVar[str] = "scene"
    version: ClassVar[str] = "2"
    weights: ClassVar[tuple[str, ...]] = ("selfie_segmenter",)
    optional_weights: ClassVar[tuple[str, ...]] = ("modnet",)
    accepts_empty: ClassVar[bool] = True
    """A photo without objects and faces has a background as well."""

    def __init__(self, weights: Weights) -> None:
        self._matting: Matting = (
            ModNet(weights["modnet"]) if "modnet" in weights else SelfieSegmenter(weights["selfie_segmenter"])
        )
        self.model = self._matting.model

    def analyze(self, photo: Photo, objects: Objects, faces: Faces) -> Background:
        """What is behind the people of `photo`; raises UnreadablePhoto."""
        whole = overview(photo)
        mask = find_silhouette(self._matting, photo, whole, people_boxes(objects, faces))
        background = behind(mask)
        gray = gray_overview(photo)
        blur, ratio = judge_depth(gray, mask, background, edges_of(photo))
        pixels_of_photo = whole.across * whole.down / (photo.width * photo.height)
        return Background(
            person_share=min(1.0, float(mask.sum()) * pixels_of_photo),
            outline=outline(mask, whole),
            clutter=clutter(gray, background),
            blur=blur,
            sharpness_ratio=ratio,
            distractions=tuple(_distractions(photo, Scene(whole, mask, background), objects, faces)),
        )


def behind(people: Mask) -> Mask:
    """The background of `people` [height, width], a rim around them left out."""
    reach = max(1, round(RIM * max(people.shape)))
    wide = cv2.dilate(people.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return np.asarray(wide == 0)


def clutter(gray: Pixels, background: Mask) -> float:
    """The share of the background near to edges: 0 for blurred crowds and walls, .5 for curtains, .9 for foliage."""
    if not background.any():
        return 0.0
    edges = cv2.Canny(cv2.GaussianBlur(gray, (0, 0), 1.2), *CANNY)
    reach = max(1, round(EDGE_REACH * max(gray.shape) / 2))
    busy = cv2.dilate(edges, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    return np.count_nonzero(busy & background) / np.count_nonzero(background)


def judge_depth(
    gray: Pixels, people: Mask, background: Mask, edges: Edges | None = None
) -> tuple[Literal["sharp", "soft", "blurred"], float | None]:
    """How blurred the background is, and how many times as wide its sharpest edges are as those of the people.

    A varied background without crisp edges counts as blurred, its edges at least as wide as that takes. None where
    either has too few edges to judge by. `edges` are those of `gray`, where the caller has them already.
    """
    if min(gray.shape) < 8 or not background.any():
        return "sharp", None
    edges = edges or Edges.of(gray)
    width = edge_width(edges, background)
    if np.count_nonzero((edges.after >= CRISP) & background) < 0.01 * np.count_nonzero(background):
        spread = float(cv2.meanStdDev(gray, mask=background.view(np.uint8))[1].item())
        width = max(width or 0.0, BLURRED) if spread > PLAIN else None
    own = edge_width(edges, people)
    if width is None:
        return "sharp", None
    verdict: Literal["sharp", "soft", "blurred"] = (
        "sharp" if width <= SOFT else "soft" if width < BLURRED else "blurred"
    )
    return verdict, width / own if own else None


class Scene(NamedTuple):
    """A photo's overview, and in its pixels [height, width] where the people are, and where the background is."""

    whole: Overview
    people: Mask
    background: Mask


def _distractions(photo: Photo, scene: Scene, objects: Objects, faces: Faces) -> Iterator[Distraction]:
    """What draws the eye, in pixels of the photo: things at heads first, then what grows from one, then spots.

    Nothing where there are no people for whom it could be behind.
    """
    whole, people, background = scene
    if not people.any():
        return
    heads = [_inside(each.box, whole) for each in faces.faces if each.box.h >= SMALLEST_HEAD * photo.height]
    things = [SeenObject(label=o.label, score=o.score, box=_inside(o.box, whole), size=o.size) for o in objects.objects]
    found = list(things_at_heads(things, heads, people))
    seen = Behind.of(whole.image, background)
    poles = [pole for head in heads if (pole := pole_above(seen, head))]
    found += [Distraction(object=None, box=pole, reason="from_head") for pole in poles]
    for each in [*found, *spots(seen)]:
        yield each.model_copy(update={"box": _outside(each.box, whole)})


def _inside(box: Box, whole: Overview) -> Box:
    """A box of the photo in pixels of the overview."""
    x, y = whole.from_photo(box.x, box.y)
    return Box(x=x, y=y, w=box.w / whole.across, h=box.h / whole.down)


def _outside(box: Box, whole: Overview) -> Box:
    """A box of the overview in pixels of the photo."""
    height, width = whole.image.shape[:2]
    x, y = whole.in_photo(box.x / width, box.y / height)
    return Box(x=x, y=y, w=box.w * whole.across, h=box.h * whole.down)
