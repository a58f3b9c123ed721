"""`heckler batch` as its users run it: against a running Heckler, stopped, killed and resumed; one result per photo."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from descriptors import short_of_descriptors, takes_descriptors
from PIL import Image

ROSTER = {"HECKLER_ROSTER": "swift:ROSTER", "PYTHONPATH": str(Path(__file__).parent.parent / "rosters")}
MANY = 500

Copies = Callable[[Path, int], list[Path]]


@pytest.fixture(scope="module")
def copies(photos: Path) -> Copies:
    """`copies(folder, n)` makes small photos of the real ones, no two of them the same."""
    originals = [Image.open(file).convert("RGB").resize((128, 96)) for file in sorted(photos.rglob("*.jpg"))[:10]]

    def make(folder: Path, count: int) -> list[Path]:
        folder.mkdir(parents=True)
        for seed in range(count):
            tones = np.asarray(originals[seed % len(originals)]).astype(int)
            grain = np.random.default_rng(seed).integers(-9, 10, (*tones.shape[:2], 1))
            Image.fromarray((tones + grain).clip(0, 255).astype(np.uint8)).save(folder / f"{seed:04}.jpg", quality=90)
        return sorted(folder.iterdir())

    return make


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, start: Any) -> Iterator[Any]:
    """A Heckler with a few quick analyzers."""
    folder = tmp_path_factory.mktemp("running")
    system = start(folder / "data", folder / "up.log", HECKLER_ACK_WAIT_S="2", **ROSTER)
    yield system
    system.stop()


class Command:
    """A `heckler batch` under way."""

    def __init__(self, system: Any, *arguments: object, cwd: Path, stdin: bytes | None = None) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli", "batch", *map(str, arguments), "--data", str(system.data)],
            env={**env, "PYTHONPATH": str(Path(__file__).parents[2])}, cwd=cwd,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._stdin = stdin

    def end(self) -> tuple[int, str, str]:
        """Its exit status, and what it said."""
        out, err = self.process.communicate(self._stdin, timeout=120)
        return self.process.returncode, out.decode(), err.decode()

    def wait_for_words(self, words: str) -> None:
        """Returns when `words` are on its standard error; of that, `end` gives only what comes much later."""
        assert self.process.stderr
        assert any(words.encode() in line for line in self.process.stderr)

    def wait_for(self, file: Path, lines: int) -> None:
        """Returns when `file` has so many lines, or the command is over."""
        while self.process.poll() is None and (not file.exists() or file.read_bytes().count(b"\n") < lines):
            threading.Event().wait(0.01)  # another process's file: there is nothing else to wait for


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def results(file: Path) -> dict[str, str]:
    """Path → status; each path once."""
    found = rows(file)
    assert Counter(row["path"] for row in found).most_common(1)[0][1] == 1
    return {row["path"]: row["status"] for row in found}


async def subjects(system: Any) -> set[str]:
    """Every subject of the log; none holds more than one message."""
    async with system.bus() as bus:
        counts = (await bus.api("STREAM.INFO.PHOTOS", {"subjects_filter": "photo.>"}))["state"]["subjects"]
        assert {subject: n for subject, n in counts.items() if n != 1} == {}
        return set(counts)


def requests(system: Any) -> set[str]:
    """The ids of all requests in the log. What was asked before may still be under way, and have more to tell."""
    return {subject.split(".")[1] for subject in asyncio.run(subjects(system))}


def check_exact(system: Any, out: Path, files: list[Path]) -> None:
    """Each file has one result, a roast; and the log holds no roast of a request of this batch without a result."""
    assert results(out) == {f"{file.parent.name}/{file.name}": "done" for file in files}
    lines = [json.loads(line) for line in out.with_name(f"{out.name}.journal").read_text().splitlines()]
    asked = {line["id"] for line in lines if line["line"] == "asked"}
    roasted = {subject.split(".")[1] for subject in asyncio.run(subjects(system)) if subject.endswith(".end.roast")}
    assert roasted & asked == {row["id"] for row in rows(out)}


def test_every_file_is_told_of_once_whatever_it_is(running: Any, tmp_path: Path, copies: Copies) -> None:
    first, *_ = copies(tmp_path / "photos", 3)
    (tmp_path / "photos" / "again.jpg").write_bytes(first.read_bytes())
    (tmp_path / "photos" / "cut.jpg").write_bytes(first.read_bytes()[:1500])
    (tmp_path / "notes.txt").write_text("no photo")
    arguments = ("photos", "notes.txt", "gone.jpg", "photos/0001.jpg", "--out", "out.jsonl", "--persona", "commentator")
    status, said, complaints = Command(running, *arguments, cwd=tmp_path).end()
    expected = {f"photos/000{n}.jpg": "done" for n in range(3)} | {"photos/again.jpg": "copy", "photos/cut.jpg": "bad"}
    assert results(tmp_path / "out.jsonl") == {**expected, "notes.txt": "bad", "gone.jpg": "bad"}
    assert status == 1
    assert said == ""
    assert "notes.txt: The file does not begin like any image format." in complaints
    assert "3 roasted, 1 copy, 3 not readable, 1 told before" in complaints
    assert {"1 × unreadable", "1 × not_an_image", "1 × corrupt_image"} <= set(re.findall(r"\d × \w+", complaints))
    before = (tmp_path / "out.jsonl").read_bytes()
    assert {row["persona"] for row in rows(tmp_path / "out.jsonl") if row["status"] == "done"} == {"commentator"}
    copy = next(row for row in rows(tmp_path / "out.jsonl") if row["status"] == "copy")
    assert copy["copy_of"] in expected
    status, summary, _ = Command(running, "photos", "notes.txt", "gone.jpg", "--out", "out.jsonl", "--resume", "--json",
                                 cwd=tmp_path).end()  # fmt: skip
    assert (tmp_path / "out.jsonl").read_bytes() == before
    assert json.loads(summary)["before"] == 7
    assert status == 1
    status, _, complaints = Command(running, "photos", "--out", "out.jsonl", cwd=tmp_path).end()
    assert (status, "--resume" in complaints) == (1, True)
    status, _, complaints = Command(running, "photos", "--out", "out.jsonl", "--resume", "--heat", "savage",
                                    cwd=tmp_path).end()  # fmt: skip
    assert (status, "--heat medium" in complaints) == (1, True)
    assert (tmp_path / "out.jsonl").read_bytes() == before


def test_a_list_on_standard_input_and_results_on_standard_output(running: Any, tmp_path: Path, copies: Copies) -> None:
    files = copies(tmp_path / "photos", 2)
    (tmp_path / "photos" / "new\nline.jpg").write_bytes(files.pop().read_bytes())
    names = ["photos/0000.jpg", "photos/new\nline.jpg"]
    listed = "\0".join(names).encode()
    status, said, _ = Command(running, "-", "-0", "--json", "--seed", 7, cwd=tmp_path, stdin=listed).end()
    assert status == 0
    assert {(row["path"], row["status"]) for row in map(json.loads, said.splitlines())} == {(n, "done") for n in names}
    status, said, complaints = Command(running, "-", cwd=tmp_path, stdin=b"photos/0000.jpg\n").end()
    assert (status, said.startswith("photos/0000.jpg\n")) == (0, True)
    assert complaints.startswith("1 roasted")


@pytest.mark.parametrize("ending", ["csv", "html"])
def test_a_table_and_a_contact_sheet(running: Any, tmp_path: Path, copies: Copies, ending: str) -> None:
    copies(tmp_path / "photos", 3)
    status, _, _ = Command(running, "photos/*.jpg", "--out", f"out.{ending}", cwd=tmp_path).end()
    assert status == 0
    text = (tmp_path / f"out.{ending}").read_text()
    if ending == "csv":
        assert {row["status"] for row in csv.DictReader(text.splitlines(keepends=True))} == {"done"}
    else:
        assert text.count("<article") == text.count("data:image/jpeg;base64,/9j/") == 3
        assert text.endswith("<footer>3 roasted</footer></body></html>\n")


def test_a_dry_run_tells_everything_and_does_nothing(running: Any, tmp_path: Path, copies: Copies) -> None:
    first, *_ = copies(tmp_path / "photos", 2)
    (tmp_path / "photos" / "again.jpg").write_bytes(first.read_bytes())
    (tmp_path / "photos" / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    before = requests(running)
    status, said, complaints = Command(running, "photos", "--out", "out.jsonl", "--dry-run", cwd=tmp_path).end()
    assert status == 1
    assert [line.split()[0] for line in said.splitlines()] == ["roast", "roast", "copy", "bad"]
    assert complaints == "2 to roast, 1 copies, 1 not readable\n"
    assert not (tmp_path / "out.jsonl").exists()
    assert requests(running) == before


def test_what_arrives_in_a_watched_folder_is_roasted_once_it_is_complete(
    running: Any, tmp_path: Path, copies: Copies
) -> None:
    whole, slow, late = (file.read_bytes() for file in copies(tmp_path / "source", 3))
    inbox, out = tmp_path / "inbox", tmp_path / "out.jsonl"
    inbox.mkdir()
    (inbox / "whole.jpg").write_bytes(whole)
    with (inbox / "slow.jpg").open("wb") as file:
        file.write(slow[:2000])
        file.flush()
        command = Command(running, "inbox", "--watch", "--out", out, cwd=tmp_path)
        command.wait_for(out, 1)
        file.write(slow[2000:])
    (inbox / "late.jpg").write_bytes(late)
    command.wait_for(out, 3)
    command.process.send_signal(signal.SIGINT)
    status, _, _ = command.end()
    assert results(out) == {f"inbox/{name}.jpg": "done" for name in ("whole", "slow", "late")}
    assert status == 0


@contextmanager
def silenced(system: Any, help: Any) -> Iterator[None]:
    """Meanwhile nothing is finished: the writer pauses in the middle of what it does."""
    writer = help.children(system.process.pid)["writer"]
    os.kill(writer, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(writer, signal.SIGCONT)


def test_ctrl_c_finishes_what_is_in_flight_and_a_second_one_leaves_it_to_be_resumed(
    running: Any, tmp_path: Path, copies: Copies, help: Any
) -> None:
    files, out = copies(tmp_path / "photos", 150), tmp_path / "out.jsonl"
    journal = tmp_path / "out.jsonl.journal"
    command = Command(running, "photos", "--out", "out.jsonl", cwd=tmp_path)
    command.wait_for(out, 5)
    with silenced(running, help):
        command.process.send_signal(signal.SIGINT)
    status, _, complaints = command.end()
    lines = [json.loads(line)["line"] for line in journal.read_text().splitlines()]
    assert (status, lines.count("asked")) == (130, lines.count("told"))
    assert "go on with: heckler batch --resume --out out.jsonl PATH…" in complaints
    command = Command(running, "photos", "--out", "out.jsonl", "--resume", cwd=tmp_path)
    command.wait_for(journal, len(lines) + 5)
    with silenced(running, help):
        command.process.send_signal(signal.SIGINT)
        command.wait_for_words("once more to leave")  # two signals at once would be one
        command.process.send_signal(signal.SIGINT)
        assert command.end()[0] == 130
    assert Command(running, "photos", "--out", "out.jsonl", "--resume", cwd=tmp_path).end()[0] == 0
    check_exact(running, out, files)


def test_killed_at_any_point_and_resumed_the_results_are_those_of_one_run(
    running: Any, tmp_path: Path, copies: Copies
) -> None:
    files, out = copies(tmp_path / "photos", 150), tmp_path / "out.jsonl"  # more than a command does unobserved
    journal, dice = tmp_path / "out.jsonl.journal", random.Random(6)
    lines = 0
    for _ in range(4):
        command = Command(running, "photos", "--out", "out.jsonl", "--resume", cwd=tmp_path)
        command.wait_for(journal, lines + dice.randrange(1, 20))
        command.process.kill()
        command.end()
        lines = journal.read_bytes().count(b"\n")
    assert 0 < len(rows(out)) < len(files)
    status, _, complaints = Command(running, "photos", "--out", "out.jsonl", "--resume", cwd=tmp_path).end()
    assert (status, "told before" in complaints) == (0, True)
    check_exact(running, out, files)


def decoders(command: Command) -> list[int]:
    """The decoding processes of a batch."""
    listing = subprocess.run(["ps", "-Ao", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    found = (line.split() for line in listing.splitlines())
    return [int(pid) for pid, parent, state in found if int(parent) == command.process.pid and "Z" not in state]


def kill_decoders(command: Command) -> None:
    for pid in decoders(command):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_decoding_processes_that_are_killed_cost_a_batch_no_photo(running: Any, tmp_path: Path, copies: Copies) -> None:
    files = copies(tmp_path / "photos", 60)
    command = Command(running, "photos", "--out", "out.jsonl", cwd=tmp_path)
    for lines in (1, 20):
        command.wait_for(tmp_path / "out.jsonl", lines)
        kill_decoders(command)
    status, _, complaints = command.end()
    assert status == 0, complaints
    check_exact(running, tmp_path / "out.jsonl", files)


@takes_descriptors
def test_a_batch_that_has_no_descriptors_left_waits_for_them(running: Any, tmp_path: Path, copies: Copies) -> None:
    files = copies(tmp_path / "photos", 60)
    command = Command(running, "photos", "--out", "out.jsonl", cwd=tmp_path)
    command.wait_for(tmp_path / "out.jsonl", 1)
    with short_of_descriptors(command.process.pid):
        kill_decoders(command)
        command.wait_for_words("waiting for")
    status, _, complaints = command.end()
    assert status == 0, complaints
    check_exact(running, tmp_path / "out.jsonl", files)


def test_five_hundred_photos_while_the_processes_are_killed_at_random(
    start: Any, tmp_path: Path, copies: Copies, help: Any
) -> None:
    """Longer than 20 s: each process is killed once, far enough apart that those before it are back at work."""
    files, out = copies(tmp_path / "photos", MANY), tmp_path / "out.jsonl"
    system = start(tmp_path / "data", tmp_path / "up.log", HECKLER_ACK_WAIT_S="1", **ROSTER)
    try:
        command = Command(system, "photos", "--out", "out.jsonl", cwd=tmp_path)
        killed = kill_at_random(system, command, out, help)
        status, _, complaints = command.end()
        assert status == 0, complaints
        assert "nats-server" in killed
        assert len(killed) >= 4
        check_exact(system, out, files)
    finally:
        system.stop()


def kill_at_random(system: Any, command: Command, out: Path, help: Any) -> set[str]:
    """SIGKILLs one child of the supervisor after the other, in an order of chance, as results come in."""
    dice, killed = random.Random(500), set[str]()
    victims = sorted(help.children(system.process.pid))
    dice.shuffle(victims)
    points = sorted(dice.sample(range(10, MANY - 50), len(victims)))
    for name, point in zip(victims, points, strict=True):
        command.wait_for(out, point)
        alive = help.children(system.process.pid)
        while name not in alive and command.process.poll() is None:
            threading.Event().wait(0.05)  # it was killed before, and is being started again
            alive = help.children(system.process.pid)
        if name not in alive:
            return killed
        os.kill(alive[name], signal.SIGKILL)
        killed.add(name)
    return killed
