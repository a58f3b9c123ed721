"""`heckler work` where there is no log to work for: one sentence about why and what to do, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from nats import errors

from bus.client import BusDown, LogRefused
from bus.jetstream.embedded_server import EmbeddedServer
from bus.settings import Settings
from cli.up import work

HECKLER = str(Path(sys.executable).with_name("heckler"))


def test_a_server_without_a_log_is_named_with_the_next_step(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    server = EmbeddedServer(settings)
    server.start()
    try:
        variables = {"HECKLER_DATA": str(tmp_path), "HECKLER_NATS_URL": server.url("admin")}
        done = subprocess.run(
            [HECKLER, "work", "facts"], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60
        )
    finally:
        server.stop()
    assert done.returncode == 1
    assert "holds no log of Heckler (STREAM.INFO.PHOTOS: stream not found): start `heckler up`" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (LogRefused("no such thing"), r"no log of Heckler \(no such thing\): start `heckler up`"),
        (BusDown("no answer"), r"cannot be reached, or does not answer \(no answer\): check HECKLER_NATS_URL"),
        (errors.Error("invalid connect url option"), r"invalid connect url option\): check HECKLER_NATS_URL"),
    ],
)
def test_whatever_keeps_it_from_its_server_is_reported(
    error: Exception, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(main: Coroutine[Any, Any, None]) -> None:
        main.close()
        raise error

    monkeypatch.setattr(work, "run", run)
    with pytest.raises(work.NoServer, match=words):
        work.work(Settings(data=tmp_path, nats_url="nats://127.0.0.1:4222"), ["facts"])
