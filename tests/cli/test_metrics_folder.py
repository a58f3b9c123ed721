"""Counting goes on when the disk is full: nothing may end a service that maps a file there is no room for."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bus.settings import Settings
from cli import metrics_folder
from cli.metrics_folder import make_metrics_folder, remove_metrics_folder

COUNT = """
import sys
from prometheus_client import Counter
print("begun", flush=True)
sys.stdin.readline()
counter = Counter("events", "Events", ["kind"])
for number in range(500):
    counter.labels(f"kind {number}").inc()
"""

needs_memory = pytest.mark.skipif(not metrics_folder.IN_MEMORY.is_dir(), reason="no file system in memory here")


def counted(folder: Path, disk: Any) -> int:
    """The exit status of a process that counts new things in `folder` once the disk has been filled."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.readline()
    disk.fill()
    process.communicate(b"\n", timeout=60)
    disk.free_up()
    return process.returncode


@needs_memory
def test_a_full_disk_does_not_end_who_counts(small_disk: Any) -> None:
    disk = small_disk(4)
    settings = Settings(data=disk.folder)
    try:
        assert counted(make_metrics_folder(settings), disk) == 0
    finally:
        remove_metrics_folder(settings)


@needs_memory
def test_in_the_data_folder_it_would(small_disk: Any) -> None:
    disk = small_disk(4)
    (disk.folder / "metrics").mkdir()
    assert counted(disk.folder / "metrics", disk) == -signal.SIGBUS


def test_the_folder_is_empty_and_this_users_own(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    folder = make_metrics_folder(settings)
    (folder / "counter_1.db").touch()
    assert make_metrics_folder(settings) == folder
    assert list(folder.iterdir()) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    remove_metrics_folder(settings)
    assert not folder.exists()


def test_without_memory_to_lie_in_it_is_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_folder, "IN_MEMORY", tmp_path / "none")
    assert make_metrics_folder(Settings(data=tmp_path)) == tmp_path / "metrics"
