"""Rules over the objects: props, animals, and which of them are larger or more numerous than others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from aggregator.roast.findings_view import FindingsView, Wording, cue
from aggregator.roast.vocabulary import counted, spoken, with_article
from bus.findings import ObjectLabel, Objects, SeenObject
from bus.roast.events import Cue

PETS: tuple[ObjectLabel, ...] = ("cat", "dog")
WILDLIFE: tuple[ObjectLabel, ...] = ("bird", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe")

CERTAIN = 0.7
"""Least score of an animal that no household has: on the test photos dry foliage passes for a giraffe (.50)."""

SMALLEST = 0.002
"""Least share of the photo that a thing must have to be worth a word."""

STAR = 0.15
"""Least share of the photo that a pet must have to be its star."""


class Prop(NamedTuple):
    """A kind of cue for the objects of some labels: how it is worded ('{a}' is the thing, with its article)."""

    kind: str
    labels: tuple[ObjectLabel, ...]
    says: str
    salience: float
    slot: str | None = None


PROPS = (
    Prop("cup", ("cup",), "There is {a} in it.", 0.55),
    Prop("drink", ("wine glass", "bottle"), "There is {a} in it.", 0.5, "thing"),
    Prop("phone", ("cell phone",), "There is a phone in it.", 0.6),
    Prop("umbrella", ("umbrella",), "There is {a} in it.", 0.55),
    Prop("book", ("book",), "There is {a} in it.", 0.45),
    Prop("screen", ("laptop", "tv"), "There is {a} in it.", 0.5, "thing"),
    Prop("seat", ("chair", "couch", "bench", "bed"), "There is {a} in it.", 0.3, "thing"),
    Prop("vehicle", ("bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat"),
         "There is {a} in it.", 0.5, "thing"),
    Prop("food", ("banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake"),
         "There is {a} in it.", 0.6, "thing"),
    Prop("toilet", ("toilet",), "There is {a} in it.", 0.85),
    Prop("teddy", ("teddy bear",), "There is {a} in it.", 0.7),
    Prop("plant", ("potted plant",), "There is {a} in it.", 0.35),
    Prop("wildlife", WILDLIFE, "There is {a} in it.", 0.65, "animal"),
)  # fmt: skip
"""One cue for each of these at most: about the largest object that it is true of."""

CARRIERS = ("bed", "couch", "bench", "chair", "dining table")
"""What people sit on or at is larger than they are without upstaging anybody."""


def object_cues(view: FindingsView) -> Iterator[Cue]:
    """Props worth a joke, animals and their ranks, and how many people there are with and without a face."""
    if view.objects is None:
        return
    yield from _people(view)
    yield from _animals(view.objects)
    yield from _ties(view.objects)
    yield from _upstaged(view.objects)
    for prop in PROPS:
        yield from _prop(prop, view.objects)


def _where(found: Objects, *labels: str) -> list[tuple[int, SeenObject]]:
    """The objects with one of `labels` and their positions, largest first."""
    return [(i, each) for i, each in enumerate(found.objects) if each.label in labels]


def _path(index: int, field: str = "label") -> str:
    return f"objects.objects.{index}.{field}"


def _prop(prop: Prop, found: Objects) -> Iterator[Cue]:
    floor = CERTAIN if prop.kind == "wildlife" else 0.0
    there = [(i, each) for i, each in _where(found, *prop.labels) if each.size >= SMALLEST and each.score >= floor]
    if not there:
        return
    index, thing = there[0]
    wording = Wording(prop.says.format(a=with_article(thing.label)), prop.salience + 0.2 * thing.size)
    values = {prop.slot: spoken(thing.label)} if prop.slot else {}
    yield cue(prop.kind, wording, _path(index), **values)


def _ties(found: Objects) -> Iterator[Cue]:
    ties = _where(found, "tie")
    if len(ties) == 1:
        yield cue("tie", Wording("A tie is worn in it.", 0.45), _path(ties[0][0]))
    elif ties:
        wording = Wording(f"{counted(len(ties)).capitalize()} ties are worn in it.", 0.55)
        yield cue("ties", wording, *(_path(i) for i, _ in ties), count=counted(len(ties)))


def _animals(found: Objects) -> Iterator[Cue]:
    people = _where(found, "person")
    pets = _where(found, *PETS)
    animals = pets + [(i, each) for i, each in _where(found, *WILDLIFE) if each.score >= CERTAIN]
    if pets and not people and pets[0][0] == 0 and pets[0][1].size >= STAR:
        animal = pets[0][1].label
        wording = Wording(f"{with_article(animal).capitalize()} is the star of it.", 0.9)
        yield cue("pet_star", wording, _path(0), _path(0, "size"), animal=animal)
    elif pets and pets[0][1].size >= SMALLEST:
        animal = pets[0][1].label
        yield cue("pet", Wording(f"There is {with_article(animal)} in it.", 0.7), _path(pets[0][0]), animal=animal)
    if people and len(animals) > len(people):
        count = counted(len(animals))
        wording = Wording("There are more animals than people in it.", 0.8)
        yield cue("outnumbered", wording, *(_path(i) for i, _ in (*animals, *people)), count=count)


def _upstaged(found: Objects) -> Iterator[Cue]:
    """A thing that takes up more of the photo than anybody in it."""
    people = _where(found, "person")
    if not people or not found.objects:
        return
    largest = next((i for i, each in enumerate(found.objects) if each.label not in ("person", *CARRIERS)), None)
    if largest is not None and largest < people[0][0] and found.objects[largest].size >= 0.1:
        label = found.objects[largest].label
        wording = Wording(f"{with_article(label).capitalize()} is larger than anybody in it.", 0.65)
        yield cue("upstaged", wording, _path(largest, "size"), _path(people[0][0], "size"), thing=spoken(label))


def _people(view: FindingsView) -> Iterator[Cue]:
    """People without a face that was found: a group that mostly looks elsewhere, and people seen from behind."""
    assert view.objects
    people = _where(view.objects, "person")
    faces = len(view.all_faces)
    if len(people) >= 3 and faces < 3:
        count = counted(len(people))
        wording = Wording(f"{count.capitalize()} people are in it.", 0.5)
        yield cue("gathering", wording, *(_path(i) for i, _ in people), count=count)
    if people and view.faces is not None and not faces:
        wording = Wording("Somebody is in it, and no face is to be seen.", 0.65)
        yield cue("backs", wording, _path(people[0][0]), "faces.faces")
