"""The API as the command line uses it: send a photo, follow its events through lost connections, read the document."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import httpx

from bus.events import Event, is_ending
from bus.products import parse

PATIENCE_S = 30
"""Seconds without any word from the server after which following a request is given up."""
BUSY_S = 900.0
"""Seconds for which a photo is sent again to a server that has no room for it."""
RETRY_S = 0.3
"""Seconds before a broken stream is taken up again."""


class Problem(Exception):
    """The server said no: a stable `code`, what happened, and what to do next."""

    def __init__(self, code: str, detail: str, hint: str = "", retry_after: int = 0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        """Seconds after which the server expects to be better; 0 when it did not say."""
        self.code = code
        self.detail = detail
        self.hint = hint


@dataclass(frozen=True)
class InQueue:
    """The gateway's own word on the line, which is in no log: `ahead` photos are looked at before this one."""

    ahead: int


StreamEvent: TypeAlias = Event | InQueue


class _Over(Exception):
    """Nothing comes after what was seen."""


class Client:
    """A connection to one gateway at `url`. Every method raises Problem; `unreachable` without an answer."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        self._last_read = time.monotonic()
        self._http = httpx.Client(
            base_url=self.url, timeout=httpx.Timeout(60, connect=5), trust_env=False, transport=transport
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def submit(
        self, photo: Path, options: Mapping[str, str], waiting: Callable[[Problem], None] = lambda _: None
    ) -> str:
        """Sends a photo with form fields `options`; the id of the request.

        Where too many come first, it is sent again when the server says, for BUSY_S at most; `waiting` gets refusals.
        """
        until = time.monotonic() + BUSY_S
        while True:
            try:
                with photo.open("rb") as file:
                    answer = self._call("POST", "/api/roasts", files={"photo": (photo.name, file)}, data=dict(options))
            except Problem as problem:
                if problem.code != "busy" or not problem.retry_after or time.monotonic() > until:
                    raise
                waiting(problem)
                time.sleep(problem.retry_after)
            else:
                return str(answer["id"])

    def document(self, id: str) -> dict[str, Any]:
        """What is known of the request."""
        return self._call("GET", f"/api/requests/{id}")

    def is_ready(self) -> bool:
        """Whether a Heckler answers here and can roast."""
        try:
            return self._http.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def follow(self, id: str) -> Iterator[StreamEvent]:
        """Each event once, until the request's ending, and its position in the queue between them when that changes;
        a broken stream is taken up where it broke."""
        seen, self._last_read = "0", time.monotonic()
        while True:
            try:
                for number, event in self._stream(id, seen):
                    seen = number or seen
                    yield event
                    if not isinstance(event, InQueue) and is_ending(event):
                        return
            except _Over:
                return
            except (httpx.TransportError, httpx.StreamError) as error:
                if time.monotonic() - self._last_read > PATIENCE_S:
                    raise _unreachable(self.url, error) from error
            time.sleep(RETRY_S)

    def _stream(self, id: str, after: str) -> Iterator[tuple[str, StreamEvent]]:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": after}
        with self._http.stream("GET", f"/api/requests/{id}/events", headers=headers) as response:
            if response.status_code == 204:
                raise _Over
            if response.status_code >= 500:
                raise httpx.StreamError(f"status {response.status_code}")
            if response.is_error:
                response.read()
                raise _problem(response)
            try:
                yield from events(self._noted(response.iter_lines()))
            except ValueError as error:  # no JSON, or an event of another version
                raise Problem("not_heckler", f"{self.url} sent an event that is not understood: {error}") from error

    def _noted(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self._last_read = time.monotonic()
            yield line

    def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise _unreachable(self.url, error) from error
        if response.is_error:
            raise _problem(response)
        return dict(response.json())


def events(lines: Iterator[str]) -> Iterator[tuple[str, StreamEvent]]:
    """Server-sent events (WHATWG HTML §9.2.6) with their ids, empty for those without. Raises ValueError."""
    number = kind = data = ""
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield number, _stream_event(kind, json.loads(data))
            number = kind = data = ""
        elif name == "id":
            number = value
        elif name == "event":
            kind = value
        elif name == "data":
            data += value


def _stream_event(kind: str, data: Any) -> StreamEvent:
    if kind != "queue":
        return parse(data, "")
    if not isinstance(data, dict) or not isinstance(data.get("ahead"), int):
        raise ValueError(f"{data!r} is no position in a queue")
    return InQueue(data["ahead"])


def _problem(response: httpx.Response) -> Problem:
    """What the server's problem details say (RFC 9457); or what its status says, when it is no Heckler."""
    try:
        body = response.json()
        code, detail = str(body["code"]), str(body.get("detail") or body["title"])
        wait = response.headers.get("Retry-After", "")
        return Problem(code, detail, str(body.get("hint") or ""), int(wait) if wait.isdecimal() else 0)
    except (ValueError, KeyError, TypeError):
        return Problem(
            "not_heckler",
            f"{response.request.url} answered {response.status_code}, not as Heckler would",
            "Check --url, or leave it out to use the one on this machine.",
        )


def _unreachable(url: str, error: Exception) -> Problem:
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout | httpx.PoolTimeout):
        return Problem("unreachable", f"{url} takes connections and does not answer", "See `heckler doctor`.")
    return Problem(
        "unreachable", f"nothing answers at {url} ({error})", "Start it with `heckler up`, or correct --url."
    )
