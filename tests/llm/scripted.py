"""Language models that say what a test gives them: one in process, one behind an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from llm.writers.backend import BackendFailed, Limits, Message


class ScriptedBackend:
    """Says the next of `answers` each time, cut into pieces of `size` characters; the last one again and again.

    An answer may also be an error to raise, or None: to say nothing, for ever. `afterwards` comes after any text.
    """

    name = "scripted: test"

    def __init__(self, *answers: str | BackendFailed | None, size: int = 3, afterwards: str = "stop") -> None:
        self._answers, self._size, self._afterwards = answers, size, afterwards
        self.requests: list[tuple[tuple[Message, ...], Limits]] = []
        self.tokens = 0
        self.silenced = asyncio.Event()

    async def warm_up(self, messages: Sequence[Message]) -> None:
        self.requests.append((tuple(messages), Limits(tokens=1, seed=0, temperature=0)))

    async def complete(self, messages: Sequence[Message], limits: Limits) -> AsyncIterator[str]:
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append((tuple(messages), limits))
        try:
            async for text in self._spoken(answer):
                self.tokens += 1
                yield text
        finally:
            self.silenced.set()

    async def _spoken(self, answer: str | BackendFailed | None) -> AsyncIterator[str]:
        if isinstance(answer, BackendFailed):
            raise answer
        for start in range(0, len(answer or ""), self._size):
            await asyncio.sleep(0)
            yield (answer or "")[start : start + self._size]
        if answer is None or self._afterwards == "silence":
            await asyncio.Event().wait()
        if self._afterwards == "break":
            raise BackendFailed("the connection was cut")
        while self._afterwards == "ramble":
            await asyncio.sleep(0)
            yield "and so on and on "

    async def close(self) -> None: ...


@dataclass
class Script:
    """What the server says to each request, how many characters at a time, what it was asked, how often for models."""

    answer: str
    size: int = 4
    asked: list[dict[str, object]] = field(default_factory=list)
    listed: int = 0


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """An OpenAI-compatible server that streams `script.answer`; yields its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            script.asked.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for start in range(0, len(script.answer), script.size):
                self._event({"delta": {"content": script.answer[start : start + script.size]}, "index": 0})
            self._event({"delta": {}, "finish_reason": "stop", "index": 0})
            self.wfile.write(b"data: [DONE]\n\n")

        def do_GET(self) -> None:
            script.listed += 1
            body = json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _event(self, choice: dict[str, object]) -> None:
            chunk = {"id": "1", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
