"""Rules over bodies at work: postures, gestures, and the kind of picture that somebody had in mind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from aggregator.places import where
from aggregator.rules_mesh import AHEAD, SMILES
from aggregator.scene import Said, Scene, about_face, cue
from bus.features import Box, Cue, GestureLabel, PersonPose, Pose, Posture

_POSTURES: Mapping[Posture, tuple[str, str, float]] = {
    "arms_crossed": ("arms_crossed", "Somebody's arms are crossed.", 0.55),
    "hands_on_hips": ("hands_on_hips", "Somebody's hands are on the hips.", 0.55),
    "slouching": ("slouching", "Somebody slouches.", 0.55),
    "leaning": ("leaning", "Somebody leans to the {way}.", 0.4),
    "arms_raised": ("arms_raised", "Somebody's arms are up in the air.", 0.65),
    "hand_on_face": ("hand_on_face", "Somebody's hand is at the face.", 0.5),
    "hands_behind_head": ("hands_behind_head", "Somebody's hands are folded behind the head.", 0.65),
    "legs_crossed": ("legs_crossed", "Somebody's legs are crossed.", 0.45),
    "turned_away": ("turned_away", "Somebody has turned away.", 0.45),
    "lying": ("lying", "Somebody is lying down.", 0.6),
    "kneeling": ("kneeling", "Somebody kneels.", 0.6),
    "walking": ("walking", "Somebody is walking.", 0.35),
    "arm_raised": ("arm_raised", "Somebody raises an arm.", 0.5),
    "arm_to_camera": ("arm_reach", "Somebody's arm reaches out to the camera.", 0.5),
}
"""What a posture is called as a kind of cue, in a sentence, and how much it matters. Standing and sitting are none."""

TOGETHER: Mapping[Posture, str] = {
    "arms_crossed": "crossed arms", "hands_on_hips": "hands on hips", "arms_raised": "raised arms",
    "hand_on_face": "hand at the face", "hands_behind_head": "hands behind the head",
    "legs_crossed": "crossed legs", "slouching": "slouch",
}  # fmt: skip
"""Postures that are worth a word when people share them, as the slot `posture` names them."""

_GESTURES: Mapping[GestureLabel, tuple[str, str, float]] = {
    "victory": ("victory", "Somebody makes the peace sign.", 0.7),
    "thumb_up": ("thumb_up", "Somebody gives a thumbs-up.", 0.65),
    "thumb_down": ("thumb_down", "Somebody gives a thumbs-down.", 0.75),
    "pointing": ("pointing", "Somebody points at something.", 0.6),
    "pointing_up": ("pointing", "Somebody points upwards.", 0.6),
    "fist": ("fist", "Somebody makes a fist.", 0.5),
    "open_palm": ("open_palm", "Somebody shows an open palm.", 0.5),
    "i_love_you": ("love_sign", "Somebody's fingers say “I love you”.", 0.7),
}

SIGNS: Mapping[str, str] = {
    "victory": "peace sign", "thumb_up": "thumbs-up", "thumb_down": "thumbs-down", "pointing": "pointing finger",
    "fist": "fist", "open_palm": "open palm", "love_sign": "sign of love",
}  # fmt: skip
"""Kinds of gesture as nouns, which fill the slot `gesture`."""

CLEAR = 0.5
"""Least score of a gesture that is worth a word."""

_POSED: tuple[Posture, ...] = ("arms_crossed", "hands_on_hips", "legs_crossed")
"""Where arms and legs go when somebody knows of the camera."""

MIRROR_ROOMS = ("bathroom", "bedroom", "gym", "lift", "wardrobe", "corridor")


def posture_cues(scene: Scene) -> Iterator[Cue]:
    """What bodies do, each posture once, of the largest person that shows it; and what they do together."""
    if scene.pose is None or scene.pose.is_empty():
        return
    told: set[Posture] = set()
    for index, person in enumerate(scene.pose.people):
        for place, posture in enumerate(person.postures):
            if posture in _POSTURES and posture not in told and not _is_selfie_arm(scene, index, posture):
                told.add(posture)
                yield from _posture(index, place, person)
    yield from _matching(scene.pose)


def _posture(index: int, place: int, person: PersonPose) -> Iterator[Cue]:
    posture, path = person.postures[place], f"pose.people.{index}"
    kind, says, weight = _POSTURES[posture]
    evidence: tuple[str, ...] = (f"{path}.postures.{place}",)
    values: dict[str, str] = {}
    if posture == "leaning":
        if person.lean is None:
            return
        evidence += (f"{path}.lean",)
        values = {"way": "right" if person.lean > 0 else "left"}
    yield cue(kind, Said(says.format(**values), weight), *evidence, about=about_face(person.face), **values)


def _matching(found: Pose) -> Iterator[Cue]:
    count = Counter(posture for person in found.people for posture in set(person.postures) & set(TOGETHER))
    shared = [posture for posture, number in count.items() if number >= 2]
    if shared:
        posture = max(sorted(shared), key=lambda each: count[each])
        paths = (
            f"pose.people.{i}.postures.{person.postures.index(posture)}"
            for i, person in enumerate(found.people)
            if posture in person.postures
        )
        said = Said("They stand in exactly the same way.", 0.75)
        yield cue("same_posture", said, *paths, posture=TOGETHER[posture])


def gesture_cues(scene: Scene) -> Iterator[Cue]:
    """What hands say, each gesture once; and whether they say it twice."""
    hands = scene.gestures.hands if scene.gestures else ()
    told: dict[str, list[str]] = {}
    for index, hand in enumerate(hands):
        if hand.gesture is None or hand.score < CLEAR:
            continue
        kind, says, weight = _GESTURES[hand.gesture]
        path = f"gestures.hands.{index}.gesture"
        if kind not in told:
            yield cue(kind, Said(says, weight), path, about=about_face(scene.face_of(hand.person)))
        told.setdefault(kind, []).append(path)
    for kind, paths in told.items():
        if len(paths) >= 2 and kind != "open_palm":
            said = Said("More than one hand makes the same gesture.", 0.7)
            yield cue("same_gesture", said, *paths, gesture=SIGNS[kind])


def intent_cues(scene: Scene) -> Iterator[Cue]:
    """Which kind of picture it was to be: a selfie, one in the mirror, a posed one, or one that nobody knew of."""
    mirror = list(_mirror(scene))
    yield from mirror or _selfie(scene)
    yield from _posed(scene)
    yield from _candid(scene)
    yield from _studio(scene)


def _is_selfie_arm(scene: Scene, index: int, posture: Posture) -> bool:
    return posture == "arm_to_camera" and index == 0 and any(True for _ in _selfie(scene))


def _selfie(scene: Scene) -> Iterator[Cue]:
    faces = scene.faces.faces if scene.faces else ()
    if not faces or faces[0].size < 0.05:
        return
    size, said = "faces.faces.0.size", Said("It is a selfie.", 0.6)
    if scene.facts and scene.facts.lens_side == "front":
        yield cue("selfie", said, "facts.lens_side", size, about=about_face(0))
    elif scene.pose and scene.pose.people and "arm_to_camera" in scene.pose.people[0].postures:
        place = scene.pose.people[0].postures.index("arm_to_camera")
        yield cue("selfie", said, f"pose.people.0.postures.{place}", size, about=about_face(0))


def _mirror(scene: Scene) -> Iterator[Cue]:
    """A phone in somebody's hands, in a room that has a mirror, and no front camera that explains it."""
    place = where(scene)
    if place is None or place.place not in MIRROR_ROOMS or not scene.objects:
        return
    if scene.facts and scene.facts.lens_side == "front":
        return
    seen = scene.objects.objects
    phones = [i for i, each in enumerate(seen) if each.label == "cell phone"]
    people = [i for i, each in enumerate(seen) if each.label == "person"]
    held = next(((p, q) for p in phones for q in people if _is_inside(seen[p].box, seen[q].box)), None)
    if held:
        said = Said("It is a selfie in a mirror, by the look of the phone and the room.", 0.85)
        proof = (f"objects.objects.{held[0]}.label", f"objects.objects.{held[1]}.box", *place.evidence)
        yield cue("mirror_selfie", said, *proof, place=place.place)


