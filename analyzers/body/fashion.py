"""Fashion: what people wear, its colours and patterns, whether it goes together, how formal it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from analyzers.base import Analyzer, Photo, Skip, Weights
from analyzers.body.garments import GarmentDetector
from analyzers.body.outfits import describe, outfit, wears
from analyzers.body.skeleton import Skeleton
from bus.findings import Box, Fashion, Garment, Objects, Outfit, Pose


class FashionAnalyzer(Analyzer):
    """Outfits by the regions of a pose, and where the weights are here, garments by a DeepFashion2 detector.

    Colours have the names of `colors`; the rules for patterns are in `fabrics`, those for harmony and formality in
    `outfits`. The regions come from landmarks: a coat over the hips counts as torso, a long dress as legs, too.
    """

    group: ClassVar[str] = "body"
    version: ClassVar[str] = "2"
    optional_weights: ClassVar[tuple[str, ...]] = ("deepfashion2",)
    accepts_empty: ClassVar[bool] = True

    def __init__(self, weights: Weights) -> None:
        path = weights.get("deepfashion2")
        self._detector = GarmentDetector(path) if path else None
        self.model = "pose regions" + (" + deepfashion2" if path else "")

    def warm_up(self) -> None:
        """Runs the detector once, where there is one."""
        if self._detector:
            self._detector.warm_up()

    def analyze(self, photo: Photo, pose: Pose, objects: Objects) -> Fashion:
        """The outfits of the people of `pose`. Raises Skip without any; raises UnreadablePhoto."""
        if pose.is_empty():
            raise Skip("nobody whose clothes could be looked at")
        garments = self._detector.find(photo, pose.people) if self._detector else ()
        return Fashion(garments=garments, outfits=tuple(_outfits(photo, pose, objects, garments)))


def _outfits(photo: Photo, pose: Pose, objects: Objects, garments: tuple[Garment, ...]) -> Iterator[Outfit]:
    frame = Box(x=0, y=0, w=photo.width, h=photo.height)
    ties = [each.box for each in objects.objects if each.label == "tie"]
    for index, person in enumerate(pose.people):
        body = Skeleton(person.points, frame)
        own = [each for each in garments if each.person == index]
        worn = outfit(index, describe(photo.bgr, person.points), own, any(wears(tie, body) for tie in ties))
        if worn.cloths or worn.formality:
            yield worn
