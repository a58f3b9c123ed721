"""Rules over bodies at work: postures and gestures, alone and together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from aggregator.roast.findings_view import FindingsView, Template, Wording, about_face, cue
from aggregator.roast.rules.intent import selfie
from bus.findings import GestureLabel, PersonPose, Pose, Posture
from bus.roast.events import Cue

_POSTURES: Mapping[Posture, Template] = {
    "arms_crossed": Template("arms_crossed", "Somebody's arms are crossed.", 0.55),
    "hands_on_hips": Template("hands_on_hips", "Somebody's hands are on the hips.", 0.55),
    "slouching": Template("slouching", "Somebody slouches.", 0.55),
    "leaning": Template("leaning", "Somebody leans to the {way}.", 0.4),
    "arms_raised": Template("arms_raised", "Somebody's arms are up in the air.", 0.65),
    "hand_on_face": Template("hand_on_face", "Somebody's hand is at the face.", 0.5),
    "hands_behind_head": Template("hands_behind_head", "Somebody's hands are folded behind the head.", 0.65),
    "legs_crossed": Template("legs_crossed", "Somebody's legs are crossed.", 0.45),
    "turned_away": Template("turned_away", "Somebody has turned away.", 0.45),
    "lying": Template("lying", "Somebody is lying down.", 0.6),
    "kneeling": Template("kneeling", "Somebody kneels.", 0.6),
    "walking": Template("walking", "Somebody is walking.", 0.35),
    "arm_raised": Template("arm_raised", "Somebody raises an arm.", 0.5),
    "arm_to_camera": Template("arm_reach", "Somebody's arm reaches out to the camera.", 0.5),
}
"""What a posture is called as a kind of cue, in a sentence, and how much it matters. Standing and sitting are none."""

TOGETHER: Mapping[Posture, str] = {
    "arms_crossed": "crossed arms", "hands_on_hips": "hands on hips", "arms_raised": "raised arms",
    "hand_on_face": "hand at the face", "hands_behind_head": "hands behind the head",
    "legs_crossed": "crossed legs", "slouching": "slouch",
}  # fmt: skip
"""Postures that are worth a word when people share them, as the slot `posture` names them."""

_GESTURES: Mapping[GestureLabel, Template] = {
    "victory": Template("victory", "Somebody makes the peace sign.", 0.7),
    "thumb_up": Template("thumb_up", "Somebody gives a thumbs-up.", 0.65),
    "thumb_down": Template("thumb_down", "Somebody gives a thumbs-down.", 0.75),
    "pointing": Template("pointing", "Somebody points at something.", 0.6),
    "pointing_up": Template("pointing", "Somebody points upwards.", 0.6),
    "fist": Template("fist", "Somebody makes a fist.", 0.5),
    "open_palm": Template("open_palm", "Somebody shows an open palm.", 0.5),
    "i_love_you": Template("love_sign", "Somebody's fingers say “I love you”.", 0.7),
}

SIGNS: Mapping[str, str] = {
    "victory": "peace sign", "thumb_up": "thumbs-up", "thumb_down": "thumbs-down", "pointing": "pointing finger",
    "fist": "fist", "open_palm": "open palm", "love_sign": "sign of love",
}  # fmt: skip
"""Kinds of gesture as nouns, which fill the slot `gesture`."""

CLEAR = 0.5
"""Least score of a gesture that is worth a word."""


def posture_cues(view: FindingsView) -> Iterator[Cue]:
    """What bodies do, each posture once, of the largest person that shows it; and what they do together."""
    if view.pose is None or view.pose.is_empty():
        return
    seen: set[Posture] = set()
    for index, person in enumerate(view.pose.people):
        for place, posture in enumerate(person.postures):
            if posture in _POSTURES and posture not in seen and not _is_selfie_arm(view, index, posture):
                seen.add(posture)
                yield from _posture(index, place, person)
    yield from _matching(view.pose)


def _posture(index: int, place: int, person: PersonPose) -> Iterator[Cue]:
    posture, path = person.postures[place], f"pose.people.{index}"
    evidence: tuple[str, ...] = (f"{path}.postures.{place}",)
    values: dict[str, str] = {}
    if posture == "leaning":
        if person.lean is None:
            return
        evidence += (f"{path}.lean",)
        values = {"way": "right" if person.lean > 0 else "left"}
    template = _POSTURES[posture]
    yield cue(template.kind, template.wording(**values), *evidence, about=about_face(person.face), **values)


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
        wording = Wording("They stand in exactly the same way.", 0.75)
        yield cue("same_posture", wording, *paths, posture=TOGETHER[posture])


def gesture_cues(view: FindingsView) -> Iterator[Cue]:
    """What hands say, each gesture once; and whether they say it twice."""
    hands = view.all_hands
    seen: dict[str, list[str]] = {}
    for index, hand in enumerate(hands):
        if hand.gesture is None or hand.score < CLEAR:
            continue
        template, path = _GESTURES[hand.gesture], f"gestures.hands.{index}.gesture"
        if template.kind not in seen:
            yield cue(template.kind, template.wording(), path, about=about_face(view.face_of(hand.person)))
        seen.setdefault(template.kind, []).append(path)
    for kind, paths in seen.items():
        if len(paths) >= 2 and kind != "open_palm":
            wording = Wording("More than one hand makes the same gesture.", 0.7)
            yield cue("same_gesture", wording, *paths, gesture=SIGNS[kind])


def _is_selfie_arm(view: FindingsView, index: int, posture: Posture) -> bool:
    return posture == "arm_to_camera" and index == 0 and any(True for _ in selfie(view))
