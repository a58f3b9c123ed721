"""What the analyzers of the group `body` say: poses, gestures, outlines, clothes, and whether there are too few."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bus.findings.arrays import FloatArray
from bus.findings.base import Box, Color, Finding, Frozen, FrozenArrays, Point, Score


class ExplicitRegion(Frozen):
    """One region that the detector takes for an intimate body part."""

    label: str
    score: Score
    box: Box


class Explicit(Finding):
    """Whether the photo is explicit, and on what grounds."""

    kind: Literal["explicit"] = "explicit"
    explicit: bool
    regions: tuple[ExplicitRegion, ...] = ()


Posture = Literal[
    "standing", "sitting", "lying", "walking", "kneeling", "arms_crossed", "hands_on_hips", "slouching", "leaning",
    "arm_to_camera", "arms_raised", "arm_raised", "hand_on_face", "hands_behind_head", "turned_away", "legs_crossed",
]  # fmt: skip
"""What a body does, by rules over its landmarks. Pockets and pointing fingers are not among the 33: `gestures` sees
fingers."""


class PersonPose(FrozenArrays):
    """The pose of one person."""

    person: int | None = Field(description="index in `objects`; None when no person there belongs to it")
    face: int | None = Field(None, description="index in `faces` of the face that belongs to it")
    box: Box = Field(description="around the landmarks that can be seen")
    points: FloatArray = Field(description="[33, 4] float32: x, y in pixels of the photo, z, visibility 0..1")
    postures: tuple[Posture, ...] = ()
    lean: float | None = Field(None, description="of the trunk in degrees from upright, clockwise positive")
    facing: Literal["camera", "left", "right", "away"] = Field("camera", description="left, right: edges of the photo")
    visible: tuple[Literal["head", "torso", "arms", "legs", "feet"], ...] = Field(description="parts in the photo")


class Pose(Finding):
    """The poses of the persons, largest first."""

    kind: Literal["pose"] = "pose"
    people: tuple[PersonPose, ...] = ()

    def is_empty(self) -> bool:
        return not self.people


GestureLabel = Literal[
    "fist", "open_palm", "pointing", "pointing_up", "thumb_up", "thumb_down", "victory", "i_love_you"
]


class Hand(FrozenArrays):
    """One hand."""

    person: int | None = Field(description="index in `pose.people`")
    side: Literal["left", "right"] = Field(description="the subject's own")
    box: Box
    points: FloatArray = Field(description="[21, 3] float32: x, y in pixels of the photo, z on the same scale")
    gesture: GestureLabel | None
    score: Score = Field(description="of the gesture; of the hand when there is none")


class Gestures(Finding):
    """The hands that were found, and what they say."""

    kind: Literal["gestures"] = "gestures"
    hands: tuple[Hand, ...] = ()


class BodyRatios(Frozen):
    """Ratios of a person's joint distances, no units; None where a joint is hidden."""

    shoulder_to_hip: float | None = None
    torso_to_leg: float | None = None
    arm_to_torso: float | None = None
    shoulder_to_height: float | None = None


class PersonBody(Frozen):
    """The build of one person as their pose shows it. A cue only where the operator allows it."""

    person: int = Field(description="index in `pose.people`")
    ratios: BodyRatios
    label: Literal["inverted_triangle", "rectangle", "triangle"] | None
    score: Score
    method: Literal["rules", "network"]


class BodyType(Finding):
    """The build of every person whose trunk is in the photo and faces the camera."""

    kind: Literal["body_type"] = "body_type"
    people: tuple[PersonBody, ...] = ()


GarmentLabel = Literal[
    "short sleeve top", "long sleeve top", "short sleeve outwear", "long sleeve outwear", "vest", "sling", "shorts",
    "trousers", "skirt", "short sleeve dress", "long sleeve dress", "vest dress", "sling dress",
]  # fmt: skip
"""The 13 classes of DeepFashion2 (Ge et al. 2019), in its order."""


class Garment(Frozen):
    """One detected garment."""

    label: GarmentLabel
    score: Score
    box: Box
    person: int | None = Field(None, description="index in `pose.people`")


class Cloth(Frozen):
    """What covers one region of a body."""

    region: Literal["torso", "legs", "feet"]
    colors: tuple[Color, ...] = Field(description="at most three, largest share of the region first")
    pattern: Literal["plain", "striped", "checked", "patterned"]
    polygon: tuple[Point, ...] = Field(description="the part of the photo that was sampled")


class Outfit(Frozen):
    """What one person wears."""

    person: int = Field(description="index in `pose.people`")
    cloths: tuple[Cloth, ...]
    harmony: Literal["match", "neutral", "clash"] | None = Field(description="None with fewer than two regions")
    formality: Literal["formal", "smart", "casual"] | None = None


class Fashion(Finding):
    """Garments, and the outfits that they make."""

    kind: Literal["fashion"] = "fashion"
    garments: tuple[Garment, ...] = ()
    outfits: tuple[Outfit, ...] = ()
