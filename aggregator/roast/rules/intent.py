"""Rules over the kind of picture that somebody had in mind: a selfie, a pose, a professional portrait."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, about_face, cue
from aggregator.roast.places import where
from aggregator.roast.rules.mesh import AHEAD, is_smiling
from bus.findings import Box, Posture
from bus.roast.events import Cue

_POSED: tuple[Posture, ...] = ("arms_crossed", "hands_on_hips", "legs_crossed")
"""Where arms and legs go when somebody knows of the camera."""

MIRROR_ROOMS = ("bathroom", "bedroom", "gym", "lift", "wardrobe", "corridor")


def intent_cues(view: FindingsView) -> Iterator[Cue]:
    """Which kind of picture it was to be: a selfie, one in the mirror, a posed one, or one that nobody knew of."""
    mirror = list(_mirror(view))
    yield from mirror or selfie(view)
    yield from _posed(view)
    yield from _candid(view)
    yield from _studio(view)


def selfie(view: FindingsView) -> Iterator[Cue]:
    """A large face, and an arm or a front camera that explains it."""
    faces = view.all_faces
    if not faces or faces[0].size < 0.05:
        return
    size, wording = "faces.faces.0.size", Wording("It is a selfie.", 0.6)
    if view.facts and view.facts.lens_side == "front":
        yield cue("selfie", wording, "facts.lens_side", size, about=about_face(0))
    elif view.pose and view.pose.people and "arm_to_camera" in view.pose.people[0].postures:
        place = view.pose.people[0].postures.index("arm_to_camera")
        yield cue("selfie", wording, f"pose.people.0.postures.{place}", size, about=about_face(0))


def _mirror(view: FindingsView) -> Iterator[Cue]:
    """A phone in somebody's hands, in a room that has a mirror, and no front camera that explains it."""
    place = where(view)
    if place is None or place.place not in MIRROR_ROOMS or not view.objects:
        return
    if view.facts and view.facts.lens_side == "front":
        return
    seen = view.objects.objects
    phones = [i for i, each in enumerate(seen) if each.label == "cell phone"]
    people = [i for i, each in enumerate(seen) if each.label == "person"]
    held = next(((p, q) for p in phones for q in people if _is_inside(seen[p].box, seen[q].box)), None)
    if held:
        wording = Wording("It is a selfie in a mirror, by the look of the phone and the room.", 0.85)
        proof = (f"objects.objects.{held[0]}.label", f"objects.objects.{held[1]}.box", *place.evidence)
        yield cue("mirror_selfie", wording, *proof, place=place.place)


def _is_inside(thing: Box, person: Box) -> bool:
    x, y = thing.x + thing.w / 2, thing.y + thing.h / 2
    return person.x <= x <= person.x + person.w and person.y <= y <= person.y + person.h


def _posed(view: FindingsView) -> Iterator[Cue]:
    faces = view.all_meshes
    if not faces or any(abs(face.pose.yaw) > AHEAD or abs(face.pose.pitch) > AHEAD for face in faces):
        return
    looks = tuple(f"mesh.faces.{i}.pose.yaw" for i in range(len(faces)))
    for index, person in enumerate(view.all_people):
        for place, posture in enumerate(person.postures):
            if posture in _POSED and person.facing == "camera" and "walking" not in person.postures:
                wording = Wording("It is posed: straight into the camera, and the arms know where to go.", 0.45)
                yield cue("posed", wording, *looks, f"pose.people.{index}.postures.{place}")
                return
    if len(faces) >= 3 and all(map(is_smiling, faces)):
        smiles = tuple(f"mesh.faces.{i}.expressions" for i in range(len(faces)))
        yield cue("posed", Wording("It is posed: all look up, and all smile.", 0.45), *looks, *smiles)


def _candid(view: FindingsView) -> Iterator[Cue]:
    people = view.all_people
    faces = view.all_meshes
    if not people or any(person.facing == "camera" for person in people):
        return
    if all(abs(face.pose.yaw) > AHEAD for face in faces):
        paths = tuple(f"pose.people.{i}.facing" for i in range(len(people)))
        turned = tuple(f"mesh.faces.{i}.pose.yaw" for i in range(len(faces)))
        yield cue("candid", Wording("Nobody in it seems to know of the camera.", 0.5), *paths, *turned)


def _studio(view: FindingsView) -> Iterator[Cue]:
    background, light, quality = view.background, view.lighting, view.quality
    if background is None or light is None or quality is None or background.is_empty():
        return
    apart = background.blur == "blurred" or background.clutter < 0.02
    good = light.exposure == "balanced" and not light.backlit and quality.blur == "sharp" and not quality.noisy
    faces = view.all_faces
    if apart and good and len(faces) == 1 and 0.02 < faces[0].size < 0.35:
        evidence = ("background.clutter", "background.blur", "lighting.exposure", "quality.blur")
        yield cue("studio_look", Wording("It looks like the work of a professional.", 0.45), *evidence)
