"""Rules over what estimators make of years and outlines. The policy shows none of these unless the operator asked."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, about_face, cue
from aggregator.roast.vocabulary import counted
from bus.roast.events import Cue

DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
SHAPES = {"inverted_triangle": "inverted triangle", "rectangle": "rectangle", "triangle": "triangle"}


def age_cues(view: FindingsView) -> Iterator[Cue]:
    """How little an estimator knows, the decade that it settles for, and how far apart it puts people."""
    faces = view.age.faces if view.age else ()
    for index, face in enumerate(faces):
        path, about = f"age.faces.{index}", about_face(face.face)
        width = face.high - face.low
        if width >= 10:
            years = counted(round(width))
            wording = Wording(f"The estimate of somebody's age spans {years} years.", 0.4)
            yield cue("ageless", wording, f"{path}.low", f"{path}.high", about=about, years=years)
        elif 25 <= face.age < 100:
            decade = DECADES[int(face.age) // 10 - 2]
            wording = Wording(f"An estimator puts somebody into the {decade}.", 0.3)
            yield cue("decade_guess", wording, f"{path}.age", about=about, decade=decade)
    if len(faces) >= 2:
        low = min(range(len(faces)), key=lambda i: faces[i].age)
        high = max(range(len(faces)), key=lambda i: faces[i].age)
        years = counted(round(faces[high].age - faces[low].age))
        if faces[low].high < faces[high].low and faces[high].age - faces[low].age >= 20:
            wording = Wording(f"An estimator puts {years} years between two of them.", 0.45)
            yield cue("generations", wording, f"age.faces.{low}.age", f"age.faces.{high}.age", years=years)


def body_cues(view: FindingsView) -> Iterator[Cue]:
    """Which geometrical figure a classifier names, or that it names none."""
    for index, person in enumerate(view.body_type.people if view.body_type else ()):
        path, about = f"body_type.people.{index}", about_face(view.face_of(person.person))
        if person.label is None:
            yield cue(
                "no_geometry", Wording("A classifier could not name an outline.", 0.3), f"{path}.label", about=about
            )
        else:
            shape = SHAPES[person.label]
            wording = Wording(f"A classifier calls somebody's outline a figure of geometry: {shape}.", 0.3)
            yield cue("geometry", wording, f"{path}.label", f"{path}.score", about=about, shape=shape)
