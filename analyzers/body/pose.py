"""Pose: the skeletons of the people in the photo, and what their bodies do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Weights
from analyzers.body.postures import read
from analyzers.body.skeleton import NOSE, SEEN, Skeleton, both
from analyzers.inference import mediapipe as mediapipe_tasks
from analyzers.inference.crops import Crop, crop, padded, resized
from bus.findings import Box, Faces, Objects, PersonPose, Pose, SeenObject

MAX_PEOPLE = 8
"""So many people are looked at, largest first; each costs some 25 ms."""

SIDES = (256, 640)
"""A crop is scaled so that its short side has at least the first, its long side at most the second, in pixels: the
networks see 224 and 256."""

LEAST = 12
"""Crops with a shorter side, in pixels, are too small to show a person."""

MARGINS = ((0.1, False), (0.25, True))
"""Room around a person, as shares of the box, and whether it is made a square. The second try finds people whom the
detector does not see in a tight crop."""

BUSTS = ((4.0, 3.5), (2.0, 2.0))
"""Where only a face is known: width, and depth below the top of the face, of what is shown, in heights of the face.
The second shows head and shoulders: it finds speakers behind a lectern."""

INSIDE = 0.6
"""Least share of a skeleton's box inside the person's. Skeletons of the next person reach further out."""

TALL = 0.25
"""Least height of a skeleton's box over the person's: of someone sitting close, eyes to elbows remain."""

HEADROOM = 1.2
"""Most room between the top of a person's box and the nose, in trunks of the skeleton: real ones have 0.2 to 0.7, and
one whose head was taken to be in the hips 2."""

SAME = 0.12
"""Two skeletons whose landmarks are this close on average, as a share of the larger one's box, are one person's."""


class Figure(NamedTuple):
    """A skeleton: landmarks [33, 4] in pixels of the photo, its box, and the index of its person, where known."""

    points: NDArray[np.float32]
    box: Box
    person: int | None


class PoseAnalyzer(Analyzer):
    """33 landmarks for each person, by MediaPipe's Pose Landmarker (lite), and rules over them.

    BlazePose (Bazarevsky et al. 2020, "BlazePose: On-device Real-time Body Pose tracking"; model card of
    `pose_landmarker_lite`, Apache-2.0): a detector at 224 × 224 and a landmark network at 256 × 256, both for red-first
    pixels that MediaPipe scales itself. It sees no one smaller than a quarter of the picture, so it is shown a crop
    around each person of `objects`, around each face whose body is still missing, and the whole photo only where
    neither is known. z is the weak point of the three coordinates.
    """

    group: ClassVar[str] = "body"
    version: ClassVar[str] = "1"
    model: str = "pose-landmarker-lite"
    weights: ClassVar[tuple[str, ...]] = ("pose_landmarker_lite",)
    accepts_empty: ClassVar[bool] = True

    def __init__(self, weights: Weights) -> None:
        self._task = mediapipe_tasks.create("PoseLandmarker", weights["pose_landmarker_lite"], num_poses=2)

    def analyze(self, photo: Photo, objects: Objects, faces: Faces) -> Pose:
        """The people in `photo`, largest first; raises UnreadablePhoto."""
        persons = [(i, each) for i, each in enumerate(objects.objects) if each.label == "person"][:MAX_PEOPLE]
        figures: list[Figure] = []
        for index, person in persons:
            _add(figures, self._of_person(photo, index, person))
        for face in (each.box for each in faces.faces[:MAX_PEOPLE]):
            if not any(_holds(padded(face, 0.25), _nose(figure)) for figure in figures):
                _add(figures, self._of_face(photo, face, persons, figures))
        if not persons and not faces.faces:
            for figure in self._see(photo, Box(x=0, y=0, w=photo.width, h=photo.height)):
                _add(figures, figure)
        figures.sort(key=lambda each: -each.box.w * each.box.h)
        return Pose(people=tuple(_described(figures[:MAX_PEOPLE], faces, photo)))

    def _of_person(self, photo: Photo, index: int, person: SeenObject) -> Figure | None:
        """The skeleton that fills the box of a person best."""
        for margin, square in MARGINS:
            seen = self._see(photo, padded(person.box, margin, square))
            fitting = [each for each in seen if _fits(each, person.box)]
            if fitting:
                return max(fitting, key=lambda each: _shared(each.box, person.box))._replace(person=index)
        return None

    def _of_face(
        self, photo: Photo, face: Box, persons: list[tuple[int, SeenObject]], figures: list[Figure]
    ) -> Figure | None:
        """The skeleton with its nose in a face; of the person around that face who has none yet."""
        middle = np.array([face.x + face.w / 2, face.y + face.h / 2])
        taken = {figure.person for figure in figures}
        person = next((i for i, each in persons if i not in taken and _holds(each.box, middle)), None)
        for width, depth in BUSTS:
            bust = Box(x=middle[0] - width * face.h / 2, y=face.y - 0.8 * face.h, w=width * face.h, h=depth * face.h)
            for figure in self._see(photo, bust):
                if _holds(padded(face, 0.25), _nose(figure)):
                    return figure._replace(person=person)
        return None

    def _see(self, photo: Photo, box: Box) -> list[Figure]:
        """The skeletons in a part of the photo."""
        part = crop(photo.rgb, box)
        if part is None or min(part.pixels.shape[:2]) < LEAST:
            return []
        part = resized(part, *SIDES)
        found = self._task.detect(mediapipe_tasks.image(part.pixels)).pose_landmarks
        frame = Box(x=0, y=0, w=photo.width, h=photo.height)
        return [figure for each in found if (figure := _figure(each, part, frame)) is not None]


def _figure(landmarks: Any, part: Crop, frame: Box) -> Figure | None:
    """MediaPipe's landmarks (shares of the crop) in pixels of the photo; None when too little of them can be seen."""
    height, width = part.pixels.shape[:2]
    raw = np.array([(each.x * width, each.y * height, each.z * width) for each in landmarks], np.float32)
    visibility = np.array([[each.visibility] for each in landmarks], np.float32)
    points = np.concatenate([part.to_photo(raw), visibility], axis=1)
    seen = points[Skeleton(points, frame).seen, :2]
    if len(seen) < 5 or not np.isfinite(points).all():
        return None
    (left, top), (right, bottom) = seen.min(axis=0).tolist(), seen.max(axis=0).tolist()
    return Figure(points, Box(x=left, y=top, w=right - left, h=bottom - top), None)


