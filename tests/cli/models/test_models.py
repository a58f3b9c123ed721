"""`heckler models`, as a person types it, against a mirror and makers on a local HTTP server."""

from __future__ import annotations

import hashlib
import io
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from analyzers.weights import inventory
from analyzers.weights.store import Entry
from cli.main import app
from cli.models.pull_progress import watching

CONTENT = {"yunet": b"faces" * 300_000, "brisque_model": b"quality" * 1000, "brisque_range": b"r" * 1000}
EXTRA = {"spare": b"spare" * 99, "copyleft": b"copyleft" * 99, "research": b"research" * 99}
EVERYTHING = CONTENT | EXTRA


@pytest.fixture(autouse=True)
def _own_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("HECKLER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HECKLER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "240")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def makers(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The makers' files, in a folder, and the address at which they are served."""
    folder = tmp_path / "makers"
    folder.mkdir()
    for name, content in EVERYTHING.items():
        (folder / f"{name}.onnx").write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def served(makers: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The makers' folder; the manifest leads to it. `spare` is of no use to the roster's analyzers."""
    folder, url = makers
    licences = {"copyleft": ("AGPL-3.0", True), "research": ("research only", False)}
    manifest = {name: an_entry(name, f"{url}/{name}.onnx", *licences.get(name, ("MIT", True))) for name in EVERYTHING}
    monkeypatch.setattr(inventory, "load_manifest", lambda: manifest)
    monkeypatch.setattr("cli.models.actions.load_roster", lambda _: (Faces, Quality))
    monkeypatch.setattr("cli.models.actions.wiring_of", lambda analyzer: analyzer)
    return folder


class Faces:
    name = "faces"
    weights: tuple[str, ...] = ("yunet",)
    optional_weights: tuple[str, ...] = ()


class Quality:
    name = "quality"
    weights: tuple[str, ...] = ()
    optional_weights = ("brisque_model", "brisque_range")


def an_entry(name: str, url: str, licence: str, commercial: bool) -> Entry:
    return Entry(
        task=f"the task of {name}",
        analyzers=("faces",),
        file=f"{name}.onnx",
        urls=(url,),
        size=len(EVERYTHING[name]),
        sha256=hashlib.sha256(EVERYTHING[name]).hexdigest(),
        licence=licence,
        commercial=commercial,
        source="here",
    )


def models(*arguments: str, status: int = 0) -> str:
    """What `heckler models …` says, on either stream; it must end with `status`."""
    result = CliRunner().invoke(app, ["models", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == status, result.output
    return result.output


def held(tmp_path: Path, data: str = "data") -> set[str]:
    folder = tmp_path / data / "models"
    return {path.name for path in folder.iterdir() if path.name[0] != "."} if folder.exists() else set()


def state_of(name: str) -> str:
    row = next(line for line in models("list").splitlines() if re.match(rf"\s*{name} ", line))
    return row.split()[1]


@pytest.mark.parametrize("command", ["list", "pull", "verify", "bundle", "import"])
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    words = models(command, "--help")
    assert f"Example: heckler models {command}" in words
    assert "--data" in words


def test_the_list_says_what_a_person_wants_to_know(served: Path) -> None:
    words = models("list")
    assert re.search(r"yunet +absent +faces +1\.5 +MIT +yes +the task of yunet", words)
    assert re.search(r"research +absent +faces +<0\.1 +research only +no ", words)
    models("pull", "yunet")
    assert state_of("yunet") == "present"
    assert state_of("spare") == "absent"


def test_the_list_is_there_even_when_the_mirror_is_not(served: Path) -> None:
    words = models("list", "--models-mirror", "/nowhere/at/all")
    assert "yunet" in words
    assert "mend it, or unset HECKLER_MODELS_MIRROR" in words


def test_a_pull_says_first_how_much_and_under_which_licences_then_fetches_what_is_used(
    served: Path, tmp_path: Path
) -> None:
    lines = models("pull").splitlines()
    assert lines[0].startswith("3 files, 1.5 MB, into ")
    assert lines[0].endswith("licences: MIT")
    assert [int(share) for share in re.findall(r"yunet +(\d+)%", "\n".join(lines))][-1] == 100
    assert held(tmp_path) == {f"{name}.onnx" for name in CONTENT}
    assert "nothing to fetch: all of it is here" in models("pull")


def test_by_default_only_permissive_licences_come_and_the_rest_is_named(served: Path, tmp_path: Path) -> None:
    words = models("pull", "--all")
    assert "left out: copyleft, AGPL-3.0 (--accept agpl takes it in)" in words
    assert "left out: research, research only (--accept non-commercial takes it in)" in words
    assert held(tmp_path) == {f"{name}.onnx" for name in (*CONTENT, "spare")}


@pytest.mark.parametrize(
    ("accept", "also"),
    [
        (["--accept", "agpl"], {"copyleft"}),
        (["--accept", "AGPL", "--accept", "non-commercial"], {"copyleft", "research"}),
        (["--accept", "agpl,non-commercial"], {"copyleft", "research"}),
        (["--models-accept", "all"], {"copyleft", "research"}),
        (["--models-accept", "agpl", "--accept", "non-commercial"], {"copyleft", "research"}),
    ],
)
def test_accepted_licences_come_too(served: Path, tmp_path: Path, accept: list[str], also: set[str]) -> None:
    models("pull", "--all", *accept)
    assert held(tmp_path) == {f"{name}.onnx" for name in {*CONTENT, "spare", *also}}


def test_the_standing_acceptance_is_a_variable(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECKLER_MODELS_ACCEPT", "agpl")
    models("pull", "copyleft")
    assert held(tmp_path) == {"copyleft.onnx"}


def test_what_was_asked_for_by_name_is_refused_before_anything_is_fetched(served: Path, tmp_path: Path) -> None:
    words = models("pull", "yunet", "copyleft", status=1)
    assert "--accept agpl" in words
    assert held(tmp_path) == set()


def test_a_licence_that_there_is_not_is_a_wrong_command_line(served: Path) -> None:
    words = models("pull", "--accept", "beerware", status=2)
    assert "beerware" in words
    assert "non-commercial" in words


def test_a_failure_is_explained_with_what_works_without_it_and_the_others_come(served: Path, tmp_path: Path) -> None:
    (served / "yunet.onnx").unlink()
    (served / "brisque_range.onnx").write_bytes(b"x" * 1000)
    words = models("pull", status=1)
    assert "yunet could not be fetched" in words
    assert "answers 404" in words
    assert "Without yunet: faces cannot start, everything else works as before." in words
    assert "wrong hash" in words
    assert "Without brisque_range: quality works, but less well, everything else works as before." in words
    assert held(tmp_path) == {"brisque_model.onnx"}


def test_a_disk_that_is_too_full_is_noticed_before_anything_is_fetched(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr("cli.models.language_models.shutil.disk_usage", lambda _: usage)
    assert "only 1.0 MB are free" in models("pull", status=1)
    assert held(tmp_path) == set()


def test_verify_reads_everything_again_and_finds_the_damage(served: Path, tmp_path: Path) -> None:
    assert "no weights are here" in models("verify")
    models("pull")
    assert models("verify").splitlines() == [f"{name}: present" for name in CONTENT]
    (tmp_path / "data/models/yunet.onnx").write_bytes(b"damaged")
    words = models("verify", status=1)
    assert "yunet: damaged (not used: its hash is wrong; a pull replaces it)" in words
    assert "brisque_model: present" in words
    assert state_of("yunet") == "damaged"
    models("pull")
    assert "yunet: present" in models("verify", "yunet")
    assert "spare: absent" in models("verify", "spare", status=1)


def test_a_machine_without_a_network_gets_its_weights_from_a_bundle(served: Path, tmp_path: Path) -> None:
    models("pull", "--all", "--accept", "agpl")
    file = str(tmp_path / "weights.tar")
    assert "copyleft: 0.8 kB, AGPL-3.0" in models("bundle", file)
    for path in served.iterdir():
        path.unlink()
    words = models("import", file, "--data", str(tmp_path / "offline"))
    assert "copyleft stays in the bundle" in words
    assert held(tmp_path, "offline") == {f"{name}.onnx" for name in (*CONTENT, "spare")}
    models("import", file, "--data", str(tmp_path / "offline"), "--accept", "agpl")
    for name in (*CONTENT, "spare", "copyleft"):
        assert (tmp_path / "offline/models" / f"{name}.onnx").read_bytes() == EVERYTHING[name]
    assert "damaged" not in models("verify", "--data", str(tmp_path / "offline"))
    assert "nothing to fetch" in models("pull", "--data", str(tmp_path / "offline"))


def test_a_bundle_of_nothing_and_an_import_of_nonsense_are_clear_failures(served: Path, tmp_path: Path) -> None:
    assert "there is nothing to pack" in models("bundle", str(tmp_path / "b.tar"), status=1)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8" * 1000)
    assert "is no bundle of weights" in models("import", str(tmp_path / "photo.jpg"), status=1)
    assert "cannot be read" in models("import", str(tmp_path / "nowhere.tar"), status=1)


def test_on_a_terminal_progress_is_a_bar() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with watching(console) as (progress, say):
        progress("yunet", 100, 400)
        progress("yunet", 400, 400)
        say("yunet: there")
    words = console.file.getvalue()  # type: ignore[attr-defined]
    assert "━" in words
    assert "yunet: there" in words


def test_in_a_log_progress_is_a_line_for_every_quarter() -> None:
    console = Console(file=io.StringIO(), width=20)
    with watching(console) as (progress, _):
        for done in range(1, 101):
            progress("yunet", done * 1_000_000, 100_000_000)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == [f"yunet {share:>3}% of 100.0 MB" for share in (1, 25, 50, 75, 100)]
