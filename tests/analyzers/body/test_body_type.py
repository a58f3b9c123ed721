"""Body type: ratios on skeletons of known measures, in doubt no label, and a network in place of the thresholds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Make, Open

from analyzers.base import Photo, Skip, wiring
from analyzers.body.body_network import Network, NoNetwork, load
from analyzers.body.body_ratios import MARGIN, NARROW, WIDE, is_frontal, judge, ratios
from analyzers.body.body_type import BodyTypeAnalyzer
from analyzers.body.skeleton import Skeleton
from bus.findings import BodyRatios, BodyType, Box, PersonPose, Pose

FRAME = Box(x=0, y=0, w=600, h=1000)


def points(shoulders: float = 160, hips: float = 100, hidden: tuple[int, ...] = ()) -> np.ndarray:
    """A body of 1000 px facing the camera: trunk 200, legs 180 + 180, arms 110 + 100, nose 80 above the shoulders."""
    found = np.zeros((33, 4), np.float64)
    found[:, 3] = 0.9
    found[:, :2] = 300, 150
    for side, sign in ((0, 1), (1, -1)):
        for joint, x, y in (
            (11, shoulders / 2, 200), (13, shoulders / 2, 310), (15, shoulders / 2, 410),
            (23, hips / 2, 400), (25, hips / 2, 580), (27, hips / 2, 760),
        ):  # fmt: skip
            found[joint + side, :2] = 300 + sign * x, y
    found[0, :2] = 300, 120
    found[list(hidden), 3] = 0.1
    return found


def turned(found: np.ndarray, degrees: float) -> np.ndarray:
    """The same body in a photo turned around its middle."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    copy = found.copy()
    copy[:, :2] = (found[:, :2] - (300, 500)) @ np.array([[c, s], [-s, c]]) + (300, 500)
    return copy


def body(found: np.ndarray) -> Skeleton:
    return Skeleton(found, FRAME)


def test_ratios_are_those_of_the_joints() -> None:
    found = ratios(body(points()))
    assert found.shoulder_to_hip == pytest.approx(1.6)
    assert found.torso_to_leg == pytest.approx(200 / 360)
    assert found.arm_to_torso == pytest.approx(210 / 200)
    assert found.shoulder_to_height == pytest.approx(160 / 640)


@given(st.floats(0.05, 0.9), st.floats(-25, 25))
def test_size_and_tilt_do_not_change_them(factor: float, degrees: float) -> None:
    expected = ratios(body(points())).model_dump()
    for moved in (points() * (factor, factor, factor, 1), turned(points(), degrees)):
        found = ratios(body(moved)).model_dump()
        assert list(found.values()) == [pytest.approx(each, rel=1e-6) for each in expected.values()]


def test_what_is_hidden_is_unknown() -> None:
    found = ratios(body(points(hidden=(25, 26, 27, 28, 13, 14))))
    assert found.shoulder_to_hip == pytest.approx(1.6)
    assert (found.torso_to_leg, found.arm_to_torso, found.shoulder_to_height) == (None, None, None)
    assert ratios(body(points(hidden=(24,)))).shoulder_to_hip is None
    one_sided = ratios(body(points(hidden=(25, 13))))
    assert one_sided.torso_to_leg == pytest.approx(200 / 360)
    assert one_sided.arm_to_torso == pytest.approx(1.05)


@given(st.floats(0.2, 5))
def test_the_label_goes_by_the_thresholds_and_there_is_none_near_them(ratio: float) -> None:
    label, score = judge(BodyRatios(shoulder_to_hip=ratio))
    if min(abs(ratio - WIDE), abs(ratio - NARROW)) < MARGIN:
        assert (label, score < 0.5) == (None, True)
    else:
        expected = "inverted_triangle" if ratio > WIDE else "triangle" if ratio < NARROW else "rectangle"
        assert (label, 0.5 <= score <= 1) == (expected, True)


def test_only_an_upright_trunk_that_faces_the_camera_is_judged() -> None:
    assert is_frontal(body(points()))
    assert is_frontal(body(turned(points(), 20)))
    for other in (
        turned(points(), 90),
        points(shoulders=70),
        points(hidden=(23,)),
        points(hidden=(11,)),
        points() * (-1, 1, 1, 1) + (600, 0, 0, 0),  # seen from behind
        points(hidden=tuple(range(33))),
        np.zeros((33, 4)),
    ):
        assert not is_frontal(body(other))
    deep = points()
    deep[11, 2], deep[12, 2] = -60, 60
    assert not is_frontal(body(deep))


def people(*each: np.ndarray) -> Pose:
    return Pose(
        people=tuple(
            PersonPose(person=i, box=FRAME, points=p.astype(np.float32), visible=()) for i, p in enumerate(each)
        )
    )


