"""Many photos and many watchers: quick ones, slow ones, and some that never read what they asked for."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter, deque

import httpx

from benchmarks.chaos_load import photo
from benchmarks.sse import Refused, connect, events

PAUSE_S = (0.5, 4.0)
"""Between two streams of one watcher: two thousand that ask again at once would measure nothing but that."""
SLOW_BYTES = 64
SLOW_S = DEAF_S = 20.0


class Crowd:
    """Uploads and watches. `counted` says what was done."""

    def __init__(self, url: str, seed: int) -> None:
        self._url, self._dice = url, random.Random(seed)
        self._seed = seed * 1_000_003
        self._recent: deque[str] = deque(maxlen=16)
        self.counted: Counter[str] = Counter()

    async def photos(self, first: int, count: int, in_flight: int) -> None:
        """Uploads photos number `first` and on, each watched to its end, so many of them at a time."""
        slots = asyncio.Semaphore(in_flight)
        limits = httpx.Limits(max_connections=in_flight)
        async with httpx.AsyncClient(base_url=self._url, timeout=60, limits=limits) as client:

            async def one(number: int) -> None:
                async with slots:
                    await self._photo(client, photo(self._seed + number))

            async with asyncio.TaskGroup() as group:
                for number in range(first, first + count):
                    group.create_task(one(number))

    async def _photo(self, client: httpx.AsyncClient, data: bytes) -> None:
        while True:
            answer = await client.post("/api/roasts", files={"photo": ("photo.jpg", data)})
            if answer.status_code == 202:
                break
            self.counted[f"refused {answer.json()['code']}"] += 1
            await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
        id = answer.json()["id"]
        self._recent.append(id)
        self.counted[await self._to_the_end(id)] += 1

    async def _to_the_end(self, id: str) -> str:
        last, kind = 0, "nothing"
        while kind not in ("roast", "failed", "cancelled"):
            async for sent in events(self._url, f"/api/roasts/{id}/events", last):
                last, kind = max(last, sent.seq), sent.kind
        return kind

    async def watch(self, watchers: int) -> None:
        """So many watchers, one stream after the other each, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(watchers):
                way = self._slow if number % 20 == 0 else self._deaf if number % 20 == 1 else self._quick
                group.create_task(self._watcher(way))

    async def _watcher(self, way: object) -> None:
        await asyncio.sleep(self._dice.uniform(0, PAUSE_S[1]))
        while True:
            if self._recent:
                with contextlib.suppress(OSError, Refused, asyncio.IncompleteReadError):
                    await way(f"/api/roasts/{self._dice.choice(self._recent)}/events")  # type: ignore[operator]
            await asyncio.sleep(self._dice.uniform(*PAUSE_S))

    async def _quick(self, path: str) -> None:
        async for _ in events(self._url, path):
            self.counted["events watched"] += 1

    async def _slow(self, path: str) -> None:
        """Reads a few bytes a second."""
        reader, writer = await connect(self._url, path)
        try:
            for _ in range(int(SLOW_S)):
                if not await reader.read(SLOW_BYTES):
                    break
                await asyncio.sleep(1)
            self.counted["slow readers"] += 1
        finally:
            writer.transport.abort()

    async def _deaf(self, path: str) -> None:
        """Half open: asks, and never reads the answer."""
        reader, writer = await connect(self._url, path)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        try:
            await asyncio.sleep(DEAF_S)
            self.counted["half-open readers"] += 1
        finally:
            writer.transport.abort()
            del reader
