"""Whether a photo shows exposed intimate parts; such a photo is refused kindly, and nothing else about it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from analyzers.base import Analyzer, Photo, Weights
from analyzers.inference.nudenet import MODEL, Region, detector
from bus.findings import Explicit, ExplicitRegion

THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {
        "FEMALE_GENITALIA_EXPOSED": 0.5,
        "MALE_GENITALIA_EXPOSED": 0.5,
        "ANUS_EXPOSED": 0.5,
        "FEMALE_BREAST_EXPOSED": 0.5,
        "BUTTOCKS_EXPOSED": 0.65,
    }
)
"""The classes that make a photo explicit, and the score each needs; every other class never does.

Set from the false alarms on the test photos (dressed people, a cat, a cup, landscapes), each also mirrored, turned,
cropped, darkened and blurred, 250 pictures in all: the highest were breast .39, buttocks .32, genitalia .23, anus none.
Buttocks ask for more: smooth curves such as cups pass for them, and swimwear shows them.
"""


def decide(regions: Iterable[Region]) -> Explicit:
    """The verdict over what the detector found; `regions` of the result are its grounds, most certain first."""
    grounds = [region for region in regions if region.score >= THRESHOLDS.get(region.label, float("inf"))]
    grounds.sort(key=lambda region: -region.score)
    return Explicit(
        explicit=bool(grounds),
        regions=tuple(ExplicitRegion(label=r.label.lower(), score=r.score, box=r.box) for r in grounds),
    )


class ExplicitAnalyzer(Analyzer):
    """Exposed intimate parts by NudeNet 320n (see `nudenet_detector`). Chests of men, bellies, feet never count."""

    group = "body"
    version = "2"
    model = MODEL

    def __init__(self, weights: Weights) -> None:
        self._detector = detector()

    def analyze(self, photo: Photo) -> Explicit:
        """The verdict over `photo`, of any size; raises UnreadablePhoto."""
        return decide(self._detector.detect(photo).regions())
