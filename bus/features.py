"""One frozen model per finding: what each analyzer can say about a photo.

Boxes and points are in pixels of the normalised photo, origin at the top left, x to the right and y down.
Scores are in 0..1 unless the field says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bus.arrays import FloatArray

Score = Annotated[float, Field(ge=0, le=1)]
Point = tuple[float, float]


class Frozen(BaseModel):
    """A value: immutable, and strict about names, so that a typo never becomes silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FrozenArrays(Frozen):
    """A value with arrays among its fields: equal when all of them are."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.__dict__, other.__dict__
        return all(_equal(mine[name], theirs[name]) for name in type(self).model_fields)


def _equal(a: Any, b: Any) -> bool:
    return bool((a.shape == b.shape and (a == b).all()) if hasattr(a, "shape") else a == b)


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


class FaceAttractiveness(Frozen):
    """What a network trained on raters' votes says of one face. For the debug view only; never a cue."""

    face: int
    score: float = Field(ge=1, le=5, description="mean of the votes on SCUT-FBP5500's scale")


class Attractiveness(Finding):
    """A rating of every face, in the order of `faces`. For the debug view only."""

    kind: Literal["attractiveness"] = "attractiveness"
    faces: tuple[FaceAttractiveness, ...] = ()


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


class Aesthetics(Finding):
    """How people in a photography contest would rate it."""

    kind: Literal["aesthetics"] = "aesthetics"
    mean: float = Field(ge=1, le=10)
    spread: float = Field(ge=0, description="standard deviation of the votes")
    votes: tuple[float, ...] = Field(min_length=10, max_length=10, description="shares of the ratings 1 to 10")


AnyFinding = Annotated[
    Facts | Faces | Explicit | Text | Quality | Lighting | Colors | Composition | Objects
    | Mesh | Emotions | Age | Gender | Ethnicity | SkinTone | Attractiveness
    | Pose | Gestures | BodyType | Fashion | ScenePlace | Background | Aesthetics,
    Field(discriminator="kind"),
]  # fmt: skip
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
