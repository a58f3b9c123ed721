"""Gestures: the hands in the photo, whose they are, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analyzers import mediapipe_tasks
from analyzers.base import Photo, Weights
from analyzers.crops import Crop, crop, resized
from analyzers.fingers import MIDDLE_ROOT, WRIST, agrees, directed, points
from analyzers.skeleton import LEFT, RIGHT, Skeleton
from analyzers.skeleton import Side as Limb
from bus.features import Box, GestureLabel, Gestures, Hand, PersonPose, Pose

Side: TypeAlias = Literal["left", "right"]
Floats: TypeAlias = NDArray[np.floating[Any]]

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

FLOOR = 0.8
"""Least certainty about a hand's side of a hand that is one. MediaPipe reports no other score of a hand; on the test
photos false ones (a collar) have up to .71, and real ones .9 and more, but for a few that are given up."""

SURE = 0.5
"""Least score of a gesture."""

WRIST_SEEN = 0.3
"""Least visibility of a wrist around which a hand is looked for: lower than for rules, since hands tell themselves."""

WINDOWS = (1.0, 1.4)
"""Sides of the squares around a wrist that are searched, the second where the first shows nothing; in trunks."""

SIDES = (224, 512)
"""Short side to which a crop is scaled up at least, and long side at most, in pixels: the networks see 192 and 224."""

LEAST = 12
"""Crops with a shorter side, in pixels, show no hand."""

MOST = 8
"""So many hands are kept, largest first."""

BELONGS = 0.5
"""Farthest that a hand is from where its arm ends, in trunks."""

PALMS = (0.06, 0.5)
"""Length of a palm, wrist to middle knuckle, that fits its person, in trunks: it is some 0.19 (Winter 2009)."""

ARM = 1.3
"""How far from the shoulder a hand can be, in trunks."""


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
    def size(self) -> float:
        """The diagonal of its box in pixels."""
        return float(np.linalg.norm(np.ptp(self.points[:, :2], axis=0)))


class Arm(NamedTuple):
    """A person's arm: index in `pose.people`, side, where shoulder and hand are, whether the latter is more than a
    guess, and the trunk's length."""

    person: int
    side: Side
    shoulder: Floats
    end: Floats
    seen: bool
    unit: float


class GesturesAnalyzer:
    """21 landmarks and a gesture for every hand, by MediaPipe's Gesture Recognizer, confirmed by its fingers.

    Model cards "MediaPipe Hands" and "Hand Gesture Classification" (Apache-2.0): palm detector 192 × 192, landmarks
    224 × 224, red first, scaled by MediaPipe itself; then an embedding of the landmarks and eight classes. Small
    hands are found on squares around the wrists of `pose`, large ones, of whomever, on the whole photo. A gesture that
    the fingers contradict is none. Pointing in any direction is told by the fingers alone.

    Sides are the subject's own: MediaPipe 1.2 names them so for photos that are not mirrored (0.10.14 and before had
    them the other way round), but where a wrist of `pose` is there, that one says which side it is.
    """

    group: ClassVar[str] = "body"
    version: ClassVar[str] = "1"
    model: ClassVar[str] = "gesture-recognizer"
    weights: ClassVar[tuple[str, ...]] = ("gesture_recognizer",)
    optional_weights: ClassVar[tuple[str, ...]] = ()
    accepts_empty: ClassVar[bool] = True

    def __init__(self, weights: Weights) -> None:
        self._task = mediapipe_tasks.create("GestureRecognizer", weights["gesture_recognizer"], num_hands=4)

    def analyze(self, photo: Photo, pose: Pose) -> Gestures:
        """All hands in `photo`, largest first; raises UnreadablePhoto."""
        frame = Box(x=0, y=0, w=photo.width, h=photo.height)
        arms = [arm for i, each in enumerate(pose.people) for arm in _arms(i, each, frame)]
        hands: list[Found] = []
        for place, unit in _places(arms):
            if any(np.linalg.norm(place - hand.middle) <= 0.25 * unit for hand in hands):
                continue
            windows = (_square(place, width * unit) for width in WINDOWS)
            _add(hands, next((found for window in windows if (found := self._see(photo, window))), []))
        _add(hands, self._see(photo, frame))
        hands.sort(key=lambda each: -each.size)
        return Gestures(hands=tuple(_described(each, arms) for each in hands[:MOST]))

    def _see(self, photo: Photo, box: Box) -> list[Found]:
        """The hands in a part of the photo."""
        part = crop(photo.rgb, box)
        if part is None or min(part.pixels.shape[:2]) < LEAST:
            return []
        part = resized(part, *SIDES)
        seen = self._task.recognize(mediapipe_tasks.image(part.pixels))
        each = zip(seen.hand_landmarks, seen.hand_world_landmarks, seen.handedness, seen.gestures, strict=True)
        return [hand for one in each if (hand := _found(part, *one)).score >= FLOOR and np.isfinite(hand.points).all()]


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


