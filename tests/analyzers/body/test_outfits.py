"""Outfits: regions of a painted person, their colours, what goes together, what is formal; skin is never cloth."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.body.cloth_regions import find_pieces, shoulder_width
from analyzers.body.outfits import describe, judge_formality, judge_harmony, wears
from analyzers.body.skeleton import Skeleton
from analyzers.quality.color_names import EXAMPLES, from_hex
from bus.findings import Box, Cloth, Color, Garment, Outfit

SKINS = ("#f1d3bd", "#d9a47a", "#a8714a", "#6b4330", "#3d2a22")
JOINTS = {
    0: (200, 90), 2: (212, 80), 5: (188, 80), 7: (228, 88), 8: (172, 88), 9: (210, 108), 10: (190, 108),
    11: (270, 160), 12: (130, 160), 13: (300, 250), 14: (100, 250), 15: (310, 330), 16: (90, 330),
    17: (312, 350), 18: (88, 350), 19: (308, 352), 20: (92, 352), 21: (304, 346), 22: (96, 346),
    23: (240, 360), 24: (160, 360), 25: (245, 500), 26: (155, 500), 27: (245, 640), 28: (155, 640),
    29: (240, 655), 30: (160, 655), 31: (262, 668), 32: (138, 668),
}  # fmt: skip


def pose(hidden: tuple[int, ...] = ()) -> np.ndarray:
    points = np.zeros((33, 4), np.float32)
    for joint, (x, y) in JOINTS.items():
        points[joint] = x, y, 0, 0.0 if joint in hidden else 0.95
    return points


def bgr(code: str) -> tuple[float, ...]:
    return tuple(float(each) for each in from_hex(code)[::-1])


def person(top: str = "#2563d0", legs: str = "#303336", shoes: str = "#2a3fb8", skin: str = SKINS[1]) -> np.ndarray:
    """A paper doll, 400 × 720 pixels, before a green wall."""
    image = np.full((720, 400, 3), bgr("#3a9a3e"), np.uint8)
    for a, b, wide in ((24, 26, 70), (26, 28, 60), (23, 25, 70), (25, 27, 60)):
        cv2.line(image, JOINTS[a], JOINTS[b], bgr(legs), wide)
    cv2.fillConvexPoly(image, np.array([(105, 145), (295, 145), (270, 385), (130, 385)]), bgr(top))
    for side in ((12, 14, 16), (11, 13, 15)):
        cv2.polylines(image, [np.array([JOINTS[each] for each in side])], False, bgr(top), 44)
    for wrist in (15, 16):
        cv2.circle(image, JOINTS[wrist], 26, bgr(skin), -1)
    for heel, toe in ((29, 31), (30, 32)):
        cv2.line(image, (JOINTS[heel][0], JOINTS[heel][1] - 4), JOINTS[toe], bgr(shoes), 34)
    cv2.ellipse(image, (200, 90), (38, 52), 0, 0, 360, bgr(skin), -1)
    return image


def by_region(cloths: tuple[Cloth, ...]) -> dict[str, Cloth]:
    return {each.region: each for each in cloths}


def test_each_region_has_the_colour_it_was_painted_in() -> None:
    found = by_region(describe(person(), pose()))
    assert {region: cloth.colors[0].name for region, cloth in found.items()} == {
        "torso": "blue", "legs": "charcoal", "feet": "royal blue",
    }  # fmt: skip
    for cloth in found.values():
        assert cloth.colors[0].share > 0.9
        assert cloth.pattern == "plain"


@given(st.sampled_from(["red", "yellow", "white", "black", "purple", "teal", "pink", "navy"]), st.floats(0.3, 3))
@settings(max_examples=16)
def test_names_are_those_of_the_closed_list_at_any_size(name: str, factor: float) -> None:
    scaled = cv2.resize(person(top=EXAMPLES[name][0]), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    points = pose() * np.array([factor, factor, factor, 1])
    torso = by_region(describe(scaled, points))["torso"]
    assert torso.colors[0].name == name
    for x, y in torso.polygon:
        assert 100 * factor < x < 300 * factor
        assert 150 * factor < y < 390 * factor


def test_hidden_joints_leave_their_regions_out_and_the_chest_in() -> None:
    found = by_region(describe(person(), pose(hidden=tuple(range(23, 33)))))
    assert set(found) == {"torso"}
    assert max(y for _, y in found["torso"].polygon) < 160 + 0.62 * 140
    assert by_region(describe(person(), pose(hidden=(11, 12)))).keys() == {"legs", "feet"}
    assert describe(person(), pose(hidden=tuple(range(33)))) == ()


def test_what_leaves_the_photo_is_not_sampled() -> None:
    cut = np.ascontiguousarray(person()[:330, :180])
    for cloth in describe(cut, pose()):
        assert all(0 <= x <= 180 and 0 <= y <= 330 for x, y in cloth.polygon)
    assert {each.region for each in describe(cut, pose())} == {"torso"}


def test_hands_before_the_chest_are_not_cloth() -> None:
    image, points = person(), pose()
    for joint, at in ((15, (170, 250)), (16, (230, 250)), (19, (160, 250)), (20, (240, 250))):
        points[joint, :2] = at
        points[joint + 2 if joint < 17 else joint - 2, :2] = at
    for x in (165, 235):
        cv2.circle(image, (x, 250), 18, bgr("#ff0000"), -1)  # gloves: no colour of skin could tell
    assert [each.name for each in by_region(describe(image, points))["torso"].colors] == ["blue"]


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("light", [0.75, 1.0, 1.05])
def test_bare_skin_of_any_tone_is_no_cloth(skin: str, light: float) -> None:
    bare = "#" + "".join(f"{min(255, round(int(skin[i : i + 2], 16) * light)):02x}" for i in (1, 3, 5))
    found = by_region(describe(person(top=bare, legs=bare, skin=skin), pose()))
    assert set(found) == {"feet"}


@pytest.mark.parametrize("skin", SKINS)
def test_the_clothes_are_the_same_whatever_the_skin(skin: str) -> None:
    assert describe(person(skin=skin), pose()) == describe(person(), pose())


def test_a_person_seen_from_behind_has_no_bare_back_either() -> None:
    points = pose(hidden=(0, 2, 5, 9, 10))
    assert "torso" not in by_region(describe(person(top=SKINS[1]), points))
    assert by_region(describe(person(), points))["torso"].colors[0].name == "blue"


def cloth(code: str, region: str = "torso", pattern: str = "plain") -> Cloth:
    color = Color(
        name=next((n for n, codes in EXAMPLES.items() if code in codes), "grey"), hex=code, share=1, center=(0, 0)
    )
    return Cloth(region=region, colors=(color,), pattern=pattern, polygon=((0, 0), (1, 0), (0, 1)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("top", "legs", "truth"),
    [
        ("#d8201f", "#3a9a3e", "clash"),  # red and green
        ("#7b2fa5", "#f58a1f", "clash"),  # purple and orange
        ("#2563d0", "#f58a1f", "neutral"),  # blue and orange are complements
        ("#d8201f", "#000000", "neutral"),
        ("#ffffff", "#2563d0", "neutral"),
        ("#2563d0", "#2a3fb8", "match"),
        ("#000000", "#141414", "match"),
        ("#dcc9a6", "#6b4426", "match"),
    ],
)
def test_what_goes_together(top: str, legs: str, truth: str) -> None:
    for a, b in ((top, legs), (legs, top)):
        assert judge_harmony([cloth(a), cloth(b, "legs")]) == truth


def test_two_patterns_clash_and_one_region_says_nothing() -> None:
    striped, checked = cloth("#000000", pattern="striped"), cloth("#000000", "legs", "checked")
    assert judge_harmony([striped, checked]) == "clash"
    assert judge_harmony([striped, cloth("#000000", "legs", "striped")]) == "match"
    assert judge_harmony([striped]) is None
    assert judge_harmony([]) is None
    assert judge_harmony([cloth("#d8201f"), cloth("#000000", "legs"), cloth("#3a9a3e", "feet")]) == "clash"


def garment(label: str) -> Garment:
    return Garment(label=label, score=0.9, box=Box(x=0, y=0, w=1, h=1), person=0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("torso", "garments", "tie", "truth"),
    [
        ("#191f33", (), True, "formal"),
        ("#f2b690", (), True, "smart"),
        (None, (), True, "formal"),
        ("#ff0000", (), False, "casual"),
        ("#191f33", (), False, None),
        ("#191f33", ("short sleeve top",), False, "casual"),
        ("#191f33", ("long sleeve outwear", "trousers"), False, "smart"),
        ("#191f33", ("long sleeve outwear",), False, None),
        (None, (), False, None),
    ],
)
def test_how_formal_it_is(torso: str | None, garments: tuple[str, ...], tie: bool, truth: str | None) -> None:
    cloths = [cloth(torso)] if torso else []
    assert judge_formality(cloths, [garment(each) for each in garments], tie) == truth


def test_a_tie_is_on_whose_chest_it_is() -> None:
    body = Skeleton(pose(), Box(x=0, y=0, w=400, h=720))
    assert wears(Box(x=190, y=170, w=20, h=120), body)
    assert not wears(Box(x=340, y=170, w=20, h=120), body)
    assert not wears(Box(x=190, y=600, w=20, h=60), body)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_any_points_in_any_photo_have_an_answer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(each) for each in rng.choice([1, 2, 40, 300], 2))
    image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    points = rng.normal(width / 2, rng.choice([0, 1, 100, 1e5]), (33, 4)).astype(np.float32)
    points[:, 3] = rng.random(33)
    body = Skeleton(points, Box(x=0, y=0, w=width, h=height))
    assert shoulder_width(body) >= 1
    for piece in find_pieces(image, body):
        assert piece.mask.shape == piece.pixels(image).shape[:2]
    Outfit(person=0, cloths=describe(image, points), harmony=None)


def test_the_photo_stays_as_it_was(photo_of: Callable[[np.ndarray], object]) -> None:
    image = person()
    before = image.copy()
    describe(image, pose())
    assert np.array_equal(image, before)
