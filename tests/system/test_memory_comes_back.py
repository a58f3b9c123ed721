"""A model that nobody has used for long is given back, with real weights: the memory is gone, the analyzers are not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads memory from Linux's /proc")


@pytest.fixture
def household(tmp_path: Path, start: Any, mirror: Path) -> Iterator[Any]:
    """The face analyzers, which rest soon."""
    more = {"HECKLER_WORKERS": "face", "HECKLER_MODEL_TTL": "2", "HECKLER_WRITER": "house", "HECKLER_JOIN_S": "200"}
    running = start(tmp_path / "data", tmp_path / "up.log", **more)
    yield running
    running.stop()


def anonymous_mb(pid: int) -> float:
    """What a process holds that is no file's."""
    found = re.search(r"^Anonymous:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    assert found
    return int(found[1]) / 1024


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that another process does, which sets no event."""
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_the_memory_of_models_that_nobody_uses_comes_back_and_the_next_photo_is_looked_at_by_all(
    household: Any, help: Any, photos: Path
) -> None:
    worker = next(pid for name, pid in help.children(household.process.pid).items() if "analyzers" in name)
    with household.client() as client:
        first = looked_at(client, help, photos / "people" / "two_people.jpg")
        full = anonymous_mb(worker)

        def is_slim() -> bool:
            assert {each["name"] for each in client.get("/api/analyzers").json()} >= first.keys()
            return times_served(household) > 1 and anonymous_mb(worker) < full / 2

        until(is_slim)
        assert looked_at(client, help, photos / "people" / "astronaut.png") == first
        assert worker in help.children(household.process.pid).values()


def times_served(household: Any) -> int:
    """How often the worker process has said that it is ready."""
    log = (household.data.parent / "up.log").read_text()
    return len(re.findall(r'"event": "serving", "service": "analyzer"', log))


def looked_at(client: Any, help: Any, photo: Path) -> dict[str, tuple[str, str]]:
    """Who has looked at a photo, with what success and model."""
    id = help.submit(client, photo.read_bytes())
    list(help.events(client, id))
    document = client.get(f"/api/roasts/{id}").json()
    assert (document["status"], document["missing"]) == ("done", [])
    return {name: (feature["status"], feature["model"]) for name, feature in document["features"].items()}
