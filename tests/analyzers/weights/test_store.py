"""The store of weights: what is here, whether it is whole, what an analyzer gets, and under which licence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from origin import ENTRY, MODEL, Origin, folder_mirror

from analyzers.face.faces import FacesAnalyzer
from analyzers.weights import hashes
from analyzers.weights.store import LicenceNotAccepted, State, Store, WeightsError
from cli.up import roster


def test_nothing_is_found_in_an_empty_store_and_nothing_is_written(open_store: Callable[..., Store]) -> None:
    store = open_store()
    assert store.find("model") is None
    assert not store.models_dir.exists()


def test_a_file_with_the_right_hash_is_found(open_store: Callable[..., Store]) -> None:
    store = open_store()
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    assert store.find("model") == store.models_dir / "model.onnx"


def test_a_file_with_another_hash_is_not(open_store: Callable[..., Store]) -> None:
    store = open_store()
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL[:-1] + b"!")
    assert store.find("model") is None


def test_a_name_that_there_is_not_is_answered_with_those_that_there_are(open_store: Callable[..., Store]) -> None:
    with pytest.raises(WeightsError, match=r"'modle'.*there are model"):
        open_store().find("modle")


def test_hashes_are_remembered_until_the_file_changes(
    open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    honest = hashes.sha256_of
    monkeypatch.setattr(hashes, "sha256_of", lambda path: read.append(path) or honest(path))
    store = open_store()
    store.models_dir.mkdir()
    file = store.models_dir / "model.onnx"
    file.write_bytes(MODEL)
    assert store.find("model") == open_store().find("model") == file
    assert read == [file]
    file.write_bytes(MODEL + b"more")
    assert open_store().find("model") is None
    assert read == [file, file]


@pytest.mark.parametrize("memory", ["", "[]", '{"x": 1}', "no json", '{"a": [1, 2]}'])
def test_a_spoilt_memory_only_costs_time(open_store: Callable[..., Store], memory: str) -> None:
    store = open_store()
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    (store.models_dir / ".checked.json").write_text(memory)
    assert store.find("model") is not None


def test_an_analyzer_gets_what_is_here_and_the_names_of_what_it_cannot_do_without(
    open_store: Callable[..., Store], tmp_path: Path
) -> None:
    class Needy:
        weights = ("model",)
        optional_weights = ("extra",)

    store = open_store(mirror=folder_mirror(tmp_path / "mirror", MODEL))
    store.manifest["extra"] = ENTRY.model_copy(update={"file": "extra.onnx", "sha256": "0" * 64})
    assert store.available(Needy) == ({"model": tmp_path / "mirror/files/it.onnx"}, ())
    assert open_store_without_mirror(store).available(Needy) == ({}, ("model",))


class Choosy:
    any_of = ("best", "copyleft", "small")


def choosy_store(open_store: Callable[..., Store], *here: str, **changes: object) -> Store:
    """A store that knows what Choosy asks for, with the files of those in `here`."""
    store = open_store(**changes)
    licences = {"best": {"commercial": False}, "copyleft": {"licence": "AGPL-3.0"}, "small": {}}
    store.manifest = {
        name: ENTRY.model_copy(update={"file": f"{name}.onnx", **licence}) for name, licence in licences.items()
    }
    store.models_dir.mkdir(exist_ok=True)
    for name in here:
        (store.models_dir / f"{name}.onnx").write_bytes(MODEL)
    return store


@pytest.mark.parametrize("here", [("small",), ("copyleft",), ("best", "small")])
def test_any_one_of_several_is_enough_and_all_that_are_here_are_given(
    open_store: Callable[..., Store], here: tuple[str, ...]
) -> None:
    store = choosy_store(open_store, *here)
    assert store.available(Choosy) == ({name: store.models_dir / f"{name}.onnx" for name in here}, ())


@pytest.mark.parametrize(
    ("accepted", "missing"), [((), "small"), (("agpl",), "copyleft"), (("non-commercial",), "best"), (("all",), "best")]
)
def test_when_none_of_several_is_here_the_best_that_may_be_fetched_is_named(
    open_store: Callable[..., Store], accepted: tuple[str, ...], missing: str
) -> None:
    assert choosy_store(open_store, accepted=accepted).available(Choosy) == ({}, (missing,))


def test_when_all_of_several_ask_for_consent_the_best_is_named(open_store: Callable[..., Store]) -> None:
    class Unfree:
        any_of = ("best", "copyleft")

    assert choosy_store(open_store).available(Unfree).missing == ("best",)


@pytest.mark.parametrize(
    ("here", "missing", "better"),
    [((), ("small",), ()), (("small",), (), ("best", "copyleft")), (("copyleft",), (), ("best",)), (("best",), (), ())],
)
def test_the_roster_tells_what_would_be_better_than_the_one_in_use(
    open_store: Callable[..., Store], here: tuple[str, ...], missing: tuple[str, ...], better: tuple[str, ...]
) -> None:
    class ChoosyFaces(FacesAnalyzer):
        optional_weights = ()
        any_of = Choosy.any_of

    member = roster._member(ChoosyFaces, choosy_store(open_store, *here), fetches=False)
    assert (member.missing, member.better_with) == (missing, better)


def open_store_without_mirror(store: Store) -> Store:
    bare = Store(store.models_dir)
    bare.manifest = store.manifest
    return bare


def test_faces_start_without_yunet_and_get_it_where_it_is(mirror: Path, tmp_path: Path) -> None:
    assert Store(tmp_path).available(FacesAnalyzer) == ({}, ())
    weights, missing = Store(tmp_path, str(mirror)).available(FacesAnalyzer)
    assert (set(weights), missing) == ({"yunet"}, ())


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"licence": "AGPL-3.0"}, "non-commercial"),
        ({"licence": "AGPL-3.0"}, ""),
        ({"commercial": False}, "agpl"),
    ],
)
def test_a_licence_that_was_not_accepted_is_refused_before_anything_is_fetched(
    open_store: Callable[..., Store], origin: Origin, changes: dict[str, object], accepted: str
) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", accepted={accepted}, **changes)
    with pytest.raises(LicenceNotAccepted, match=r"--accept .*HECKLER_MODELS_ACCEPT"):
        store.pull(["model"])
    assert origin.asked == []
    assert not store.models_dir.exists()


@pytest.mark.parametrize("accepted", ["agpl", "all"])
def test_an_accepted_licence_is_fetched_and_then_used_for_good(
    open_store: Callable[..., Store], origin: Origin, accepted: str
) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", accepted={accepted}, licence="AGPL-3.0")
    store.pull(["model"])
    assert open_store(licence="AGPL-3.0").find("model") == store.models_dir / "model.onnx"


def test_damage_is_reported_and_found_even_when_the_clock_says_that_nothing_changed(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    assert store.status("model").state is State.ABSENT
    file = store.pull(["model"])["model"]
    assert store.status("model") == (State.PRESENT, file, "")
    times = file.stat()
    file.write_bytes(MODEL[::-1])
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert store.verify(["model"])["model"].state is State.DAMAGED
    assert open_store().find("model") is None


def test_weights_that_are_not_published_are_explained(open_store: Callable[..., Store]) -> None:
    with pytest.raises(WeightsError, match=r"made thus: by hand.*HECKLER_MODELS_MIRROR"):
        open_store(convert="by hand").pull(["model"])
