"""What else lives on the disk that is full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COUNT = """
import os, sys
from bus.observability.metrics_files import take_room
take_room()
from bus.observability.metrics import HANDLED
for n in range(1000):
    HANDLED.labels(f"durable-{n}", "done").inc()  # more than a page of the file
print("PROMETHEUS_MULTIPROC_DIR" in os.environ)
"""
START = ["-c", "from cli.main import app; app(['up', '--port', '0', '--roster', 'swift:ROSTER'])"]


def python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HECKLER_")}
    return subprocess.run(
        [sys.executable, *arguments], env={**environment, **variables}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("leave", [0, 20_000, 1 << 20])
def test_a_process_counts_on_although_its_metrics_find_no_room(small_disk: Callable[[int], Any], leave: int) -> None:
    disk = small_disk(4)
    disk.fill(leave)
    done = python("-c", COUNT, PROMETHEUS_MULTIPROC_DIR=str(disk.folder))
    assert done.returncode == 0, done.stderr  # SIGBUS ended it
    if leave < 1 << 18:
        assert done.stdout == "False\n"
        assert "the metrics of this process are in no scrape" in done.stderr
        assert [file.name for file in disk.folder.iterdir()] == ["filler"]
    else:
        assert (done.stdout, done.stderr) == ("True\n", "")


def test_nothing_is_started_on_a_disk_without_room_and_it_is_said_why(small_disk: Callable[[int], Any]) -> None:
    disk = small_disk(40)
    disk.fill(leave=500_000)
    done = python(*START, HECKLER_DATA=str(disk.folder / "data"))
    assert done.returncode == 1
    assert f"the disk of {disk.folder}/data has 0.5 MB free" in done.stderr.replace("\n", " ")
    assert "make room there, or choose another folder with --data" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_doctor_tells_of_a_disk_with_little_room(small_disk: Callable[[int], Any]) -> None:
    from bus.settings import Settings
    from cli.doctor.log import disk as examine

    disk = small_disk(8)
    settings = Settings(data=disk.folder / "data", min_free_bytes=4_000_000)
    assert [finding.state for finding in examine(settings)] == ["ok"]
    disk.fill(leave=2_000_000)
    [finding] = examine(settings)
    assert finding.state == "wrong"
    assert "has 2.0 MB free; 4.0 MB are kept for what was accepted: no new photo is taken" in finding.detail
    assert list(examine(settings.model_copy(update={"nats_url": "nats://somewhere"}))) == []


def test_doctor_writes_the_log_to_see_whether_it_can_be(fresh_server: Callable[..., Any]) -> None:
    from cli.doctor.log import log

    server = fresh_server()
    [finding] = log(server.settings_for("cli"))
    assert (finding.state, finding.detail[:27]) == ("ok", "every stream can be written")
    server.kill()
    [finding] = log(server.settings_for("cli"))
    assert finding.state == "wrong"
    assert "cannot be reached" in finding.detail


def test_a_lock_file_is_signed_without_any_room(small_disk: Callable[[int], Any]) -> None:
    from bus.jetstream.store_lock import sign, store_lock

    disk = small_disk(4)
    file: Path = disk.folder / "lock"
    with store_lock(file) as lock:
        sign(lock, 4711)
    disk.fill()
    with store_lock(file) as lock:
        sign(lock, 1234567)
    assert file.read_text().split() == ["1234567"]
