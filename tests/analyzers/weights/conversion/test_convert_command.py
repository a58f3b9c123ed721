"""`heckler models convert` as far as it goes without PyTorch."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from analyzers.weights.conversion import convert as converting
from analyzers.weights.conversion.convert import fetch_checkpoint
from analyzers.weights.conversion.recipes import RECIPES
from analyzers.weights.manifest import load_manifest
from analyzers.weights.store import Store, WeightsError
from cli.main import app
from cli.models.actions import _permitted


def heckler(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["models", "convert", *arguments, "--data", str(tmp_path)])
    return result.exit_code, " ".join(result.output.split())


def test_every_recipe_is_in_the_manifest_with_the_command_and_its_licence():
    manifest = load_manifest()
    for name in RECIPES:
        entry = manifest[name]
        assert entry.convert is not None
        assert entry.convert.startswith(f"heckler models convert {name}")
        assert entry.checkpoint is not None
        assert entry.checkpoint.file
        assert (f"--accept {entry.asks_for}" in entry.convert) == (entry.asks_for is not None)
        assert ("--checkpoint" in entry.convert) == (entry.checkpoint.url is None)


def test_a_pull_of_everything_names_the_conversion_also_where_a_mirror_lacks_the_file(tmp_path: Path):
    (tmp_path / "mirror.toml").write_text("")
    told = io.StringIO()
    console = Console(file=told, width=500)
    assert _permitted(Store(tmp_path / "models", str(tmp_path)), ["fairface", "yunet"], console) == ["yunet"]
    assert "heckler models convert fairface --checkpoint" in told.getvalue()


def test_without_pytorch_one_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        converting.importlib.util, "find_spec", lambda name, *more: None if name == "torch" else found(name, *more)
    )
    code, said = heckler(tmp_path, "places365_resnet18")
    assert code == 1
    assert "converting needs torch" in said
    assert "make convert" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("yunet",), "yunet is not converted here; these are: yolov8n"),
        (("nonsense",), "there are no weights named 'nonsense'"),
        (("yolov8n",), "--accept agpl"),
        (("deepfashion2",), "--accept non-commercial"),
    ],
)
def test_what_cannot_be_converted_is_explained_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], told: str):
    code, said = heckler(tmp_path, *arguments)
    assert code == 1
    assert told in said


def test_a_checkpoint_that_no_program_can_fetch_is_asked_for(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"res34_fair_align\S+ .*github.com/dchen236/FairFace.*--checkpoint FILE"):
        fetch_checkpoint(Store(tmp_path), "fairface", lambda *_: None)


def test_a_checkpoint_without_a_published_hash_is_recorded_and_must_stay_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    content = [b"one"]
    wanted: list[Any] = []

    def download(url: str, want: Any, target: Path, on_progress: Any) -> str:
        wanted.append(want)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content[0])
        return converting.sha256_of(target)

    monkeypatch.setattr(converting, "download", download)
    store = Store(tmp_path)
    first = fetch_checkpoint(store, "places365_resnet18", lambda *_: None)
    assert first.name == "resnet18_places365.pth.tar"
    assert wanted[0].sha256 is None
    assert fetch_checkpoint(store, "places365_resnet18", lambda *_: None) == first
    assert len(wanted) == 1
    first.unlink()
    fetch_checkpoint(store, "places365_resnet18", lambda *_: None)
    assert wanted[1].sha256 == converting.sha256_of(first)


def test_a_published_hash_is_what_a_checkpoint_must_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []

    def download(url: str, want: Any, target: Path, on_progress: Any) -> str:
        asked.append((url, want))
        raise WeightsError("enough")

    monkeypatch.setattr(converting, "download", download)
    checkpoint = load_manifest()["yolov8n"].checkpoint
    assert checkpoint is not None
    with pytest.raises(WeightsError, match="enough"):
        fetch_checkpoint(Store(tmp_path), "yolov8n", lambda *_: None)
    ((url, want),) = asked
    assert (url, want.sha256, want.size, want.exact) == (checkpoint.url, checkpoint.sha256, checkpoint.size, True)
