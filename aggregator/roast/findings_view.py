"""What the rules look at: the findings that are there, by name and typed, and how a rule words what it sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from aggregator.roast.vocabulary import is_color, may_be_skin
from bus.events import Feature, PhotoRef
from bus.findings import (
    Aesthetics,
    Age,
    Background,
    BodyType,
    Color,
    Colors,
    Composition,
    Emotions,
    Face,
    FaceEmotion,
    FaceMesh,
    Faces,
    Facts,
    Fashion,
    Gestures,
    Hand,
    Lighting,
    Mesh,
    ObjectLabel,
    Objects,
    PersonPose,
    Place,
    Pose,
    Quality,
    ScenePlace,
    SeenObject,
    Text,
)
from bus.roast.events import Cue
from bus.roast.policy import MATERIAL, SLOTS


@dataclass(frozen=True)
class FindingsView:
    """The findings of one photo; None where an analyzer failed, skipped or was never asked.

    Ethnicity, gender, skin tone and attractiveness have no field here: no rule can see them.
    """

    photo: PhotoRef
    facts: Facts | None = None
    faces: Faces | None = None
    text: Text | None = None
    quality: Quality | None = None
    lighting: Lighting | None = None
    colors: Colors | None = None
    composition: Composition | None = None
    objects: Objects | None = None
    mesh: Mesh | None = None
    emotions: Emotions | None = None
    age: Age | None = None
    pose: Pose | None = None
    gestures: Gestures | None = None
    body_type: BodyType | None = None
    fashion: Fashion | None = None
    scene: ScenePlace | None = None
    background: Background | None = None
    aesthetics: Aesthetics | None = None

    @classmethod
    def of(cls, features: Mapping[str, Feature], photo: PhotoRef) -> FindingsView:
        """The findings in `features` that the rules know. A `faces` that was skipped is unknown, not empty."""
        known = {each.name for each in fields(cls)}
        given = {name: each.finding for name, each in features.items() if name in known and each.status == "ok"}
        found: dict[str, Any] = {name: each for name, each in given.items() if each is not None and each.kind == name}
        return cls(photo, **found)

    @property
    def megapixels(self) -> float:
        """Of the upload if the file tells, else of the normalised photo."""
        if self.facts and self.facts.original_width and self.facts.original_height:
            return self.facts.original_width * self.facts.original_height / 1e6
        return self.photo.width * self.photo.height / 1e6

    @property
    def bodies(self) -> int:
        """How many persons the object detector sees, with or without a face; 0 where it was not asked."""
        return sum(each.label == "person" for each in self.all_objects)

    @property
    def is_deserted(self) -> bool:
        """Whether faces were looked for and there is none, nor a person seen from behind."""
        return self.faces is not None and not self.faces.faces and not self.bodies

    # What findings consist of; nothing where a finding is not there.

    @property
    def all_faces(self) -> tuple[Face, ...]:
        return self.faces.faces if self.faces else ()

    @property
    def all_objects(self) -> tuple[SeenObject, ...]:
        return self.objects.objects if self.objects else ()

    @property
    def all_people(self) -> tuple[PersonPose, ...]:
        return self.pose.people if self.pose else ()

    @property
    def all_meshes(self) -> tuple[FaceMesh, ...]:
        return self.mesh.faces if self.mesh else ()

    @property
    def all_emotions(self) -> tuple[FaceEmotion, ...]:
        return self.emotions.faces if self.emotions else ()

    @property
    def all_hands(self) -> tuple[Hand, ...]:
        return self.gestures.hands if self.gestures else ()

    @property
    def all_places(self) -> tuple[Place, ...]:
        return self.scene.places if self.scene else ()

    @property
    def palette(self) -> tuple[Color, ...]:
        return self.colors.palette if self.colors else ()

    def may_name(self, color: Color) -> bool:
        """Whether a cue may name a colour of the palette: where a person may be in it, none that skin may have."""
        # lamplight makes a skin burnt orange; cues of clothes may name that colour, which is measured where clothes are
        safe = not may_be_skin(color.name) and color.name != "burnt orange"
        return is_color(color.name) and (self.is_deserted or safe)

    def largest(self, label: ObjectLabel) -> int | None:
        """The largest object with this label, as an index in `objects`; None where there is none."""
        return next((i for i, each in enumerate(self.all_objects) if each.label == label), None)

    def face_of(self, person: int | None) -> int | None:
        """The face that belongs to a person of `pose`, as an index in `faces`; None where it is not known."""
        people = self.all_people
        return people[person].face if person is not None and 0 <= person < len(people) else None


@dataclass(frozen=True)
class Wording:
    """The wording of one cue: a sentence for people and prompts, and how much it matters (clamped to 0..1)."""

    text: str
    salience: float


class Template(NamedTuple):
    """How one of an analyzer's labels becomes a cue: its kind, a sentence with slots, and how much it matters."""

    kind: str
    says: str
    weight: float

    def wording(self, more: float = 0.0, /, **slots: str) -> Wording:
        """The sentence with its slots filled, at the weight and `more`."""
        return Wording(self.says.format(**slots), self.weight + more)


def about_face(face: int | None) -> str | None:
    """What `Cue.about` says of a face by its index; None without one."""
    return None if face is None or face < 0 else f"face.{face}"


def once_each(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Of each kind only the first: the same thing of a second person is no second joke."""
    seen: set[str] = set()
    for each in cues:
        if each.kind not in seen:
            seen.add(each.kind)
            yield each


def cue(kind: str, wording: Wording, *evidence: str, about: str | None = None, **values: str) -> Cue:
    """A cue of `kind`, with `about` ('face.0') in front of its id in a group. KeyError for a kind the policy lacks."""
    if MATERIAL[kind] and set(values) != set(SLOTS[kind]):
        raise KeyError(f"a cue of kind {kind!r} fills {SLOTS[kind]}, not {tuple(values)}")
    return Cue(
        id=f"{about}.{kind}" if about else kind,
        kind=kind,
        text=wording.text,
        salience=round(min(1.0, max(0.0, wording.salience)), 3),
        evidence=evidence,
        about=about,
        values=values,
    )
