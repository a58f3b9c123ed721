"""The package in docs/examples brings a finding of its own, and another analyzer may need that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from parallel import ROOT

SKYLINE = ROOT / "docs" / "examples" / "skyline"
PATHS = os.pathsep.join([str(SKYLINE), str(ROOT / "tests" / "rosters")])


def test_its_own_test_passes_and_it_is_short() -> None:
    assert len((SKYLINE / "heckler_skyline.py").read_text().splitlines()) < 40
    command = [sys.executable, "-m", "pytest", str(SKYLINE), "-p", "no:cacheprovider"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": PATHS}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_its_finding_reaches_the_stream_the_document_and_an_analyzer_that_needs_it(
    tmp_path: Path, start: Any, help: Any, request: pytest.FixtureRequest
) -> None:
    own = {"HECKLER_ROSTER": "skylines:ROSTER", "PYTHONPATH": PATHS}
    running = start(tmp_path / "data", tmp_path / "up.log", **own)
    request.addfinalizer(running.stop)
    with running.client() as client:
        id = help.submit(client, help.noise(1))
        told = {event["analyzer"]: event for _, kind, event in help.events(client, id) if kind == "feature"}
        found = client.get(f"/api/roasts/{id}").json()
    skyline = told["skyline"]["finding"]
    assert 0 < skyline["ruggedness"] <= 1
    assert len(skyline["heights"]) == 96
    assert max(skyline["heights"]) == told["peak"]["finding"]["height"]
    assert found["features"]["skyline"]["finding"] == skyline
    assert found["roast"]["text"]
