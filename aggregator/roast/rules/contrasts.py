"""Rules over people who do not go with their surroundings: dressed for elsewhere, sad in a rainbow."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, about_face, cue
from aggregator.roast.places import where
from aggregator.roast.rules.mesh import CONVINCED, SMILES
from aggregator.roast.rules.pairs import flaw_evidence, flaw_of
from aggregator.roast.rules.people import CLEAR
from aggregator.roast.vocabulary import spoken, with_article
from bus.roast.events import Cue

HOMELY = (
    "bathroom", "kitchen", "bedroom", "gym", "car", "basement", "laundry", "beach", "swimming pool", "forest", "field",
    "mountainside", "snowfield", "fairground", "car park",
)  # fmt: skip
"""Places where formal dress is news."""

GRAND = ("stage", "office", "ballroom", "television studio", "library", "museum")
"""Places where casual dress is."""

FESTIVE = ("bar", "ballroom", "stage", "stadium", "fairground", "swimming pool", "beach", "restaurant", "coffee shop")
TREATS = ("cake", "donut", "wine glass", "pizza", "teddy bear", "kite", "frisbee")

GRIM = ("sadness", "anger", "fear", "disgust", "contempt")
"""Feelings that do not go with a smile, or with a cake."""


def contrast_cues(view: FindingsView) -> Iterator[Cue]:
    """Cues that need two findings about people and their surroundings, each with the evidence of both."""
    yield from _dress(view)
    yield from _doubt(view)
    yield from _party(view)
    yield from _colors(view)
    yield from _crossed(view)
    yield from _signs(view)


def _dress(view: FindingsView) -> Iterator[Cue]:
    place = where(view)
    if place is None:
        return
    outfits = view.fashion.outfits if view.fashion else ()
    for index, outfit in enumerate(outfits):
        path, about = f"fashion.outfits.{index}.formality", about_face(view.face_of(outfit.person))
        if outfit.formality == "formal" and place.place in HOMELY:
            wording = Wording(f"Formal dress, in {with_article(place.place)}.", 0.8)
            yield cue("formal_place", wording, path, *place.evidence, about=about, place=place.place)
        elif outfit.formality == "casual" and place.place in GRAND:
            wording = Wording(f"Casual dress, in {with_article(place.place)}.", 0.5)
            yield cue("casual_place", wording, path, *place.evidence, about=about, place=place.place)
    tie = view.largest("tie")
    if tie is not None and not outfits and place.place in HOMELY:
        wording = Wording(f"A tie, in {with_article(place.place)}.", 0.75)
        yield cue("formal_place", wording, f"objects.objects.{tie}.label", *place.evidence, place=place.place)


def _smiles(view: FindingsView) -> dict[int, str]:
    """The faces that smile, each with the path that shows it."""
    found: dict[int, str] = {}
    for index, face in enumerate(view.all_meshes):
        for place, expression in enumerate(face.expressions):
            if expression in SMILES:
                found.setdefault(face.face, f"mesh.faces.{index}.expressions.{place}")
    return found


def _doubt(view: FindingsView) -> Iterator[Cue]:
    smiles = _smiles(view)
    for index, face in enumerate(view.all_emotions):
        if face.face in smiles and face.label in GRIM and face.score >= CONVINCED:
            wording = Wording(f"The mouth smiles, and the rest of the face says {face.label}.", 0.85)
            proof = (smiles[face.face], f"emotions.faces.{index}.label")
            yield cue("smile_doubt", wording, *proof, about=about_face(face.face), feeling=face.label)


def _party(view: FindingsView) -> Iterator[Cue]:
    """The most serious face in a place, or beside a thing, that is made for fun."""
    faces = view.all_emotions
    serious = (*GRIM, "neutral")
    grim = next((i for i, f in enumerate(faces) if f.label in serious and f.score >= CONVINCED), None)
    if grim is None or faces[grim].face in _smiles(view):
        return
    path, about = f"emotions.faces.{grim}.label", about_face(faces[grim].face)
    for index, each in enumerate(view.all_objects):
        if each.label in TREATS:
            wording = Wording(f"There is {with_article(each.label)}, and somebody stays serious.", 0.7)
            proof = (path, f"objects.objects.{index}.label")
            yield cue("grim_party", wording, *proof, about=about, thing=spoken(each.label))
            return
    place = where(view)
    if place and place.place in FESTIVE:
        wording = Wording(f"It looks like {with_article(place.place)}, and somebody stays serious.", 0.65)
        yield cue("grim_party", wording, path, *place.evidence, about=about, thing=place.place)


def _colors(view: FindingsView) -> Iterator[Cue]:
    mood = view.colors.mood if view.colors else "neutral"
    for index, face in enumerate(view.all_emotions):
        if face.score < CONVINCED:
            continue
        path, about = f"emotions.faces.{index}.label", about_face(face.face)
        if face.label == "happiness" and mood in ("gloomy", "cold"):
            wording = Wording(f"Somebody is happy, and the colours are {mood}.", 0.65)
            yield cue("happy_gloom", wording, path, "colors.mood", about=about, mood=mood)
        elif face.label == "sadness" and mood in ("vivid", "warm", "pastel"):
            wording = Wording(f"Somebody seems sad, and the colours are {mood}.", 0.65)
            yield cue("sad_colors", wording, path, "colors.mood", about=about, mood=mood)


def _crossed(view: FindingsView) -> Iterator[Cue]:
    smiles = _smiles(view)
    for index, person in enumerate(view.all_people):
        if person.face in smiles and "arms_crossed" in person.postures:
            wording = Wording("The arms are crossed, and the face smiles.", 0.65)
            path = f"pose.people.{index}.postures.{person.postures.index('arms_crossed')}"
            yield cue("crossed_smile", wording, path, smiles[person.face], about=about_face(person.face))


def _signs(view: FindingsView) -> Iterator[Cue]:
    """Hands that say something else than the face does, or than the picture deserves."""
    angry = {f.face: i for i, f in enumerate(view.all_emotions)
             if f.label in ("anger", "disgust", "contempt") and f.score >= CONVINCED}  # fmt: skip
    flaw = flaw_of(view.quality) if view.quality else None
    for index, hand in enumerate(view.all_hands):
        if hand.score < CLEAR:
            continue
        path, face = f"gestures.hands.{index}.gesture", view.face_of(hand.person)
        if hand.gesture == "victory" and face in angry:
            wording = Wording("A sign of peace, and no peace in the face.", 0.8)
            proof = (path, f"pose.people.{hand.person}.face", f"emotions.faces.{angry[face]}.label")
            yield cue("peace_anger", wording, *proof, about=about_face(face))
        elif hand.gesture == "thumb_up" and flaw is not None and view.quality:
            wording = Wording(f"A thumbs-up, in a picture that is {flaw}.", 0.7)
            yield cue("thumbs_flaw", wording, path, flaw_evidence(flaw), about=about_face(face), flaw=flaw)
