"""One frozen model per finding: what each analyzer can say about a photo.

Boxes and points are in pixels of the normalised photo, origin at the top left, x to the right and y down.
Scores are in 0..1 unless the field says otherwise. There is a module for each group of analyzers; they are
imported from here. Begin with `base.py`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

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
    "Aesthetics", "Age", "AnyFinding", "Attractiveness", "Background", "BodyRatios", "BodyType", "Box", "Cloth",
    "Color", "Colors", "Composition", "Distraction", "Emotion", "Emotions", "Ethnicity", "Explicit",
    "ExplicitRegion", "Expression", "Face", "FaceAge", "FaceAttractiveness", "FaceEmotion", "FaceEthnicity",
    "FaceGender", "FaceMesh", "FaceSkinTone", "FaceStructure", "Faces", "Facts", "Fashion", "Finding", "Frozen",
    "FrozenArrays", "Garment", "GarmentLabel", "Gender", "GestureLabel", "Gestures", "Hand", "HeadFraming",
    "HeadPose", "Lighting", "Mesh", "ObjectLabel", "Objects", "Outfit", "PersonBody", "PersonPose", "Place",
    "Point", "Pose", "Posture", "Quality", "ScenePlace", "Score", "SeenObject", "SkinTone", "Text", "TextLine",
]  # fmt: skip

AnyFinding = Annotated[
    Facts | Faces | Explicit | Text | Quality | Lighting | Colors | Composition | Objects
    | Mesh | Emotions | Age | Gender | Ethnicity | SkinTone | Attractiveness
    | Pose | Gestures | BodyType | Fashion | ScenePlace | Background | Aesthetics,
    Field(discriminator="kind"),
]  # fmt: skip
"""Every finding there is, told apart by `kind`."""
