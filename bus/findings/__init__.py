"""One frozen model per finding: what each analyzer can say about a photo.

Boxes and points are in pixels of the normalised photo, origin at the top left, x to the right and y down.
Scores are in 0..1 unless the field says otherwise. There is a module for each group of analyzers; they are
imported from here, and are known to every process. Begin with `base.py`; `kinds.py` tells how a finding is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from bus.findings import body, demographics, face, quality, scene
from bus.findings.arrays import FloatArray
from bus.findings.base import Box, Color, Finding, Frozen, FrozenArrays, Point, Score
from bus.findings.body import (
    BodyRatios,
    BodyType,
    Cloth,
    Explicit,
    ExplicitRegion,
    Fashion,
    Garment,
    GarmentLabel,
    GestureLabel,
    Gestures,
    Hand,
    Outfit,
    PersonBody,
    PersonPose,
    Pose,
    Posture,
)
from bus.findings.demographics import Ethnicity, FaceEthnicity, FaceSkinTone, SkinTone
from bus.findings.face import (
    Age,
    Attractiveness,
    Emotion,
    Emotions,
    Expression,
    Face,
    FaceAge,
    FaceAttractiveness,
    FaceEmotion,
    FaceGender,
    FaceMesh,
    Faces,
    FaceStructure,
    Gender,
    HeadPose,
    Mesh,
)
from bus.findings.kinds import AnyKind, UnknownFinding, kind_of, register, written_in
from bus.findings.quality import Aesthetics, Colors, Composition, HeadFraming, Lighting, Quality
from bus.findings.scene import (
    Background,
    Distraction,
    Facts,
    ObjectLabel,
    Objects,
    Place,
    ScenePlace,
    SeenObject,
    Text,
    TextLine,
)

__all__ = [
    "FINDINGS", "Aesthetics", "Age", "AnyFinding", "Attractiveness", "Background", "BodyRatios", "BodyType", "Box",
    "Cloth", "Color", "Colors", "Composition", "Distraction", "Emotion", "Emotions", "Ethnicity", "Explicit",
    "ExplicitRegion", "Expression", "Face", "FaceAge", "FaceAttractiveness", "FaceEmotion", "FaceEthnicity",
    "FaceGender", "FaceMesh", "FaceSkinTone", "FaceStructure", "Faces", "Facts", "Fashion", "Finding", "FloatArray",
    "Frozen", "FrozenArrays", "Garment", "GarmentLabel", "Gender", "GestureLabel", "Gestures", "Hand", "HeadFraming",
    "HeadPose", "Lighting", "Mesh", "ObjectLabel", "Objects", "Outfit", "PersonBody", "PersonPose", "Place",
    "Point", "Pose", "Posture", "Quality", "ScenePlace", "Score", "SeenObject", "SkinTone", "Text", "TextLine",
    "UnknownFinding", "kind_of", "register",
]  # fmt: skip

FINDINGS = tuple(each for module in (face, body, demographics, scene, quality) for each in written_in(module))
"""Every finding of this repository: what is written in the modules of the groups."""

for _finding in FINDINGS:
    register(_finding)

if TYPE_CHECKING:
    AnyFinding: TypeAlias = Finding
else:
    AnyFinding = Annotated[Any, AnyKind(FINDINGS)]
"""One of them, or of a kind that came with a roster, told apart by `kind`; of a kind unknown here, UnknownFinding."""
