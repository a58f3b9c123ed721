"""A `heckler up` under test: its start, its processes by what they are for, their memory and descriptors (Linux)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx

ROOT = Path(__file__).parents[1]
READY_S = 120
"""Seconds that a start may take, with every analyzer on a busy machine."""


class Process(NamedTuple):
    """A row of the process table."""

    pid: int
    parent: int
    command: str


def table() -> dict[int, Process]:
    """Every process of this machine."""
    listing = subprocess.run(["ps", "-Ao", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(None, 2) for line in listing.splitlines())
    return {int(row[0]): Process(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3}


def below(pid: int) -> Iterator[Process]:
    """`pid` and everything below it, parents first."""
    rows = table()
    family = [pid]
    for each in family:
        family.extend(row.pid for row in rows.values() if row.parent == each)
        if each in rows:
            yield rows[each]


def role_of(command: str) -> str | None:
    """What a process of Heckler is for, by its command line; None for helpers of the interpreter."""
    if "nats-server" in command:
        return "nats-server"
    if named := re.search(r"cli\.up\.serve (gateway|aggregator|writer|analyzers)", command):
        return named[1].replace("analyzers", "worker")
    return "decoder" if "spawn_main" in command else None


class Memory(NamedTuple):
    """Megabytes: the proportional share, in which shared pages count once in all, and the plain resident size."""

    pss: float
    rss: float


def memory(pid: int) -> Memory:
    """Of one process; zeros when it is gone."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return Memory(0, 0)
    kb = dict(re.findall(r"^(\w+):\s+(\d+)", rollup, re.M))
    return Memory(int(kb["Pss"]) / 1024, int(kb["Rss"]) / 1024)


def descriptors(pid: int) -> list[int]:
    """The open descriptors of a process; none when it is gone."""
    try:
        return sorted(map(int, os.listdir(f"/proc/{pid}/fd")))
    except OSError:
        return []


class System:
    """`heckler up` on a folder and a port that stay the same over its restarts. `log` gets what all processes print."""

    def __init__(self, data: Path, log: Path, port: int, **variables: str) -> None:
        self.data, self.log = data, log
        self.url = f"http://127.0.0.1:{port}"
        own = {"HECKLER_DATA": str(data), "HECKLER_PORT": str(port), "HECKLER_MODELS_PULL": "off"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
        self._environment = {**kept, "HECKLER_LOG_FORMAT": "json", **own, **variables}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; it is ready a moment later."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("heckler")), "up"],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT,
            )  # fmt: skip

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def run_file(self) -> dict[str, Any]:
        """What `heckler up` says of itself once it is ready; empty before."""
        try:
            found: dict[str, Any] = json.loads((self.data / "run.json").read_text())
        except (OSError, ValueError):
            return {}
        return found if found.get("ready") and self.process and found.get("pid") == self.process.pid else {}

    def is_ready(self) -> bool:
        """Whether every part is there and a roast can be made."""
        try:
            return bool(self.run_file()) and httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_until_ready(self) -> None:
        """Raises SystemExit with the end of its log when it ends early or takes too long."""
        deadline = time.monotonic() + READY_S
        while not self.is_ready():
            if time.monotonic() > deadline or not self.is_alive:
                raise SystemExit(f"heckler up did not get ready:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)  # another process's file and port: there is no event to wait for

    def roles(self) -> Mapping[str, list[int]]:
        """What its processes are for → their ids."""
        found: dict[str, list[int]] = {}
        if self.process is None or not self.is_alive:
            return found
        for process in below(self.process.pid):
            role = "supervisor" if process.pid == self.process.pid else role_of(process.command)
            if role == "decoder" and process.parent not in found.get("gateway", []):
                continue  # a worker has children of that kind as well: sandboxes
            if role:
                found.setdefault(role, []).append(process.pid)
        return found

    def stop(self) -> None:
        """In order; after half a minute without asking."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