def _add(figures: list[Figure], figure: Figure | None) -> None:
    """Keeps a figure, unless it is one that is there already."""
    if figure is not None and not any(_same(figure, other) for other in figures):
        figures.append(figure)


def _same(a: Figure, b: Figure) -> bool:
    both = (a.points[:, 3] >= SEEN) & (b.points[:, 3] >= SEEN)
    if not both.any():
        return False
    apart = float(np.linalg.norm(a.points[both, :2] - b.points[both, :2], axis=1).mean())
    return apart <= SAME * max(max(each.box.w, each.box.h) for each in (a, b))


def _shared(a: Box, b: Box) -> float:
    """The area that both cover, in square pixels."""
    w = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    h = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return max(0.0, w) * max(0.0, h)


def _fits(figure: Figure, person: Box) -> bool:
    """Whether a skeleton can be that of the person in a box: it lies in it, is no one small in the background, and has
    its head where the person's is."""
    box, points = figure.box, figure.points[:, :2]
    trunk = float(np.linalg.norm(points[list(both("shoulder"))].mean(axis=0) - points[list(both("hip"))].mean(axis=0)))
    return (
        _shared(box, person) >= INSIDE * box.w * box.h
        and box.h >= TALL * person.h
        and _nose(figure)[1] - person.y <= HEADROOM * trunk
    )


def _nose(figure: Figure) -> NDArray[Any]:
    return figure.points[NOSE, :2]


def _holds(box: Box, point: NDArray[Any]) -> bool:
    return bool(box.x <= point[0] <= box.x + box.w and box.y <= point[1] <= box.y + box.h)


def _described(figures: list[Figure], faces: Faces, photo: Photo) -> Iterator[PersonPose]:
    frame = Box(x=0, y=0, w=photo.width, h=photo.height)
    linked: set[int] = set()
    for figure in figures:
        face = _face_of(figure, faces, linked)
        linked |= {face} if face is not None else set()
        reading = read(figure.points, frame)
        yield PersonPose(person=figure.person, face=face, box=figure.box, points=figure.points, **reading._asdict())


def _face_of(figure: Figure, faces: Faces, linked: set[int]) -> int | None:
    """The face with its middle nearest to the nose, of those around it that no skeleton has yet."""
    nose = _nose(figure)
    around = [
        (float(np.hypot(nose[0] - each.box.x - each.box.w / 2, nose[1] - each.box.y - each.box.h / 2)), index)
        for index, each in enumerate(faces.faces)
        if index not in linked and _holds(padded(each.box, 0.15), nose)
    ]
    return min(around)[1] if around and figure.points[NOSE, 3] >= SEEN else None
