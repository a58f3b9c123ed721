"""Mirrors: asked before the makers, trusted no further than their hashes and the operator go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from origin import ENTRY, MODEL, TEST_BUILD, Origin, folder_mirror, index
from pydantic import ValidationError

from analyzers.weights.mirror import LARGEST_INDEX, Mirror, MirrorEntry
from analyzers.weights.store import Store, WeightsError


def test_a_mirror_that_is_a_folder_is_used_in_place(open_store: Callable[..., Store], tmp_path: Path) -> None:
    store = open_store(mirror=folder_mirror(tmp_path / "mirror", MODEL))
    assert store.find("model") == tmp_path / "mirror/files/it.onnx"


def test_what_a_mirror_calls_official_must_have_the_makers_hash(
    open_store: Callable[..., Store], tmp_path: Path
) -> None:
    store = open_store(mirror=folder_mirror(tmp_path / "mirror", TEST_BUILD, official=True), trust=True)
    assert store.find("model") is None


def test_a_test_build_is_used_only_where_the_mirror_is_trusted(
    open_store: Callable[..., Store], tmp_path: Path
) -> None:
    place = folder_mirror(tmp_path / "mirror", TEST_BUILD, official=False)
    assert open_store(mirror=place).find("model") is None
    assert open_store(mirror=place, trust=True).find("model") == tmp_path / "mirror/files/it.onnx"


def test_a_test_build_must_have_the_hash_that_the_mirror_states(
    open_store: Callable[..., Store], tmp_path: Path
) -> None:
    place = folder_mirror(tmp_path / "mirror", TEST_BUILD, official=False, sha256="0" * 64)
    assert open_store(mirror=place, trust=True).find("model") is None


def test_a_mirror_that_is_gone_matters_only_when_it_is_needed(open_store: Callable[..., Store], tmp_path: Path) -> None:
    store = open_store(mirror=str(tmp_path / "gone"))
    with pytest.raises(WeightsError, match="HECKLER_MODELS_MIRROR"):
        store.find("model")
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    assert store.find("model") is not None


@pytest.mark.parametrize("file", ["../secret", "/etc/passwd", "a/../../b", "http://elsewhere/x", "", "a\\..\\b"])
def test_a_mirrors_index_cannot_lead_out_of_the_mirror(file: str) -> None:
    with pytest.raises(ValidationError, match="leads out"):
        MirrorEntry(file=file, sha256="0" * 64, size=1, official=True)


@pytest.mark.parametrize("text", ["[", 'x = "y"', '[model]\nfile = "a"', '["model"]\nfile = "../a"\nsize = 1'])
def test_a_broken_index_is_reported_with_the_mirrors_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "mirror.toml").write_text(text)
    with pytest.raises(WeightsError, match=r"broken mirror\.toml"):
        _ = Mirror(str(tmp_path)).entries


def test_the_mirror_is_asked_before_the_maker(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files |= {"/m": MODEL, "/mirror/files/it.onnx": MODEL}
    origin.files["/mirror/mirror.toml"] = index("model", MODEL, official=True).encode()
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/mirror/")
    store.pull(["model"])
    assert [path for path, _ in origin.asked] == ["/mirror/mirror.toml", "/mirror/files/it.onnx"]
    assert store.find("model") == store.models_dir / "model.onnx"


def test_the_maker_is_asked_when_the_mirror_has_other_bytes(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files |= {"/m": MODEL, "/mirror/files/it.onnx": MODEL[::-1]}
    origin.files["/mirror/mirror.toml"] = index("model", MODEL, official=True).encode()
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/mirror")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_the_maker_is_asked_when_the_mirror_is_gone(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/no-mirror")
    store.pull(["model"])
    assert store.find("model") is not None


def test_a_mirror_whose_connection_breaks_is_asked_again(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files |= {"/mirror/files/it.onnx": MODEL}
    origin.files["/mirror/mirror.toml"] = index("model", MODEL, official=True).encode()
    origin.cuts = [0, 10]
    open_store(mirror=f"{origin.url}/mirror").pull(["model"])
    assert [path for path, _ in origin.asked] == ["/mirror/mirror.toml"] * 3 + ["/mirror/files/it.onnx"]


def test_a_mirror_that_is_gone_is_not_waited_for_at_every_file(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    origin.files |= {"/m": MODEL, "/n": MODEL}
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/gone")
    store.manifest["other"] = ENTRY.model_copy(update={"file": "other.onnx", "urls": (f"{origin.url}/n",)})
    store.pull(["model", "other"])
    assert [path for path, _ in origin.asked] == ["/gone/mirror.toml", "/m", "/n"]


def test_a_test_build_is_pulled_only_with_trust_and_kept_apart(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    origin.files["/files/it.onnx"] = TEST_BUILD
    origin.files["/mirror.toml"] = index("model", TEST_BUILD, official=False).encode()
    with pytest.raises(WeightsError, match="HECKLER_MODELS_TRUST_MIRROR=1"):
        open_store(mirror=origin.url).pull(["model"])
    trusting = open_store(mirror=origin.url, trust=True)
    path = trusting.pull(["model"])["model"]
    assert path.read_bytes() == TEST_BUILD
    assert trusting.find("model") == path
    assert path != trusting.models_dir / "model.onnx"
    assert open_store(mirror=origin.url).find("model") is None


def test_what_was_pulled_from_a_folder_mirror_stays_when_the_mirror_goes(
    open_store: Callable[..., Store], tmp_path: Path
) -> None:
    store = open_store(mirror=folder_mirror(tmp_path / "mirror", MODEL))
    assert store.pull(["model"]) == {"model": store.models_dir / "model.onnx"}
    assert open_store().find("model") == store.models_dir / "model.onnx"


def test_a_test_build_pulled_from_a_folder_mirror_stays_too(open_store: Callable[..., Store], tmp_path: Path) -> None:
    place = folder_mirror(tmp_path / "mirror", TEST_BUILD, official=False)
    path = open_store(mirror=place, trust=True).pull(["model"])["model"]
    assert path.is_relative_to(tmp_path / "models")
    assert open_store(trust=True).find("model") == path
    assert open_store().find("model") is None


def test_a_mirrors_file_is_not_used_in_place_under_a_licence_that_was_not_accepted(
    open_store: Callable[..., Store], tmp_path: Path
) -> None:
    place = folder_mirror(tmp_path / "mirror", MODEL)
    assert open_store(mirror=place, licence="AGPL-3.0").find("model") is None
    assert open_store(mirror=place, licence="AGPL-3.0", accepted={"agpl"}).find("model") is not None


def test_an_index_without_an_end_is_not_read_to_it(origin: Origin) -> None:
    origin.files["/mirror.toml"] = b"# nothing but a comment\n" * (LARGEST_INDEX // 20)
    with pytest.raises(WeightsError, match=r"broken mirror\.toml \(it has more than 4 MiB"):
        _ = Mirror(origin.url).entries
