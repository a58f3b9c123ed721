"""One analyzer and the thread in which it looks at photos."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from analyzers.base import declared
from analyzers.runtime.registry import wiring_of
from analyzers.runtime.resting import Resting, class_of, now
from bus.dead_letters.send import PermanentError
from bus.findings import Finding
from bus.observability.logs import log


class Executor:
    """One analyzer, its thread, and how long it usually takes.

    A better analyzer may replace it between two photos: a photo is finished by the analyzer that began it.
    """

    def __init__(self, analyzer: Any, on_hang: Callable[[], None]) -> None:
        self.analyzer = analyzer
        self.wiring = wiring_of(class_of(analyzer))
        self.name = self.wiring.name
        self._on_hang = on_hang
        self._thread = self._new_thread()
        self.turn = asyncio.Lock()
        """For callers that need more than the thread, such as a slot of the scheduler: one photo at a time."""
        self.usual_ms: float | None = None
        self.used_at = now()
        self._waking = asyncio.Lock()

    @property
    def is_resting(self) -> bool:
        """Whether its models are not loaded."""
        return isinstance(self.analyzer, Resting)

    async def wake_up(self, timeout: float) -> None:
        """Loads the models of one that rests. Raises PermanentError when that takes longer, and what it raises."""
        async with self._waking:
            if not isinstance(self.analyzer, Resting):
                return
            thread = self._new_thread()
            loading = asyncio.wrap_future(thread.submit(_loaded, self.name, self.analyzer))
            if not (await asyncio.wait({loading}, timeout=timeout))[0]:
                self._leave(thread)
                raise PermanentError(f"the models of {self.name} were not loaded within {timeout:g} s")
            self._go_on_with(loading.result(), thread)
            log.info("analyzer awake", analyzer=self.name)

    async def warm_up(self) -> None:
        """Has the analyzer do once, in its thread, what only the first time costs. A failure is logged, no more: if it
        means anything, the first photo will say so."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _warm_up, self.name, self.analyzer)

    async def replace(self, analyzer: Any) -> None:
        """Lets `analyzer`, of the same class, look at the photos that come from now on, once it is warm.

        Until then, perhaps for ever, the other one goes on: each has a thread of its own.
        """
        thread = self._new_thread()
        await asyncio.get_running_loop().run_in_executor(thread, _warm_up, self.name, analyzer)
        self._go_on_with(analyzer, thread)

    def _go_on_with(self, analyzer: Any, thread: ThreadPoolExecutor) -> None:
        self._thread.shutdown(wait=False)
        self.analyzer, self._thread, self.usual_ms, self.used_at = analyzer, thread, None, now()

    async def run(self, analyzer: Any, arguments: dict[str, Any], timeout: float) -> tuple[Finding, float]:
        """The finding and the milliseconds it took. Raises Skip, PermanentError when it hangs, and whatever it raises.

        The `timeout` in seconds begins with the look itself. A photo that waits behind one that hangs is looked at in
        the next thread, so it does not hang, too.
        """
        call, self.used_at = _Call(analyzer, arguments), now()
        while True:
            thread = self._thread
            end = asyncio.wrap_future(thread.submit(call))
            if not await call.is_over(end, timeout):
                self._leave(thread)
                raise PermanentError(f"{self.name} was not done within {timeout:g} s")
            if not end.cancelled():
                break
        self.used_at = now()
        finding, took = end.result()
        self.usual_ms = took if self.usual_ms is None else 0.8 * self.usual_ms + 0.2 * took
        return finding, took

    def _leave(self, thread: ThreadPoolExecutor) -> None:
        """A thread cannot be killed: it is left behind, and the process starts afresh when it is one of many."""
        thread.shutdown(wait=False, cancel_futures=True)
        if thread is self._thread:
            self._thread = self._new_thread()
        self._on_hang()

    def _new_thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix=self.name)


class _Call:
    """One call of an analyzer, which knows when it began."""

    def __init__(self, analyzer: Any, arguments: dict[str, Any]) -> None:
        self._analyzer, self._arguments = analyzer, arguments
        self._began: float | None = None

    def __call__(self) -> tuple[Finding, float]:
        self._began = began = time.perf_counter()
        try:
            finding = self._analyzer.analyze(**self._arguments)
        except SystemExit as exit:  # in the event loop it would end the process, and all other analyzers in it
            raise RuntimeError(f"it wanted to end its process with status {exit.code}") from exit
        return finding, (time.perf_counter() - began) * 1000

    async def is_over(self, end: asyncio.Future[Any], timeout: float) -> bool:
        """Waits for its `end`; False once it has taken more than `timeout` seconds. After that it is not waited for."""
        try:
            while (left := self._left(timeout)) > 0:
                if (await asyncio.wait({end}, timeout=left))[0]:
                    return True
            return False
        finally:
            end.cancel()  # a call that has not begun never will; what a call that hangs raises later is ignored

    def _left(self, timeout: float) -> float:
        return timeout if self._began is None else self._began + timeout - time.perf_counter()


def _loaded(name: str, resting: Resting) -> Any:
    analyzer = resting.load()
    _warm_up(name, analyzer)
    return analyzer


def _warm_up(name: str, analyzer: Any) -> None:
    try:
        declared(type(analyzer), "warm_up")(analyzer)
    except Exception:
        log.exception("not warm", analyzer=name)
