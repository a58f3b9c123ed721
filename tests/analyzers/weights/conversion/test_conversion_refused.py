"""What becomes of a conversion: kept, made anew, handed on, or refused by name without a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="converting needs PyTorch: make convert installs it")

import makers_files as makers  # noqa: E402

from analyzers.weights.bundle import read_bundle, write_bundle  # noqa: E402
from analyzers.weights.conversion import export, mobilenet_v1, resnet  # noqa: E402
from analyzers.weights.conversion.checkpoints import WrongCheckpoint  # noqa: E402
from analyzers.weights.conversion.convert import convert  # noqa: E402
from analyzers.weights.conversion.recipes import RECIPES  # noqa: E402
from analyzers.weights.hashes import sha256_of  # noqa: E402
from analyzers.weights.store import LicenceNotAccepted, State, Store, WeightsError  # noqa: E402


def test_what_was_converted_is_found_listed_and_made_anew(store: Store, tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(export, "export", lambda *given: given[2].write_bytes(b"first"))
    monkeypatch.setattr(export, "check", lambda *_: 0.0)
    file = tmp_path / "w.hdf5"
    makers.save_keras(file, makers.randomised(mobilenet_v1.NimaMobileNet()))
    made = convert(store, "nima_mobilenet", file)
    status = store.status("nima_mobilenet")
    assert (status.state, status.path) == (State.UNVERIFIED, made.path)
    assert f"converted here from w.hdf5 (sha256 {sha256_of(file)})" in status.note
    monkeypatch.setattr(export, "export", lambda *given: given[2].write_bytes(b"second"))
    assert Store(store.models_dir).find("nima_mobilenet") == convert(store, "nima_mobilenet", file).path
    made.path.write_bytes(b"something else")
    assert store.find("nima_mobilenet") is None
    assert store.status("nima_mobilenet").state is State.DAMAGED


def test_a_converted_file_goes_elsewhere_only_where_test_builds_are_trusted(
    store: Store, tmp_path: Path, monkeypatch: Any
):
    monkeypatch.setattr(export, "export", lambda *given: given[2].write_bytes(b"made"))
    monkeypatch.setattr(export, "check", lambda *_: 0.0)
    file = tmp_path / "w.hdf5"
    makers.save_keras(file, makers.randomised(mobilenet_v1.NimaMobileNet()))
    convert(store, "nima_mobilenet", file)
    write_bundle(store, tmp_path / "b.tar", ["nima_mobilenet"])
    assert "nima_mobilenet" in read_bundle(Store(tmp_path / "careful"), tmp_path / "b.tar").left_out
    trusting = Store(tmp_path / "trusting", trust_mirror=True)
    assert "nima_mobilenet" in read_bundle(trusting, tmp_path / "b.tar").files
    assert trusting.find("nima_mobilenet") is not None


def test_a_file_that_answers_otherwise_is_not_kept(store: Store, tmp_path: Path, monkeypatch: Any):
    file, other = tmp_path / "w.hdf5", mobilenet_v1.NimaMobileNet().eval()
    makers.save_keras(file, makers.randomised(other))
    honest = export.export
    monkeypatch.setattr(export, "export", lambda _, *rest: honest(other, *rest))
    with pytest.raises(WeightsError, match="differs from its checkpoint by"):
        convert(store, "nima_mobilenet", file)
    assert store.find("nima_mobilenet") is None
    assert [each.name for each in store.models_dir.iterdir() if not each.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("fc.weight"), "it lacks fc.weight"),
        (lambda state: state.update({"head.weight": torch.zeros(1)}), "it has besides head.weight"),
        (lambda state: state.update({"fc.bias": torch.zeros(7)}), r"another shape of fc.bias \[7\] instead of \[18\]"),
        (lambda state: [state.pop(name) for name in list(state) if "layer3" in name], r"and \d+ more"),
        (lambda state: state.clear(), "has no tensors by name"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused_and_its_tensors_named(
    store: Store, tmp_path: Path, change: Any, told: str
):
    state = makers.randomised(resnet.Classifier(34, 18))
    change(state)
    torch.save(state, tmp_path / "c.pt")
    with pytest.raises(WrongCheckpoint, match=told):
        convert(store, "fairface", tmp_path / "c.pt")
    assert store.find("fairface") is None


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 and nothing", b"\x80\x02]q\x00."])
def test_a_file_that_is_no_checkpoint_is_refused_by_name(store: Store, tmp_path: Path, name: str, content: bytes):
    file = tmp_path / "it.bin"
    file.write_bytes(content)
    with pytest.raises(WrongCheckpoint, match=r"it\.bin"):
        convert(store, name, file)


@pytest.mark.parametrize("name", ["fairface", "yolov8n"])
def test_nothing_in_a_checkpoint_is_executed(store: Store, tmp_path: Path, name: str):
    trace, file = tmp_path / "trace", tmp_path / "evil.pt"
    torch.save({"model": makers.Malice(trace), "state_dict": {"fc.weight": torch.zeros(1)}}, file)
    with pytest.raises(WrongCheckpoint):
        convert(store, name, file)
    assert not trace.exists()


def test_a_licence_is_asked_for_before_anything_is_read(tmp_path: Path):
    with pytest.raises(LicenceNotAccepted, match="--accept agpl"):
        convert(Store(tmp_path), "yolov8n", tmp_path / "absent.pt")
