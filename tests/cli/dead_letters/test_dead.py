"""Dead letters from the command line, against everything running: shown, sent back once mended, dropped."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bus.client import Bus
from bus.dead_letters.letter import letters
from bus.dead_letters.send import Letter, keep
from bus.events import Joined
from bus.jetstream.codec import encode
from cli.dead_letters.actions import Retrying, chosen
from cli.dead_letters.command import gist

Heckler = Callable[..., subprocess.CompletedProcess[str]]
WithBus = Callable[..., Any]


def submit(client: Any, grey: int) -> str:
    """The id of a request that has ended."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), (grey, grey, grey)).save(picture, "PNG")
    id = client.post("/api/roasts", files={"photo": ("x.png", picture.getvalue())}).json()["id"]
    with client.stream("GET", f"/api/roasts/{id}/events") as stream:
        assert any(line == "event: roast" for line in stream.iter_lines())
    return str(id)


def test_a_letter_is_shown_retried_in_vain_and_retried_with_the_mended_code(
    mended: Any, with_bus: WithBus, heckler: Heckler
) -> None:
    with mended.client() as client:
        id = submit(client, 90)
        [letter] = json.loads(heckler("dead", "list", "--json").stdout)
        assert (letter["durable"], letter["request"], letter["attempts"]) == ("analyze-text", id, 3)
        told = heckler("dead", "show", str(letter["letter"]))
        assert "not mended yet" in told.stdout
        assert "Traceback" in told.stdout
        assert f'"id": "{id}"' in told.stdout
        assert "ended at" in told.stdout

        vain = heckler("dead", "retry", str(letter["letter"]), "--json")
        [outcome] = json.loads(vain.stdout)
        assert (vain.returncode, outcome["outcome"]) == (1, "failed")
        [(again, attempts)] = with_bus(numbers)
        assert (str(again), attempts) == (outcome["new"], 6)

        before = client.get(f"/api/roasts/{id}").json()
        (mended.data / "mended").touch()
        well = heckler("dead", "retry", "--all")
        assert well.returncode == 0, well.stdout + well.stderr
        assert "done" in well.stdout
        assert "roast, which stays as it is" in well.stdout
        after = client.get(f"/api/roasts/{id}").json()
        assert before["features"]["text"]["status"] == "failed"
        assert before["features"]["dependent"]["status"] == "skipped"
        assert after["features"]["text"]["status"] == "ok"
        assert after["roast"] == before["roast"]
        assert client.get(f"/api/roasts/{id}").json()["features"]["facts"] == before["features"]["facts"]
        assert with_bus(lambda bus: status_of(bus, id, "dependent")) == "ok"
        assert with_bus(numbers) == []


async def status_of(bus: Bus, id: str, name: str) -> str:
    """Waits until the analyzer that needed the mended one has looked as well."""
    subscription = await bus.nc.subscribe(f"live.{id}.feature.{name}")
    await bus.nc.flush()
    if (await bus.latest(id)).features[name].supersedes is None:
        await subscription.next_msg(timeout=30)
    return (await bus.latest(id)).features[name].status


async def numbers(bus: Bus) -> list[tuple[int, int]]:
    """The letters' numbers, and how often each was tried."""
    return [(number, letter.attempts) async for number, letter in letters(bus.reader)]


def test_what_ended_by_the_failure_is_not_sent_back_but_anew(mended: Any, with_bus: WithBus, heckler: Heckler) -> None:
    (mended.data / "mended").touch()
    with mended.client() as client:
        id = submit(client, 120)

        async def bury(bus: Bus) -> int:
            event = Joined(id=id, complete=True)
            await keep(bus, Letter("write", event.subject, 1, 3, "it broke", "trace", b"\x80", {}))
            return (await numbers(bus))[-1][0]

        number = with_bus(bury)
        undecodable = heckler("dead", "retry", str(number))
        assert undecodable.returncode == 1
        assert "cannot be read" in undecodable.stdout

        anew = heckler("dead", "retry", str(number), "--anew", "--json")
        [outcome] = json.loads(anew.stdout)
        assert (anew.returncode, outcome["outcome"]) == (0, "anew")
        document = client.get(f"/api/roasts/{outcome['new']}").json()
        assert document["parent"] == id
        with client.stream("GET", f"/api/roasts/{outcome['new']}/events") as stream:
            assert any(line == "event: roast" for line in stream.iter_lines())


def test_a_request_that_was_erased_or_ended_by_the_failure_is_said_to_be_so(
    mended: Any, with_bus: WithBus, heckler: Heckler
) -> None:
    (mended.data / "mended").touch()
    with mended.client() as client:
        ended, erased = submit(client, 150), submit(client, 180)
        client.delete(f"/api/roasts/{erased}").raise_for_status()
        with_bus(lambda bus: bus.sweep(erased, None))  # the last sweep: a later one would take the letter away

        async def retried(bus: Bus) -> list[Any]:
            for id, durable in ((ended, "write"), (erased, "analyze-facts"), (ended, "analyze-nobody")):
                history = await bus.latest(ended)
                event = history.joined.model_copy(update={"id": id}) if history.joined else None
                assert event is not None
                await keep(bus, Letter(durable, event.subject, 1, 3, "it broke", "trace", encode(event), {}))
            found = await chosen(bus, (), every=True)
            return [one async for one in Retrying(bus, 1).retry(found, anew=False)]

        outcomes = with_bus(retried)
        assert [one.outcome for one in outcomes] == ["refused"] * 3
        details = " | ".join(one.detail for one in outcomes)
        assert "ended at" in details
        assert "--anew" in details
        assert "its request is gone" in details
        assert "no service works as analyze-nobody" in details
        assert len(with_bus(numbers)) == 3

        asked = heckler("dead", "drop", "--all")
        assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
        assert heckler("dead", "drop", "--all", "--yes").stdout == "dropped 3\n"
        assert client.get(f"/api/roasts/{ended}").json()["status"] == "done"


def test_a_number_that_is_none_is_answered_in_one_line(heckler: Heckler) -> None:
    unknown = heckler("dead", "show", "999999")
    assert unknown.returncode == 1
    assert unknown.stderr.count("\n") == 1
    assert "heckler dead list" in unknown.stderr


def test_without_a_heckler_running_the_commands_say_what_to_do(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("heckler")), "dead", "list", "--data", str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "heckler up" in answer.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("ValueError('no')\nand more", "ValueError('no')"),
        ("Raised('Traceback (most recent call last):\\n  File \"a.py\"\\nKeyError: (1)\\n')", "KeyError: (1)"),
        ("Raised(\"Traceback (most recent call last):\\n  File 'a.py'\\nKeyError: 1\")", "KeyError: 1"),
        ("Traceback (most recent call last):\n  File\nRuntimeError: not mended yet\n", "RuntimeError: not mended yet"),
        ("", ""),
    ],
)
def test_of_an_error_the_line_is_shown_that_says_what_happened(error: str, words: str) -> None:
    assert gist(error) == words
