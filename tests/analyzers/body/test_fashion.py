"""Fashion: what a person sees people wear in the real photos, and the DeepFashion2 detector on a made-up network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from pictures import Make, Open
from shown import FACES

from analyzers.base import Photo, Skip, wiring
from analyzers.body.fashion import FashionAnalyzer
from analyzers.body.garments import LABELS, GarmentDetector, wearer
from analyzers.scene.objects import ObjectsAnalyzer
from bus.findings import Box, Fashion, Objects, PersonPose, Pose

Look = Callable[[str], Fashion]
DARK = {"black", "navy", "charcoal"}

SUITS = {
    f"people/{name}.jpg": FACES[f"people/{name}.jpg"]
    for name in (
        *("portrait_official", "portrait_official_2", "portrait_same_person"),
        *("two_people", "partial_face", "low_resolution", "hopper"),
    )
}
"""A dark suit or uniform with a tie on everybody in the foreground."""


@pytest.fixture(scope="module")
def look(spotter: ObjectsAnalyzer, see_poses: Callable[[Photo], Pose], open_photo: Open) -> Look:
    def looked(path: str) -> Fashion:
        photo = open_photo(path)
        return FashionAnalyzer({}).analyze(photo, see_poses(photo), spotter.analyze(photo))

    return looked


@pytest.mark.parametrize(("path", "people"), SUITS.items())
def test_a_dark_suit_with_a_tie_is_formal(look: Look, path: str, people: int) -> None:
    outfits = look(path).outfits
    assert len(outfits) == people
    for outfit in outfits:
        assert outfit.formality == "formal"
        torso = outfit.cloths[0]
        assert torso.region == "torso"
        assert torso.colors[0].name in DARK
        assert torso.pattern == "plain"


def test_the_space_suit_is_orange_and_no_evening_dress(look: Look) -> None:
    (outfit,) = look("people/astronaut.png").outfits
    (torso,) = outfit.cloths
    assert torso.colors[0].name == "orange"
    assert outfit.formality == "casual"
    assert torso.pattern == "plain"


def test_a_light_coat_and_a_black_jacket_wait_for_the_bus(look: Look) -> None:
    first, second = look("people/bus.jpg").outfits
    assert [each.region for each in first.cloths] == ["torso", "legs", "feet"]
    assert first.cloths[0].colors[0].name in {"taupe", "beige", "tan"}
    assert first.cloths[1].colors[0].name in DARK
    assert second.cloths[0].colors[0].name == "black"
    assert second.cloths[1].colors[0].name in DARK
    assert {first.formality, second.formality} == {None}


def test_both_men_at_the_stadium_wear_black(look: Look) -> None:
    outfits = look("people/zidane.jpg").outfits
    assert len(outfits) == 2
    assert {each.cloths[0].colors[0].name for each in outfits} == {"black"}
    assert "formal" in {each.formality for each in outfits}


def somebody(box: Box) -> PersonPose:
    return PersonPose(person=None, box=box, points=np.zeros((33, 4), np.float32), visible=())


def test_without_people_it_skips(odd_photo: Photo) -> None:
    with pytest.raises(Skip, match="nobody"):
        FashionAnalyzer({}).analyze(odd_photo, Pose(), Objects())


def test_odd_photos_with_a_pose_outside_of_them_are_no_error(odd_photo: Photo) -> None:
    points = np.random.default_rng(3).normal(500, 4000, (33, 4)).astype(np.float32)
    points[:, 3] = 1
    person = PersonPose(person=0, box=Box(x=-9, y=-9, w=9000, h=9000), points=points, visible=())
    FashionAnalyzer({}).analyze(odd_photo, Pose(people=(person,)), Objects())


def detector(path: Path, rows: int = 17) -> Path:
    """A network of the export's signature [1, 3, 640, 640] → [1, rows, 8400] that sees two things: at anchor 5 a box
    whose left half's share of red is the score of class 3, at anchor 7 one whose blue is the score of class 8."""
    base = np.zeros((1, rows, 8400), np.float32)
    base[0, :4, 5] = 320, 300, 200, 100
    base[0, :4, 6] = 322, 301, 200, 100  # the same thing once more, and less sure
    base[0, :4, 7] = 320, 500, 100, 60
    red, blue = np.zeros_like(base), np.zeros_like(base)
    red[0, 4 + 3, 5], red[0, 4 + 3, 6], blue[0, 4 + 8, 7] = 1, 0.9, 1
    if rows > 17:
        base[0, 17:] = 50  # coefficients of masks: no scores
    tensor = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Slice", ["images", "start", "end", "axes"], ["middle"]),
        helper.make_node("ReduceMean", ["middle"], ["means"], axes=[2, 3], keepdims=1),
        helper.make_node("Split", ["means"], ["r", "g", "b"], axis=1, num_outputs=3),
        *(
            helper.make_node("Reshape", [channel, "flat"], [f"{channel}1"])
            for channel in ("r", "g", "b")
        ),
        helper.make_node("Mul", ["r1", "red"], ["seen_red"]),
        helper.make_node("Mul", ["b1", "blue"], ["seen_blue"]),
        helper.make_node("Sum", ["base", "seen_red", "seen_blue"], ["output0"]),
    ]  # fmt: skip
    held = {"base": base, "red": red, "blue": blue}
    whole = {"start": [240, 160], "end": [400, 480], "axes": [2, 3], "flat": [1, 1, 1]}
    graph = helper.make_graph(
        nodes,
        "detector",
        [tensor("images", TensorProto.FLOAT, [1, 3, 640, 640])],
        [tensor("output0", TensorProto.FLOAT, [1, rows, 8400])],
        [onnx.numpy_helper.from_array(array, name) for name, array in held.items()]
        + [onnx.numpy_helper.from_array(np.array(value, np.int64), name) for name, value in whole.items()],
    )
    for node in graph.node:
        if node.op_type == "ReduceMean":  # the axes are an input since opset 18
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("keepdims", 1))
            node.input.append("hw")
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([2, 3], np.int64), "hw"))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("rows", [17, 49])
def test_garments_come_with_class_place_and_wearer(tmp_path: Path, photo_of: Make, rows: int) -> None:
    found = GarmentDetector(detector(tmp_path / "garments.onnx", rows))
    image = np.zeros((320, 640, 3), np.uint8)  # factor 1, 160 px of padding above and below
    image[:] = (int(0.5 * 255), 0, int(0.8 * 255))
    people = (somebody(Box(x=0, y=0, w=10, h=10)), somebody(Box(x=200, y=60, w=240, h=260)))
    first, second = found.find(photo_of(image), people)
    assert (first.label, second.label) == ("long sleeve outwear", "skirt")
    assert first.score == pytest.approx(0.8, abs=0.005)
    assert second.score == pytest.approx(0.5, abs=0.005)
    assert first.box == Box(x=220, y=90, w=200, h=100)
    assert second.box == Box(x=270, y=310, w=100, h=10)  # cut off by the edge of the photo
    assert (first.person, second.person) == (1, 1)


