"""FairFace: one run for three analyzers, by its makers' preprocessing and order of classes.

The networks are made here, with FairFace's signature and answers that can be told beforehand.
"""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from pictures import Make, Open
from PIL import Image

from aggregator.roast.cues import find_cues
from analyzers.base import Photo, wiring
from analyzers.demographics.ethnicity import LABELS, EthnicityAnalyzer
from analyzers.face.age import AgeAnalyzer
from analyzers.face.faces import FacesAnalyzer
from analyzers.face.gender import GenderAnalyzer
from analyzers.inference import fairface
from analyzers.inference.face_alignment import MEAN_FACE, _to_chip, chip, similarity, square
from analyzers.inference.fairface import BATCH, FairFace, normalised, run_batches, softmax
from bus.events import Feature, PhotoRef
from bus.findings import (
    Age,
    Attractiveness,
    Box,
    Ethnicity,
    Face,
    FaceAge,
    FaceAttractiveness,
    FaceEthnicity,
    FaceGender,
    Faces,
    FaceSkinTone,
    Finding,
    Gender,
    Lighting,
    SkinTone,
)

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def network(folder: Path, matrix: np.ndarray, bias: np.ndarray, rows: int | str = "n") -> Path:
    """The file of a network [rows, 3, 224, 224] → [rows, 18]: means of the channels [3] times `matrix`, plus `bias`."""
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["means"], keepdims=0),
        helper.make_node("Gemm", ["means", "matrix", "bias"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "means",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [rows, 3, 224, 224])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [rows, 18])],
        [
            numpy_helper.from_array(np.array([2, 3], np.int64), "axes"),
            numpy_helper.from_array(matrix.astype(np.float32), "matrix"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    path = folder / "fairface.onnx"
    onnx.save(model, str(path))
    return path


MATRIX = np.random.default_rng(3).normal(0, 1.5, (3, 18))
BIAS = np.random.default_rng(4).normal(0, 1, 18)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return network(tmp_path_factory.mktemp("fairface"), MATRIX, BIAS)


def face(box: Box, landmarks: tuple[tuple[float, float], ...] = ()) -> Face:
    return Face(box=box, score=0.9, landmarks=landmarks, sharpness=1, size=0.1)


PLAIN = Faces(faces=(face(Box(x=10, y=10, w=60, h=80)),))


def plain(photo_of: Make, red: int, green: int, blue: int) -> Photo:
    return photo_of(np.full((120, 100, 3), (blue, green, red), np.uint8))


# classes and preprocessing


def told(photo: Photo, path: Path) -> tuple[str, str, float]:
    """What the three analyzers say of the one face of a photo."""
    weights = {"fairface": path}
    return (
        EthnicityAnalyzer(weights).analyze(photo, PLAIN).faces[0].label,
        GenderAnalyzer(weights).analyze(photo, PLAIN).faces[0].label,
        AgeAnalyzer(weights).analyze(photo, PLAIN).faces[0].age,
    )


ORDER = ("White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern")
MIDDLES = (1.5, 6.5, 15, 25, 35, 45, 55, 65, 77.5)


@pytest.mark.parametrize("output", range(18))
def test_each_output_means_what_its_makers_say(tmp_path: Path, photo_of: Make, output: int) -> None:
    bias = np.zeros(18)
    bias[output] = 30
    ethnicity, gender, age = told(plain(photo_of, 90, 120, 150), network(tmp_path, np.zeros((3, 18)), bias))
    if output < 7:
        assert ethnicity == ORDER[output]
    elif output < 9:
        assert gender == ("man", "woman")[output - 7]
    else:
        assert age == pytest.approx(MIDDLES[output - 9], abs=0.01)


def test_the_network_sees_red_first_scaled_and_normalised(path: Path, photo_of: Make) -> None:
    for color in ((200, 40, 90), (10, 240, 128)):
        seen = (np.array(color) / 255 - MEAN) / DEVIATION
        outputs = seen @ MATRIX + BIAS
        raised = [
            np.exp(outputs[part]) / np.exp(outputs[part]).sum() for part in (slice(0, 7), slice(7, 9), slice(9, 18))
        ]
        read = FairFace(path).read(plain(photo_of, *color), PLAIN)
        for found, expected in zip(read, raised, strict=True):
            assert found[0] == pytest.approx(expected, abs=1e-4)


def test_what_the_network_gets_is_what_its_makers_script_would_give_it(
    path: Path, finder: FacesAnalyzer, open_photo: Open
) -> None:
    """The chip of 300 px, sampled bilinearly as dlib does from the photo at about that size, then Pillow's scaling."""
    photo = open_photo("people/portrait_official.jpg")
    found = finder.analyze(photo).faces[0]
    wanted = (MEAN_FACE + 0.25) / 1.5 * 300
    here = np.array(found.landmarks)
    turned = np.concatenate([-here[:, 1:], here[:, :1]], axis=1)  # least squares over scale·cos, scale·sin and a shift
    rows = np.concatenate(
        [np.column_stack([here[:, axis], turned[:, axis], *np.eye(2)[[axis] * 5].T]) for axis in (0, 1)]
    )
    cosine, sine, right, down = np.linalg.lstsq(rows, np.concatenate([wanted[:, 0], wanted[:, 1]]), rcond=None)[0]
    back = np.linalg.inv(np.array([[cosine, -sine, right], [sine, cosine, down], [0, 0, 1]]))
    image = Image.fromarray(photo.rgb).transform((300, 300), Image.Transform.AFFINE, back[:2].ravel().tolist(), 2)
    expected = np.asarray(image.resize((224, 224), Image.Resampling.BILINEAR), np.float64)
    chipped = chip(photo.rgb, found, 224, 0.25).astype(np.float64)
    assert np.abs(chipped - expected).mean() < 3
    shifted = np.abs(np.roll(chipped, 4, axis=1) - expected).mean()
    assert np.abs(chipped - expected).mean() < shifted / 2


def test_normalisation_is_imagenets() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    for n, row, column, channel in ((0, 0, 0, 0), (1, 3, 4, 2), (1, 2, 1, 1)):
        expected = (pixels[n, row, column, channel] / 255 - MEAN[channel]) / DEVIATION[channel]
        assert normalised(pixels)[n, channel, row, column] == pytest.approx(expected, abs=1e-5)


# one run


class Counting:
    """A session that counts its runs, and the rows that it got."""

    def __init__(self, session: object) -> None:
        self.session, self.rows = session, list[int]()

    def get_inputs(self) -> object:
        return self.session.get_inputs()  # type: ignore[attr-defined]

    def run(self, names: None, feeds: dict[str, np.ndarray]) -> object:
        self.rows.append(len(next(iter(feeds.values()))))
        return self.session.run(names, feeds)  # type: ignore[attr-defined]


def test_three_analyzers_share_one_session_and_one_run_over_all_faces(
    path: Path, open_photo: Open, finder: FacesAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting(fairface.onnx_session(path))
    monkeypatch.setattr(fairface, "onnx_session", lambda _: counting)
    photo, weights = open_photo("people/two_people.jpg"), {"fairface": path}
    faces = finder.analyze(photo)
    analyzers = [kind(weights) for kind in (AgeAnalyzer, GenderAnalyzer, EthnicityAnalyzer)]
    found: list[Finding] = []
    threads = [threading.Thread(target=lambda a=a: found.append(a.analyze(photo, faces))) for a in analyzers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.rows == [2]
    assert sorted(each.kind for each in found) == ["age", "ethnicity", "gender"]
    assert all([one.face for one in each.faces] == [0, 1] for each in found)
    assert fairface.FairFace(path)._session is analyzers[2]._network._session
    analyzers[0].analyze(open_photo("people/two_people.jpg"), faces)
    assert counting.rows == [2, 2]  # another photo is another matter


@pytest.mark.parametrize("rows", ["n", 1, 5])
def test_crowds_are_read_in_batches_and_in_order(tmp_path: Path, photo_of: Make, rows: int | str) -> None:
    model = FairFace(network(tmp_path, MATRIX, BIAS, rows))
    gradient = np.repeat(np.linspace(0, 255, 1000)[None, :, None], 60, 0).repeat(3, 2).astype(np.uint8)
    crowd = [face(Box(x=25 * i, y=10, w=20, h=20)) for i in range(2 * BATCH + 3)]
    photo = photo_of(gradient)
    together = model.read(photo, Faces(faces=tuple(crowd)))
    for i in (0, BATCH - 1, BATCH, len(crowd) - 1):
        alone = model.read(photo, Faces(faces=(crowd[i],)))
        for many, one in zip(together, alone, strict=True):
            assert many[i] == pytest.approx(one[0], abs=1e-5)
    assert len(together.age) == len(crowd)
    assert np.ptp(together.age[:, 0]) > 0.01  # they do differ


def test_no_batch_is_larger_than_it_may_be(path: Path) -> None:
    counting = Counting(fairface.onnx_session(path))
    assert run_batches(counting, np.zeros((40, 3, 224, 224), np.float32)).shape == (40, 18)
    assert max(counting.rows) == BATCH
    assert sum(counting.rows) == 40


# odd input


@pytest.mark.parametrize("analyzer", [AgeAnalyzer, GenderAnalyzer, EthnicityAnalyzer])
def test_odd_photos_and_faces_beside_them_are_read_without_complaint(
    path: Path, odd_photo: Photo, analyzer: type
) -> None:
    boxes = [Box(x=-900, y=-900, w=10, h=10), Box(x=1e6, y=5, w=1e6, h=0), Box(x=0, y=0, w=5000, h=4000)]
    one_point, far = ((3.0, 3.0),) * 5, tuple((1e5 * i, -1e5) for i in range(5))
    odd = Faces(faces=tuple(face(box, points) for box in boxes for points in ((), one_point, far)))
    made = analyzer({"fairface": path})
    made.warm_up()
    assert len(made.analyze(odd_photo, odd).faces) == 9
    assert made.analyze(odd_photo, Faces()).faces == ()
    assert wiring(analyzer).needs == ("faces",)


def test_scores_of_all_ethnicities_add_up_to_one_and_the_label_has_the_highest(path: Path, open_photo: Open) -> None:
    found = EthnicityAnalyzer({"fairface": path}).analyze(open_photo("people/hopper.jpg"), PLAIN).faces[0]
    assert tuple(found.scores) == LABELS == ORDER
    assert sum(found.scores.values()) == pytest.approx(1, abs=1e-5)
    assert found.score == max(found.scores.values()) == found.scores[found.label]


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=9))
def test_softmax_gives_probabilities_for_any_outputs(outputs: list[float]) -> None:
    found = softmax(np.array([outputs]))
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert found[0, int(np.argmax(outputs))] == found.max()


# chips


@given(st.floats(-180, 180), st.floats(0.05, 20), st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_a_turn_a_scale_and_a_shift_are_found_again(angle: float, scale: float, right: float, down: float) -> None:
    cosine, sine = scale * np.cos(np.radians(angle)), scale * np.sin(np.radians(angle))
    expected = np.array([[cosine, -sine, right], [sine, cosine, down]])
    moved = MEAN_FACE @ expected[:, :2].T + expected[:, 2]
    assert similarity(MEAN_FACE, moved) == pytest.approx(expected, abs=1e-6 * max(1, scale, abs(right), abs(down)))


def test_a_turned_face_is_upright_in_its_chip(finder: FacesAnalyzer, open_photo: Open, photo_of: Make) -> None:
    photo = open_photo("people/astronaut.png")
    found = finder.analyze(photo).faces[0]
    turn = cv2.getRotationMatrix2D((224, 120), 25, 1)
    turned = photo_of(cv2.warpAffine(photo.bgr, turn, (photo.width, photo.height)))
    points = np.array(found.landmarks) @ turn[:, :2].T + turn[:, 2]
    moved = found.model_copy(update={"landmarks": tuple((float(x), float(y)) for x, y in points)})
    straight, crooked = chip(photo.rgb, found, 224, 0.25), chip(turned.rgb, moved, 224, 0.25)
    assert np.abs(straight[20:200, 20:200].astype(float) - crooked[20:200, 20:200]).mean() < 8
    eyes = [straight[round(y), round(x)].mean() for x, y in (MEAN_FACE[:2] + 0.25) / 1.5 * 224]
    assert max(eyes) < straight[60:70, 100:124].mean() - 60  # dark pupils beside a light bridge of the nose


@pytest.mark.parametrize("name", ["astronaut.png", "portrait_official.jpg", "low_resolution.jpg", "hopper.jpg"])
def test_a_box_alone_leads_to_about_the_same_chip(finder: FacesAnalyzer, open_photo: Open, name: str) -> None:
    found = finder.analyze(open_photo(f"people/{name}")).faces[0]
    matrix = _to_chip(found.model_copy(update={"landmarks": ()}), 0.25)
    landed = np.array(found.landmarks) @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(landed - (MEAN_FACE + 0.25) / 1.5).max() < 0.08


@pytest.mark.parametrize("side", [20, 25, 50, 100])
def test_a_square_is_the_mean_of_what_it_covers(photo_of: Make, side: int) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    found = square(photo_of(pixels).rgb, Box(x=100, y=200, w=100, h=100), side).astype(int)
    expected = Image.fromarray(pixels[200:300, 100:200, ::-1]).resize((side, side), Image.Resampling.BOX)
    assert np.abs(found - np.asarray(expected)).max() <= 1


# what is born with nobody is joked about

unit = st.floats(0, 1)
born_with: tuple[st.SearchStrategy[Finding], ...] = (
    st.builds(FaceGender, face=st.just(0), label=st.sampled_from(("woman", "man")), score=unit).map(
        lambda found: Gender(faces=(found,))
    ),
    st.builds(FaceEthnicity, face=st.just(0), label=st.sampled_from(LABELS), score=unit, scores=st.just({})).map(
        lambda found: Ethnicity(faces=(found,))
    ),
    st.builds(
        FaceSkinTone,
        face=st.just(0),
        lab=st.tuples(st.floats(0, 100), st.floats(-40, 40), st.floats(-40, 40)),
        ita=st.floats(-90, 90),
        ita_uncertainty=st.floats(0, 90),
        monk=st.integers(1, 10),
        monk_range=st.just((1, 10)),
        corrected=st.booleans(),
    ).map(lambda found: SkinTone(faces=(found,))),
    st.builds(FaceAttractiveness, face=st.just(0), score=st.floats(1, 5)).map(
        lambda found: Attractiveness(faces=(found,))
    ),
)


def features_of(*findings: Finding) -> dict[str, Feature]:
    return {each.kind: Feature(id="r", analyzer=each.kind, status="ok", finding=each) for each in findings}  # type: ignore[attr-defined]


@given(st.tuples(*born_with))
def test_gender_ethnicity_skin_and_looks_never_change_a_cue(found: tuple[Finding, ...]) -> None:
    photo = PhotoRef(key="k", sha256="0" * 64, width=800, height=600, bytes=1)
    faces = Faces(faces=(face(Box(x=0, y=10, w=300, h=400)).model_copy(update={"cut_off": ("left",), "size": 0.25}),))
    lighting = Lighting(
        brightness=0.1, contrast=0.1, clipped_shadows=0.5, clipped_highlights=0, exposure="under", cast="none",
        cast_strength=0, direction="even", flat=True, backlit=False, low_key=True, high_key=False,
    )  # fmt: skip
    others = (faces, lighting, Age(faces=(FaceAge(face=0, age=50, low=40, high=60),)))
    without = find_cues(features_of(*others), photo)
    assert len(without) > 2
    assert find_cues(features_of(*others, *found), photo) == without
    assert find_cues(features_of(*found), photo) == find_cues({}, photo)
