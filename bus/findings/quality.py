"""What the analyzers of the group `quality` say: how well the picture is made, its light, colours and frame."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bus.findings.base import Color, Finding, Frozen, Point, Score


class Quality(Finding):
    """How well the picture is made, technically."""

    kind: Literal["quality"] = "quality"
    brisque: float | None = Field(None, description="0 (pristine) to 100 (bad); None without the BRISQUE weights")
    sharpness: float = Field(description="variance of the Laplacian at 640 px on the long side")
    blur: Literal["sharp", "soft", "blurred"]
    blur_kind: Literal["focus", "motion"] | None = None
    noise: float = Field(description="estimated standard deviation of the noise, in 0..255 grey levels")
    noisy: bool
    blockiness: float = Field(description="ratio of gradients on the 8×8 grid to those beside it; 1 is none")
    blocky: bool
    megapixels: float
    low_resolution: bool
    saturation: Score
    filters: tuple[
        Literal["monochrome", "sepia", "oversaturated", "faded", "vignette", "oversharpened", "hdr"], ...
    ] = ()
    borders: tuple[Literal["left", "right", "top", "bottom"], ...] = Field(
        (), description="edges with a plain bar, as letterboxing leaves them"
    )


class Lighting(Finding):
    """The light: how much, from where, of which colour."""

    kind: Literal["lighting"] = "lighting"
    exposure: Literal["under", "balanced", "over"]
    brightness: Score = Field(description="mean CIE L* / 100")
    contrast: Score = Field(description="distance of the 5th from the 95th percentile of L* / 100")
    flat: bool
    clipped_shadows: Score
    clipped_highlights: Score
    cast: Literal["none", "warm", "cool", "green", "magenta"]
    cast_strength: float = Field(ge=0, description="distance from neutral in CIE a*b*")
    direction: Literal["left", "right", "top", "bottom", "even"]
    backlit: bool
    low_key: bool
    high_key: bool


class Colors(Finding):
    """The palette: dominant colours, largest share first, how they go together, the mood they make."""

    kind: Literal["colors"] = "colors"
    palette: tuple[Color, ...]
    harmony: Literal["monochrome", "analogous", "complementary", "triadic", "neutral", "clashing", "mixed"]
    mood: Literal["calm", "vivid", "gloomy", "warm", "cold", "pastel", "muted", "neutral"]
    colorfulness: float = Field(ge=0, description="Hasler and Süsstrunk 2003; below 15 hardly any, above 80 a lot")


class HeadFraming(Frozen):
    """How one head sits in the frame; `face` is its index in `faces`."""

    face: int
    headroom: float = Field(description="free space above the head as a share of the photo's height; below 0 cropped")
    cropped: tuple[Literal["left", "right", "top", "bottom"], ...] = ()
    position: Literal["left", "center", "right"]
    tilt: float | None = Field(None, description="roll of the eye line in degrees, clockwise positive")


class Composition(Finding):
    """How the picture is put together."""

    kind: Literal["composition"] = "composition"
    orientation: Literal["landscape", "portrait", "square", "panorama"]
    heads: tuple[HeadFraming, ...] = ()
    subject: Point | None = Field(None, description="centre of the main subject")
    thirds: Score = Field(description="1 when the subject sits on a power point of the thirds, 0 far from all")
    centered: Score = Field(description="1 when the subject is in the very centre")
    tilt: float | None = Field(None, description="of the dominant horizon in degrees, clockwise positive")
    tilted: bool
    empty_space: Score = Field(description="share of the photo in which nothing happens")
    too_empty: bool
    symmetry: Score = Field(description="left-right similarity")
    tiny_subject: bool


class Aesthetics(Finding):
    """How people in a photography contest would rate it."""

    kind: Literal["aesthetics"] = "aesthetics"
    mean: float = Field(ge=1, le=10)
    spread: float = Field(ge=0, description="standard deviation of the votes")
    votes: tuple[float, ...] = Field(min_length=10, max_length=10, description="shares of the ratings 1 to 10")
