"""The events of a roast, and the values in them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from bus.events import Event, Joined
from bus.findings import Frozen, Score
from bus.roast.style import Style


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


class Cued(Event):
    """What can be said about the photo, and how: all that a writer needs."""

    KIND = "cued"
    type: Literal["cued"] = "cued"
    cues: tuple[Cue, ...] = ()
    faces: int = Field(0, ge=0, description="how many faces were found")
    sha256: str = Field("", description="of the photo: writers say different things over different photos")
    gentle: bool = Field(False, description="somebody may be young: only the photograph is roasted, never the person")
    style: Style = Style()


class Line(Event):
    """A piece of streamed text: part of joke number `joke`, which stands on `cues`."""

    KIND, STREAMED = "line.{attempt}.{n}", True
    type: Literal["line"] = "line"
    attempt: int
    n: int
    joke: int
    text: str
    cues: tuple[str, ...] = ()


class Joke(Frozen):
    """One finished joke and the cues that it stands on."""

    text: str
    cues: tuple[str, ...] = Field(min_length=1)


class Roast(Event):
    """The final text, its jokes with their evidence, and its writer."""

    KIND = "end.roast"
    FREE_TEXT: ClassVar[tuple[str, ...]] = ("note",)
    type: Literal["roast"] = "roast"
    text: str
    jokes: tuple[Joke, ...]
    writer: str
    persona: str
    heat: str
    attempt: int = 1
    write_ms: float = Field(0, ge=0)
    first_word_ms: float = Field(0, ge=0)
    note: str | None = None


class JoinedWithCues(Joined):
    """A join as versions before `Cued` stored it: with the cues in it. Those of a log or an export are still read."""

    cues: tuple[Cue, ...] = ()
    people: int = 0
    photo: str = ""
    gentle: bool = False
    style: Style | None = None

    @property
    def cued(self) -> Cued | None:
        """What is an event of its own today; None where the request was no roast."""
        if self.style is None:
            return None
        return Cued(
            id=self.id,
            at=self.at,
            cues=self.cues,
            faces=self.people,
            sha256=self.photo,
            gentle=self.gentle,
            style=self.style,
        )
