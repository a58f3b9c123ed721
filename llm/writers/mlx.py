"""The speaker that needs no server: mlx-lm in a thread of this process, on Metal, CUDA or the CPU."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from llm.writers.mlx_engine import Engine, Stopped
from llm.writers.speaker import Limits, Message, SpeakerFailed

GATHER_S = 0.01
"""Tokens that follow each other more quickly than this travel together: nobody reads faster."""

_READY = Message(role="user", text="Ready?")


class MlxSpeaker:
    """The model in `folder`. One answer at a time; other requests wait for their turn."""

    def __init__(self, folder: Path) -> None:
        self.name = f"mlx: {folder.name}"
        self._engine = Engine(folder)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mlx")
        self._speeches: set[_Speech] = set()

    async def warm_up(self, messages: Sequence[Message]) -> None:
        """Loads the model, reads the beginning that requests share, and says one token. Raises SpeakerFailed."""
        async for _ in self.say((*messages, _READY), Limits(tokens=1, seed=0, temperature=0)):
            pass

    async def say(self, messages: Sequence[Message], limits: Limits) -> AsyncGenerator[str, None]:
        """The answer in pieces, as they come; the same for the same seed. Raises SpeakerFailed.

        `aclose()` returns at once; the thread stops at the next token, or after reading `CHUNK` more of the prompt.
        """
        speech = _Speech(asyncio.get_running_loop())
        try:
            work = self._thread.submit(self._speak, speech, tuple(messages), limits)
        except RuntimeError as error:
            raise SpeakerFailed(f"{self.name} has been closed: start Heckler again") from error
        self._speeches.add(speech)
        try:
            while not speech.is_over:
                if text := await speech.next():
                    yield text
            if speech.failure is not None:
                raise speech.failure
        finally:
            self._speeches.discard(speech)
            speech.stop.set()
            work.cancel()

    async def close(self) -> None:
        """Stops whatever is being said, and lets go of the model."""
        for speech in self._speeches:
            speech.stop.set()
        self._thread.submit(self._engine.unload)
        self._thread.shutdown(wait=False)

    def _speak(self, speech: _Speech, messages: Sequence[Message], limits: Limits) -> None:
        """In the model's thread: says everything to `speech`, also what went wrong."""
        failure: BaseException | None = None
        try:
            for text in self._engine.speak(messages, limits, speech.stop):
                speech.add(text)
        except Stopped:
            failure = SpeakerFailed(f"{self.name} was stopped")
        except (RuntimeError, MemoryError) as error:  # MLX's way of saying that the device gave up
            failure = SpeakerFailed(f"{self.name} broke off ({str(error)[:200]}): a smaller model may fit")
            failure.__cause__ = error
        except BaseException as error:
            failure = error
        finally:
            speech.end(failure)


class _Speech:
    """Text on its way from the model's thread to the event loop that waits for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stop = threading.Event()
        self.failure: BaseException | None = None
        self._loop, self._news = loop, asyncio.Event()
        self._texts: deque[str] = deque()
        self._told_at = 0.0
        self._ended = False

    @property
    def is_over(self) -> bool:
        """Whether everything was said, and heard."""
        return self._ended and not self._texts

    def add(self, text: str) -> None:
        self._texts.append(text)
        now = time.perf_counter()
        if now - self._told_at >= GATHER_S:
            self._told_at = now
            self._tell()

    def end(self, failure: BaseException | None) -> None:
        self.failure = failure
        self._ended = True
        self._tell()

    async def next(self) -> str:
        """What has come since the last time; waits while there is nothing. Empty when the end is all that came."""
        await self._news.wait()
        self._news.clear()
        said = []
        while self._texts:
            said.append(self._texts.popleft())
        return "".join(said)

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:  # the loop is closed: there is nobody left to tell
            self.stop.set()