@pytest.fixture
def photo(photo_of: Make) -> Photo:
    return photo_of(np.zeros((1000, 600, 3), np.uint8))


def test_each_person_who_can_be_judged_is_named_by_their_index(photo: Photo) -> None:
    sideways, broad, even, heavy = points(shoulders=60), points(200, 90), points(162, 100), points(125, 110)
    found = BodyTypeAnalyzer({}).analyze(photo, people(sideways, broad, even, heavy))
    assert [(each.person, each.label, each.method) for each in found.people] == [
        (1, "inverted_triangle", "rules"), (2, "rectangle", "rules"), (3, "triangle", "rules"),
    ]  # fmt: skip
    with pytest.raises(Skip, match="trunk"):
        BodyTypeAnalyzer({}).analyze(photo, people(sideways))


def by_hand(columns: tuple[str, ...] = ("shoulder_to_hip",)) -> Network:
    """Says triangle above 1.5 and rectangle below: the contrary of the rules, to see which of them answered."""
    size = len(columns)
    w1 = np.zeros((size, 1))
    w1[0] = 1
    return Network(
        columns, ("rectangle", "triangle"), np.full(size, 1.5), np.full(size, 0.1), w1, np.zeros(1),
        np.array([[-4.0, 4.0]]), np.zeros(2),
    )  # fmt: skip


def test_a_network_takes_the_place_of_the_rules_where_it_can(tmp_path: Path, photo: Photo) -> None:
    file = tmp_path / "network.npz"
    by_hand().save(file)
    analyzer = BodyTypeAnalyzer({"body_type_network": file})
    assert analyzer.model != BodyTypeAnalyzer({}).model  # or the cache would give the old findings
    broad, doubtful = analyzer.analyze(photo, people(points(200, 90), points(150.1, 100))).people
    assert (broad.label, broad.method) == ("triangle", "network")
    expected = 1 / (1 + np.exp(-8 * np.tanh((200 / 90 - 1.5) / 0.1)))
    assert broad.score == pytest.approx(expected, abs=1e-6)
    assert (doubtful.label, doubtful.method) == (None, "network")
    by_hand(("shoulder_to_hip", "torso_to_leg")).save(file)
    legless = points(200, 90, hidden=(25, 26, 27, 28))
    (found,) = BodyTypeAnalyzer({"body_type_network": file}).analyze(photo, people(legless)).people
    assert (found.label, found.method) == ("inverted_triangle", "rules")


def test_what_is_no_network_is_refused_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "network.npz"
    for content in (b"", b"PK\x03\x04 not really", b"\x93NUMPY\x01\x00", b"some text"):
        file.write_bytes(content)
        with pytest.raises(NoNetwork, match=r"network\.npz is no network"):
            load(file)
    np.savez(file, format=np.array(1), columns=np.array(["shoulder_to_hip"]))
    with pytest.raises(NoNetwork, match="labels"):
        load(file)
    np.savez(file, format=np.array(2))
    with pytest.raises(NoNetwork, match="train it again"):
        load(file)
    good = by_hand()
    with pytest.raises(NoNetwork, match="wage"):
        Network(("wage",), *(getattr(good, f) for f in ("labels", "mean", "deviation", "w1", "b1", "w2", "b2")))
    with pytest.raises(NoNetwork, match="w1"):
        Network(
            *(getattr(good, f) for f in ("columns", "labels", "mean", "deviation")), good.w1.T[:, :0], *good_rest(good)
        )


def good_rest(good: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return good.b1, good.w2, good.b2


def test_real_people_are_judged_only_where_they_stand_squarely(
    see_poses: Callable[[Photo], Pose], open_photo: Open
) -> None:
    def look(path: str) -> BodyType:
        photo = open_photo(path)
        return BodyTypeAnalyzer({}).analyze(photo, see_poses(photo))

    (astronaut,) = look("people/astronaut.png").people
    assert astronaut.ratios.shoulder_to_hip == pytest.approx(1.72, abs=0.15)
    assert astronaut.ratios.torso_to_leg is None  # her legs are not in the photo
    for path in ("people/portrait_official.jpg", "people/zidane.jpg", "people/hopper.jpg", "people/two_people.jpg"):
        with pytest.raises(Skip, match="trunk"):  # arms crossed over the hips, bent forward, cut off
            look(path)


def test_odd_photos_are_skipped(odd_photo: Photo) -> None:
    wild = np.random.default_rng(8).normal(100, 1e5, (33, 4))
    wild[:, 3] = 1
    for pose in (Pose(), people(wild), people(np.zeros((33, 4)))):
        with pytest.raises(Skip):
            BodyTypeAnalyzer({}).analyze(odd_photo, pose)
    assert wiring(BodyTypeAnalyzer).needs == ("pose",)
