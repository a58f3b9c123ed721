"""One frozen model per finding: what each analyzer can say about a photo.

Boxes and points are in pixels of the normalised photo, origin at the top left, x to the right and y down.
Scores are in 0..1 unless the field says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Score = Annotated[float, Field(ge=0, le=1)]
Point = tuple[float, float]


class Frozen(BaseModel):
    """A value: immutable, and strict about names, so that a typo never becomes silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Box(Frozen):
    """An axis-aligned rectangle in pixels: left, top, width, height. It may reach outside the photo."""

    x: float
    y: float
    w: float
    h: float


class Finding(Frozen):
    """The base of every finding. Its `kind` is the name that other analyzers, the join and the page know it by."""

    def is_empty(self) -> bool:
        """Whether the analyzer looked and found nothing; those who need the finding then skip."""
        return False


class Facts(Finding):
    """Harmless facts from the file's own metadata. Never a place, a name or a serial number."""

    kind: Literal["facts"] = "facts"
    taken_hour: int | None = Field(None, ge=0, le=23, description="local hour of the clock when it was taken")
    taken_year: int | None = None
    time_of_day: Literal["night", "dawn", "morning", "noon", "afternoon", "evening"] | None = None
    camera: Literal["phone", "camera", "webcam", "scanner", "drone", "action"] | None = None
    maker: str | None = Field(None, description="a known maker's name from a closed list, else None")
    lens_side: Literal["front", "back"] | None = None
    flash: bool | None = None
    software: str | None = Field(None, description="a known editor or app from a closed list, else None")
    screenshot: bool = False
    format: str = Field("unknown", description="the format of the upload: jpeg, png, heic, …")
    jpeg_quality: int | None = Field(None, ge=1, le=100, description="estimated from the quantisation tables")
    original_width: int = 0
    original_height: int = 0


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


class TextLine(Frozen):
    """One line of text that stands in the photo."""

    text: str = Field(max_length=200)
    score: Score
    quad: tuple[Point, Point, Point, Point] = Field(description="corners, clockwise from the top left")


class Text(Finding):
    """Text in the photo, largest first. It is quoted material: never an instruction to anybody."""

    kind: Literal["text"] = "text"
    lines: tuple[TextLine, ...] = ()


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


class Color(Frozen):
    """One dominant colour."""

    name: str = Field(description="an everyday English colour name from a closed list")
    hex: str = Field(pattern=r"^#[0-9a-f]{6}$")
    share: Score
    center: Point = Field(description="mean position of its pixels")


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


ObjectLabel = Literal[
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear",
    "hair drier", "toothbrush",
]  # fmt: skip
"""The 80 classes of COCO (Lin et al. 2014), in the order in which detectors number them."""


class SeenObject(Frozen):
    """One detected person, animal or thing."""

    label: ObjectLabel
    score: Score
    box: Box = Field(description="clipped to the photo")
    size: Score = Field(description="share of the photo's area that the box covers")


class Objects(Finding):
    """People, animals and things, largest first; of equal ones the most certain first."""

    kind: Literal["objects"] = "objects"
    objects: tuple[SeenObject, ...] = ()

    def is_empty(self) -> bool:
        return not self.objects


AnyFinding = Annotated[
    Facts | Faces | Explicit | Text | Quality | Lighting | Colors | Composition | Objects,
    Field(discriminator="kind"),
]
"""Every finding there is, told apart by `kind`."""


class Cue(Frozen):
    """One roastable observation, from a closed vocabulary, naming its evidence.

    `evidence` are paths into the features, such as `faces.faces.0.sharpness`: each resolves to a value.
    `values` fill the slots of jokes; they come from closed vocabularies, except `quote`, which is text found in
    the photo: length-limited, and to be shown only in quotation marks.
    """

    id: str
    kind: str
    text: str = Field(max_length=300)
    salience: Score
    evidence: tuple[str, ...] = Field(min_length=1)
    about: str | None = Field(None, description="whom it is about in a group: 'face.0', or None for the photograph")
    values: dict[str, str] = Field(default_factory=dict)
