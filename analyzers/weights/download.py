"""One file from one address: streamed, resumed where it stopped, and put in place only when its hash is right."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx

from analyzers.weights.hashes import sha256_of
from analyzers.weights.mirror import TIMEOUT, WeightsError

ATTEMPTS = 4
"""Tries before giving up; each goes on where the last one was cut."""

BUSY_PAUSE_S = 1.0
"""Wait before asking a server again that said it was busy (429, 5xx), times the number of the attempt."""

Progress = Callable[[str, int, int], None]
"""Called with the weights' name, the bytes so far and the bytes in all."""


class Wanted(NamedTuple):
    """What must arrive: the name for people, and the size and hash that the file must have.

    Where no hash is published, `sha256` is None; where the size is only about right, `exact` is False: the server
    says how long the file is, and it may be at most twice as long as thought.
    """

    name: str
    size: int
    sha256: str | None
    exact: bool = True


def download(url: str, wanted: Wanted, target: Path, on_progress: Progress) -> str:
    """Fetches `wanted` from `url` into `target`; the hash of what came. Raises WeightsError; what arrived by then
    stays in `target.part`.

    A part that is left over may be of another file (the address may have changed): when its hash comes out wrong,
    the whole file is fetched once more. Without a hash that could not be checked, so such a part is not used.
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    if wanted.sha256 is None:
        part.unlink(missing_ok=True)
    resumed = part.exists()
    transfer = _Transfer(url, wanted, part, on_progress)
    transfer.run()
    if resumed and sha256_of(part) != wanted.sha256:
        part.unlink()
        transfer.run()
    return install(part, wanted, target, url)


def install(part: Path, wanted: Wanted, target: Path, origin: str) -> str:
    """Moves `part` to `target` if its hash is right, and says it; else removes it and raises WeightsError."""
    found = sha256_of(part)
    if wanted.sha256 is not None and found != wanted.sha256:
        part.unlink()
        raise WeightsError(f"{origin} has the wrong hash ({found[:12]}…, not {wanted.sha256[:12]}…); it was not kept")
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    return found


class _Transfer:
    """The way of one file from one address into `part`, over several connections if it must be."""

    def __init__(self, url: str, wanted: Wanted, part: Path, on_progress: Progress) -> None:
        self.url, self.wanted, self.part, self.on_progress = url, wanted, part, on_progress
        self.total = wanted.size if wanted.exact else None

    def run(self) -> None:
        """Fetches what is missing of `part`. Raises WeightsError."""
        problem = ""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
                    self._stream(client)
            except httpx.HTTPStatusError as error:
                problem = self._busy(error)
                if attempt < ATTEMPTS:
                    time.sleep(BUSY_PAUSE_S * attempt)
            except httpx.InvalidURL as error:
                raise WeightsError(f"{self.url} is no address ({error})") from error
            except httpx.HTTPError as error:
                problem = f"{type(error).__name__}: {error}"
            if self.total is not None and _size(self.part) >= self.total:
                return
        raise WeightsError(f"{self.url} stopped at {_size(self.part)} of {self._length()} bytes ({problem})")

    def _busy(self, error: httpx.HTTPStatusError) -> str:
        """What a server that may do better later says. Raises WeightsError for an answer that is final."""
        status = error.response.status_code
        if status < httpx.codes.INTERNAL_SERVER_ERROR and status != httpx.codes.TOO_MANY_REQUESTS:
            raise WeightsError(f"{self.url} answers {status}") from error
        return f"it answers {status}"

    def _stream(self, client: httpx.Client) -> None:
        start = _size(self.part)
        if self.total is not None and start >= self.total:
            return
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with client.stream("GET", self.url, headers=headers) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                self.part.unlink()
                return
            response.raise_for_status()
            if response.status_code != httpx.codes.PARTIAL_CONTENT:
                start = 0
            self._learn_total(response, start)
            done = self._write(response, start)
        if done != self.total:
            self.part.unlink()
            compared = "more" if self.total is None or done > self.total else "less"
            raise WeightsError(
                f"{self.url} has {compared} than the {self._length()} bytes of {self.wanted.name}; it was not kept"
            )

    def _learn_total(self, response: httpx.Response, start: int) -> None:
        """Where the size is only about right, the server's word counts; without one, the end is where it ends."""
        if self.wanted.exact:
            return
        length = response.headers.get("Content-Length", "")
        self.total = start + int(length) if length.isdecimal() else None
        if self.total is not None and self.total > self._most():
            raise WeightsError(f"{self.url} has {self.total} bytes, far more than the {self._length()} expected")

    def _write(self, response: httpx.Response, start: int) -> int:
        done, limit = start, self.total if self.total is not None else self._most()
        with self.part.open("ab" if start else "wb") as file:
            for chunk in response.iter_bytes():  # as they come: what is waited for here is lost in a cut
                done += len(chunk)
                if done > limit:
                    return done
                file.write(chunk)
                self.on_progress(self.wanted.name, done, max(done, self.total or self.wanted.size))
        if self.total is None:
            self.total = done
        return done

    def _most(self) -> int:
        return 2 * self.wanted.size

    def _length(self) -> str:
        return f"{self.wanted.size}" if self.wanted.exact else f"about {self.wanted.size}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
