"""Weights whose makers publish no hash: the first download is recorded, and later ones must be like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from origin import MODEL, Origin

from analyzers.weights.store import State, Store, WeightsError


def test_the_first_download_is_recorded_and_later_ones_are_checked_against_it(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    file = store.pull(["model"])["model"]
    assert store.status("model")[:2] == (State.UNVERIFIED, file)
    assert "no hash" in store.status("model").note
    file.unlink()
    origin.files["/m"] = MODEL[::-1]
    with pytest.raises(WeightsError, match=r"wrong hash.*delete .*first-downloads"):
        open_store(f"{origin.url}/m", sha256=None).pull(["model"])
    assert not file.exists()
    store.first.path.unlink()
    assert open_store(f"{origin.url}/m", sha256=None).pull(["model"])["model"].read_bytes() == MODEL[::-1]


def test_a_change_after_the_first_download_is_damage(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    store.pull(["model"])["model"].write_bytes(MODEL[::-1])
    assert store.find("model") is None
    assert store.status("model").state is State.DAMAGED


def test_a_file_without_a_known_hash_is_not_used(open_store: Callable[..., Store]) -> None:
    store = open_store(sha256=None)
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    assert store.find("model") is None
    assert store.status("model")[:2] == (State.UNVERIFIED, None)


@pytest.mark.parametrize("spoilt", ["", "[]", '{"model": 1}', "{"])
def test_a_spoilt_record_only_means_fetching_again(
    open_store: Callable[..., Store], origin: Origin, spoilt: str
) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    store.pull(["model"])
    store.first.path.write_text(spoilt)
    assert store.find("model") is None
    assert store.pull(["model"]) == {"model": store.models_dir / "model.onnx"}


def test_without_a_hash_a_part_of_an_earlier_pull_is_not_gone_on_with(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx.part").write_bytes(b"something else")
    assert store.pull(["model"])["model"].read_bytes() == MODEL


@pytest.mark.parametrize("cuts", [[], [400_000, 1]])
@pytest.mark.parametrize("thought", [len(MODEL) * 3 // 4, len(MODEL) * 4 // 3])
def test_where_the_size_is_only_about_right_the_server_says_how_long_the_file_is(
    open_store: Callable[..., Store], origin: Origin, thought: int, cuts: list[int]
) -> None:
    origin.files["/m"], origin.cuts = MODEL, cuts
    store = open_store(f"{origin.url}/m", size=thought, exact=False)
    assert store.pull(["model"])["model"].read_bytes() == MODEL


def test_a_file_far_longer_than_thought_is_refused(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    with pytest.raises(WeightsError, match="far more than"):
        open_store(f"{origin.url}/m", size=1000, exact=False, sha256=None).pull(["model"])
