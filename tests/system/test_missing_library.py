"""A library that the system lacks keeps one analyzer away, which says what to install; the others go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROSTERS = Path(__file__).resolve().parents[1] / "rosters"
REMEDY = "sudo apt-get install libegl1"


def test_the_package_to_install_is_named_by_the_api_and_by_the_doctor(
    start: Callable[..., Any], tmp_path: Path, help: Any
) -> None:
    own = {"HECKLER_ROSTER": "headless:ROSTER", "PYTHONPATH": str(ROSTERS)}
    system = start(tmp_path / "data", tmp_path / "up.log", **own)
    try:
        with system.client() as client:
            analyzers = {each["name"]: each for each in client.get("/api/analyzers").json()}
            id = help.submit(client, help.noise(1), product="analysis")
            *_, joined, ending = [(kind, body) for _, kind, body in help.events(client, id)]
        assert (analyzers["blind"]["available"], analyzers["steady"]["available"]) == (False, True)
        assert analyzers["blind"]["hint"].startswith("libEGL.so.1: cannot open")
        assert analyzers["blind"]["hint"].endswith(REMEDY)
        assert (joined[0], joined[1]["missing"], ending[0]) == ("joined", {}, "analyzed")
        found = doctor({**own, "HECKLER_DATA": str(tmp_path / "data")})
        assert (found["analyzer blind"]["state"], found["analyzer blind"]["fix"]) == ("note", REMEDY)
        assert "libEGL.so.1" in found["analyzer blind"]["detail"]
        assert found["analyzer steady"]["state"] == "ok"
    finally:
        system.stop()


def doctor(variables: dict[str, str]) -> dict[str, Any]:
    """What `heckler doctor` finds, by name."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
    command = [sys.executable, "-m", "cli", "doctor", "--json"]
    answer = subprocess.run(command, env={**kept, **variables}, capture_output=True, text=True, check=False, timeout=90)
    return {finding["name"]: finding for finding in json.loads(answer.stdout)["findings"]}
