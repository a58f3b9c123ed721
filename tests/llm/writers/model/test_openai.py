"""The backend for a server: a real mlx_lm.server, and one that misbehaves in every way on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from llm.writers.backend import BackendFailed, Limits, Message
from llm.writers.model.openai import OpenAIBackend, Server
from llm.writers.model.sse import LONGEST_LINE, Garbled, ServerError, Stream

HELLO = (Message(role="system", text="Be brief."), Message(role="user", text="Once upon a time"))
LIMITS = Limits(tokens=12, seed=7, temperature=0.8)
KEY = "sk-very-secret-indeed"

Answer = Callable[[BaseHTTPRequestHandler], None]


class Scripted:
    """A server that answers each request with the next of `answers`, and the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.hung_up = threading.Event()
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                scripted.answer(self, body)

            def do_GET(self) -> None:
                scripted.answer(self, None)

            def log_message(self, format: str, *args: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def answer(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        self.requests.append((handler.path, dict(handler.headers), body))
        try:
            self.answers[min(len(self.requests), len(self.answers)) - 1](handler)
        except OSError:
            self.hung_up.set()

    def __enter__(self) -> Scripted:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def head(handler: BaseHTTPRequestHandler, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Type": "text/event-stream"} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def event(text: str | None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


def streams(*chunks: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        head(handler)
        for chunk in chunks:
            handler.wfile.write(chunk)

    return answer


def refuses(status: int, body: str = "", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        head(handler, status, **{"Content-Type": "application/json"}, **headers)
        handler.wfile.write(body.encode())

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def drones_on(handler: BaseHTTPRequestHandler) -> None:
    head(handler)
    while True:
        handler.wfile.write(event("and "))


GOOD = streams(event("Hello, "), event("you."), event(None, "stop"), b"data: [DONE]\n\n")


def said(
    url: str, run: Callable[[Awaitable[Any]], Any], model: str = "test", key: str = "", silence_s: float = 60
) -> str:
    """The whole answer; without pauses between tries."""

    async def receive() -> str:
        backend = OpenAIBackend(Server(url, model, SecretStr(key), silence_s), pauses_s=(0, 0, 0))
        try:
            return "".join([text async for text in backend.complete(HELLO, LIMITS)])
        finally:
            await backend.close()

    return str(run(receive()))


def test_a_request_says_what_the_protocol_asks_for_and_the_answer_comes_in_pieces(run: Any) -> None:
    with Scripted(GOOD) as server:
        assert said(f"{server.url}/", run, key=KEY) == "Hello, you."
    path, headers, body = server.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "test",
        "messages": [{"role": message.role, "content": message.text} for message in HELLO],
        "stream": True,
        "max_tokens": 12,
        "temperature": 0.8,
        "seed": 7,
    }


def test_without_a_model_the_first_that_the_server_lists_is_asked(run: Any) -> None:
    listed = refuses(200, json.dumps({"data": [{"id": "first"}, {"id": "second"}]}))
    with Scripted(listed, GOOD) as server:
        assert said(server.url, run, model="") == "Hello, you."
    assert [request[0] for request in server.requests] == ["/v1/models", "/v1/chat/completions"]
    assert server.requests[1][2]["model"] == "first"


def test_a_server_that_does_not_stream_is_understood(run: Any) -> None:
    with Scripted(refuses(200, json.dumps({"choices": [{"message": {"content": "At once."}}]}))) as server:
        assert said(server.url, run) == "At once."


@pytest.mark.parametrize("trouble", [refuses(503, "{}"), refuses(429, "{}", Retry_After="0"), hangs_up])
def test_trouble_before_the_first_word_is_tried_again(run: Any, trouble: Answer) -> None:
    with Scripted(trouble, trouble, GOOD) as server:
        assert said(server.url, run) == "Hello, you."
    assert len(server.requests) == 3


def test_an_error_that_stays_is_raised_after_the_last_try(run: Any) -> None:
    loading = Scripted(refuses(503, '{"error": {"message": "loading"}}'))
    with loading as server, pytest.raises(BackendFailed, match=r"answers 503 \(loading\)"):
        said(server.url, run)
    assert len(server.requests) == 4


def test_a_connection_cut_in_the_middle_is_reported_and_not_tried_again(run: Any) -> None:
    with Scripted(streams(event("Hello, "))) as server, pytest.raises(BackendFailed, match="cut in the middle"):
        said(server.url, run)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refuses(401, json.dumps({"error": {"message": f"bad key {KEY}"}})), "HECKLER_OPENAI_KEY"),
        (refuses(403, "<html>"), "HECKLER_OPENAI_KEY"),
        (refuses(404, '{"error": "model not found"}'), r"model not found.*HECKLER_OPENAI_MODEL.*HECKLER_OPENAI_URL"),
        (refuses(400, '{"detail": "no such field"}'), "no such field"),
        (streams(b"data: {oops\n\n"), "no chat stream"),
        (streams(b"data: [1]\n\n"), "no chat stream"),
        (streams(b'data: {"choices": [{"delta": {"content": 3}}]}\n\n'), "no chat stream"),
        (streams(b"x" * (LONGEST_LINE + 9)), "no chat stream"),
        (streams(b'data: {"error": {"message": "out of memory"}}\n\n'), r"failed \(out of memory\)"),
    ],
)
def test_a_final_error_is_reported_at_once_with_the_setting_to_mend_and_without_the_key(
    run: Any, answer: Answer, words: str
) -> None:
    with Scripted(answer) as server, pytest.raises(BackendFailed, match=words) as failure:
        said(server.url, run, key=KEY)
    assert KEY not in str(failure.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "set HECKLER_OPENAI_URL"),
        ("http://127.0.0.1:1/v1", "cannot be reached"),
        ("localhost:11434", "is no address"),
        ("ftp://x/v1", "is no address"),
        ("http://x:port/v1", "is no address"),
    ],
)
def test_an_address_that_leads_nowhere_is_reported(run: Any, url: str, words: str) -> None:
    with pytest.raises(BackendFailed, match=words):
        said(url, run)


