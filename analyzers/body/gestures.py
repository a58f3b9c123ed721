"""Gestures: the hands in the photo, whose they are, and what they say."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Weights
from analyzers.body.arms import Arm, Floats, Side, arms_of, owner, places
from analyzers.body.fingers import MIDDLE_ROOT, WRIST, agrees, directed, points
from analyzers.inference import mediapipe as mediapipe_tasks
from analyzers.inference.crops import Crop, crop, resized
from bus.findings import Box, GestureLabel, Gestures, Hand, Pose

LABELS: dict[str, GestureLabel] = {
    "Closed_Fist": "fist",
    "Open_Palm": "open_palm",
    "Pointing_Up": "pointing_up",
    "Thumb_Down": "thumb_down",
    "Thumb_Up": "thumb_up",
    "Victory": "victory",
    "ILoveYou": "i_love_you",
}
"""MediaPipe's names; its eighth, None, is no gesture."""

MIN_SCORE = 0.8
"""Least certainty about a hand's side of a hand that is one. MediaPipe reports no other score of a hand; on the test
photos false ones (a collar) have up to .71, and real ones .9 and more, but for a few that are given up."""

SURE = 0.5
"""Least score of a gesture."""

WINDOWS = (1.0, 1.4)
"""Sides of the squares around a wrist that are searched, the second where the first shows nothing; in trunks."""

SIDES = (224, 512)
"""Short side to which a crop is scaled up at least, and long side at most, in pixels: the networks see 192 and 224."""

LEAST = 12
"""Crops with a shorter side, in pixels, show no hand."""

MAX_HANDS = 8
"""So many hands are kept, largest first."""


class Found(NamedTuple):
    """A hand as the network sees it: [21, 3] in pixels of the photo, its side, scores, and its gesture."""

    points: NDArray[np.float32]
    side: Side
    score: float
    gesture: GestureLabel | None
    gesture_score: float

    @property
    def middle(self) -> Floats:
        return np.asarray((self.points[WRIST, :2] + self.points[MIDDLE_ROOT, :2]) / 2)

    @property
    def palm(self) -> float:
        """From wrist to middle knuckle, in pixels."""
        return float(np.linalg.norm(self.points[WRIST, :2] - self.points[MIDDLE_ROOT, :2]))

    @property
    def size(self) -> float:
        """The diagonal of its box in pixels."""
        return float(np.linalg.norm(np.ptp(self.points[:, :2], axis=0)))


class GesturesAnalyzer(Analyzer):
    """21 landmarks and a gesture for every hand, by MediaPipe's Gesture Recognizer, confirmed by its fingers.

    Model cards "MediaPipe Hands" and "Hand Gesture Classification" (Apache-2.0): palm detector 192 × 192, landmarks
    224 × 224, red first, scaled by MediaPipe itself; then an embedding of the landmarks and eight classes. Small
    hands are found on squares around the wrists of `pose`, large ones on the whole photo. A gesture that the fingers
    contradict is none. Pointing in any direction is recognised by the fingers alone.

    Sides are the subject's own: MediaPipe 1.2 names them so for photos that are not mirrored (0.10.14 and before had
    them the other way round), but where a wrist of `pose` is there, that one says which side it is.
    """

    group: ClassVar[str] = "body"
    version: ClassVar[str] = "2"
    model: str = "gesture-recognizer"
    weights: ClassVar[tuple[str, ...]] = ("gesture_recognizer",)
    accepts_empty: ClassVar[bool] = True

    def __init__(self, weights: Weights) -> None:
        self._task = mediapipe_tasks.create("GestureRecognizer", weights["gesture_recognizer"], num_hands=4)

    def analyze(self, photo: Photo, pose: Pose) -> Gestures:
        """All hands in `photo`, largest first; raises UnreadablePhoto."""
        frame = Box(x=0, y=0, w=photo.width, h=photo.height)
        arms = [arm for i, each in enumerate(pose.people) for arm in arms_of(i, each, frame)]
        hands: list[Found] = []
        for place, unit in places(arms):
            if any(np.linalg.norm(place - hand.middle) <= 0.25 * unit for hand in hands):
                continue
            windows = (_square(place, width * unit) for width in WINDOWS)
            _add(hands, next((found for window in windows if (found := self._see(photo, window))), []))
        _add(hands, self._see(photo, frame))
        hands.sort(key=lambda each: -each.size)
        return Gestures(hands=tuple(_described(each, arms) for each in hands[:MAX_HANDS]))

    def _see(self, photo: Photo, box: Box) -> list[Found]:
        """The hands in a part of the photo."""
        part = crop(photo.rgb, box)
        if part is None or min(part.pixels.shape[:2]) < LEAST:
            return []
        part = resized(part, *SIDES, quick=True)
        seen = self._task.recognize(mediapipe_tasks.image(part.pixels))
        each = zip(seen.hand_landmarks, seen.hand_world_landmarks, seen.handedness, seen.gestures, strict=True)
        return [
            hand for one in each if (hand := _found(part, *one)).score >= MIN_SCORE and np.isfinite(hand.points).all()
        ]


def _found(part: Crop, landmarks: Any, world: Any, sides: Any, gestures: Any) -> Found:
    height, width = part.pixels.shape[:2]
    raw = np.array([(each.x * width, each.y * height, each.z * width) for each in landmarks], np.float32)
    metres = np.array([(each.x, each.y, each.z) for each in world], np.float64)
    pixels = part.to_photo(raw)
    side: Side = "left" if sides[0].category_name == "Left" else "right"
    score = min(1.0, float(sides[0].score))
    named = (LABELS.get(gestures[0].category_name), float(gestures[0].score)) if gestures else (None, 0.0)
    gesture, sure = settle(pixels, metres, *named)
    return Found(pixels, side, score, gesture, min(1.0, sure or score))


def settle(
    pixels: Floats, metres: Floats, named: GestureLabel | None, score: float
) -> tuple[GestureLabel | None, float]:
    """The gesture and its score: the one that the network names, if the hand in space [21, 3] and in the photo [21, 3]
    bears it out, or pointing, with no score of its own (0)."""
    if named is not None and score >= SURE and agrees(metres, named) and directed(pixels, named, 60):
        return named, score
    if points(metres):
        return ("pointing_up" if directed(pixels, "pointing_up") else "pointing"), 0.0
    return None, 0.0


def _square(middle: Floats, side: float) -> Box:
    return Box(x=float(middle[0]) - side / 2, y=float(middle[1]) - side / 2, w=side, h=side)


def _add(hands: list[Found], found: list[Found]) -> None:
    """Keeps those that are not there already: of one hand seen twice the first, which was seen larger."""
    for hand in found:
        if not any(np.linalg.norm(hand.middle - each.middle) <= 0.5 * max(hand.size, each.size) for each in hands):
            hands.append(hand)


def _described(hand: Found, arms: list[Arm]) -> Hand:
    person, side = owner(hand.middle, hand.palm, hand.side, arms)
    left, top = hand.points[:, :2].min(axis=0).tolist()
    width, height = np.ptp(hand.points[:, :2], axis=0).tolist()
    return Hand(
        person=person,
        side=side,
        box=Box(x=left, y=top, w=width, h=height),
        points=hand.points,
        gesture=hand.gesture,
        score=hand.gesture_score,
    )
