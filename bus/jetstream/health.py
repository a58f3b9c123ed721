"""Whether the log answers and can be written: a message to each stream on a schedule, taken away again at once.

A nats-server keeps the first error that it met when it wrote a stream: that stream then acknowledges nothing until the
server is restarted, while its state, its other streams and all reads look as they should. Only a write tells.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from nats import errors
from nats.aio.client import Client

from bus.jetstream.disk import Disk, folder_of_log, measure
from bus.jetstream.publish import BusDown, DiskFull, LogSilent, LogUnwritable, says_no_room
from bus.observability.logs import log
from bus.service.tasks import end
from bus.settings import Settings
from bus.subjects import probe
from bus.topology import FEATURES, PHOTOS, STREAMS

EVERY_S = 5.0
AGAIN_S = 1.0
"""Between two looks, when the last one was good, and when it was not."""
ANSWER_S = 2.0
"""How long the log may take over one answer; work that takes longer leads to a look."""
IN_A_ROW = 2
"""So many bad looks are needed before anything is refused: one may be a moment of much work."""
_NO_TROUBLE = {10077, 10043}
"""Error codes of streams that can be written: one holds as much as it may; one never had the message to be removed."""
_NO_MESSAGE = 1 << 62
"""A sequence that no stream ever reaches."""
NO_ANSWER = "no answer"

Need = Literal["reading", "writing", "room"]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Look:
    """What one look found. `failing`: stream → why it cannot be written."""

    connected: bool = True
    answers: bool = True
    failing: Mapping[str, str] = field(default_factory=dict)
    disk: Disk | None = None

    @property
    def needed(self) -> Mapping[str, str]:
        """Of the failing streams those that a request needs. Without the cache of findings each is found again; it has
        no replicas (`bus.topology`), so a cluster is without it as long as one certain server is away."""
        return {stream: why for stream, why in self.failing.items() if stream != FEATURES}

    @property
    def silence(self) -> BusDown | None:
        """Why nothing can be read; None when it can."""
        if not self.connected:
            return LogSilent("The connection to the event log is lost; it is taken up again by itself.")
        if not self.answers:
            return LogSilent("The event log takes connections and does not answer: its server hangs.")
        return None

    @property
    def trouble(self) -> Exception | None:
        """Why no new photo can be taken in; None when one can."""
        return self.silence or (no_room(self.disk) if self.disk and self.disk.is_low else self.muteness)

    @property
    def muteness(self) -> Exception | None:
        """Why nothing can be written, not even about what was accepted before; None when it can."""
        if self.silence or not self.needed:
            return self.silence
        full = any(says_no_room(why) for why in self.needed.values())
        if full and not (self.disk and self.disk.has_room):
            return no_room(self.disk, self.needed)
        since = "; its disk was full, and has room again" if full else ""
        return LogUnwritable(f"The event log answers, and stores nothing in {_listed(self.needed)}{since}.")


def no_room(disk: Disk | None, failing: Mapping[str, str] | None = None) -> DiskFull:
    """The error that says so: with our disk and its free space, or with the words of a server that is not ours."""
    words = f"{disk}" if disk else "the log's disk has no room"
    if failing:
        words += f"; its server cannot write {_listed(failing)}"
    return DiskFull(f"{words[0].upper()}{words[1:]}.")


def _listed(failing: Mapping[str, str]) -> str:
    """The streams by reason. Only the last words of the server's message count; before them there are only paths."""
    reasons = {why.rsplit(": ", 1)[-1] for why in failing.values()}
    return "; ".join(
        f"{', '.join(sorted(stream for stream, why in failing.items() if why.endswith(reason)))} ({reason})"
        for reason in sorted(reasons)
    )


