"""Age: FairFace's groups become years and an interval, the small network agrees with its card and with the eye."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Make, Open

from analyzers.base import Photo, wiring
from analyzers.face.age import EDGES, AgeAnalyzer, Estimate, UtkAges, of_groups
from analyzers.face.faces import FacesAnalyzer
from analyzers.inference.face_alignment import MEAN_FACE
from analyzers.weights.store import Store
from bus.events import Feature
from bus.findings import Age, Box, Face, FaceAge, Faces
from bus.roast.policy import needs_gentle

LOOKS = {
    "people/astronaut.png": [(28, 50)],
    "people/hopper.jpg": [(55, 85)],
    "people/zidane.jpg": [(42, 65), (35, 60)],
    "people/portrait_official.jpg": [(42, 65)],
    "people/portrait_official_2.jpg": [(52, 75)],
    "people/portrait_same_person.jpg": [(42, 65)],
    "people/two_people.jpg": [(42, 68), (50, 75)],
    "people/low_resolution.jpg": [(42, 68)],
}
"""The years between which a person puts each face, largest face first."""


@pytest.fixture(scope="module")
def analyzer(mirror: Path) -> AgeAnalyzer:
    return AgeAnalyzer({"utk_age_lite": mirror / "derived/model_lite_age_nonq.onnx"})


# the small network


@pytest.mark.parametrize(("path", "looks"), LOOKS.items())
def test_faces_look_as_old_as_a_person_says(
    analyzer: AgeAnalyzer, finder: FacesAnalyzer, open_photo: Open, path: str, looks: list[tuple[int, int]]
) -> None:
    photo = open_photo(path)
    found = analyzer.analyze(photo, finder.analyze(photo)).faces
    assert [each.face for each in found] == list(range(len(looks)))
    for each, (least, most) in zip(found, looks, strict=True):
        assert least <= each.age <= most
        assert each.low <= each.age - 10  # an honest interval: the error is never smaller than that
        assert each.high >= each.age + 10


def test_years_are_those_of_a_plain_reading_of_the_card(
    analyzer: AgeAnalyzer, mirror: Path, photo_of: Make, open_photo: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a picture that is its own chip, so that cutting it out cannot blur the comparison."""
    picture = np.ascontiguousarray(open_photo("people/astronaut.png").bgr[20:220, 120:320])
    session = onnxruntime.InferenceSession(str(mirror / "derived/model_lite_age_nonq.onnx"))

    def years(bgr: np.ndarray) -> float:
        pixels = [[[float(v) / 255.0 for v in reversed(pixel)] for pixel in row] for row in bgr.tolist()]
        return float(session.run(None, {"input_1": np.array([pixels], np.float32)})[0][0][0]) * 116

    expected = (years(picture) + years(picture[:, ::-1])) / 2
    monkeypatch.setattr(UtkAges, "PADDINGS", (0.2,))
    own = analyzer.analyze(photo_of(picture), Faces(faces=(filling(200, 0.2),))).faces[0]
    assert own.age == pytest.approx(expected, abs=0.05)


def filling(side: int, padding: float) -> Face:
    """A face whose chip of this padding is the whole photo, of `side` pixels."""
    points = (MEAN_FACE + padding) / (1 + 2 * padding) * side
    return Face(
        box=Box(x=0, y=0, w=side, h=side),
        score=0.9,
        landmarks=tuple((float(x), float(y)) for x, y in points),
        sharpness=1,
        size=1,
    )


def test_odd_photos_give_an_age_in_bounds(analyzer: AgeAnalyzer, odd_photo: Photo) -> None:
    boxes = [Box(x=-900, y=-900, w=10, h=10), Box(x=1e6, y=5, w=1e6, h=0), Box(x=0, y=0, w=5000, h=4000)]
    one_point = ((3.0, 3.0),) * 5
    odd = [Face(box=box, score=0.8, sharpness=0, size=0, landmarks=at) for box in boxes for at in ((), one_point)]
    found = analyzer.analyze(odd_photo, Faces(faces=tuple(odd))).faces
    assert len(found) == len(odd)
    assert all(0 <= each.low <= each.age <= each.high for each in found)


