"""Rules over faces in motion: what they do, where they look, what they seem to feel. Never how they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from aggregator.roast.findings_view import FindingsView, Template, Wording, about_face, cue, once_each
from aggregator.roast.vocabulary import counted
from bus.findings import Emotion, Emotions, Expression, FaceMesh, Mesh
from bus.roast.events import Cue

_DOES: Mapping[Expression, Template] = {
    "smile": Template("smile", "Somebody smiles.", 0.3),
    "big_smile": Template("big_smile", "Somebody beams.", 0.4),
    "frown": Template("frown", "The corners of a mouth point down.", 0.5),
    "duck_face": Template("duck_face", "Somebody makes a duck face.", 0.75),
    "kiss": Template("kiss", "Somebody kisses the air.", 0.65),
    "wink_left": Template("wink", "Somebody winks.", 0.7),
    "wink_right": Template("wink", "Somebody winks.", 0.7),
    "eyes_closed": Template("eyes_closed", "Somebody's eyes are closed.", 0.75),
    "squint": Template("squint", "Somebody squints.", 0.5),
    "wide_eyes": Template("wide_eyes", "Somebody's eyes are wide open.", 0.55),
    "mouth_open": Template("mouth_open", "Somebody's mouth is open.", 0.55),
    "tongue_out": Template("tongue_out", "Somebody sticks a tongue out.", 0.8),
    "brows_raised": Template("brows_raised", "Somebody raises the eyebrows.", 0.5),
    "brow_furrowed": Template("brow_furrowed", "Somebody knits the brows.", 0.5),
    "cheek_puffed": Template("cheeks_puffed", "Somebody puffs up the cheeks.", 0.7),
    "sneer": Template("sneer", "Somebody's nose is screwed up.", 0.55),
    "neutral": Template("deadpan", "Somebody keeps a perfectly straight face.", 0.35),
}
"""What an expression is called as a kind of cue, in a sentence, and how much it matters."""

LOOKS: Mapping[Expression, str] = {
    "smile": "smile", "big_smile": "grin", "frown": "frown", "duck_face": "pout", "kiss": "kiss", "wink_left": "wink",
    "wink_right": "wink", "eyes_closed": "nap", "squint": "squint", "wide_eyes": "stare", "mouth_open": "open mouth",
    "tongue_out": "tongue", "brows_raised": "raised eyebrow", "brow_furrowed": "furrow", "cheek_puffed": "puffed cheek",
    "sneer": "sneer", "neutral": "straight face",
}  # fmt: skip
"""Expressions as nouns, which fill the slot `look`."""

SMILES = ("smile", "big_smile")

AWAY, AHEAD, STEEP = 28.0, 18.0, 16.0
"""Degrees of yaw beyond which a head looks elsewhere, and within which it looks ahead; degrees of pitch from which on
the camera stands visibly above or below."""

FEELS: Mapping[Emotion, Template] = {
    "happiness": Template("feels_happy", "Somebody seems happy.", 0.25),
    "sadness": Template("feels_sad", "Somebody seems sad.", 0.45),
    "anger": Template("feels_angry", "Somebody seems angry.", 0.45),
    "fear": Template("feels_afraid", "Somebody seems afraid.", 0.45),
    "disgust": Template("feels_disgusted", "Somebody seems disgusted.", 0.45),
    "contempt": Template("feels_contempt", "Somebody seems to look down on it all.", 0.5),
    "surprise": Template("feels_surprised", "Somebody seems surprised.", 0.45),
}
"""What a feeling is called as a kind of cue, in a sentence, and how much it matters. Feeling nothing is no cue."""

CONVINCED = 0.55
"""Least score of an emotion that is worth a word: below it, a classifier changes its mind with the light."""


def expression_cues(view: FindingsView) -> Iterator[Cue]:
    """What faces do: each kind of expression once, of the largest face that shows it; then what a group does."""
    if view.mesh is None or view.mesh.is_empty():
        return
    yield from once_each(_expressions(view, view.mesh))
    yield from _chorus(view, view.mesh)
    yield from _gaze(view.mesh)
    yield from _angle(view.mesh)


def _expressions(view: FindingsView, found: Mesh) -> Iterator[Cue]:
    for index, face in enumerate(found.faces):
        for place, expression in enumerate(face.expressions[:2]):
            if expression == "neutral" and (len(found.faces) > 1 or _stirred(view)):  # a group has its own cue
                continue
            template, path = _DOES[expression], f"mesh.faces.{index}.expressions.{place}"
            yield cue(template.kind, template.wording(-0.1 * place), path, about=about_face(face.face))


def _paths(found: Mesh, field: str) -> tuple[str, ...]:
    return tuple(f"mesh.faces.{index}.{field}" for index in range(len(found.faces)))


def is_smiling(face: FaceMesh) -> bool:
    """Whether one of the face's expressions is a smile."""
    return any(each in SMILES for each in face.expressions)


def _stirred(view: FindingsView) -> bool:
    """Whether somebody clearly feels something: then no face is called straight, whatever its muscles do."""
    faces = view.all_emotions
    return any(face.label != "neutral" and face.score >= CONVINCED for face in faces)


