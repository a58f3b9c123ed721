"""The cues of faces, bodies, hands and clothes: each about the right person, from the right evidence."""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

import findings
import numpy as np
import pytest
from findings import background

from aggregator.roast.rules.mesh import _DOES, FEELS, LOOKS
from aggregator.roast.rules.people import _GESTURES, _POSTURES, SIGNS, TOGETHER
from bus.findings import (
    Box,
    Cloth,
    Color,
    Colors,
    Distraction,
    Emotion,
    Emotions,
    Expression,
    Face,
    FaceEmotion,
    FaceMesh,
    Faces,
    FaceStructure,
    Facts,
    Fashion,
    Garment,
    GestureLabel,
    Gestures,
    Hand,
    HeadPose,
    Mesh,
    Objects,
    Outfit,
    PersonPose,
    Place,
    Pose,
    Posture,
    ScenePlace,
    SeenObject,
)

cues_of = partial(findings.cues_of, ref=findings.SQUARE)
BLANK: tuple[tuple[Expression, ...], ...] = (("neutral",),)
BOX = Box(x=100, y=100, w=200, h=400)
STRUCTURE = FaceStructure(
    shape="oval", length_to_width=1.3, jaw_to_cheekbones=0.8, forehead_to_cheekbones=0.9, eye_spacing=1.0,
    eye_openness=(0.3, 0.3), brow_height=0.1, nose_width=1.0, nose_length=0.3, mouth_width=1.5,
)  # fmt: skip


def mesh(*faces: tuple[Expression, ...], yaw: tuple[float, ...] = (), pitch: tuple[float, ...] = ()) -> Mesh:
    return Mesh(
        faces=tuple(
            FaceMesh(
                face=i,
                points=np.zeros((478, 3)),
                blendshapes={},
                structure=STRUCTURE,
                expressions=expressions,
                pose=HeadPose(yaw=yaw[i] if yaw else 0, pitch=pitch[i] if pitch else 0, roll=0),
            )
            for i, expressions in enumerate(faces)
        )
    )


def emotions(*labels: Emotion, score: float = 0.8) -> Emotions:
    return Emotions(
        faces=tuple(FaceEmotion(face=i, label=each, score=score, scores={each: 1}) for i, each in enumerate(labels))
    )


def person(*postures: Posture, face: int | None = None, **more: Any) -> PersonPose:
    return PersonPose(
        person=None, face=face, box=BOX, points=np.zeros((33, 4)), postures=postures, visible=("head",), **more
    )


def hand(gesture: GestureLabel | None, score: float = 0.9, person: int | None = 0) -> Hand:
    return Hand(person=person, side="left", box=BOX, points=np.zeros((21, 3)), gesture=gesture, score=score)


def cloth(region: Any, color: str, pattern: Any = "plain") -> Cloth:
    colors = (Color(name=color, hex="#112233", share=0.8, center=(0, 0)),)
    return Cloth(region=region, colors=colors, pattern=pattern, polygon=((0, 0), (1, 0), (1, 1)))


def place(label: str, score: float = 0.8, indoor: float = 1.0) -> ScenePlace:
    return ScenePlace(places=(Place(label=label, score=score),), indoor=indoor)


def seen(*labels: str) -> Objects:
    return Objects(objects=tuple(SeenObject(label=each, score=0.9, box=BOX, size=0.08) for each in labels))


def palette(*names: str, mood: Any = "neutral", share: float = 0.7) -> Colors:
    colors = tuple(Color(name=name, hex="#112233", share=share, center=(0, 0)) for name in names)
    return Colors(palette=colors, harmony="mixed", mood=mood, colorfulness=40)


def test_every_word_that_a_finding_may_use_is_known_to_the_rules() -> None:
    assert set(_DOES) == set(LOOKS) == set(get_args(Expression))
    assert set(FEELS) == set(get_args(Emotion)) - {"neutral"}
    assert set(_GESTURES) == set(get_args(GestureLabel))
    assert set(SIGNS) == {kind for kind, _, _ in _GESTURES.values()}
    assert set(get_args(Posture)) - set(_POSTURES) == {"standing", "sitting"}
    assert set(TOGETHER) <= set(get_args(Posture))


@pytest.mark.parametrize("expression", sorted(set(get_args(Expression)) - {"neutral"}))
def test_an_expression_is_told_of_the_face_that_makes_it(expression: Expression) -> None:
    kind = _DOES[expression][0]
    found = cues_of(mesh(("neutral",), (expression,)))
    assert found[f"face.1.{kind}"].evidence == ("mesh.faces.1.expressions.0",)
    assert f"face.0.{kind}" not in found


