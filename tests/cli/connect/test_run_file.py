"""One Heckler per data folder, and where to find it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bus.settings import Settings
from cli.connect import run_file

HERE = run_file.Running(pid=os.getpid(), url="http://127.0.0.1:1", nats={"admin": "nats://admin:secret@127.0.0.1:2"})


def settings_in(folder: Path) -> Settings:
    return Settings(data=folder)


def test_one_that_runs_is_found(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    with run_file.claimed(settings):
        assert run_file.find(settings) is None
        run_file.announce(settings, HERE)
        assert run_file.find(settings) == HERE
    assert run_file.find(settings) is None
    assert not settings.run_file.exists()


def test_the_run_file_is_for_its_owner_only(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    with run_file.claimed(settings):
        run_file.announce(settings, HERE)
        assert stat.S_IMODE(settings.run_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.data.stat().st_mode) == 0o700


def test_a_second_one_is_refused_with_the_address_of_the_first(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with run_file.claimed(settings):
        run_file.announce(settings, HERE)
        with (
            pytest.raises(run_file.AlreadyRunning, match=r"http://127\.0\.0\.1:1 .*--data OTHER_FOLDER"),
            run_file.claimed(settings),
        ):
            pass
        assert run_file.find(settings) == HERE


def test_what_a_killed_one_left_behind_counts_for_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    program = (
        "import os, signal, sys; from cli.connect import run_file; from bus.settings import Settings\n"
        "settings = Settings(data=sys.argv[1])\n"
        "with run_file.claimed(settings):\n"
        "    run_file.announce(settings, run_file.Running(pid=os.getpid(), url='http://x', nats={}))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert settings.run_file.exists()
    assert run_file.find(settings) is None
    with run_file.claimed(settings):
        assert not settings.run_file.exists()


def test_a_process_id_that_now_belongs_to_another_process_is_no_heckler(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    run_file.announce(settings, HERE)  # this process is alive, but holds no lock
    assert run_file.find(settings) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "many"}'])
def test_a_broken_run_file_counts_for_nothing(tmp_path: Path, content: str) -> None:
    settings = settings_in(tmp_path)
    with run_file.claimed(settings):
        settings.run_file.write_text(content)
        assert run_file.find(settings) is None


def test_a_data_folder_that_cannot_be_made_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = settings_in(tmp_path / "file" / "data")
    with pytest.raises(run_file.DataFolderUnusable, match="Choose another one with --data"), run_file.claimed(settings):
        pass
