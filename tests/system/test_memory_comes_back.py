"""The memory of a model that was not used for long is given back, with real weights; the services go on."""

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
    """The face analyzers and a language model, which rest soon."""
    more = {"HECKLER_WORKERS": "face", "HECKLER_MODEL_TTL": "2", "HECKLER_JOIN_S": "200"}
    more |= {"HECKLER_WRITER": "mlx", "HECKLER_MLX_MODEL": str(mirror / "derived" / "stories260k-llama")}
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


def test_the_memory_of_unused_models_comes_back_and_the_next_photo_is_looked_at_by_all_analyzers(
    household: Any, help: Any, photos: Path
) -> None:
    processes = help.children(household.process.pid)
    holders = {"analyzer": next(pid for name, pid in processes.items() if "analyzers" in name)}
    holders["writer"] = processes["writer"]
    most = dict.fromkeys(holders, 0.0)
    with household.client() as client:
        id = help.submit(client, (photos / "people" / "two_people.jpg").read_bytes())

        def all_have_given_back() -> bool:
            held = {service: anonymous_mb(pid) for service, pid in holders.items()}
            most.update({service: max(most[service], megabytes) for service, megabytes in held.items()})
            given_back = [megabytes < 0.8 * most[service] for service, megabytes in held.items()]
            return all(given_back) and all(times_served(household, service) > 1 for service in holders)

        until(all_have_given_back)
        first = looked_at(client, help, id)
        assert {each["name"] for each in client.get("/api/analyzers").json()} >= first.keys()
        again = help.submit(client, (photos / "people" / "astronaut.png").read_bytes())
        assert looked_at(client, help, again) == first
    assert help.children(household.process.pid) == processes


def times_served(household: Any, service: str) -> int:
    """How often a service has said that it is ready."""
    log = (household.data.parent / "up.log").read_text()
    return len(re.findall(rf'"event": "serving", "service": "{service}"', log))


def looked_at(client: Any, help: Any, id: str) -> dict[str, tuple[str, str]]:
    """The analyzers that have looked at a photo, with what success and model."""
    list(help.events(client, id))
    document = client.get(f"/api/roasts/{id}").json()
    assert (document["status"], document["missing"]) == ("done", [])
    return {name: (feature["status"], feature["model"]) for name, feature in document["features"].items()}