def test_a_straight_face_is_told_only_of_somebody_alone() -> None:
    assert "face.0.deadpan" in cues_of(mesh(("neutral",)))
    assert "face.0.deadpan" not in cues_of(mesh(("neutral",), ("smile",)))


def test_no_face_is_straight_that_clearly_feels_something() -> None:
    assert "face.0.deadpan" not in cues_of(mesh(("neutral",)), emotions("anger"))
    assert "face.0.deadpan" in cues_of(mesh(("neutral",)), emotions("anger", score=0.4))
    assert "same_look" not in cues_of(mesh(*BLANK * 2), emotions("neutral", "anger"))
    assert "same_look" in cues_of(mesh(*BLANK * 2), emotions("neutral", "neutral"))


def test_the_odd_one_out_of_a_group_is_named() -> None:
    found = cues_of(mesh(("smile",), ("big_smile",), ("neutral",)))
    assert found["face.2.not_smiling"].about == "face.2"
    found = cues_of(mesh(("neutral",), ("smile",), ("frown",)))
    assert found["face.1.only_smile"].about == "face.1"
    assert not {"face.0.only_smile", "same_look"} & set(found)


def test_the_same_face_made_by_all_is_told_with_its_name() -> None:
    assert cues_of(mesh(("wink_left",), ("wink_right",)))["same_look"].values == {"count": "two", "look": "wink"}
    assert "same_look" not in cues_of(mesh(("smile",), ("frown",)))
    assert "same_look" not in cues_of(mesh(("smile",)))


def test_a_turned_head_is_told_with_its_side_and_of_a_group_only_the_one_who_looks_elsewhere() -> None:
    assert cues_of(mesh(("neutral",), yaw=(40,)))["face.0.looking_away"].values == {"way": "right"}
    assert cues_of(mesh(("neutral",), yaw=(-40,)))["face.0.looking_away"].values == {"way": "left"}
    assert "face.1.looks_elsewhere" in cues_of(mesh(*BLANK * 3, yaw=(0, 45, -5)))
    assert "all_elsewhere" in cues_of(mesh(*BLANK * 2, yaw=(50, -45)))
    assert not [id for id in cues_of(mesh(*BLANK * 2, yaw=(45, 22))) if "elsewhere" in id]


def test_the_height_of_the_camera_is_told_only_when_all_heads_agree() -> None:
    assert "low_angle" in cues_of(mesh(("smile",), ("smile",), pitch=(20, 25)))
    assert "high_angle" in cues_of(mesh(("smile",), pitch=(-30,)))
    assert not {"low_angle", "high_angle"} & set(cues_of(mesh(("smile",), ("smile",), pitch=(20, 2))))


def test_the_middle_of_three_is_held_by_the_one_in_the_middle() -> None:
    faces = tuple(Face(box=Box(x=x, y=100, w=100, h=100), score=0.9, sharpness=100, size=0.01) for x in (100, 780, 450))
    assert cues_of(Faces(faces=faces))["face.2.middle"].evidence == ("faces.faces.2.box",)
    assert not [id for id in cues_of(Faces(faces=faces[:2])) if id.endswith("middle")]


@pytest.mark.parametrize("emotion", sorted(FEELS))
def test_a_feeling_must_be_clear_to_be_told(emotion: Emotion) -> None:
    kind = f"face.0.{FEELS[emotion][0]}"
    assert kind in cues_of(emotions(emotion))
    assert kind not in cues_of(emotions(emotion, score=0.4))


def test_feelings_of_a_group_agree_or_do_not() -> None:
    assert cues_of(emotions("fear", "happiness"))["mixed_feelings"].values == {"feeling": "fear", "other": "happiness"}
    assert cues_of(emotions("anger", "anger", "anger"))["of_one_mind"].values == {"count": "three", "feeling": "anger"}
    assert "of_one_mind" not in cues_of(emotions("anger", "anger", "neutral"))


@pytest.mark.parametrize("posture", sorted(set(_POSTURES) - {"leaning", "arm_to_camera"}))
def test_a_posture_is_about_the_face_that_belongs_to_the_body(posture: Posture) -> None:
    kind = _POSTURES[posture][0]
    assert cues_of(Pose(people=(person(), person("standing", posture, face=3))))[f"face.3.{kind}"].evidence == (
        "pose.people.1.postures.1",
    )
    assert cues_of(Pose(people=(person(posture),)))[kind].about is None


