"""One file from one address: streamed, resumed where it stopped, and put in place only when its hash is right."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx

from analyzers.hashes import sha256_of
from analyzers.mirror import TIMEOUT, WeightsError

ATTEMPTS = 4
"""Tries before giving up; each goes on where the last one was cut."""

Progress = Callable[[str, int, int], None]
"""Called with the weights' name, the bytes so far and the bytes in all."""


class Wanted(NamedTuple):
    """What must arrive: the name for people, and the size and hash that the file must have."""

    name: str
    size: int
    sha256: str


def download(url: str, wanted: Wanted, target: Path, on_progress: Progress) -> None:
    """Fetches `wanted` from `url` into `target`. Raises WeightsError; what arrived by then stays in `target`.part.

    A part that is left over may be of another file (the address may have changed): when its hash comes out wrong,
    the whole file is fetched once more.
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    resumed = part.exists()
    _fetch(url, wanted, part, on_progress)
    if resumed and sha256_of(part) != wanted.sha256:
        part.unlink()
        _fetch(url, wanted, part, on_progress)
    install(part, wanted, target, url)


def install(part: Path, wanted: Wanted, target: Path, origin: str) -> None:
    """Moves `part` to `target` if its hash is right; else removes it and raises WeightsError."""
    found = sha256_of(part)
    if found != wanted.sha256:
        part.unlink()
        raise WeightsError(f"{origin} has the wrong hash ({found[:12]}…, not {wanted.sha256[:12]}…); it was not kept")
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _fetch(url: str, wanted: Wanted, part: Path, on_progress: Progress) -> None:
    problem = ""
    for _ in range(ATTEMPTS):
        try:
            with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
                _stream(client, url, wanted, part, on_progress)
        except httpx.HTTPStatusError as error:
            raise WeightsError(f"{url} answers {error.response.status_code}") from error
        except httpx.InvalidURL as error:
            raise WeightsError(f"{url} is no address ({error})") from error
        except httpx.HTTPError as error:
            problem = f"{type(error).__name__}: {error}"
        if _size(part) >= wanted.size:
            return
    raise WeightsError(f"{url} stopped at {_size(part)} of {wanted.size} bytes ({problem})")


def _stream(client: httpx.Client, url: str, wanted: Wanted, part: Path, on_progress: Progress) -> None:
    start = _size(part)
    if start >= wanted.size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()
            return
        response.raise_for_status()
        continues = response.status_code == httpx.codes.PARTIAL_CONTENT
        done = start if continues else 0
        with part.open("ab" if continues else "wb") as file:
            for chunk in response.iter_bytes():  # as they come: what is waited for here is lost in a cut
                done += len(chunk)
                if done > wanted.size:
                    break
                file.write(chunk)
                on_progress(wanted.name, done, wanted.size)
    if done != wanted.size:
        part.unlink()
        compared = "more" if done > wanted.size else "less"
        raise WeightsError(f"{url} has {compared} than the {wanted.size} bytes of {wanted.name}; it was not kept")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
