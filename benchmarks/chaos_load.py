"""Clients under chaos: they upload, watch, hang up, resume, cancel, delete and ask for encores; all of it is noted."""

from __future__ import annotations

import asyncio
import io
import itertools
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx
import numpy as np
from PIL import Image

from benchmarks.chaos_checker import NO_ANSWER, ErrorAnswer, Observed
from benchmarks.sse import Refused, events

ANSWER_S = 30.0
AGAIN_S = 0.3
"""Seconds until a client that was refused asks again."""
ENDINGS = frozenset({"roast", "failed", "cancelled"})
TRACE = 48
"""Bytes of a deleted photo that are looked for on the disk: no two photos of noise have so many in common."""


def photo(seed: int, side: int = 96) -> bytes:
    """A small JPEG unlike any other: a smooth gradient with some grain."""
    rng = np.random.default_rng(seed)
    corners = Image.fromarray(rng.integers(0, 255, (3, 3, 3), dtype=np.uint8))
    smooth = np.asarray(corners.resize((side, side), Image.Resampling.BICUBIC)).astype(int)
    out = io.BytesIO()
    grain = rng.integers(-6, 6, (side, side, 3))
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=90)
    return out.getvalue()


class GaveUp(Exception):
    """A client was refused for as long as its patience lasted."""


