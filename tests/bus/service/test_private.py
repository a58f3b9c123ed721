"""The data folder is its owner's alone, also one that was left open before."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_files import states

from bus.jetstream.embedded_server import EmbeddedServer
from bus.jetstream.store_lock import store_lock
from bus.service.private_files import open_private, private_data, write_private
from bus.settings import Settings
from cli.connect import run_file

NOBODY = 65534
TAKE = """
import fcntl, os, sys
if os.getuid() == 0:
    os.setgroups([])
    os.setgid({nobody})
    os.setuid({nobody})
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def left_open(data: Path) -> Path:
    """A data folder as earlier versions, or `mkdir`, left it."""
    (data / "nats" / "jetstream").mkdir(parents=True)
    (data / "models").mkdir()
    for name in ("run.json", "run.lock", "nats/lock", "nats/passwords.json", "nats/server.log"):
        (data / name).write_text("{}")
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return data


def test_a_data_folder_that_was_left_open_is_closed_at_the_start(tmp_path: Path) -> None:
    data = left_open(tmp_path / "data")
    with run_file.claimed(Settings(data=data)):
        EmbeddedServer(Settings(data=data))
        assert {mode(data), mode(data / "nats")} == {0o700}
        assert {mode(data / name) for name in ("run.lock", "nats/lock", "nats/passwords.json", "nats/server.log")} == {
            0o600
        }
        assert mode(data / "models") == 0o755


def test_a_folder_that_holds_other_things_is_left_as_it_is_but_for_ours_in_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = left_open(tmp_path / "data")
    (data / "holiday.jpg").write_bytes(b"not ours")
    private_data(data)
    assert mode(data) == 0o755
    assert "a folder of its own" in caplog.text
    assert (mode(data / "nats"), mode(data / "run.json"), mode(data / "holiday.jpg")) == (0o700, 0o600, 0o644)


def test_what_the_server_writes_is_for_no_other_user(fresh_server: Callable[..., Any]) -> None:
    old = os.umask(0o022)
    try:
        data = fresh_server().settings.data
    finally:
        os.umask(old)
    nats = data / "nats"
    assert not mode(nats) & 0o077
    assert not [path for path, state in states(nats) if state.st_mode & 0o077]


@pytest.mark.parametrize("name", ["run.lock", "nats/lock"])
def test_no_other_user_can_hold_a_lock_that_was_left_open(tmp_path: Path, name: str) -> None:
    data = left_open(tmp_path / "data")
    (data / "holiday.jpg").touch()  # so that the folder itself stays open
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    with run_file.claimed(Settings(data=data)), store_lock(data / "nats" / "lock"):
        assert mode(data / name) == 0o600
    if os.getuid() == 0:
        program = TAKE.format(nobody=NOBODY)
        tried = subprocess.run([sys.executable, "-c", program, str(data / name)], capture_output=True, text=True)
        assert "PermissionError" in tried.stderr


def test_a_lock_that_is_a_link_or_belongs_to_another_user_is_not_used(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (tmp_path / "run.lock").symlink_to(secret)
    with pytest.raises(run_file.DataFolderUnusable), run_file.claimed(Settings(data=tmp_path)):
        pass
    with pytest.raises(OSError, match="link"), store_lock(tmp_path / "run.lock"):
        pass
    assert secret.read_text() == "mine"
    if os.getuid() == 0:
        os.chown(secret, NOBODY, NOBODY)
        with pytest.raises(PermissionError):
            open_private(secret, os.O_RDWR)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        open_private(tmp_path / "folder", os.O_RDWR)


def test_a_private_file_is_never_written_through_what_lies_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("other")
    (tmp_path / "a.new").symlink_to(tmp_path / "other")
    write_private(tmp_path / "a.json", "secret")
    assert ((tmp_path / "a.json").read_text(), mode(tmp_path / "a.json")) == ("secret", 0o600)
    assert (tmp_path / "other").read_text() == "other"


def test_a_lock_still_keeps_others_out(tmp_path: Path) -> None:
    with (
        open(open_private(tmp_path / "lock", os.O_RDWR)) as first,
        open(open_private(tmp_path / "lock", os.O_RDWR)) as too,
    ):
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(BlockingIOError):
            fcntl.flock(too, fcntl.LOCK_EX | fcntl.LOCK_NB)
