"""The log lets in the analyzers of the roster, by name: another roster is let in at the next start, and not before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROSTERS = str(Path(__file__).parent.parent / "rosters")


def roasted(running: Any, help: Any, colour: tuple[int, int, int]) -> list[str]:
    """The analyzers that have looked at a photo."""
    with running.client() as client:
        id = help.submit(client, help.picture(colour), product="analysis")
        assert list(help.events(client, id))[-1][1] == "analyzed"
        document = client.get(f"/api/roasts/{id}").json()
    return sorted(document["features"])


def test_another_roster_on_the_same_folder_works_from_the_next_start_on(
    tmp_path: Path, start: Any, help: Any, request: pytest.FixtureRequest
) -> None:
    def begin(roster: str) -> Any:
        running = start(tmp_path / "data", tmp_path / "up.log", HECKLER_ROSTER=roster, PYTHONPATH=ROSTERS)
        request.addfinalizer(running.stop)
        return running

    first = begin("swift:ROSTER")
    assert roasted(first, help, (200, 30, 30)) == ["colors", "facts", "lighting", "quality"]
    own = {"HECKLER_DATA": str(tmp_path / "data"), "HECKLER_ROSTER": "headless:ROSTER", "PYTHONPATH": ROSTERS}
    stranger = subprocess.run(
        [str(Path(sys.executable).with_name("heckler")), "work", "steady"],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert stranger.returncode == 1
    assert "is not in the roster of the `heckler up` that runs here" in " ".join(stranger.stderr.split())
    first.stop()
    second = begin("headless:ROSTER")
    assert roasted(second, help, (30, 200, 30)) == ["steady"]
