"""Dead letters as the stream DEAD keeps them, and their way back: one message to exactly the durable that failed.

A letter goes back under `photo.<id>.again.<durable>.<n>`, a subject that only this durable listens to (`topology`). It
is no event of the request: readers of its history pass it over. (Decision 0014 says why.)
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bus.erasure.overwrite import overwrite
from bus.jetstream.codec import Undecodable, headers, pack, unpack
from bus.jetstream.direct_get import LIMIT
from bus.jetstream.leader_get import Reader
from bus.jetstream.publish import ABSENT, store
from bus.subjects import ALL_DEAD_LETTERS, again, dead_letter, family_of, request_of
from bus.topology import DEAD

if TYPE_CHECKING:
    from bus.client import Bus


@dataclass(frozen=True)
class Letter:
    """A dead letter: the event, the durable that could not handle it, and why."""

    durable: str
    subject: str
    seq: int
    attempts: int
    error: str
    traceback: str
    data: bytes
    headers: dict[str, str]
    at: float = field(default_factory=time.time)
    again: int = 0
    """The sequence under which it was sent again, and failed again; 0 for the first time."""

    @property
    def request(self) -> str:
        """The request's id."""
        return request_of(self.subject)

    @property
    def letter_subject(self) -> str:
        """Its subject in DEAD: one purge forgets a request, and a service may write only in its own name."""
        return dead_letter(self.request, self.durable, self.again or self.seq)

    @property
    def retry_subject(self) -> str:
        """The subject under which it is sent again: once, since one that fails again is another letter."""
        return again(self.request, self.durable, self.again or self.seq)


async def letters(reader: Reader) -> AsyncIterator[tuple[int, Letter]]:
    """Every dead letter with its sequence in DEAD, oldest first. Raises ReadFailed."""
    last = 0
    while found := await reader.after(DEAD, ALL_DEAD_LETTERS, last):
        for message in found:
            last = message.seq
            yield last, Letter(**unpack(message.data))
        if len(found) < LIMIT:
            return


async def send_again(bus: Bus, letter: Letter) -> int:
    """Hands a letter's event to its durable again; the sequence under which, the same one however often this is called.

    Raises BusDown, LogFull, LogRefused, ReadFailed.
    """
    seq = await store(bus.nc, letter.retry_subject, pack(asdict(letter)), headers(**ABSENT))
    return seq if seq is not None else (await bus.reader.last("PHOTOS", [letter.retry_subject]))[-1].seq


async def forget(bus: Bus, letter: Letter) -> None:
    """Removes a letter from DEAD, on the disk too, and nothing else. Raises BusDown, LogRefused, ReadFailed."""
    await overwrite(bus, DEAD, letter.letter_subject)


def enclosed(subject: str, data: bytes) -> Letter | None:
    """The letter in a message that came back; None for any other message. Raises Undecodable."""
    if family_of(subject) != "again":
        return None
    try:
        content: dict[str, Any] = unpack(data)
        return Letter(**content)
    except (ValueError, TypeError) as error:
        raise Undecodable(f"{subject}: {error}") from error
