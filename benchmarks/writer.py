"""What the backends add to the model: tokens a second beside the bare library, and beside a bare stream.

    python -m benchmarks.writer MODEL_FOLDER [--rounds N] [--tokens N]

Both sides of each pair say the same tokens with the same seed, in turns, in the same run; the median counts. `mlx` is
compared with `mlx_lm.stream_generate` in this process; `openai` with a bare httpx stream, both from one mlx_lm.server.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvloop

from llm.writers.backend import Limits, Message
from llm.writers.model.mlx import MlxBackend
from llm.writers.model.mlx_engine import Engine, sampler
from llm.writers.model.openai import OpenAIBackend, Server

MESSAGES = (Message(role="system", text="You tell stories."), Message(role="user", text="Once upon a time"))

Side = Callable[[Limits], Awaitable[float]]


class Bare:
    """`mlx_lm.stream_generate` as one would call it from a script, in one thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._engine = Engine(folder)
        self._thread = ThreadPoolExecutor(max_workers=1)

    async def seconds(self, limits: Limits) -> float:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._generate, limits)

    def _generate(self, limits: Limits) -> float:
        from mlx_lm import stream_generate

        model, tokenizer = self._engine.load()
        tokens = self._engine.tokens(MESSAGES)
        choose = sampler(limits.temperature, limits.seed)
        began = time.perf_counter()
        for response in stream_generate(model, tokenizer, tokens, max_tokens=limits.tokens, sampler=choose):
            assert response.token >= 0
        return time.perf_counter() - began


def ours(backend: MlxBackend | OpenAIBackend) -> Side:
    async def seconds(limits: Limits) -> float:
        return await _timed(backend.complete(MESSAGES, limits))

    return seconds


def bare_stream(url: str) -> Side:
    async def seconds(limits: Limits) -> float:
        return await _timed(_lines(url, limits))

    return seconds


async def _lines(url: str, limits: Limits) -> AsyncIterator[str]:
    body = {
        "model": "default_model",
        "messages": [{"role": message.role, "content": message.text} for message in MESSAGES],
        "stream": True,
        "max_tokens": limits.tokens,
        "temperature": limits.temperature,
        "seed": limits.seed,
    }
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("POST", f"{url}/chat/completions", json=body) as response,
    ):
        async for line in response.aiter_lines():
            yield line


async def _timed(texts: AsyncIterator[str]) -> float:
    began = time.perf_counter()
    async for text in texts:
        assert text is not None
    return time.perf_counter() - began


async def compare(name: str, one: Side, other: Side, limits: Limits, rounds: int) -> None:
    """Prints how fast both sides are, and `one` in relation to `other`: they take turns at being first."""
    await one(limits), await other(limits)
    pairs = []
    for number in range(rounds):
        if number % 2:
            pairs.append((await one(limits), await other(limits)))
        else:
            second = await other(limits)
            pairs.append((await one(limits), second))
    mine, bare = (limits.tokens / statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{name}: {mine:.0f} tokens/s, bare {bare:.0f} tokens/s, median of the ratios {ratio:.3f}")


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """`mlx_lm.server` on a free port; its base address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlx_lm.server", "--model", str(folder), "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            while process.poll() is None:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health", timeout=5)
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()
            process.wait()


async def run(folder: Path, rounds: int, tokens: int) -> None:
    limits = Limits(tokens=tokens, seed=1, temperature=0)
    backend = MlxBackend(folder)
    await backend.warm_up(MESSAGES[:1])
    await compare("mlx", ours(backend), Bare(folder).seconds, limits, rounds)
    await backend.close()
    with server(folder) as url:
        remote = OpenAIBackend(Server(url, "default_model"))
        await compare("openai", ours(remote), bare_stream(url), limits, rounds)
        await remote.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--tokens", type=int, default=300)
    given = parser.parse_args()
    uvloop.run(run(given.folder, given.rounds, given.tokens))


if __name__ == "__main__":
    main()