def _is_inside(thing: Box, person: Box) -> bool:
    x, y = thing.x + thing.w / 2, thing.y + thing.h / 2
    return person.x <= x <= person.x + person.w and person.y <= y <= person.y + person.h


def _posed(scene: Scene) -> Iterator[Cue]:
    faces = scene.mesh.faces if scene.mesh else ()
    if not faces or any(abs(face.pose.yaw) > AHEAD or abs(face.pose.pitch) > AHEAD for face in faces):
        return
    looks = tuple(f"mesh.faces.{i}.pose.yaw" for i in range(len(faces)))
    for index, person in enumerate(scene.pose.people if scene.pose else ()):
        for place, posture in enumerate(person.postures):
            if posture in _POSED and person.facing == "camera" and "walking" not in person.postures:
                said = Said("It is posed: straight into the camera, and the arms know where to go.", 0.45)
                yield cue("posed", said, *looks, f"pose.people.{index}.postures.{place}")
                return
    if len(faces) >= 3 and all(any(each in SMILES for each in face.expressions) for face in faces):
        smiles = tuple(f"mesh.faces.{i}.expressions" for i in range(len(faces)))
        yield cue("posed", Said("It is posed: all look up, and all smile.", 0.45), *looks, *smiles)


def _candid(scene: Scene) -> Iterator[Cue]:
    people = scene.pose.people if scene.pose else ()
    faces = scene.mesh.faces if scene.mesh else ()
    if not people or any(person.facing == "camera" for person in people):
        return
    if all(abs(face.pose.yaw) > AHEAD for face in faces):
        paths = tuple(f"pose.people.{i}.facing" for i in range(len(people)))
        turned = tuple(f"mesh.faces.{i}.pose.yaw" for i in range(len(faces)))
        yield cue("candid", Said("Nobody in it seems to know of the camera.", 0.5), *paths, *turned)


def _studio(scene: Scene) -> Iterator[Cue]:
    background, light, quality = scene.background, scene.lighting, scene.quality
    if background is None or light is None or quality is None or background.is_empty():
        return
    apart = background.blur == "blurred" or background.clutter < 0.02
    good = light.exposure == "balanced" and not light.backlit and quality.blur == "sharp" and not quality.noisy
    if apart and good and scene.faces and len(scene.faces.faces) == 1 and 0.02 < scene.faces.faces[0].size < 0.35:
        evidence = ("background.clutter", "background.blur", "lighting.exposure", "quality.blur")
        yield cue("studio_look", Said("It looks like the work of a professional.", 0.45), *evidence)
