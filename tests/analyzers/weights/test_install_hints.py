"""What to do about what is missing: the command with the consent it takes, the packages that have a library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analyzers.base import Photo
from analyzers.runtime.loading import BROKEN, load_analyzer
from analyzers.weights import install_hints
from analyzers.weights.install_hints import absent_libraries, install_command, packages_for, pull_command
from analyzers.weights.store import Store
from bus.findings import Facts


@pytest.mark.parametrize(
    ("problem", "packages"),
    [
        ("libEGL.so.1: cannot open shared object file: No such file or directory", ("libegl1",)),
        ("dlopen(): libGLESv2.so.2 and libEGL.so.1 are missing", ("libgles2", "libegl1")),
        ("ImportError: libGL.so.1: cannot open shared object file", ("libgl1",)),
        ("libgthread-2.0.so.0: cannot open shared object file", ("libglib2.0-0",)),
        ("libunheard.so.3: cannot open shared object file", ()),
        ("no module named 'mediapipe'", ()),
    ],
)
def test_a_missing_library_is_named_by_its_package(problem: str, packages: tuple[str, ...]) -> None:
    assert packages_for(problem) == packages
    assert install_command(problem) == (f"sudo apt-get install {' '.join(packages)}" if packages else "")


def test_a_library_that_there_is_not_is_absent_on_linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install_hints.sys, "platform", "linux")
    assert absent_libraries(["libheckler-never.so.1"]) == ("libheckler-never.so.1",)
    monkeypatch.setattr(install_hints.sys, "platform", "darwin")
    assert absent_libraries(["libheckler-never.so.1"]) == ()


def mirror_of(folder: Path, *names: str) -> str:
    """A mirror that lists these weights as their makers' own."""
    folder.mkdir()
    entry = f'file = "weights"\nsha256 = "{"0" * 64}"\nsize = 1\nofficial = true\n'
    (folder / "mirror.toml").write_text("\n".join(f"[{name}]\n{entry}" for name in names))
    return str(folder)


def test_the_command_names_each_consent_that_is_still_to_be_given(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert pull_command(store, ["yunet"]) == "heckler models pull yunet"
    assert pull_command(store, []) == ""
    there = mirror_of(tmp_path / "there", "yolov8n_int8")
    mirrored, open_to_all = Store(tmp_path, there), Store(tmp_path, there, accepted={"all"})
    assert pull_command(mirrored, ["yunet", "yolov8n_int8"]) == ("heckler models pull yunet yolov8n_int8 --accept agpl")
    assert pull_command(open_to_all, ["yolov8n_int8"]) == "heckler models pull yolov8n_int8"


def test_what_is_not_published_is_converted_unless_the_mirror_has_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    made = next(name for name, entry in store.manifest.items() if not entry.urls and not entry.asks_for)
    assert pull_command(store, [made]) == f"heckler models convert {made}"
    having, lacking = mirror_of(tmp_path / "having", made), mirror_of(tmp_path / "lacking", "yunet")
    assert pull_command(Store(tmp_path, having), [made]) == f"heckler models pull {made}"
    assert pull_command(Store(tmp_path, lacking), [made]) == f"heckler models convert {made}"
    assert pull_command(Store(tmp_path, str(tmp_path / "gone")), [made]) == f"heckler models convert {made}"


class Headless:
    name, group, version, model, weights, optional_weights = "headless", "face", "1", "m", (), ()

    def __init__(self, weights: Any) -> None:
        raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

    def analyze(self, photo: Photo) -> Facts:
        raise AssertionError


class Garbled(Headless):
    name = "garbled"

    def __init__(self, weights: Any) -> None:
        raise RuntimeError("protobuf parsing failed")


def test_a_library_of_the_system_that_is_missing_comes_with_what_installs_it(tmp_path: Path) -> None:
    loaded = load_analyzer(Headless, Store(tmp_path))
    assert (loaded.analyzer, loaded.info.missing) == (None, (BROKEN,))
    assert loaded.info.note.endswith("No such file or directory: sudo apt-get install libegl1")
    assert loaded.info.fix == "sudo apt-get install libegl1"


def test_whatever_keeps_an_analyzer_from_being_made_takes_no_other_down(tmp_path: Path) -> None:
    loaded = load_analyzer(Garbled, Store(tmp_path))
    assert (loaded.analyzer, loaded.info.note) == (None, "protobuf parsing failed")
