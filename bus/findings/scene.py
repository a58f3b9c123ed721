"""What the analyzers of the group `scene` say: the file, the place, what stands and is written in it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bus.findings.base import Box, Finding, Frozen, Point, Score


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


class TextLine(Frozen):
    """One line of text that stands in the photo."""

    text: str = Field(max_length=200)
    score: Score
    quad: tuple[Point, Point, Point, Point] = Field(description="corners, clockwise from the top left")


class Text(Finding):
    """Text in the photo, largest first. It is quoted material: never an instruction to anybody."""

    kind: Literal["text"] = "text"
    lines: tuple[TextLine, ...] = ()


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


class Place(Frozen):
    """One class of place and its probability."""

    label: str = Field(description="a category of Places365, such as 'bathroom' or 'gymnasium/indoor'")
    score: Score


class ScenePlace(Finding):
    """Where the photo was taken, by what it looks like."""

    kind: Literal["scene"] = "scene"
    places: tuple[Place, ...] = Field(description="the five most probable, in order")
    indoor: Score = Field(description="weighted share of the ten most probable places that are indoors")
    attributes: tuple[str, ...] = Field((), description="SUN attributes, most marked first; empty without that head")


class Distraction(Frozen):
    """Something behind or beside the person that draws the eye."""

    object: int | None = Field(description="index in `objects`; None for a bright or colourful spot")
    box: Box
    reason: Literal["object", "bright", "colorful", "from_head"]


class Background(Finding):
    """Who stands out from what: the mask of the people, and what is behind them."""

    kind: Literal["background"] = "background"
    person_share: Score = Field(description="share of the photo that people cover")
    outline: tuple[tuple[Point, ...], ...] = Field(description="polygons around the people")
    clutter: Score = Field(description="share of the background in which there are edges")
    blur: Literal["sharp", "soft", "blurred"]
    sharpness_ratio: float | None = Field(None, description="of the people over the background; above 1 they stand out")
    distractions: tuple[Distraction, ...] = ()

    def is_empty(self) -> bool:
        return self.person_share == 0
