"""Body type: the build of people whose trunk faces the camera, by documented ratios, or by a network trained here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar

from analyzers.base import Analyzer, Photo, Skip, Weights
from analyzers.body.body_network import load
from analyzers.body.body_ratios import is_frontal, judge, ratios
from analyzers.body.skeleton import Skeleton
from bus.findings import BodyType, Box, PersonBody, Pose


class BodyTypeAnalyzer(Analyzer):
    """Shoulders to hips, and three more ratios of joint distances, with the thresholds of `build`.

    A network that `heckler train body-type` left in the models folder takes the place of the thresholds, wherever the
    ratios that it was trained on are known. Clothes, the lens and the stance make all of this uncertain: in doubt there
    is no label.
    """

    group: ClassVar[str] = "body"
    version: ClassVar[str] = "1"
    trained: ClassVar[tuple[str, ...]] = ("body_type_network",)
    takes_slot = announces = cached = False

    def __init__(self, weights: Weights) -> None:
        path = weights.get("body_type_network")
        self._network = load(path) if path else None
        self.model = f"trained here, {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}" if path else "pose ratios"

    def analyze(self, photo: Photo, pose: Pose) -> BodyType:
        """The builds of those of `pose` who can be judged; raises Skip when there are none, UnreadablePhoto."""
        found = tuple(self._people(pose, Box(x=0, y=0, w=photo.width, h=photo.height)))
        if not found:
            raise Skip("nobody's trunk is whole in the photo and faces the camera")
        return BodyType(people=found)

    def _people(self, pose: Pose, frame: Box) -> Iterator[PersonBody]:
        for index, person in enumerate(pose.people):
            body = Skeleton(person.points, frame)
            if is_frontal(body):
                yield self._body(index, body)

    def _body(self, index: int, body: Skeleton) -> PersonBody:
        found = ratios(body)
        said = self._network.judge(found) if self._network else None
        label, score = said or judge(found)
        method = "network" if said else "rules"
        return PersonBody(person=index, ratios=found, label=label, score=score, method=method)
