"""A batch: files in, results out, each exactly once, however often it is stopped or killed and resumed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bus.client import LogRefused, PhotoUnavailable
from bus.events import new_id
from bus.jetstream.direct_get import ReadFailed
from bus.jetstream.photo_store import Photos
from bus.service.tasks import end
from cli.batch.analyzers import BatchAnalyzers
from cli.batch.decoding import File, Reader, Unusable
from cli.batch.journal import Asked, Dropped
from cli.batch.progress import Tally
from cli.batch.request import Requests, refused, result_of
from cli.batch.results import Result
from cli.batch.writer import ResultEntry, ResultWriter
from gateway.upload.photo import Normalised

AHEAD = 4
"""Photos that are read while those in flight are looked at, so that there is always one ready to go."""


@dataclass(frozen=True)
class Means:
    """What a batch works with. `put_back` may take a file that cannot be decoded for one that is still being written;
    `thumbnail` makes what the output wants to have of each photo."""

    reader: Reader
    requests: Requests
    crew: BatchAnalyzers
    writer: ResultWriter
    photos: Photos
    tally: Tally
    in_flight: int
    put_back: Callable[[File], bool] = lambda _: False
    thumbnail: Callable[[bytes], bytes] | None = None


@dataclass
class Batch:
    """One run over many files. After `stop` is set nothing new is begun; what is in flight is finished."""

    means: Means
    stop: asyncio.Event
    _open: dict[str, list[File]] = field(default_factory=dict)
    """Hash of a photo that is being asked about → its copies, which are told when it is."""
    _busy: set[str] = field(default_factory=set)
    _resumed: set[str] = field(default_factory=set)
    _in_hand: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._tasks = asyncio.Semaphore(self.means.in_flight + AHEAD)
        self._flight = asyncio.Semaphore(self.means.in_flight)

    async def run(self, source: AsyncIterator[Path]) -> None:
        """Takes up what an earlier run left open, then the files of `source`. Raises OSError when it cannot write."""
        pending = list(self.means.writer.ledger.pending.values())
        self._open = {asked.sha256: [] for asked in pending}
        self._resumed = {asked.path for asked in pending}
        self._busy = set(self._resumed)
        try:
            async with asyncio.TaskGroup() as group:
                for asked in pending:
                    await self._tasks.acquire()
                    self._begin(group, self._take_up(asked))
                async for path in until(source, self.stop):
                    await self._tasks.acquire()
                    self._begin(group, self._take(path))
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        finally:
            await self.means.writer.close()

    async def leave(self) -> None:
        """Breaks off what is in flight, for a later run to go on with; to be called when `stop` is set."""
        await end(*self._in_hand)

    def _begin(self, group: asyncio.TaskGroup, work: Awaitable[None]) -> None:
        task = group.create_task(self._task(work))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def _task(self, work: Awaitable[None]) -> None:
        try:
            await work
        finally:
            self._tasks.release()

    async def _take(self, path: Path, name: str | None = None) -> None:
        """One file, if it has not been told of yet; `name` is the path as it was given, where that is another."""
        file = File.at(path, name)
        if file.key in self._busy or self.means.writer.ledger.knows(file.key, file.stat):
            self.means.tally.before += file.key not in self._resumed
            return
        self._busy.add(file.key)
        try:
            await self._look(file)
        finally:
            self._busy.discard(file.key)

    async def _look(self, file: File) -> None:
        try:
            photo = await self.means.reader.read(file)
        except Unusable as why:
            if not self.means.put_back(file):
                await self._tell(file, refused(file.name, why.code, why.detail))
            return
        if not await self._is_first(file, photo.sha256):
            return
        sha256 = photo.sha256
        async with self._flight:
            asked = await self._ask(file, photo)
            thumbnail = await self._thumbnail(photo.data) if asked else None
            del photo  # nobody needs its pixels while it is waited for
            if asked:
                await self._follow(file, asked, thumbnail)
        copies = self._open.pop(sha256, [])
        if self.means.writer.ledger.knows(file.key, file.stat):
            for copy in copies:
                await self._tell_copy(copy, sha256)

    async def _is_first(self, file: File, sha256: str) -> bool:
        """Whether nobody has asked about this photo; if somebody has, `file` is told of as a copy, now or then."""
        if sha256 in self._open:
            self._open[sha256].append(file)
            return False
        first = self.means.writer.ledger.firsts.get(sha256)
        if first is None:
            self._open[sha256] = []
            return True
        if first[0] == file.key:  # it was touched, and is what it was
            self.means.tally.before += 1
        else:
            await self._tell_copy(file, sha256)
        return False

    async def _ask(self, file: File, photo: Normalised) -> Asked | None:
        """Submits a request; None when the batch was stopped before that, or the log does not want it."""
        asked: Asked | None = None
        while not self.stop.is_set():
            expects = await self.means.crew.expects()
            dropped = [Dropped(id=asked.id)] if asked else []
            own = {"path": file.key, "name": file.name, "stat": file.stat or (0, 0)}
            asked = Asked(id=new_id(), sha256=photo.sha256, **own)
            await self.means.writer.write(*dropped, asked)
            try:
                if await self.means.requests.submit(asked.id, photo, expects):
                    return asked
            except LogRefused as error:
                why = refused(file.name, "refused", f"The event log does not take it: {error}", photo.sha256)
                await self._tell(file, why.model_copy(update={"status": "failed", "id": asked.id}))
                return None
        if asked:
            await self.means.writer.write(Dropped(id=asked.id))
        return None

    async def _take_up(self, asked: Asked) -> None:
        """A request that an earlier run made, or was about to make."""
        file = File(asked.path, asked.name, asked.stat)
        async with self._flight:
            if came_to_be := await self.means.requests.is_in(asked.id):
                await self._follow(file, asked, await self._old_thumbnail(file, asked))
            else:
                await self.means.writer.write(Dropped(id=asked.id))
        copies = self._open.pop(asked.sha256, [])
        self._busy.discard(asked.path)
        for copy in copies if came_to_be else []:
            await self._tell_copy(copy, asked.sha256)
        for again in [] if came_to_be or self.stop.is_set() else [file, *copies]:
            await self._take(Path(again.key), again.name)

    async def _follow(self, file: File, asked: Asked, thumbnail: bytes | None) -> None:
        """Waits for a request's end, and tells of it."""
        tally = self.means.tally
        tally.begins(asked.id)
        try:
            history = await self.means.requests.outcome(asked.id, lambda event: tally.takes(asked.id, event))
        finally:
            tally.ends(asked.id)
        await self._tell(file, result_of(file.name, asked.id, asked.sha256, history), thumbnail)

    async def _tell(self, file: File, result: Result, thumbnail: bytes | None = None) -> None:
        await self.means.writer.write(ResultEntry(result, file.key, file.stat, thumbnail))

    async def _tell_copy(self, file: File, sha256: str) -> None:
        _, name, id = self.means.writer.ledger.firsts[sha256]
        await self._tell(file, Result(path=file.name, status="copy", copy_of=name, id=id, sha256=sha256))

    async def _thumbnail(self, photo: bytes) -> bytes | None:
        make = self.means.thumbnail
        return await asyncio.to_thread(make, photo) if make else None

    async def _old_thumbnail(self, file: File, asked: Asked) -> bytes | None:
        """That of a photo which was decoded by an earlier run: from the log, or from its file if it is unchanged."""
        if self.means.thumbnail is None:
            return None
        with contextlib.suppress(PhotoUnavailable, ReadFailed):
            return await self._thumbnail(await self.means.photos.get(asked.id, asked.sha256))
        with contextlib.suppress(Unusable):
            photo = await self.means.reader.read(file)
            return await self._thumbnail(photo.data) if photo.sha256 == asked.sha256 else None
        return None


async def until(source: AsyncIterator[Path], stop: asyncio.Event) -> AsyncIterator[Path]:
    """What `source` yields until `stop` is set, also while it keeps one waiting."""
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            coming = asyncio.ensure_future(anext(source, None))
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                await end(coming)
                return
            path = coming.result()
            if path is None or stop.is_set():
                return
            yield path
    finally:
        await end(stopping)