def test_a_lean_needs_its_degrees_and_tells_its_side() -> None:
    assert cues_of(Pose(people=(person("leaning", lean=-12.0),)))["leaning"].values == {"way": "left"}
    assert "leaning" not in cues_of(Pose(people=(person("leaning"),)))


def test_people_who_stand_the_same_way_are_told_together() -> None:
    found = cues_of(Pose(people=(person("arms_crossed"), person("sitting"), person("arms_crossed"))))
    assert found["same_posture"].values == {"posture": "crossed arms"}
    assert len(found["same_posture"].evidence) == 2
    assert "same_posture" not in cues_of(Pose(people=(person("standing"), person("standing"))))


@pytest.mark.parametrize("gesture", get_args(GestureLabel))
def test_a_gesture_is_told_when_it_is_clear(gesture: GestureLabel) -> None:
    kind = _GESTURES[gesture][0]
    assert kind in cues_of(Gestures(hands=(hand(None), hand(gesture))))
    assert kind not in cues_of(Gestures(hands=(hand(gesture, score=0.3),)))


def test_two_hands_that_say_the_same_are_a_chorus() -> None:
    found = cues_of(Gestures(hands=(hand("victory"), hand("victory"))))
    assert found["same_gesture"].values == {"gesture": "peace sign"}


def test_a_gesture_belongs_to_the_face_of_its_person() -> None:
    found = cues_of(Gestures(hands=(hand("fist", person=1),)), Pose(people=(person(), person(face=2))))
    assert found["face.2.fist"].about == "face.2"


LARGE = Faces(faces=(Face(box=BOX, score=0.9, sharpness=100, size=0.08),))


@pytest.mark.parametrize("proof", [Facts(lens_side="front"), Pose(people=(person("arm_to_camera", face=0),))])
def test_a_large_face_and_an_arm_or_a_front_camera_are_a_selfie(proof: Any) -> None:
    assert "face.0.selfie" in cues_of(LARGE, proof)
    assert "face.0.arm_reach" not in cues_of(LARGE, proof)
    assert "face.0.selfie" not in cues_of(LARGE)


def test_a_phone_in_hand_before_tiles_is_a_mirror_selfie() -> None:
    assert cues_of(seen("person", "cell phone"), place("bathroom"))["mirror_selfie"].values == {"place": "bathroom"}
    assert "mirror_selfie" not in cues_of(seen("person", "cell phone"), place("beach"))
    assert "mirror_selfie" not in cues_of(seen("person", "cell phone"), place("bathroom"), Facts(lens_side="front"))
    assert "mirror_selfie" not in cues_of(seen("person"), place("bathroom"))


def test_folded_arms_and_a_straight_look_are_a_pose_and_profiles_are_not() -> None:
    pose = Pose(people=(person("arms_crossed", face=0),))
    assert "posed" in cues_of(mesh(("neutral",)), pose)
    assert "posed" not in cues_of(mesh(("neutral",), yaw=(40,)), pose)
    assert "posed" not in cues_of(mesh(("neutral",)), Pose(people=(person("walking", "arms_crossed"),)))
    assert "candid" in cues_of(mesh(("neutral",), yaw=(40,)), Pose(people=(person("walking", facing="left"),)))
    assert "candid" not in cues_of(mesh(("neutral",)), Pose(people=(person("walking", facing="left"),)))


def outfit(*cloths: Cloth, **more: Any) -> Fashion:
    return Fashion(outfits=(Outfit(person=0, cloths=cloths, harmony=None, **more),))


def test_clothes_clash_or_match_by_name() -> None:
    blue, red = cloth("torso", "blue"), cloth("legs", "red")
    clash = Fashion(outfits=(Outfit(person=0, cloths=(blue, red), harmony="clash"),))
    assert cues_of(clash)["outfit_clash"].values == {"color": "blue", "other": "red"}
    match = Fashion(outfits=(Outfit(person=0, cloths=(blue, red), harmony="match"),))
    assert cues_of(match, Pose(people=(person(face=0),)))["face.0.outfit_match"].about == "face.0"
    assert cues_of(outfit(blue, cloth("legs", "blue")))["one_color_outfit"].values == {"color": "blue"}
    shades = outfit(cloth("torso", "orange"), cloth("legs", "burnt orange"))
    assert cues_of(shades)["one_color_outfit"].values == {"color": "orange"}


