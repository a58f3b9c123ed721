"""Five hundred odd photos through every analyzer: none raises, none takes more memory than it may, none keeps it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COUNT = 250
BUDGET_MB = 350
"""Most that one analyzer may take for one photo of at most 2048 px, on top of what its models hold."""


def endure(photos: Path, mirror: Path, seeds: tuple[int, ...], tmp_path: Path) -> list[dict[str, Any]]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
    variables |= {
        "HECKLER_DATA": str(tmp_path),
        "HECKLER_MODELS_MIRROR": str(mirror),
        "HECKLER_MODELS_TRUST_MIRROR": "1",
        "HECKLER_MODELS_ACCEPT": "all",
    }
    script = str(Path(__file__).with_name("endurance.py"))
    running = [
        subprocess.Popen(
            [sys.executable, script, str(photos / "people"), str(COUNT), str(seed)],
            env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )
        for seed in seeds
    ]  # fmt: skip
    outcomes = [process.communicate() for process in running]
    for process, (_, errors) in zip(running, outcomes, strict=True):
        assert process.returncode == 0, errors[-4000:]
    return [json.loads(out.splitlines()[-1]) for out, _ in outcomes]


@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="reads a process's memory from Linux's /proc")
def test_five_hundred_odd_photos_harm_no_analyzer_and_leave_memory_flat(
    photos: Path, mirror: Path, tmp_path: Path
) -> None:
    for outcome in endure(photos, mirror, (1, 2), tmp_path):
        resident, peak = outcome["resident"], outcome["peak"]
        assert len(resident) == COUNT
        assert {name for name, megabytes in peak.items() if megabytes > BUDGET_MB} == set(), peak
        settled, end = statistics.median(resident[80:130]), statistics.median(resident[-50:])
        assert end < settled * 1.1, f"from {settled:.0f} to {end:.0f} MB"
