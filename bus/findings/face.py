"""What the analyzers of the group `face` say: who looks out of the photo, what the faces do and seem to feel."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bus.findings.arrays import FloatArray
from bus.findings.base import Box, Finding, Frozen, FrozenArrays, Point, Score


class Face(Frozen):
    """One detected face."""

    box: Box
    score: Score
    landmarks: tuple[Point, ...] = Field(
        (), description="right eye, left eye, nose tip, right and left mouth corner (the subject's); or empty"
    )
    sharpness: float = Field(description="variance of the Laplacian of the face crop at 112 px height")
    size: Score = Field(description="share of the photo's area")
    cut_off: tuple[Literal["left", "right", "top", "bottom"], ...] = ()


class Faces(Finding):
    """All faces, largest first."""

    kind: Literal["faces"] = "faces"
    faces: tuple[Face, ...] = ()

    def is_empty(self) -> bool:
        return not self.faces


Expression = Literal[
    "neutral", "smile", "big_smile", "frown", "duck_face", "kiss", "wink_left", "wink_right", "eyes_closed",
    "squint", "wide_eyes", "mouth_open", "tongue_out", "brows_raised", "brow_furrowed", "cheek_puffed", "sneer",
]  # fmt: skip
"""What a face does, from blendshapes; left and right are the subject's own."""


class HeadPose(Frozen):
    """Where a head is turned, in degrees; all 0 when it looks straight into the camera, upright."""

    yaw: float = Field(description="positive when the head is turned towards the right edge of the photo")
    pitch: float = Field(description="positive when the head looks up")
    roll: float = Field(description="positive when the head leans clockwise, as seen in the photo")


class FaceStructure(Frozen):
    """Ratios of a face's own measures (no units), and the words for them. Visible in the debug view, never a cue."""

    shape: Literal["oval", "round", "square", "oblong", "heart", "diamond"]
    length_to_width: float
    jaw_to_cheekbones: float
    forehead_to_cheekbones: float
    eye_spacing: float = Field(description="distance of the inner eye corners over the width of an eye")
    eye_openness: tuple[float, float] = Field(description="height over width: right eye, left eye (the subject's)")
    brow_height: float = Field(description="distance from eye to brow over the height of the face")
    nose_width: float = Field(description="over the distance of the inner eye corners")
    nose_length: float = Field(description="over the height of the face")
    mouth_width: float = Field(description="over the width of the nose")


class FaceMesh(FrozenArrays):
    """The mesh of one face; `face` is its index in `faces`."""

    face: int
    points: FloatArray = Field(description="[478, 3] float32: x, y in pixels of the photo, z on the same scale")
    blendshapes: dict[str, Score] = Field(description="MediaPipe's 52: ARKit's but tongueOut, and _neutral; scores")
    pose: HeadPose
    structure: FaceStructure
    expressions: tuple[Expression, ...] = Field(description="most marked first; (neutral,) when there is none")


class Mesh(Finding):
    """A mesh for every face on which one could be fitted, in the order of `faces`."""

    kind: Literal["mesh"] = "mesh"
    faces: tuple[FaceMesh, ...] = ()

    def is_empty(self) -> bool:
        return not self.faces


Emotion = Literal["anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"]


class FaceEmotion(Frozen):
    """What one face seems to feel; `face` is its index in `faces`."""

    face: int
    label: Emotion
    score: Score
    scores: dict[Emotion, Score] = Field(description="of every class that the model knows; they add up to 1")


class Emotions(Finding):
    """The apparent emotion of every face, in the order of `faces`."""

    kind: Literal["emotions"] = "emotions"
    faces: tuple[FaceEmotion, ...] = ()


class FaceAge(Frozen):
    """One face's apparent age in years: an estimate within an interval; `face` is its index in `faces`."""

    face: int
    age: float = Field(ge=0, le=120)
    low: float = Field(ge=0, description="lower end of the 80 % interval")
    high: float = Field(ge=0, description="upper end of the 80 % interval")


class Age(Finding):
    """The apparent age of every face, in the order of `faces`."""

    kind: Literal["age"] = "age"
    faces: tuple[FaceAge, ...] = ()


class FaceGender(Frozen):
    """What a classifier of two classes takes one face for. Visible in the debug view, never a cue."""

    face: int
    label: Literal["woman", "man"]
    score: Score


class Gender(Finding):
    """The apparent gender of every face, in the order of `faces`."""

    kind: Literal["gender"] = "gender"
    faces: tuple[FaceGender, ...] = ()


class FaceAttractiveness(Frozen):
    """What a network trained on raters' votes says of one face. For the debug view only; never a cue."""

    face: int
    score: float = Field(ge=1, le=5, description="mean of the votes on SCUT-FBP5500's scale")


class Attractiveness(Finding):
    """A rating of every face, in the order of `faces`. For the debug view only."""

    kind: Literal["attractiveness"] = "attractiveness"
    faces: tuple[FaceAttractiveness, ...] = ()
