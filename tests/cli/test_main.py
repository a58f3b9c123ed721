"""The command line itself: help, exit statuses, errors that say what to do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.doctor import doctor
from cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PHOTO = ROOT / "tests" / "cli" / "test_main.py"
"""Any file will do where the request fails before the file is read."""


@pytest.fixture(autouse=True)
def _own_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("HECKLER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HECKLER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    "command", ["up", "roast", "work", "doctor", "settings", "models", "models list", "models pull"]
)
def test_every_command_explains_itself(command: str) -> None:
    status, out, _ = invoke(*command.split(), "--help")
    assert status == 0
    assert "Usage: heckler" in out.replace("root ", "heckler ")
    assert len(out.splitlines()) > 5


def test_without_a_command_the_commands_are_listed() -> None:
    _, out, err = invoke()
    assert all(command in out + err for command in ("up", "roast", "work", "doctor", "settings", "models"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["roast"], "Missing argument"),
        (["roast", "nowhere.jpg"], "nowhere.jpg"),
        (["roast", str(ROOT)], "is a directory"),
        (["roast", str(PHOTO), "--seed", "x"], "--seed"),
        (["work"], "Missing argument"),
        (["sing"], "No such command"),
        (["up", "--port", "99999"], "--port (HECKLER_PORT)"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_says_what_is_wrong(arguments: list[str], words: str) -> None:
    status, _, err = invoke(*arguments)
    assert status == 2
    assert words.lower() in " ".join(err.lower().split())


def test_roasting_at_an_address_without_an_answer_is_a_clear_failure() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but not listening
        status, out, err = invoke("roast", str(PHOTO), "--url", f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert (status, out) == (1, "")
    assert "nothing answers at http://127.0.0.1" in err
    assert "heckler up" in err


def test_working_without_a_server_says_how_to_get_one() -> None:
    status, _, err = invoke("work", "faces")
    assert status == 1
    assert "heckler up" in err
    assert "--nats-url" in err


def test_working_as_an_unknown_analyzer_lists_all_of_them() -> None:
    status, _, err = invoke("work", "facez")
    assert status == 2
    words = " ".join(err.replace("│", " ").split())
    assert "facez" in words
    assert all(name in words for name in ("face", "demographics", "faces", "quality", "composition"))


def test_a_busy_port_is_named_with_the_flag_that_changes_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "cli", "up", "--port", str(port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert f"--port {port % 65535 + 1}" in done.stderr
    assert not (tmp_path / "data" / "run.json").exists()


def test_unknown_workers_are_listed_with_the_valid_ones() -> None:
    command = [sys.executable, "-m", "cli", "up", "--port", "0", "--workers", "face,facez"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "facez" in done.stderr
    assert "Groups: face" in done.stderr


def test_the_doctor_reports_everything_as_json() -> None:
    status, out, _ = invoke("doctor", "--json")
    found = json.loads(out)
    names = [finding["name"] for finding in found["findings"]]
    assert names[:10] == [
        *("python", "packages", "cv2", "system libraries", "onnxruntime", "nats-server", "page", "data folder", "disk"),
        "running",
    ]
    assert {"analyzer faces", "analyzer colors"} <= set(names)
    assert status == (0 if found["ok"] else 1)
    assert found["settings"]["HECKLER_PORT"] == {"value": 8090, "default": 8090, "set": False, "flag": "--port"}
    assert found["settings"]["HECKLER_DATA"]["set"] is True
    for finding in found["findings"]:
        assert finding["state"] in ("ok", "note", "wrong")
        assert finding["state"] == "ok" or finding["fix"], finding


def test_the_doctor_finds_this_installation_sound() -> None:
    found = doctor.report(doctor.Settings())
    assert [finding for finding in found["findings"] if finding["state"] == "wrong"] == []


def test_the_doctor_misses_no_package_that_is_for_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["rich>=14", "nowhere-to-be-found; sys_platform == 'amiga'", "dev-only; extra == 'dev'"]
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda _: wanted)
    [finding] = doctor._packages(doctor.Settings())
    assert (finding.state, finding.detail) == ("ok", "all 1 are there")


def test_the_doctor_never_shows_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECKLER_NATS_URL", "nats://me:hunter2@one:4222,nats://me:hunter2@two:4222")
    _, out, _ = invoke("doctor", "--json")
    assert "hunter2" not in out
    assert json.loads(out)["settings"]["HECKLER_NATS_URL"]["value"] == "nats://me:…@one:4222,nats://me:…@two:4222"
    _, out, _ = invoke("settings")
    assert "hunter2" not in out


def test_the_doctor_survives_what_it_examines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECKLER_ROSTER", "nowhere:ROSTER")
    status, out, _ = invoke("doctor", "--json")
    assert status == 1
    wrong = [finding for finding in json.loads(out)["findings"] if finding["state"] == "wrong"]
    assert "nowhere" in wrong[0]["detail"]
    assert "HECKLER_ROSTER" in wrong[0]["fix"]


def test_weights_are_listed_with_their_licences() -> None:
    status, out, _ = invoke("models", "list")
    assert status == 0
    assert "yunet" in out


def test_unknown_weights_are_an_error_that_lists_the_known_ones() -> None:
    status, _, err = invoke("models", "pull", "unobtainium")
    assert status == 1
    assert "unobtainium" in err
    assert "yunet" in err


def test_weights_come_from_a_mirror(mirror: Path) -> None:
    status, _, err = invoke("models", "pull", "yunet", "--models-mirror", str(mirror))
    assert status == 0
    file = Path(err.split("yunet: ", 1)[1].splitlines()[0])
    assert file.read_bytes() == (mirror / "face_detection_yunet_2023mar.onnx").read_bytes()