def _chorus(view: FindingsView, found: Mesh) -> Iterator[Cue]:
    """All the same, or all but one."""
    faces = found.faces
    if len(faces) < 2:
        return
    looks = {LOOKS[face.expressions[0]] if face.expressions else "" for face in faces}
    smiling = [i for i, face in enumerate(faces) if is_smiling(face)]
    paths = _paths(found, "expressions")
    if looks == {"straight face"} and _stirred(view):
        return
    if len(looks) == 1 and looks != {""}:
        look, count = looks.pop(), counted(len(faces))
        weight = {"smile": 0.35, "grin": 0.4, "straight face": 0.5}.get(look, 0.7)
        wording = Wording("They all make the same face.", weight)
        yield cue("same_look", wording, *paths, count=count, look=look)
    elif len(smiling) == 1:
        about = about_face(faces[smiling[0]].face)
        yield cue("only_smile", Wording("Only one of them smiles.", 0.65), *paths, about=about)
    elif len(smiling) == len(faces) - 1:
        grim = next(i for i in range(len(faces)) if i not in smiling)
        wording = Wording("All of them smile but one.", 0.75)
        yield cue("not_smiling", wording, *paths, about=about_face(faces[grim].face))


def _gaze(found: Mesh) -> Iterator[Cue]:
    faces, paths = found.faces, _paths(found, "pose.yaw")
    away = [i for i, face in enumerate(faces) if abs(face.pose.yaw) > AWAY]
    if len(faces) == 1 and away:
        way = "right" if faces[0].pose.yaw > 0 else "left"
        wording = Wording(f"The head is turned to the {way}, past the camera.", 0.45)
        yield cue("looking_away", wording, *paths, about=about_face(faces[0].face), way=way)
    elif len(away) == len(faces):
        yield cue("all_elsewhere", Wording("Nobody's head is turned to the camera.", 0.6), *paths)
    elif len(away) == 1 and all(abs(f.pose.yaw) < AHEAD for i, f in enumerate(faces) if i != away[0]):
        wording = Wording("One of them looks elsewhere.", 0.65)
        yield cue("looks_elsewhere", wording, *paths, about=about_face(faces[away[0]].face))


def _angle(found: Mesh) -> Iterator[Cue]:
    """From how high the picture was taken, as far as all heads agree."""
    pitches = [face.pose.pitch for face in found.faces]
    paths = _paths(found, "pose.pitch")
    if min(pitches) > STEEP:
        yield cue("low_angle", Wording("It is seen from below.", 0.5), *paths)
    elif max(pitches) < -STEEP:
        yield cue("high_angle", Wording("It is seen from above.", 0.5), *paths)


def middle_cues(view: FindingsView) -> Iterator[Cue]:
    """Who of three or more has the middle of the group, and of the picture."""
    faces = view.all_faces
    if len(faces) < 3 or not view.photo.width:
        return
    centers = [face.box.x + face.box.w / 2 for face in faces]
    spread = (max(centers) - min(centers)) / view.photo.width
    index = min(range(len(faces)), key=lambda i: abs(centers[i] - median(centers)))
    if spread > 0.3 and abs(centers[index] / view.photo.width - 0.5) < 0.08:
        wording = Wording("One of them holds the exact middle.", 0.4)
        yield cue("middle", wording, f"faces.faces.{index}.box", about=about_face(index))


def emotion_cues(view: FindingsView) -> Iterator[Cue]:
    """What faces seem to feel, each feeling once; then whether they feel the same."""
    if view.emotions is None:
        return
    yield from once_each(_feelings(view.emotions))
    yield from _moods(view.emotions)


def _feelings(found: Emotions) -> Iterator[Cue]:
    for index, face in enumerate(found.faces):
        if face.label in FEELS and face.score >= CONVINCED:
            template, path = FEELS[face.label], f"emotions.faces.{index}"
            wording = template.wording(0.2 * (face.score - CONVINCED))
            yield cue(template.kind, wording, f"{path}.label", f"{path}.score", about=about_face(face.face))


def _moods(found: Emotions) -> Iterator[Cue]:
    sure = [(i, face.label) for i, face in enumerate(found.faces) if face.label in FEELS and face.score >= CONVINCED]
    labels = list(dict.fromkeys(label for _, label in sure))
    if len(sure) >= 3 and len(sure) == len(found.faces) and len(labels) == 1:
        paths, count = tuple(f"emotions.faces.{i}.label" for i, _ in sure), counted(len(sure))
        wording = Wording("All of them seem to feel the same.", 0.4 if labels[0] == "happiness" else 0.65)
        yield cue("of_one_mind", wording, *paths, count=count, feeling=labels[0])
    elif len(labels) >= 2:
        first, second = (next(i for i, label in sure if label == each) for each in labels[:2])
        paths = (f"emotions.faces.{first}.label", f"emotions.faces.{second}.label")
        wording = Wording("Two of them seem to feel quite differently.", 0.6)
        yield cue("mixed_feelings", wording, *paths, feeling=labels[0], other=labels[1])