class Load:
    """Acknowledged requests and refusals, as clients see them. `patience` is how long a client waits for an ending."""

    def __init__(self, url: str, seed: int, patience: float) -> None:
        self._url, self._seed, self._patience = url, seed, patience
        self._dice = random.Random(seed)
        self._client = httpx.AsyncClient(base_url=url, timeout=ANSWER_S, limits=httpx.Limits(max_connections=200))
        self._uploads: set[asyncio.Task[None]] = set()
        self._watchers: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self.requests: dict[str, Observed] = {}
        self.traces: dict[str, bytes] = {}
        """Of what is to be deleted: id → bytes in the middle of the stored photo."""
        self.refusals: list[ErrorAnswer] = []
        self.stalled: list[str] = []
        self._accepted = asyncio.Event()
        self._is_over = False
        self._began = 0.0

    async def analyzers(self) -> list[str]:
        """Those that look at a photo now."""
        found = (await self._client.get("/api/analyzers")).json()
        return sorted(each["name"] for each in found if each["available"])

    async def run(self, requests: int, rate: float, in_flight: int) -> None:
        """Uploads up to `rate` photos a second, while no more than `in_flight` are under way, until so many requests
        were acknowledged."""
        number, self._began = 0, time.monotonic()
        while len(self.requests) < requests and not self._errors and not self._stands_still():
            if len(self._uploads) + len(self._watchers) < in_flight:
                self._spawn(self._upload(number), self._uploads)
                number += 1
            await asyncio.sleep(1 / rate)
        self._is_over = True
        self._accepted.set()
        for task in self._uploads:
            task.cancel()  # a client that is still refused would try for ever

    async def finish(self) -> None:
        """Returns when every client has seen the end of its request, or has given up. Raises what went wrong here."""
        while tasks := self._uploads | self._watchers:
            await asyncio.wait(tasks)
        if self._errors:
            raise self._errors[0]

    def quiet_s(self) -> float:
        """Seconds since the latest request was acknowledged."""
        return time.monotonic() - max((request.at for request in self.requests.values()), default=self._began)

    async def next_accepted(self) -> None:
        """Returns when another request is acknowledged, or when there will be no more."""
        self._accepted.clear()
        if not self._is_over:
            await self._accepted.wait()

    def _stands_still(self) -> bool:
        """Whether nothing has been acknowledged for so long that it surely never will be."""
        if self.quiet_s() > self._patience:
            self.stalled.append(f"nothing was acknowledged for {self._patience:g} s: {dict(self.counted())}")
        return bool(self.stalled)

    async def roasted(self, number: int) -> bool:
        """Uploads one more photo, that of the number, and watches it to its end. Whether it has a complete roast."""
        try:
            answer = await self._post(number)
        except GaveUp as gave_up:
            self.stalled.append(str(gave_up))
            return False
        request = self.requests[answer.json()["id"]] = Observed(answer.json()["id"], time.monotonic())
        await self._watch(request)
        document = (await self._client.get(f"/api/roasts/{request.id}")).json()
        return bool(document["status"] == "done" and not document["missing"])

    def _spawn(self, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(self._note_error)

    def _note_error(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, GaveUp):
            self.stalled.append(str(error))
        elif error:
            self._errors.append(error)

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, what: str, send: Callable[[], Awaitable[httpx.Response]], *good: int) -> httpx.Response:
        """Asks until the answer has one of the statuses `good`; every other one is noted. Raises GaveUp."""
        began = time.monotonic()
        while time.monotonic() - began < self._patience:
            sent = time.monotonic()
            try:
                answer = await send()
            except httpx.HTTPError as error:
                self._refused(what, sent, NO_ANSWER, repr(error))
            else:
                if answer.status_code in good:
                    return answer
                problem = _problem(answer)
                self._refused(what, sent, problem.get("code", str(answer.status_code)), problem.get("detail", ""))
            await asyncio.sleep(AGAIN_S)
        raise GaveUp(f"{what} was refused for {self._patience:g} s")

    def _refused(self, what: str, sent: float, code: str, detail: str) -> None:
        self.refusals.append(ErrorAnswer(what, sent, time.monotonic(), code, detail))

    async def _upload(self, number: int) -> None:
        answer = await self._post(self._seed * 1_000_003 + number)
        intent = self._dice.choices(("keep", "cancel", "delete", "encore"), (80, 7, 5, 8))[0]
        self._acknowledged(answer.json()["id"], intent)

    async def _post(self, number: int) -> httpx.Response:
        """Uploads until it is accepted, another photo each time: one whose answer was lost may be a request as well,
        and has its photo for itself."""
        tries = itertools.count()

        def send() -> Awaitable[httpx.Response]:
            data = photo(number * 1000 + next(tries))
            return self._client.post("/api/roasts", files={"photo": ("photo.jpg", data)})

        return await self.ask("an upload", send, 202)

    def _acknowledged(self, id: str, intent: str) -> None:
        request = self.requests[id] = Observed(id, time.monotonic(), intent)
        self._accepted.set()
        self._spawn(self._live(request), self._watchers)

    async def _live(self, request: Observed) -> None:
        """All that one client does about one request."""
        path = f"/api/roasts/{request.id}"
        if request.intent == "delete":
            await self._keep_trace(request)
        if request.intent in ("cancel", "delete"):
            await asyncio.sleep(self._dice.uniform(0, 1))
        if request.intent == "cancel":
            answer = await self.ask("a cancellation", lambda: self._client.post(f"{path}/cancel"), 200, 409)
            request.cancelled = answer.status_code == 200
        if request.intent == "delete":
            request.erasing_since = time.monotonic()
            answer = await self.ask("a deletion", lambda: self._client.delete(path), 200, 204, 404)
            request.erased, request.ended_at = True, time.monotonic()
            request.erasure = answer.text
            return
        await self._watch(request)
        if request.intent == "encore" and request.ended_at is not None:
            answer = await self.ask("an encore", lambda: self._client.post(f"{path}/encore", json={}), 202)
            self._acknowledged(answer.json()["id"], "keep")

    async def _keep_trace(self, request: Observed) -> None:
        stored = await self.ask("a photo", lambda: self._client.get(f"/api/roasts/{request.id}/photo"), 200)
        middle = len(stored.content) * 2 // 3
        self.traces[request.id] = stored.content[middle : middle + TRACE]

    async def _watch(self, request: Observed) -> None:
        """Watches until the ending; over lost connections, and over those that it drops itself."""
        deadline = time.monotonic() + self._patience
        while request.ended_at is None and time.monotonic() < deadline:
            sent = time.monotonic()
            try:
                async with asyncio.timeout(deadline - sent):
                    await self._one_connection(request, drop_after=self._dice.choice((1, 3, 8, 1000)))
            except Refused as refusal:
                problem = refusal.problem
                self._refused("watching", sent, problem.get("code", str(refusal.status)), problem.get("detail", ""))
            except OSError as error:
                self._lost(sent, error)
            if request.ended_at is None:
                request.resumed += 1
                await asyncio.sleep(AGAIN_S)

    def _lost(self, sent: float, error: OSError) -> None:
        """A stream that breaks off is no answer to complain about: its client resumes. Being turned away is."""
        if isinstance(error, ConnectionRefusedError):
            self._refused("watching", sent, NO_ANSWER, repr(error))

    async def _one_connection(self, request: Observed, drop_after: int) -> None:
        last = max((seq for seq, _ in request.seen), default=0)
        stream = events(self._url, f"/api/roasts/{request.id}/events", last)
        try:
            async for sent in stream:
                request.seen.append((sent.seq, sent.kind))
                if sent.kind in ENDINGS:
                    request.ended_at = time.monotonic()
                    return
                drop_after -= 1
                if not drop_after:
                    return
        finally:
            await stream.aclose()  # type: ignore[attr-defined]

    def counted(self) -> Counter[str]:
        """How often each code was answered."""
        return Counter(refusal.code for refusal in self.refusals)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