def test_no_faces_no_ages(analyzer: AgeAnalyzer, open_photo: Open) -> None:
    assert analyzer.analyze(open_photo("coffee.png"), Faces()) == Age()


def test_any_of_two_networks_will_do_and_fairface_is_the_one_to_fetch(tmp_path: Path, mirror: Path) -> None:
    assert wiring(AgeAnalyzer).needs == ("faces",)
    assert Store(tmp_path).available(AgeAnalyzer).missing == ("fairface",)
    weights, missing = Store(tmp_path, str(mirror), trust_mirror=True, accepted={"all"}).available(AgeAnalyzer)
    assert (set(weights), missing) == ({"utk_age_lite"}, ())
    assert Store(tmp_path, str(mirror), trust_mirror=True).available(AgeAnalyzer).weights == {}


# FairFace's groups


def certain(group: int) -> np.ndarray:
    return np.eye(9)[group]


def test_a_certain_group_gives_its_middle_and_an_interval_that_reaches_into_the_neighbours() -> None:
    assert of_groups(certain(3)) == Estimate(25, pytest.approx(15), pytest.approx(35))
    assert of_groups(certain(5)) == Estimate(45, pytest.approx(35), pytest.approx(55))
    youngest = of_groups(certain(0))
    assert (youngest.age, youngest.high) == (1.5, pytest.approx(6.5))


def test_the_expected_age_is_the_weighted_mean_of_the_groups() -> None:
    shares = np.array([0, 0, 0.25, 0.5, 0.25, 0, 0, 0, 0])
    assert of_groups(shares).age == pytest.approx(0.25 * 15 + 0.5 * 25 + 0.25 * 35)


@given(st.lists(st.floats(0, 1), min_size=9, max_size=9).filter(lambda shares: sum(shares) > 1e-3))
def test_the_estimate_lies_in_its_interval_and_the_interval_in_the_scale(shares: list[float]) -> None:
    found = of_groups(np.array(shares) / sum(shares))
    assert 0 <= found.low <= found.age <= found.high <= EDGES[-1]


@given(st.integers(0, 8), st.floats(0, 1))
def test_more_doubt_never_makes_the_interval_narrower(group: int, doubt: float) -> None:
    sure, unsure = of_groups(certain(group)), of_groups(certain(group) * (1 - doubt) + doubt / 9)
    assert unsure.high - unsure.low >= sure.high - sure.low - 1e-9


# minors


def feature(age: float, low: float) -> dict[str, Feature]:
    found = Age(faces=(FaceAge(face=0, age=60, low=50, high=70), FaceAge(face=1, age=age, low=low, high=age + 12)))
    return {"age": Feature(id="r", analyzer="age", status="ok", finding=found)}


@pytest.mark.parametrize(
    ("age", "low", "gentle"),
    [
        (24, 20, True),
        (24.9, 24, True),
        (25, 18, False),
        (25, 17.9, True),
        (33, 15, True),
        (60, 40, False),
        (0, 0, True),
    ],
)
def test_a_possible_minor_makes_gentle_whatever_the_estimate_says(age: float, low: float, gentle: bool) -> None:
    assert needs_gentle(feature(age, low)) is gentle


@given(st.floats(0, 120), st.floats(0, 120))
def test_an_interval_never_makes_less_gentle(age: float, low: float) -> None:
    assert needs_gentle(feature(age, min(age, low))) or not needs_gentle(feature(age, age))


def test_everybody_whom_fairface_puts_in_the_teens_or_in_doubt_of_them_is_spared() -> None:
    for group in range(3):
        assert needs_gentle(feature(*of_groups(certain(group))[:2]))
    assert needs_gentle(feature(*of_groups(certain(2) * 0.15 + certain(4) * 0.85)[:2]))
    assert not needs_gentle(feature(*of_groups(certain(5))[:2]))
