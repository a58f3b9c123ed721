"""The soak, the short version: some hundred photos, some dozens of watchers, and nothing grows."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.soak import Measured, growth, soak


def test_memory_and_descriptors_come_to_rest(tmp_path: Path) -> None:
    """Longer than twenty seconds on a busy machine: a start, and 240 photos, of which each has to be roasted."""
    result = asyncio.run(soak(tmp_path, photos=240, watchers=40, in_flight=8, parts=4))
    assert result.wrong == []
    assert result.counted["roast"] == 240
    assert 0 < result.log_bytes < 64 << 10


def test_what_grows_is_reported() -> None:
    rows = [
        {"gateway": Measured(80, 100, 30), "nats-server": Measured(20, 30, 18)},
        {"gateway": Measured(80, 110, 31), "nats-server": Measured(50, 60, 18)},
    ]
    assert growth(rows, requests=1000) == []
    assert growth(rows, requests=100) == ["nats-server: 30 MB grew to 60 MB, and 18 MB are allowed"]
    rows[1]["gateway"] = Measured(110, 130, 60)
    assert growth(rows, 1000) == [
        "gateway: 100 MB grew to 130 MB, and 22 MB are allowed",
        "gateway: 30 descriptors became 60",
    ]