class Health:
    """Looks at the log of one connection. Nothing happens before `start` or `look` is called."""

    def __init__(self, nc: Client, settings: Settings) -> None:
        self._nc, self._settings = nc, settings
        self.folder = folder_of_log()
        """Where the log lies, if it is on this machine and ours."""
        self._last = Look()
        self._bad = 0
        self._looking: asyncio.Task[Look] | None = None
        self._schedule: asyncio.Task[None] | None = None

    @property
    def disk(self) -> Disk | None:
        """The log's disk as it is now."""
        return measure(self.folder, self._settings)

    @property
    def known(self) -> Look:
        """The last look, with the disk as it is now; one bad look alone counts for nothing."""
        return self.last if self._bad >= IN_A_ROW else Look(disk=self.disk)

    @property
    def last(self) -> Look:
        """What the last look found, even if it was a single bad one, with the disk as it is now."""
        return replace(self._last, disk=self.disk)

    async def now(self) -> Look:
        """What is known; where no look is scheduled, a look is made now."""
        return self.known if self._schedule else await self.look()

    def start(self) -> None:
        """Looks on schedule from now on."""
        self._schedule = asyncio.create_task(self._run(), name="log health")

    async def stop(self) -> None:
        await end(self._schedule, self._looking)

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # what is known would never change again, whatever became of the log
                log.exception("log.not_looked_at")
            await asyncio.sleep(AGAIN_S if self._bad else EVERY_S)

    async def look(self) -> Look:
        """Writes to every stream now. Calls that come while that is under way share the answer."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def during(self, work: Coroutine[Any, Any, Result], need: Need = "room") -> Result:
        """What `work` returns, which needs to read the log, to write it, or to have room there for a new photo. Not
        begun when that is known not to be possible; when it takes long, a look says whether to go on waiting. Raises
        what was found."""
        if error := self._against(self.known, need):
            work.close()
            raise error
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=ANSWER_S))[0]:
                if (error := self._against(await self.look(), need)) and not task.done():
                    raise error
            return task.result()
        finally:
            await end(task)

    @staticmethod
    def _against(found: Look, need: Need) -> Exception | None:
        return {"reading": found.silence, "writing": found.muteness, "room": found.trouble}[need]

    async def _look(self) -> Look:
        found = await self._found()
        # room is measured anew whenever it matters: a disk that is low is no failure of the log
        bad = found.silence or found.failing
        self._last, self._bad = found, self._bad + 1 if bad else 0
        return found

    async def _found(self) -> Look:
        silent = await self._is_silent()
        if silent:
            return silent
        found = await asyncio.gather(*(self._write(stream) for stream in STREAMS))
        failing = {stream: why for stream, why in zip(STREAMS, found, strict=True) if why}
        # a server that stopped in the middle of the look would pass for one that stores nothing
        silent = await self._is_silent() if NO_ANSWER in failing.values() else None
        return silent or Look(failing=failing, disk=self.disk)

    async def _is_silent(self) -> Look | None:
        """The look of a log that says nothing at all; None when it answers."""
        if not self._nc.is_connected:
            return Look(connected=False, disk=self.disk)
        if await self._ask(f"$JS.API.STREAM.INFO.{PHOTOS}") == NO_ANSWER:
            return Look(connected=bool(self._nc.is_connected), answers=False, disk=self.disk)
        return None

    async def _write(self, stream: str) -> str:
        """Writes to a stream and takes it away again; why that was not possible, or nothing."""
        subject = probe(stream)
        written, answer = await self._answer_to(subject)
        # a stream that acknowledges nothing still says at a removal, of whatever, which error it keeps
        removal = {"seq": answer.get("seq") or _NO_MESSAGE, "no_erase": True}
        taken_away = await self._ask(f"$JS.API.STREAM.MSG.DELETE.{stream}", removal)
        return taken_away if written == NO_ANSWER and taken_away else written

    async def _ask(self, subject: str, body: Any = None) -> str:
        """What is wrong with the answer, in the server's words; nothing when it is right."""
        return (await self._answer_to(subject, body))[0]

    async def _answer_to(self, subject: str, body: Any = None) -> tuple[str, dict[str, Any]]:
        """What is wrong with the answer, or nothing; and the answer."""
        payload = json.dumps(body).encode() if body is not None else b""
        try:
            answer: dict[str, Any] = json.loads((await self._nc.request(subject, payload, timeout=ANSWER_S)).data)
        except errors.NoRespondersError:
            return "there is no such stream", {}
        except (errors.Error, OSError, TimeoutError):
            return NO_ANSWER, {}
        error = answer.get("error") or {}
        return "" if error.get("err_code") in _NO_TROUBLE else str(error.get("description", "")), answer
