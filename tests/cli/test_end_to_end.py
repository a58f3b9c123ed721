"""The whole system as a user runs it: start, roast, kill, stop. Real processes, real NATS server, real analyzers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
TWO_PEOPLE = SHARED / "photos" / "people" / "two_people.jpg"
WAIT_S = 180

pytestmark = pytest.mark.skipif(not TWO_PEOPLE.exists(), reason="needs ../shared/photos")


def until(condition: Callable[[], Any], what: str) -> Any:
    """Waits for something that other processes bring about."""
    deadline = time.monotonic() + WAIT_S
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {WAIT_S} s for {what}"
        time.sleep(0.05)
    return result


def processes() -> dict[int, tuple[int, str]]:
    """Process id → its parent and its command line, zombies left out."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 3) for line in table.stdout.splitlines()]
    return {int(row[0]): (int(row[1]), row[3]) for row in rows if len(row) == 4 and not row[2].startswith("Z")}


class Household:
    """A `heckler up` on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "up.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
        self.env = {**kept, "HECKLER_DATA": str(self.data), "HECKLER_MODELS_MIRROR": str(SHARED / "models")}
        self.env |= {"HECKLER_MODELS_PULL": "off", "HECKLER_JOIN_S": "80"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "cli", "up", "--port", "0"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def run_file(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((self.data / "run.json").read_text()))
        return {}

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            return bool(self.run_file().get("ready"))

        until(ready, "heckler up to be ready")

    def children(self) -> dict[str, int]:
        """Service → process id, of those that run now."""
        assert self.process is not None
        mine = {pid: args for pid, (parent, args) in processes().items() if parent == self.process.pid}
        named = {pid: re.search(r"nats-server|cli\.up\.serve (analyzers .+|\S+)", args) for pid, args in mine.items()}
        return {match[1] or "nats-server": pid for pid, match in named.items() if match}

    def descendants(self) -> set[int]:
        assert self.process is not None
        table, found = processes(), {self.process.pid}
        while more := {pid for pid, (parent, _) in table.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def heckler(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False, timeout=WAIT_S
        )

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    house = Household(tmp_path_factory.mktemp("household"))
    house.start()
    try:
        house.wait_until_ready()
        yield house
    finally:
        house.end()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Household]:
    house = Household(tmp_path)
    try:
        yield house
    finally:
        house.end()


def roasted(house: Household, *arguments: str) -> dict[str, Any]:
    done = house.heckler("roast", str(TWO_PEOPLE), "--json", *arguments)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_up_says_where_it_is_and_that_it_is_ready(household: Household) -> None:
    url = household.run_file()["url"]
    until(lambda: "Heckler is ready after" in household.log.read_text(), "the status")
    assert url in household.log.read_text()
    assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200


def test_a_photo_is_roasted_and_the_document_says_why(household: Household) -> None:
    document = roasted(household)
    assert document["status"] == "done"
    assert document["features"]["faces"]["status"] == "ok"
    assert len(document["features"]["faces"]["finding"]["faces"]) == 2
    assert set(document["expects"]) == set(document["features"])
    cues = {cue["id"] for cue in document["cues"]}
    assert document["roast"]["text"]
    assert all(set(joke["cues"]) <= cues for joke in document["roast"]["jokes"])
    same = httpx.get(f"{household.run_file()['url']}/api/roasts/{document['id']}", trust_env=False).json()
    assert same == document


def test_the_same_seed_says_the_same_thing_and_options_reach_the_writer(household: Household) -> None:
    first, second = (roasted(household, "--seed", "7", "--heat", "gentle") for _ in range(2))
    assert first["roast"]["text"] == second["roast"]["text"]
    assert first["options"]["heat"] == first["roast"]["heat"] == "gentle"
    assert first["id"] != second["id"]


def test_several_photos_make_json_lines_and_one_bad_one_makes_status_1(household: Household) -> None:
    coffee, text = SHARED / "photos" / "coffee.png", ROOT / "README.md"
    done = household.heckler("roast", str(coffee), str(text), str(TWO_PEOPLE), "--json")
    assert done.returncode == 1
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["done", "done"]
    assert "README.md: " in done.stderr
    assert "JPEG" in done.stderr


def test_words_go_to_standard_output_and_progress_to_standard_error(household: Household) -> None:
    done = household.heckler("roast", str(TWO_PEOPLE), "--seed", "7")
    assert done.returncode == 0
    assert done.stdout.strip() == roasted(household, "--seed", "7")["roast"]["text"].strip()
    assert "two_people.jpg: faces: " in done.stderr


def test_a_wrong_option_is_answered_with_the_allowed_ones(household: Household) -> None:
    done = household.heckler("roast", str(TWO_PEOPLE), "--persona", "nobody")
    assert done.returncode == 1
    assert "critic" in done.stderr


def test_a_second_one_on_the_same_folder_is_refused(household: Household) -> None:
    done = household.heckler("up", "--port", "0")
    assert done.returncode == 1
    assert household.run_file()["url"] in done.stderr


def test_the_doctor_sees_it_run(household: Household) -> None:
    findings = {
        finding["name"]: finding for finding in json.loads(household.heckler("doctor", "--json").stdout)["findings"]
    }
    assert findings["running"]["state"] == "ok"
    assert "at work" in findings["analyzer faces"]["detail"]


def test_one_more_worker_finds_the_household_and_leaves_in_order(household: Household) -> None:
    command = [sys.executable, "-m", "cli", "work", "colors"]
    with subprocess.Popen(command, cwd=ROOT, env=household.env, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        line = next(line for line in worker.stderr if "serving" in line)
        assert "colors" in line
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(WAIT_S) == 0


def test_each_service_has_only_its_own_password(household: Household) -> None:
    nats = household.run_file()["nats"]
    assert len(set(nats.values())) == len(nats) == 6
    assert all(url not in processes_text() for url in nats.values())


def processes_text() -> str:
    return "\n".join(args for _, args in processes().values())


def test_whatever_is_killed_comes_back_and_roasts_go_on(household: Household) -> None:
    household_url = household.run_file()["url"]

    def at_work() -> set[str]:
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(f"{household_url}/api/analyzers", trust_env=False, timeout=60)
            if answer.status_code == 200:
                return {each["name"] for each in answer.json() if each["available"]}
        return set()

    names, before = at_work(), household.children()
    assert {"nats-server", "gateway", "aggregator", "writer"} < set(before)
    assert sum(name.startswith("analyzers ") for name in before) >= 1
    for name, pid in before.items():
        os.kill(pid, signal.SIGKILL)
        until(lambda name=name, pid=pid: household.children().get(name, pid) != pid, f"{name} to come back")
    until(lambda: at_work() >= names, "all services to be at work again")
    assert roasted(household)["status"] == "done"
    assert "was ended by SIGKILL; starting it again" in household.log.read_text()


def test_a_roast_without_a_household_starts_one_and_leaves_nothing_running(fresh: Household) -> None:
    document = roasted(fresh)
    assert document["status"] == "done"
    assert not (fresh.data / "run.json").exists()
    until(lambda: str(fresh.data) not in environment_of_all(), "everything to be gone")


def environment_of_all() -> str:
    """The environments of all processes that we may look into (Linux), to find one that belongs to a household."""
    texts = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        if path.parent.name != str(os.getpid()):
            with contextlib.suppress(OSError):
                texts.append(path.read_bytes().decode(errors="replace"))
    return "\n".join(texts)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind_however_it_ends(fresh: Household, number: signal.Signals) -> None:
    fresh.start()
    until(lambda: len(fresh.children()) >= 5, "the services to start")
    family = fresh.descendants()
    assert fresh.process is not None
    fresh.process.send_signal(number)
    status = fresh.process.wait(WAIT_S)
    until(lambda: not family & set(processes()), f"{family} to end")
    assert status == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    if number != signal.SIGKILL:
        assert not (fresh.data / "run.json").exists()


def test_a_second_interrupt_kills_what_does_not_stop(fresh: Household) -> None:
    fresh.start()
    gateway = until(lambda: fresh.children().get("gateway"), "the gateway to start")
    family = fresh.descendants()
    os.kill(gateway, signal.SIGSTOP)  # it will not drain
    assert fresh.process is not None
    fresh.process.send_signal(signal.SIGINT)
    until(lambda: "Stopping" in fresh.log.read_text(), "the first interrupt to be heard")
    fresh.process.send_signal(signal.SIGINT)
    assert fresh.process.wait(WAIT_S) == 0
    until(lambda: not family & set(processes()), f"{family} to end")
    assert "did not stop within" not in fresh.log.read_text()