@pytest.mark.parametrize("key", ["sk-schlüssel-€", "sk-a\nb"])
def test_a_key_that_cannot_be_sent_is_reported_but_not_repeated(run: Any, key: str) -> None:
    with Scripted(GOOD) as server, pytest.raises(BackendFailed, match="HECKLER_OPENAI_KEY") as failure:
        said(server.url, run, key=key)
    assert key not in str(failure.value)


def test_a_silent_server_is_given_up(run: Any) -> None:
    free = threading.Event()
    with Scripted(lambda handler: (head(handler), handler.wfile.flush(), free.wait(60))[0]) as server:
        with pytest.raises(BackendFailed, match=r"silent for 0\.2 s.*HECKLER_FIRST_TOKEN_TIMEOUT_S"):
            said(server.url, run, silence_s=0.2)
        free.set()


def test_closing_the_stream_closes_the_connection_so_that_the_server_stops(run: Any) -> None:
    async def receive(url: str) -> str:
        backend = OpenAIBackend(Server(url, "test"))
        async with aclosing(backend.complete(HELLO, LIMITS)) as texts:
            first = await anext(texts)
        await asyncio.to_thread(server.hung_up.wait, 60)
        await backend.close()
        return first

    with Scripted(drones_on) as server:
        assert run(receive(server.url)) == "and "
        assert server.hung_up.is_set()


@given(st.lists(st.text(min_size=1)), st.integers(min_value=1, max_value=40))
def test_however_the_bytes_are_cut_the_text_is_the_same(texts: list[str], size: int) -> None:
    data = b": a comment\r\n\r\nevent: x\n" + b"".join(map(event, texts)) + b"data: [DONE]\n\n" + event("late")
    stream = Stream()
    pieces = [text for i in range(0, len(data), size) for text in stream.feed(data[i : i + size])]
    assert "".join(pieces) == "".join(texts)
    assert stream.is_over


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_clear_failure(data: bytes) -> None:
    with contextlib.suppress(Garbled, ServerError):
        assert all(isinstance(text, str) for text in Stream().feed(b"data: " + data + b"\n"))


def test_a_finish_reason_ends_the_stream_and_usage_is_no_text() -> None:
    stream = Stream()
    assert list(stream.feed(b'data: {"choices": [], "usage": {}}\n' + event("so", "length"))) == ["so"]
    assert stream.is_over


@pytest.fixture(scope="module")
def real_server(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`mlx_lm.server` with a tiny model, as a process of its own; its base address."""
    folder = tmp_path_factory.mktemp("server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlx_lm.server", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--model", str(mirror / "derived" / "stories260k-llama")], stdout=log, stderr=log
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, folder / "log")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.05)  # another process's port: there is no event to wait for
    pytest.fail(f"mlx_lm.server did not get ready:\n{log.read_text()[-2000:]}")


def test_a_real_server_tells_a_story_the_same_for_the_same_seed(real_server: str, run: Any) -> None:
    async def receive() -> tuple[list[str], list[str], list[str]]:
        backend = OpenAIBackend(Server(real_server, "default_model", silence_s=60))
        await backend.warm_up(HELLO[:1])
        tellings = []
        for seed in (1, 1, 2):
            limits = Limits(tokens=30, seed=seed, temperature=0.8)
            tellings.append([text async for text in backend.complete(HELLO, limits)])
        await backend.close()
        return tellings[0], tellings[1], tellings[2]

    one, same, other = run(receive())
    assert "".join(one) == "".join(same) != "".join(other)
    assert 10 < len(one) <= 30


def test_a_real_server_goes_on_serving_after_a_stream_was_closed(real_server: str, run: Any) -> None:
    async def receive() -> str:
        backend = OpenAIBackend(Server(real_server, "default_model", silence_s=60))
        async with aclosing(backend.complete(HELLO, Limits(tokens=5000, seed=1, temperature=0.8))) as texts:
            await anext(texts)
        words = "".join([text async for text in backend.complete(HELLO, LIMITS)])
        await backend.close()
        return words

    assert run(receive())


def test_a_server_that_came_back_with_another_model_is_asked_for_that_one(run: Any) -> None:
    listed = [refuses(200, json.dumps({"data": [{"id": name}]})) for name in ("first", "second")]
    with Scripted(listed[0], GOOD, refuses(404), listed[1], GOOD) as server:

        async def receive() -> list[str]:
            backend = OpenAIBackend(Server(server.url), pauses_s=())
            answers = ["".join([text async for text in backend.complete(HELLO, LIMITS)])]
            with pytest.raises(BackendFailed, match="404"):
                await anext(backend.complete(HELLO, LIMITS))
            answers.append("".join([text async for text in backend.complete(HELLO, LIMITS)]))
            await backend.close()
            return answers

        assert run(receive()) == ["Hello, you."] * 2
    assert [body["model"] for _, _, body in server.requests if body] == ["first", "first", "second"]
