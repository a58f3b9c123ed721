"""Writing results and journal in the right order; each wait for the disk serves all that came meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.batch.folder_watch import Stat
from cli.batch.journal import Journal, Ledger, Line, Told
from cli.batch.results import Output, Result


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """A result, and what the journal and the contact sheet need besides."""

    result: Result
    path: str
    """Absolute."""
    stat: Stat | None
    thumbnail: bytes | None = None


class ResultWriter:
    """The one place that writes. Without a journal and an output, results go to `tell` alone."""

    def __init__(self, journal: Journal | None, output: Output | None, tell: Callable[[Result], None]) -> None:
        self._journal, self._output, self._tell = journal, output, tell
        self.ledger = journal.ledger if journal else Ledger()
        self._due: list[tuple[Line | ResultEntry, ...]] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._writing: asyncio.Task[None] | None = None
        self._broken: Exception | None = None

    async def write(self, *entries: Line | ResultEntry) -> None:
        """Returns when these are on disk, in this order and with nothing between them. Raises OSError.

        Once begun they are written, even when the caller is cancelled meanwhile.
        """
        done = asyncio.get_running_loop().create_future()
        self._due.append(entries)
        self._waiting.append(done)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await asyncio.shield(done)

    async def close(self) -> None:
        """Waits for what is being written."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write_all(self) -> None:
        while self._due:
            due, self._due = self._due, []
            waiting, self._waiting = self._waiting, []
            entries = [entry for group in due for entry in group]
            try:
                lines = await asyncio.to_thread(self._commit, entries)
            except Exception as error:  # a full disk: what came out of it is unknown until the journal is read again
                self._broken = error
                _fail(waiting, error)
                continue
            for line in lines:
                self.ledger.take(line)
            for entry in entries:
                if isinstance(entry, ResultEntry):
                    self._tell(entry.result)
            for each in waiting:
                each.set_result(None)

    def _commit(self, entries: Sequence[Line | ResultEntry]) -> list[Line]:
        if self._broken:
            raise self._broken
        lines = [self._noted(entry) if isinstance(entry, ResultEntry) else entry for entry in entries]
        if self._output and any(isinstance(entry, ResultEntry) for entry in entries):
            self._output.sync()
        if self._journal:
            self._journal.append(lines)
        return lines

    def _noted(self, telling: ResultEntry) -> Told:
        size = self._output.add(telling.result, telling.thumbnail) if self._output else 0
        found = telling.result
        own = {"status": found.status, "sha256": found.sha256, "id": found.id}
        return Told(path=telling.path, stat=telling.stat, size=size, **own)


def _fail(waiting: Sequence[asyncio.Future[None]], error: Exception) -> None:
    for each in waiting:
        each.set_exception(error)
        each.exception()  # whoever waited may be gone