def _arms(person: int, pose: PersonPose, frame: Box) -> Iterator[Arm]:
    """Both arms of a person, unless nothing tells how large that person is."""
    body = Skeleton(pose.points, frame)
    limbs: tuple[tuple[Side, Limb], ...] = (("left", LEFT), ("right", RIGHT))
    for side, limb in limbs:
        if body.unit:
            end = body.at[[limb.wrist, limb.forefinger, limb.pinky]].mean(axis=0)
            seen = bool(pose.points[limb.wrist, 3] >= WRIST_SEEN)
            yield Arm(person, side, body.at[limb.shoulder], end, seen, body.unit)


def _places(arms: list[Arm]) -> Iterator[tuple[Floats, float]]:
    """Where to look: the end of each arm that has one; of two close together the middle."""
    left = [arm for arm in arms if arm.seen]
    while left:
        arm = left.pop(0)
        twin = next((each for each in left if each.person == arm.person and _apart(each, arm.end) <= 0.3), None)
        if twin is None:
            yield arm.end, arm.unit
        else:
            left.remove(twin)
            yield (arm.end + twin.end) / 2, arm.unit


def _apart(arm: Arm, point: Floats) -> float:
    """Distance of a point from an arm's end, in trunks."""
    return float(np.linalg.norm(arm.end - point)) / arm.unit


def _square(middle: Floats, side: float) -> Box:
    return Box(x=float(middle[0]) - side / 2, y=float(middle[1]) - side / 2, w=side, h=side)


def _add(hands: list[Found], found: list[Found]) -> None:
    """Keeps those that are not there already: of one hand seen twice the first, which was seen larger."""
    for hand in found:
        if not any(np.linalg.norm(hand.middle - each.middle) <= 0.5 * max(hand.size, each.size) for each in hands):
            hands.append(hand)


def _described(hand: Found, arms: list[Arm]) -> Hand:
    person, side = owner(hand, arms)
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


def owner(hand: Found, arms: list[Arm]) -> tuple[int | None, Side]:
    """Whose hand it is, and which.

    That of the nearest arm's end whose person it fits in size. Where both ends of that person are about as near, the
    network's own word on the side counts; and if somebody else could reach there, too, the hand is nobody's: of two
    people close together, skeletons borrow each other's arms.
    """
    palm = float(np.linalg.norm(hand.points[WRIST, :2] - hand.points[MIDDLE_ROOT, :2]))
    fitting = [arm for arm in arms if arm.seen and PALMS[0] <= palm / arm.unit <= PALMS[1]]
    near = sorted((_apart(arm, hand.middle), i) for i, arm in enumerate(fitting))
    if not near or near[0][0] > BELONGS:
        return None, hand.side
    arm = fitting[near[0][1]]
    rivals = [fitting[i] for gap, i in near[1:] if gap <= max(BELONGS / 2, 2 * near[0][0])]
    if not any(each.person == arm.person for each in rivals):
        return arm.person, arm.side
    others = (each for each in arms if each.person != arm.person)
    reached = any(float(np.linalg.norm(each.shoulder - hand.middle)) <= ARM * each.unit for each in others)
    return (None if reached else arm.person), hand.side
