"""The backend that needs no server: mlx-lm in a thread of this process, on Metal, CUDA or the CPU."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from queue import SimpleQueue

from llm.writers.backend import BackendFailed, Limits, Message
from llm.writers.model.mlx_engine import Engine, Stopped

GATHER_S = 0.01
"""Tokens that follow each other more quickly than this travel together: people do not read faster."""

LEAVING_S = 10.0
"""Time for the thread to notice that the process ends: a token, or `CHUNK` of a prompt."""

_READY = Message(role="user", text="Ready?")


class MlxBackend:
    """The model in `folder`. One answer at a time; other requests wait for their turn."""

    def __init__(self, folder: Path) -> None:
        self.name = f"mlx: {folder.name}"
        self.tokens = 0
        self._engine = Engine(folder)
        self._completions: set[_Completion] = set()
        self._thread = _Thread(self._engine, self._completions)
        weakref.finalize(self, self._thread.leave)

    async def warm_up(self, messages: Sequence[Message]) -> None:
        """Loads the model, reads the beginning that requests share, and says one token. Raises BackendFailed."""
        async for _ in self.complete((*messages, _READY), Limits(tokens=1, seed=0, temperature=0)):
            pass

    async def complete(self, messages: Sequence[Message], limits: Limits) -> AsyncGenerator[str, None]:
        """The answer in pieces, as they come; the same for the same seed. Raises BackendFailed.

        `aclose()` returns at once; the thread stops at the next token, or after reading `CHUNK` more of the prompt.
        """
        completion = _Completion(asyncio.get_running_loop())
        said = tuple(messages)
        try:
            taken = self._thread.take(lambda: self._generate(completion, said, limits))
        except RuntimeError as error:  # the system gives no more threads; the next request tries again
            raise BackendFailed(f"{self.name} could not begin ({error}): make room on this machine") from error
        if not taken:
            raise BackendFailed(f"{self.name} has been closed: start Heckler again")
        self._completions.add(completion)
        try:
            while not completion.is_over:
                if text := await completion.next():
                    yield text
            if completion.failure is not None:
                raise completion.failure
        finally:
            self._completions.discard(completion)
            completion.stop.set()

    async def close(self) -> None:
        """Stops whatever is being said, and lets go of the model."""
        self._thread.stop()

    def _generate(self, completion: _Completion, messages: Sequence[Message], limits: Limits) -> None:
        """In the model's thread: adds everything to `completion`, also what went wrong."""
        failure: BaseException | None = None
        try:
            if completion.stop.is_set():
                raise Stopped
            for text in self._engine.generate(messages, limits, completion.stop):
                self.tokens += 1
                completion.add(text)
        except Stopped:
            failure = BackendFailed(f"{self.name} was stopped")
        except (RuntimeError, MemoryError) as error:  # MLX's way of saying that the device gave up
            failure = BackendFailed(f"{self.name} broke off ({str(error)[:200]}): a smaller model may fit")
            failure.__cause__ = error
        except BaseException as error:
            failure = error
        finally:
            completion.end(failure)


class _Thread:
    """The one thread that uses the model, from the first task until it is closed.

    MLX keeps streams per thread, and a process that ends before the thread has put its own away crashes: so it is no
    executor's, which only joins.
    """

    def __init__(self, engine: Engine, completions: set[_Completion]) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._engine, self._completions = engine, completions
        self._thread = self._new()
        self._lock = threading.Lock()
        self._closed = False

    def _new(self) -> threading.Thread:
        return threading.Thread(target=self._work, name="mlx", daemon=True)

    def take(self, task: Callable[[], None]) -> bool:
        """Whether `task` will be done, after those before it: not once the thread has been closed."""
        with self._lock:
            if self._closed:
                return False
            if not self._thread.is_alive():
                self._thread = self._new()  # also for one that has died: what waits in the queue waits for the next
                _running.add(self)
                self._thread.start()
            self._tasks.put(task)
            return True

    def stop(self) -> None:
        """Breaks off what is being generated, ends the thread after the tasks it has, and unloads the model there."""
        for completion in tuple(self._completions):
            completion.stop.set()
        with self._lock:
            self._closed = True
        self._tasks.put(None)

    def leave(self) -> None:
        """Stops the thread and waits for its end: the backend has no reference any more, or the process ends.

        The thread itself may drop the last reference. It cannot wait for its own end; the process does (`_leave_all`).
        """
        self.stop()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(LEAVING_S)

    def _work(self) -> None:
        try:
            while (task := self._tasks.get()) is not None:
                task()
                del task  # or it would keep the backend alive while there is nothing to do
        finally:
            self._engine.unload()
            _running.discard(self)


_running: set[_Thread] = set()
"""The threads that have not unloaded their model yet."""


@atexit.register
def _leave_all() -> None:
    for thread in tuple(_running):
        thread.leave()


class _Completion:
    """Text on its way from the model's thread to the event loop that waits for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stop = threading.Event()
        self.failure: BaseException | None = None
        self._loop, self._news = loop, asyncio.Event()
        self._texts: deque[str] = deque()
        self._notified_at = 0.0
        self._ended = False

    @property
    def is_over(self) -> bool:
        """Whether everything was generated, and read."""
        return self._ended and not self._texts

    def add(self, text: str) -> None:
        self._texts.append(text)
        now = time.perf_counter()
        if now - self._notified_at >= GATHER_S:
            self._notified_at = now
            self._notify()

    def end(self, failure: BaseException | None) -> None:
        self.failure = failure
        self._ended = True
        self._notify()

    async def next(self) -> str:
        """What has come since the last time; waits while there is nothing. Empty when the end is all that came."""
        await self._news.wait()
        self._news.clear()
        said = []
        while self._texts:
            said.append(self._texts.popleft())
        return "".join(said)

    def _notify(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:  # the loop is closed: nothing waits for the text any more
            self.stop.set()
