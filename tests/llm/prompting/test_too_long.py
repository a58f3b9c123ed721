"""A prompt that does not fit into a model's context loses its least salient cues; if that is not enough, it is told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from scripted import ScriptedBackend

from bus.roast.events import Cue
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import shipped
from llm.writers.backend import BackendFailed, Limits, Message, TooLong
from llm.writers.model.mlx import MlxBackend
from llm.writers.model.mlx_engine import positions
from llm.writers.model.openai import OpenAIBackend, Server
from llm.writers.model.writer import ModelWriter, Pace

Run = Callable[[Any], Any]

KINDS = ("tilted", "noisy", "blurred", "square", "drab", "loud")
CUES = tuple(
    Cue(id=kind, kind=kind, text=f"It is {kind}.", salience=1 - n / 10, evidence=("x.y",))
    for n, kind in enumerate(KINDS)
)
ANSWER = "[1] The horizon leans like somebody who has been told a long story.\n"
LIMITS = Limits(tokens=12, seed=7, temperature=0.8)
REFUSALS = {
    "vllm": "This model's maximum context length is 512 tokens. However, you requested 900 tokens.",
    "llama.cpp": "request (900 tokens) exceeds the available context size (512 tokens), try increasing it",
    "lm studio": "Trying to keep the first 900 tokens when context the overflows. However, the model is loaded with "
    "context length of only 512 tokens, which is not enough.",
    "lm studio, later": "Cannot truncate prompt with n_keep (900) >= n_ctx (512)",
    "others": "prompt is too long: 900 tokens > 512 maximum",
}


def brief() -> Brief:
    return Brief(cues=CUES, style=Style(length="short"))


def observations(messages: Sequence[Message]) -> list[str]:
    return re.findall(r"^\[\d+\] (.*)$", messages[-1].text, re.MULTILINE)


class Narrow(ScriptedBackend):
    """Takes no more than `room` observations."""

    def __init__(self, *answers: str, room: int) -> None:
        super().__init__(*answers)
        self.room = room
        self.refused: list[int] = []

    async def complete(self, messages: Sequence[Message], limits: Limits) -> AsyncIterator[str]:
        if (asked := len(observations(messages))) > self.room:
            self.refused.append(asked)
            raise TooLong("the request is too long for a test")
        async for text in super().complete(messages, limits):
            yield text


def written(by: ModelWriter, run: Run) -> list[str]:
    async def lines() -> list[str]:
        try:
            return [piece.text async for piece in by.write(brief())]
        finally:
            await by.close()

    texts: list[str] = run(lines())
    return texts


def test_the_least_salient_cues_are_left_out_until_it_fits(run: Run) -> None:
    backend = Narrow(ANSWER, room=4)
    assert written(ModelWriter(backend, shipped()), run) == [ANSWER[4:].strip()]
    assert backend.refused == [6, 5]
    [(messages, _)] = backend.requests
    assert observations(messages) == [cue.text for cue in CUES[:4]]


def test_a_second_question_is_not_longer_than_what_fitted(run: Run) -> None:
    backend = Narrow("[1] Paris is a city.\n", ANSWER, room=2)
    written(ModelWriter(backend, shipped()), run)
    assert [len(observations(messages)) for messages, _ in backend.requests] == [2, 2]
    assert backend.refused == [6, 5, 4, 3]


def test_when_not_even_one_cue_fits_this_is_reported(run: Run) -> None:
    backend = Narrow(ANSWER, room=0)
    with pytest.raises(BackendFailed, match="even with a single observation, the request is too long for a test"):
        written(ModelWriter(backend, shipped()), run)
    assert backend.refused == [6, 5, 4, 3, 2, 1]


def test_what_was_said_before_it_became_too_long_is_kept(run: Run) -> None:
    class Tiring(Narrow):
        """Takes nothing any more once it has spoken."""

        async def complete(self, messages: Sequence[Message], limits: Limits) -> AsyncIterator[str]:
            async for text in super().complete(messages, limits):
                yield text
            self.room = 0

    backend = Tiring(ANSWER, room=1)
    assert written(ModelWriter(backend, shipped(), Pace(candidates=2)), run) == [ANSWER[4:].strip()]
    assert backend.refused == [6, 5, 4, 3, 2, 1]


@contextmanager
def serving(status: int, refusal: str, room: int) -> Iterator[tuple[str, list[int]]]:
    """A server that refuses more than `room` observations, with this status, or in its stream when that is 200."""
    asked: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            message = body["messages"][-1]["content"]
            asked.append(len(observations([Message(role="user", text=message)])))
            fits = asked[-1] <= room
            self.send_response(200 if fits else status)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            said = {"choices": [{"delta": {"content": ANSWER}, "finish_reason": "stop"}]}
            text = json.dumps(said if fits else {"error": {"message": refusal}})
            self.wfile.write((f"data: {text}\n\n" if fits or status == 200 else text).encode())

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def at(url: str) -> ModelWriter:
    return ModelWriter(OpenAIBackend(Server(url, "test", SecretStr(""), 20), ()), shipped())


@pytest.mark.parametrize("server", sorted(REFUSALS))
@pytest.mark.parametrize("status", [200, 400, 500])
def test_servers_are_understood_when_they_say_so(run: Run, status: int, server: str) -> None:
    with serving(status, REFUSALS[server], room=4) as (url, asked):
        assert written(at(url), run) == [ANSWER[4:].strip()]
    assert asked == [6, 5, 4]


def test_a_server_for_which_nothing_is_short_enough_is_named_with_the_setting_to_mend(run: Run) -> None:
    words = r"even with a single observation, .*too long for the server at .*512.*HECKLER_OPENAI_MODEL"
    with serving(400, REFUSALS["vllm"], room=0) as (url, _), pytest.raises(BackendFailed, match=words):
        written(at(url), run)


def test_any_other_refusal_is_not_taken_for_that(run: Run) -> None:
    with serving(400, "no such field", room=0) as (url, asked), pytest.raises(BackendFailed, match="no such field"):
        written(at(url), run)
    assert asked == [6]


@pytest.fixture
def stories(mirror: Path) -> Path:
    return mirror / "derived" / "stories260k-llama"


async def answer(backend: MlxBackend, text: str, limits: Limits = LIMITS) -> str:
    try:
        return "".join([piece async for piece in backend.complete([Message(role="user", text=text)], limits)])
    finally:
        await backend.close()


def test_a_model_in_this_process_is_asked_no_more_than_it_was_made_for(stories: Path, run: Run) -> None:
    assert run(answer(MlxBackend(stories), "Lily went to the park. " * 10))
    with pytest.raises(TooLong, match=r"\d{4} tokens, .* 512; .*HECKLER_MLX_MODEL"):
        run(answer(MlxBackend(stories), "Lily went to the park. " * 200))


def test_one_that_was_made_for_more_is_asked_it(roomy_stories: Path, run: Run) -> None:
    assert run(answer(MlxBackend(roomy_stories), "Lily went to the park. " * 200))


@pytest.mark.parametrize(
    ("args", "known"),
    [
        ({"max_position_embeddings": 4096}, 4096),
        ({"max_position_embeddings": None}, None),
        ({"text_config": {"max_position_embeddings": 8192}}, 8192),
        ({"text_config": None}, None),
        ({}, None),
    ],
)
def test_the_length_is_where_models_say_it(args: dict[str, Any], known: int | None) -> None:
    model = type("Model", (), {"args": type("Args", (), args)()})()
    assert positions(model) == known
    assert positions(object()) is None
