"""`heckler look` and `heckler analyzers`: the analyzers on one photo, and the page about them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from analyzers.roster import ROSTER
from analyzers.runtime.registry import wiring_of
from cli.docs.analyzers_docs import FOLDER, fields, markdown

PAGE = FOLDER.with_suffix(".md")
REMAKE = "run: heckler analyzers --markdown > docs/analyzers.md"
NAMES = [wiring_of(cls).name for cls in ROSTER]


def heckler(*arguments: str, data: Path, mirror: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
    environment |= {"HECKLER_DATA": str(data)}
    if mirror:
        environment |= {"HECKLER_MODELS_MIRROR": str(mirror), "HECKLER_MODELS_TRUST_MIRROR": "1"}
    command = [str(Path(sys.executable).with_name("heckler")), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8").strip() == markdown(ROSTER).strip(), (
        "heckler analyzers --markdown > docs/analyzers.md"
    )


@pytest.mark.parametrize("cls", ROSTER, ids=NAMES)
def test_the_page_tells_every_field_of_every_finding(cls: type) -> None:
    page = PAGE.read_text("utf-8")
    for path, kind, _ in fields(wiring_of(cls).returns):
        assert f"| `{path}` | {kind} |" in page


def test_look_says_what_each_analyzer_sees_and_draws_it(photos: Path, mirror: Path, tmp_path: Path) -> None:
    drawings = tmp_path / "drawings"
    photo = str(photos / "people" / "zidane.jpg")
    result = heckler("look", photo, "--json", "--draw", str(drawings), data=tmp_path, mirror=mirror)
    assert result.returncode == 0, result.stderr
    features = json.loads(result.stdout)
    assert [each["box"]["w"] > 50 for each in features["faces"]["finding"]["faces"]] == [True, True]
    found = {name for name, feature in features.items() if feature["finding"]}
    assert found == {path.stem for path in drawings.iterdir()}
    assert {"faces", "objects", "pose", "mesh"} <= found
    for drawing in drawings.iterdir():
        assert ET.parse(drawing).getroot().tag.endswith("svg")


def test_look_runs_only_the_named_analyzers_and_those_they_need(photos: Path, mirror: Path, tmp_path: Path) -> None:
    result = heckler("look", str(photos / "coffee.png"), "composition", "--json", data=tmp_path, mirror=mirror)
    assert set(json.loads(result.stdout)) == {"faces", "composition"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("absent.jpg", None, "cannot be read"), ("poem.jpg", b"roses are red", "does not begin like any image")],
)
def test_look_says_plainly_why_a_file_is_no_photo(name: str, content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = heckler("look", str(tmp_path / name), data=tmp_path)
    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_analyzer_is_answered_with_those_there_are(photos: Path, tmp_path: Path) -> None:
    result = heckler("look", str(photos / "coffee.png"), "nose", data=tmp_path)
    assert result.returncode == 2
    assert "composition" in result.stderr


def test_analyzers_lists_all_of_them_and_what_they_lack(tmp_path: Path) -> None:
    listed = heckler("analyzers", data=tmp_path).stdout
    assert all(name in listed for name in NAMES)
    assert "lacks yolox_nano" in listed
