"""The backend for any OpenAI-compatible server: Ollama, llama.cpp, LM Studio, vLLM, mlx_lm.server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from llm.writers.backend import BackendFailed, Limits, Message, TooLong
from llm.writers.model.sse import Garbled, ServerError, Stream, choice_of, content, reason

PAUSES_S = (0.25, 1.0, 3.0)
"""Waits before asking again a server that could not be reached, or was busy. Only while it has said nothing."""

LONGEST_PAUSE_S = 10.0
"""Of what a busy server asks for in `Retry-After`, this much is granted."""

CONNECT_S = 5.0

EXAMPLE = "such as http://127.0.0.1:11434/v1"
BAD_KEY = "HECKLER_OPENAI_KEY has signs that cannot be sent: set it anew"

_TOO_LONG = re.compile(
    r"context[ _-](?:length|size|window)|context the overflows|n_ctx|prompt is too long|too many input tokens",
    re.IGNORECASE,
)
"""How servers say that a prompt does not fit: vLLM, llama.cpp, LM Studio, Ollama, and services that speak alike."""

_READY = Message(role="user", text="Ready?")


NO_KEY = SecretStr("")


@dataclass(frozen=True)
class Server:
    """Where to ask: the base address, the model (none: the first that the server lists), the key if it wants one.

    `silence_s` is the longest wait for the next bytes.
    """

    url: str
    model: str = ""
    key: SecretStr = NO_KEY
    silence_s: float = 20


class _Again(Exception):
    """Worth another try after `pause_s` seconds, if the server named them."""

    def __init__(self, message: str, pause_s: float = 0) -> None:
        super().__init__(message)
        self.pause_s = pause_s


class OpenAIBackend:
    """A model behind a server that speaks OpenAI's chat protocol."""

    def __init__(self, server: Server, pauses_s: Sequence[float] = PAUSES_S) -> None:
        self._url, self._model = server.url.strip().rstrip("/"), server.model.strip()
        self._named = bool(self._model)
        self._secret = server.key.get_secret_value().strip()
        self._silence_s, self._pauses_s = server.silence_s, pauses_s
        self._client: httpx.AsyncClient | None = None
        self.tokens = 0

    @property
    def name(self) -> str:
        """The model's name; none while the server has not yet said which one it has."""
        return f"openai: {self._model}" if self._model else "openai"

    async def warm_up(self, messages: Sequence[Message]) -> None:
        """Has the server load the model and read the beginning that requests share. Raises BackendFailed."""
        async for _ in self.complete((*messages, _READY), Limits(tokens=1, seed=0, temperature=0)):
            pass

    async def complete(self, messages: Sequence[Message], limits: Limits) -> AsyncGenerator[str, None]:
        """The answer in pieces, as they come. Raises BackendFailed, TooLong.

        `aclose()` closes the connection, and servers stop. Tries again only while nothing has been said: a second
        answer would not go on where the first one broke off.
        """
        pauses = iter(self._pauses_s)
        while True:
            try:
                async with aclosing(self._ask(messages, limits)) as texts:
                    async for text in texts:
                        yield text
                return
            except _Again as again:
                pause_s = next(pauses, None)
                if pause_s is None:
                    raise BackendFailed(str(again)) from again
                await asyncio.sleep(max(pause_s, min(again.pause_s, LONGEST_PAUSE_S)))

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _open(self) -> httpx.AsyncClient:
        """The connections to the server, made when they are first needed. Raises BackendFailed."""
        if self._client is None:
            if not self._url:
                raise BackendFailed(f"the openai writer has no server: set HECKLER_OPENAI_URL, {EXAMPLE}")
            try:
                self._client = httpx.AsyncClient(
                    base_url=f"{self._url}/",
                    headers={"Authorization": f"Bearer {self._secret}"} if self._secret else {},
                    timeout=httpx.Timeout(self._silence_s, connect=CONNECT_S),
                )
            except httpx.InvalidURL:
                raise BackendFailed(f"{self._url!r} is no address: set HECKLER_OPENAI_URL, {EXAMPLE}") from None
            except UnicodeError:  # its message would repeat the key
                raise BackendFailed(BAD_KEY) from None
        return self._client

    async def _ask(self, messages: Sequence[Message], limits: Limits) -> AsyncGenerator[str, None]:
        said = False
        try:
            body = {
                "model": self._model or await self._first_model(),
                "messages": [{"role": message.role, "content": message.text} for message in messages],
                "stream": True,
                "max_tokens": limits.tokens,
                "temperature": limits.temperature,
                "seed": limits.seed % 2**31,
            }
            async with self._open().stream("POST", "chat/completions", json=body) as response:
                await self._check(response)
                async with aclosing(_texts(response)) as texts:
                    async for text in texts:
                        said = True
                        self.tokens += 1
                        yield text
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._broken(error, said) from error
        except (Garbled, ServerError) as error:
            if isinstance(error, ServerError) and not said and _TOO_LONG.search(str(error)):
                raise TooLong(self._too_long(self._hidden(str(error)))) from error
            raise BackendFailed(self._odd(error)) from error

    async def _first_model(self) -> str:
        """The first model that the server lists. Raises BackendFailed."""
        response = await self._open().get("models")
        if response.is_success:
            try:
                self._model = str(response.json()["data"][0]["id"])
                return self._model
            except (ValueError, LookupError, TypeError):
                pass
        else:
            await self._check(response)
        raise BackendFailed(f"the server at {self._url} lists no model: name one in HECKLER_OPENAI_MODEL")

    async def _check(self, response: httpx.Response) -> None:
        """Raises BackendFailed for an answer that is none, _Again when a later one may be better."""
        if response.is_success:
            return
        status, url = response.status_code, self._url
        why = f" ({words})" if (words := self._hidden(await _reason(response))) else ""
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE or _TOO_LONG.search(words):
            raise TooLong(self._too_long(words or f"it answers {status}"))
        if status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            message = f"the server at {url} answers {status}{why}: look at its log, or try later"
            raise _Again(message, _seconds(response.headers.get("Retry-After", "")))
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise BackendFailed(
                f"the server at {url} answers {status}{why}: set HECKLER_OPENAI_KEY to a key of its own"
            )
        if status == httpx.codes.NOT_FOUND:
            self._forget_model()
            raise BackendFailed(
                f"the server at {url} answers 404{why}: HECKLER_OPENAI_MODEL must be a model that it has"
                f" (now {self._model or 'none'}), and HECKLER_OPENAI_URL usually ends in /v1"
            )
        raise BackendFailed(
            f"the server at {url} answers {status}{why}: check HECKLER_OPENAI_URL and HECKLER_OPENAI_MODEL"
        )

    def _forget_model(self) -> None:
        """Of a server that was asked which model it has: started anew, it may have another."""
        if not self._named:
            self._model = ""

    def _broken(self, error: Exception, said: bool) -> Exception:
        """What to raise for a connection that failed."""
        url, what = self._url, type(error).__name__
        if isinstance(error, httpx.PoolTimeout):  # all connections are taken, by answers that never ended
            self._client = None
        if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
            return BackendFailed(f"{url!r} is no address: set HECKLER_OPENAI_URL, {EXAMPLE}")
        if isinstance(error, httpx.LocalProtocolError):
            return BackendFailed(BAD_KEY)
        if said:
            return BackendFailed(f"the connection to {url} was cut in the middle ({what}): look at the server's log")
        if isinstance(error, httpx.ReadTimeout):
            return BackendFailed(
                f"the server at {url} was silent for {self._silence_s:.3g} s: a smaller model is quicker, "
                "and HECKLER_FIRST_TOKEN_TIMEOUT_S is the limit"
            )
        return _Again(f"the server at {url} cannot be reached ({what}): start it, or mend HECKLER_OPENAI_URL")

    def _too_long(self, words: str) -> str:
        return (
            f"the request is too long for the server at {self._url} ({words}): give its model a longer context, "
            "or name another in HECKLER_OPENAI_MODEL"
        )

    def _odd(self, error: Exception) -> str:
        url, words = self._url, self._hidden(str(error))
        if isinstance(error, ServerError):
            return f"the server at {url} failed ({words}): look at its log"
        return f"what {url} sends is no chat stream ({words}): HECKLER_OPENAI_URL must lead to an OpenAI-compatible API"

    def _hidden(self, words: str) -> str:
        """`words` of the server's without the key, which some repeat."""
        return words.replace(self._secret, "…") if self._secret else words


async def _texts(response: httpx.Response) -> AsyncGenerator[str, None]:
    """The pieces of text in a streamed answer, or all of one that is not streamed. Raises Garbled, ServerError."""
    if response.headers.get("Content-Type", "").startswith("application/json"):
        if text := content(choice_of(await response.aread()).get("message")):
            yield text
        return
    stream = Stream()
    async for data in response.aiter_bytes():
        for text in stream.feed(data):
            yield text
        if stream.is_over:
            return
    raise httpx.RemoteProtocolError("the stream ends without an end")


async def _reason(response: httpx.Response) -> str:
    """What the server says about its refusal; nothing when that is a page for browsers."""
    try:
        return reason(json.loads(await response.aread()))
    except ValueError:
        return ""


def _seconds(value: Any) -> float:
    """`Retry-After` in seconds; 0 for a date, or nothing."""
    return float(value) if str(value).isdecimal() else 0.0
