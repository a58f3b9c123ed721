"""Gender: the small networks agree with their cards, and with what a person sees."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from pictures import Open
from PIL import Image

from analyzers.base import Photo, wiring
from analyzers.face.faces import FacesAnalyzer
from analyzers.face.gender import GenderAnalyzer, MiniXceptionGenders
from analyzers.inference.face_alignment import chip
from analyzers.weights.store import Store
from bus.findings import Box, Face, Faces, Gender

TRUTHS = {
    "people/astronaut.png": ["woman"],
    "people/portrait_official.jpg": ["man"],
    "people/portrait_official_2.jpg": ["man"],
    "people/portrait_same_person.jpg": ["man"],
    "people/two_people.jpg": ["man", "man"],
    "people/partial_face.jpg": ["man"],
    "people/low_resolution.jpg": ["man"],
    "people/zidane.jpg": ["man", "man"],
}

FILES = {
    "utk_gender_lite": "derived/model_lite_gender_nonq.onnx",
    "mini_xception_gender": "derived/gender_mini_XCEPTION.21-0.95.onnx",
}


@pytest.fixture(scope="module", params=FILES)
def analyzer(request: pytest.FixtureRequest, mirror: Path) -> GenderAnalyzer:
    return GenderAnalyzer({request.param: mirror / FILES[request.param]})


@pytest.mark.parametrize(("path", "truth"), TRUTHS.items())
def test_each_face_is_taken_for_what_a_person_sees(
    analyzer: GenderAnalyzer, finder: FacesAnalyzer, open_photo: Open, path: str, truth: list[str]
) -> None:
    photo = open_photo(path)
    found = analyzer.analyze(photo, finder.analyze(photo)).faces
    assert [(each.face, each.label) for each in found] == list(enumerate(truth))
    assert all(0.5 <= each.score <= 1 for each in found)


def test_one_network_is_chosen_and_the_better_one_first(mirror: Path, tmp_path: Path) -> None:
    both = {name: mirror / file for name, file in FILES.items()}
    assert GenderAnalyzer(both).model == "utk-gender-lite"
    assert GenderAnalyzer({"mini_xception_gender": both["mini_xception_gender"]}).model == "mini-xception-gender"
    assert wiring(GenderAnalyzer).needs == ("faces",)
    free = Store(tmp_path, str(mirror), trust_mirror=True).available(GenderAnalyzer)
    assert (set(free.weights), free.missing) == ({"mini_xception_gender"}, ())


def test_utkface_probabilities_are_those_of_a_plain_reading_of_the_card(
    mirror: Path, finder: FacesAnalyzer, open_photo: Open
) -> None:
    photo = open_photo("people/two_people.jpg")
    faces = finder.analyze(photo)
    path = mirror / FILES["utk_gender_lite"]
    session = onnxruntime.InferenceSession(str(path))

    def male(face: Face) -> float:
        answers = []
        for padding in (0.2, 0.25):
            upright = chip(photo.rgb, face, 128, padding)
            for flipped in (upright, cv2.flip(upright, 1)):
                first, _second = session.run(None, {"input_4": (flipped / 255.0).astype(np.float32)[None]})[0][0]
                answers.append(float(first))
        return sum(answers) / len(answers)

    found = GenderAnalyzer({"utk_gender_lite": path}).analyze(photo, faces).faces
    assert [each.score for each in found] == pytest.approx([male(face) for face in faces.faces], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "left", "top", "side"), [("astronaut.png", 144, 39, 128), ("portrait_official.jpg", 236, 0, 512)]
)
def test_mini_xception_probabilities_are_those_of_a_plain_reading_of_its_repository(
    mirror: Path, open_photo: Open, monkeypatch: pytest.MonkeyPatch, name: str, left: int, top: int, side: int
) -> None:
    photo, path = open_photo(f"people/{name}"), mirror / FILES["mini_xception_gender"]
    session = onnxruntime.InferenceSession(str(path))
    head = Image.fromarray(photo.rgb).convert("L").crop((left, top, left + side, top + side))
    scaled = (np.asarray(head.resize((64, 64), Image.Resampling.BOX), np.float32) / 255 - 0.5) * 2
    answers = [session.run(None, {"input_1": view[None, :, :, None]})[0][0] for view in (scaled, np.fliplr(scaled))]
    woman, man = (float(share) for share in np.mean(answers, axis=0))

    monkeypatch.setattr(MiniXceptionGenders, "MARGINS", (0,))
    faces = Faces(faces=(Face(box=Box(x=left, y=top, w=side, h=side), score=0.9, sharpness=1, size=0.05),))
    found = GenderAnalyzer({"mini_xception_gender": path}).analyze(photo, faces).faces[0]
    assert found.label == ("man" if man > woman else "woman")
    assert found.score == pytest.approx(max(man, woman), abs=0.02)


def test_odd_photos_give_a_class_and_a_probability(analyzer: GenderAnalyzer, odd_photo: Photo) -> None:
    boxes = [Box(x=-900, y=-900, w=10, h=10), Box(x=1e6, y=5, w=1e6, h=0), Box(x=0, y=0, w=5000, h=4000)]
    odd = Faces(faces=tuple(Face(box=box, score=0.8, sharpness=0, size=0) for box in boxes))
    assert len(analyzer.analyze(odd_photo, odd).faces) == len(boxes)
    assert analyzer.analyze(odd_photo, Faces()) == Gender()
