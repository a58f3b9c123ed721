"""Helpers of the tests that run the whole of Heckler."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def help() -> Any:
    """The functions of this file, for the tests beside it."""
    return SimpleNamespace(picture=picture, noise=noise, submit=submit, events=events, parse=parse, children=children)


def picture(colour: tuple[int, int, int], side: int = 64) -> bytes:
    """A PNG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def noise(seed: int, side: int = 96) -> bytes:
    """A small PNG unlike any other: a smooth random gradient with a little grain."""
    rng = np.random.default_rng(seed)
    corners = Image.fromarray(rng.integers(0, 255, (3, 3, 3), dtype=np.uint8))
    grain = rng.integers(-6, 6, (side, side, 3))
    smooth = np.asarray(corners.resize((side, side), Image.Resampling.BICUBIC)).astype(int)
    out = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def children(pid: int) -> dict[str, int]:
    """What each child process of the supervisor is for → its process id."""
    listing = subprocess.run(["ps", "-Ao", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in listing.splitlines():
        child, parent, command = line.split(None, 2)
        if int(parent) == pid:
            named = re.search(r"nats-server|cli\.up\.serve (analyzers .+|\S+)", command)
            if named:
                found[named[1] or named[0]] = int(child)
    return found


def submit(client: httpx.Client, photo: bytes, **options: str) -> str:
    answer = client.post("/api/roasts", files={"photo": ("photo.png", photo)}, data=options)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def events(client: httpx.Client, id: str, after: int = 0) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(sequence, type, payload) of each server-sent event until the stream ends; sequence 0 for ephemeral ones."""
    headers = {"Last-Event-ID": str(after)} if after else {}
    with client.stream("GET", f"/api/roasts/{id}/events", headers=headers) as stream:
        stream.raise_for_status() if stream.status_code != 204 else None
        yield from parse(stream.iter_lines())


def parse(lines: Iterator[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if not line and "data" in fields:
            yield int(fields.get("id", "0")), fields["event"], json.loads(fields["data"])
            fields = {}
        elif ":" in line:
            name, _, value = line.partition(":")
            fields[name] = fields.get(name, "") + value.removeprefix(" ")
