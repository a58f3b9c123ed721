"""What the analyzers of the group `demographics` say. For the debug view only: none of it becomes a cue."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bus.findings.base import Finding, Frozen, Score


class FaceEthnicity(Frozen):
    """What a classifier of seven classes takes one face for. Visible in the debug view, never a cue."""

    face: int
    label: Literal["White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern"]
    score: Score
    scores: dict[str, Score]


class Ethnicity(Finding):
    """The apparent ethnicity of every face by FairFace's classes, in the order of `faces`."""

    kind: Literal["ethnicity"] = "ethnicity"
    faces: tuple[FaceEthnicity, ...] = ()


class FaceSkinTone(Frozen):
    """The skin tone of one face. Visible in the debug view, never a cue; `face` is its index in `faces`."""

    face: int
    lab: tuple[float, float, float] = Field(description="CIE L*a*b* (D65) of the sampled skin, cast corrected")
    ita: float = Field(description="individual typology angle in degrees; above 55 very light, below -30 dark")
    ita_uncertainty: float = Field(ge=0, description="one standard deviation of the angle in degrees")
    monk: int = Field(ge=1, le=10, description="nearest tone of the Monk scale")
    monk_range: tuple[int, int] = Field(description="tones within the uncertainty")
    corrected: bool = Field(description="whether a colour cast of the photo was taken out first")


class SkinTone(Finding):
    """The skin tone of every face with a mesh, in the order of `faces`."""

    kind: Literal["skin_tone"] = "skin_tone"
    faces: tuple[FaceSkinTone, ...] = ()
