"""The cache of findings: the same photo, looked at by the same analyzer with the same findings of others before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from bus.events import Feature
from bus.findings import Face, Faces, Text
from bus.jetstream.finding_cache import key

FACE = {"box": {"x": 1, "y": 1, "w": 5, "h": 5}, "score": 0.9, "sharpness": 1, "size": 0.1}


def faces(*scores: float, model: str = "yunet", version: str = "1") -> Feature:
    found = Faces(faces=tuple(Face(**{**FACE, "score": score}) for score in scores))  # type: ignore[arg-type]
    return Feature(id="x", analyzer="faces", status="ok", finding=found, model=model, version=version)


def mesh_key(*given: Feature) -> str:
    return key("abc", "mesh", "1-face_landmarker", given)


def test_an_analyzer_without_needs_has_the_key_of_photo_name_and_version() -> None:
    assert key("abc", "faces", "1-yunet 2023/mar") == "abc.faces.1-yunet_2023_mar"


def test_faces_found_by_another_model_or_version_are_others_even_when_they_look_the_same() -> None:
    keys = {mesh_key(faces(0.9)), mesh_key(faces(0.9, model="nudenet")), mesh_key(faces(0.9, version="2"))}
    assert len(keys) == 3


def test_faces_that_differ_in_anything_are_others() -> None:
    assert len({mesh_key(faces(0.9)), mesh_key(faces(0.8)), mesh_key(faces(0.9, 0.9)), mesh_key(faces())}) == 4


def test_the_same_findings_are_the_same_key_whenever_and_in_whichever_order_they_came() -> None:
    text = Feature(id="x", analyzer="text", status="ok", finding=Text(), model="ocr", version="1")
    later: dict[str, Any] = {"at": 5.0, "id": "y", "compute_ms": 9.0, "cached": True}
    assert mesh_key(faces(0.9), text) == mesh_key(text, faces(0.9).model_copy(update=later))


def test_the_key_is_a_subject_of_its_own_below_the_photo() -> None:
    parts = mesh_key(faces(*np.linspace(0.5, 1, 20))).split(".")
    assert parts[:2] == ["abc", "mesh"]
    assert len(parts) == 3
    assert not set(" *>") & set(parts[2])