def test_unsure_garments_are_left_out_and_make_no_outfit_formal(
    tmp_path: Path, photo_of: Make, odd_photo: Photo
) -> None:
    analyzer = FashionAnalyzer({"deepfashion2": detector(tmp_path / "garments.onnx")})
    assert analyzer.model == "pose regions + deepfashion2"
    analyzer.warm_up()
    pose = Pose(people=(somebody(Box(x=0, y=0, w=640, h=640)),))
    red = np.zeros((640, 640, 3), np.uint8)
    red[:, :, 2] = 200
    assert [each.label for each in analyzer.analyze(photo_of(red), pose, Objects()).garments] == ["long sleeve outwear"]
    assert analyzer.analyze(photo_of(red // 3), pose, Objects()).garments == ()
    analyzer.analyze(odd_photo, pose, Objects())


def test_a_network_of_other_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="84 rows"):
        GarmentDetector(detector(tmp_path / "coco.onnx", 84))


@given(st.floats(-50, 150), st.floats(-50, 150))
def test_a_garment_belongs_to_the_person_whom_it_covers_most(x: float, y: float) -> None:
    people = (somebody(Box(x=0, y=0, w=60, h=100)), somebody(Box(x=60, y=0, w=60, h=100)))
    garment = Box(x=x, y=y, w=20, h=20)
    inside = [max(0, min(x + 20, left + 60) - max(x, left)) * max(0, min(y + 20, 100) - max(y, 0)) for left in (0, 60)]
    expected = int(np.argmax(inside)) if max(inside) > 200 + 1e-6 else None
    assert wearer(garment, people) == expected or abs(max(inside) - 200) < 1e-3


def test_the_classes_are_those_of_deepfashion2_in_its_order() -> None:
    assert len(LABELS) == len(set(LABELS)) == 13
    assert [LABELS[i] for i in (0, 3, 6, 8, 12)] == [
        "short sleeve top", "long sleeve outwear", "shorts", "skirt", "sling dress",
    ]  # fmt: skip
    assert wiring(FashionAnalyzer).needs == ("pose", "objects")
