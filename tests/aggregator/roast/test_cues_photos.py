"""The cues of real photos: what a person sees in them, and of each photo its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aggregator.roast.cues import find_cues, resolve
from analyzers.base import Photo, wiring
from analyzers.roster import ROSTER
from analyzers.runtime.in_process import Direct
from analyzers.weights.store import Store
from bus.events import Feature, PhotoRef
from gateway.upload.decode import Limits, normalise

Look = Callable[[Path], tuple[dict[str, Feature], PhotoRef]]

MODELS = (
    "yunet", "yolox_nano", "pose_landmarker_lite", "gesture_recognizer", "hand_landmarker", "face_landmarker",
    "mini_xception_emotion", "selfie_segmenter",
)  # fmt: skip


def analyzed(path: Path, crew: Direct) -> tuple[dict[str, Feature], PhotoRef]:
    """What the real analyzers find in the photo at `path`."""
    normal = normalise(path.read_bytes(), Limits(100_000_000, 2048))
    ref = PhotoRef(key="k", sha256=normal.sha256, width=normal.width, height=normal.height, bytes=len(normal.data))
    return crew.look(Photo(normal.data, normal.facts)), ref


@pytest.fixture(scope="module")
def look(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Look:
    """Looks at a photo with the roster's analyzers that cues are made of; at each photo once."""
    store = Store(tmp_path_factory.mktemp("models"), mirror=str(mirror), trust_mirror=True)
    store.pull(MODELS)
    crew = Direct([kind for kind in ROSTER if wiring(kind).name != "explicit"], store)
    return cache(lambda path: analyzed(path, crew))


def test_every_real_photo_has_at_least_three_cues_of_its_own(photos: Path, look: Look) -> None:
    """Longer than 20 s: every analyzer looks at every photo; what they find serves the tests below as well."""
    suffixes = {".jpg", ".png", ".heic", ".heif"}
    paths = sorted(path for path in photos.rglob("*") if path.suffix in suffixes and path.parent.name != "orientation")
    assert len(paths) >= 18
    told: dict[tuple[Any, ...], str] = {}
    for path in paths:
        features, ref = look(path)
        cues = find_cues(features, ref)
        for evidence in (path for cue in cues for path in cue.evidence):
            resolve(features, evidence)
        assert len({cue.kind for cue in cues}) >= 3, path.name
        signature = tuple((cue.id, *cue.values.values()) for cue in cues)
        assert signature not in told, f"{path.name} and {told.get(signature)} look the same"
        told[signature] = path.name


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        ("people/partial_face.jpg", "face.0.cut_off"),
        ("people/two_people.jpg", "pair"),
        ("people/zidane.jpg", "pair"),
        ("people/zidane.jpg", "tie"),
        ("people/two_people.jpg", "ties"),
        ("people/bus.jpg", "gathering"),
        ("people/bus.jpg", "upstaged"),
        ("chelsea.png", "pet_star"),
        ("coffee.png", "cup"),
        ("exif/gps_ifd.jpg", "vehicle"),
        ("people/hopper.jpg", "thumbnail"),
        ("people/low_resolution.jpg", "borders"),
        ("people/astronaut.png", "solo"),
        ("exif/camera_1999.jpg", "old_camera"),
        ("exif/iphone.heic", "exotic_format"),
        ("coffee.png", "nobody"),
        ("people/bus.jpg", "writing"),
        ("people/bus.jpg", "face.0.walking"),
        ("people/zidane.jpg", "pointing"),
        ("people/two_people.jpg", "same_posture"),
        ("people/two_people.jpg", "same_look"),
        ("people/zidane.jpg", "face.1.looks_elsewhere"),
        ("people/zidane.jpg", "face.1.feels_angry"),
        ("people/astronaut.png", "face.0.big_smile"),
        ("people/astronaut.png", "face.0.one_color_outfit"),
        ("people/portrait_official.jpg", "face.0.crossed_smile"),
        ("people/portrait_same_person.jpg", "face.0.mouth_open"),
        ("people/portrait_official.jpg", "face.0.arms_crossed"),
    ],
)
def test_the_cues_say_what_a_person_sees(photos: Path, look: Look, photo: str, expected: str) -> None:
    features, ref = look(photos / photo)
    assert expected in {cue.id for cue in find_cues(features, ref)}