def test_the_same_of_two_people_is_told_of_the_first() -> None:
    assert [id for id in cues_of(mesh(("wink_left",), ("wink_right",))) if id.endswith("wink")] == ["face.0.wink"]
    assert [id for id in cues_of(emotions("fear", "fear")) if "afraid" in id] == ["face.0.feels_afraid"]
    formal = tuple(Outfit(person=i, cloths=(), harmony=None, formality="formal") for i in range(2))
    assert list(cues_of(Fashion(outfits=formal))) == ["formal"]


@pytest.mark.parametrize("tone", ["brown", "beige", "dark brown", "tan", "peach", "chestnut"])
def test_what_may_be_bare_skin_is_nobodys_outfit(tone: str) -> None:
    fashion = Fashion(outfits=(Outfit(person=0, cloths=(cloth("torso", "red"), cloth("legs", tone)), harmony="clash"),))
    assert cues_of(fashion) == {}
    shorts = fashion.model_copy(update={"garments": (Garment(label="shorts", score=1, box=BOX, person=0),)})
    assert cues_of(shorts) == {}
    trousers = fashion.model_copy(update={"garments": (Garment(label="trousers", score=1, box=BOX, person=0),)})
    assert cues_of(trousers)["outfit_clash"].values == {"color": "red", "other": tone}


def test_patterns_are_told_and_socks_are_not() -> None:
    stripes, checks = cloth("torso", "blue", "striped"), cloth("legs", "red", "checked")
    assert "stripes_checks" in cues_of(outfit(stripes, checks))
    assert set(cues_of(outfit(stripes))) == {"striped"}
    assert set(cues_of(outfit(cloth("feet", "blue", "checked")))) == set()


def test_camouflage_needs_more_of_the_colour_than_the_person_can_bring() -> None:
    fashion = outfit(cloth("torso", "blue"))
    assert "camouflage" in cues_of(fashion, palette("blue"), background(person_share=0.3))
    assert "camouflage" not in cues_of(fashion, palette("blue"), background(person_share=0.65))
    assert "camouflage" not in cues_of(fashion, palette("green"), background(person_share=0.3))


def test_two_in_the_same_colour_are_twins() -> None:
    outfits = tuple(Outfit(person=i, cloths=(cloth("torso", "orange"),), harmony=None) for i in range(2))
    assert cues_of(Fashion(outfits=outfits))["twins"].values == {"color": "orange"}
    assert "twins" not in cues_of(Fashion(outfits=outfits[:1]))


@pytest.mark.parametrize(
    ("id", "findings"),
    [
        ("formal_place", (outfit(cloth("torso", "black"), formality="formal"), place("kitchen"))),
        ("formal_place", (seen("tie"), place("beach"))),
        ("casual_place", (outfit(cloth("torso", "red"), formality="casual"), place("ballroom"))),
        ("face.0.smile_doubt", (mesh(("smile",)), emotions("sadness"))),
        ("face.0.grim_party", (emotions("neutral"), seen("cake"))),
        ("face.0.grim_party", (emotions("anger"), place("discotheque"))),
        ("face.0.happy_gloom", (emotions("happiness"), palette("grey", mood="gloomy"))),
        ("face.0.sad_colors", (emotions("sadness"), palette("pink", mood="pastel"))),
        ("face.0.crossed_smile", (Pose(people=(person("arms_crossed", face=0),)), mesh(("big_smile",)))),
        (
            "face.0.peace_anger",
            (Gestures(hands=(hand("victory"),)), Pose(people=(person(face=0),)), emotions("anger")),
        ),
        ("from_head", (background(distractions=(Distraction(object=0, box=BOX, reason="from_head"),)), seen("clock"))),
    ],
)
def test_what_does_not_go_together_needs_both_halves(id: str, findings: tuple[Any, ...]) -> None:
    cue = cues_of(*findings)[id]
    assert {path.split(".")[0] for path in cue.evidence} == {f.kind for f in findings}
    for left_out in range(len(findings)):
        assert id not in cues_of(*findings[:left_out], *findings[left_out + 1 :])


def test_a_smile_at_the_cake_is_no_grim_party() -> None:
    assert "face.0.grim_party" not in cues_of(emotions("neutral"), seen("cake"), mesh(("smile",)))
