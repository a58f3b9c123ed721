"""Findings as the rules of cues are tested on them: of a photo in which nothing is remarkable, but what a test says."""

from __future__ import annotations

from typing import Any

from aggregator.roast.cues import find_cues, resolve
from bus.events import Feature, PhotoRef
from bus.findings import Background, Box, Color, Colors, Composition, Face, Finding, Lighting, Quality
from bus.roast.events import Cue

REF = PhotoRef(key="k", sha256="0" * 64, width=800, height=600, bytes=1)
SQUARE = REF.model_copy(update={"width": 1000, "height": 1000})
LIGHT = {
    "exposure": "balanced", "brightness": 0.5, "contrast": 0.6, "flat": False, "clipped_shadows": 0.0,
    "clipped_highlights": 0.0, "cast": "none", "cast_strength": 0.0, "direction": "even", "backlit": False,
    "low_key": False, "high_key": False,
}  # fmt: skip
QUALITY = {
    "sharpness": 300.0, "blur": "sharp", "noise": 1.0, "noisy": False, "blockiness": 1.0, "blocky": False,
    "megapixels": 2.0, "low_resolution": False, "saturation": 0.4,
}  # fmt: skip
COMPOSITION = {
    "orientation": "landscape", "thirds": 0.5, "centered": 0.4, "tilted": False, "empty_space": 0.3,
    "too_empty": False, "symmetry": 0.3, "tiny_subject": False,
}  # fmt: skip
COLORS = {
    "palette": (Color(name="blue", hex="#2040c0", share=0.6, center=(400, 300)),),
    "harmony": "mixed", "mood": "neutral", "colorfulness": 40.0,
}  # fmt: skip


def a_face(x: float = 300, size: float = 0.05, **more: Any) -> Face:
    return Face(box=Box(x=x, y=100, w=100, h=120), size=size, **{"score": 0.9, "sharpness": 200.0, **more})


def features_of(*findings: Finding) -> dict[str, Feature]:
    """The findings as the analyzers' events, by the name of the analyzer."""
    return {f.kind: Feature(id="x", analyzer=f.kind, status="ok", finding=f) for f in findings}  # type: ignore[attr-defined, arg-type]


def cues_of(*findings: Finding, ref: PhotoRef = REF) -> dict[str, Cue]:
    """The cues of the findings by their ids; the evidence of each leads somewhere."""
    features = features_of(*findings)
    cues = find_cues(features, ref)
    for path in (path for cue in cues for path in cue.evidence):
        resolve(features, path)
    return {cue.id: cue for cue in cues}


def lighting(**more: Any) -> Lighting:
    return Lighting(**{**LIGHT, **more})


def quality(**more: Any) -> Quality:
    return Quality(**{**QUALITY, **more})


def composition(**more: Any) -> Composition:
    return Composition(**{**COMPOSITION, **more})


def background(**more: Any) -> Background:
    return Background(**{"person_share": 0.3, "outline": (), "clutter": 0.1, "blur": "soft", **more})


def colors(**more: Any) -> Colors:
    return Colors(**{**COLORS, **more})
