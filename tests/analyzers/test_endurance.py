"""Odd photos through every analyzer: none raises, none takes more memory than it may, none keeps it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = 48
"""Enough for every mutation, a photo as large as a camera makes it, and a leak of 2 MB a photo. `benchmarks.endurance`
is the same with five hundred."""


@pytest.mark.skipif(sys.platform != "linux", reason="reads a process's memory from Linux's /proc")
def test_odd_photos_harm_no_analyzer_and_leave_memory_flat(photos: Path, mirror: Path, tmp_path: Path) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
    variables |= {
        "HECKLER_DATA": str(tmp_path),
        "HECKLER_MODELS_MIRROR": str(mirror),
        "HECKLER_MODELS_TRUST_MIRROR": "1",
        "HECKLER_MODELS_ACCEPT": "all",
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.endurance", str(photos / "people"), "--photos", str(COUNT), "--seeds", "1"],
        env=variables, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found["resident"]) == COUNT
    assert len(found["peak"]) > 15
