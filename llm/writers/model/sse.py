"""Pure: what an OpenAI-compatible server streams, from bytes to the pieces of text in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

LONGEST_LINE = 1 << 20
"""Bytes without a line's end after which this is no event stream: no token is that long."""


class Garbled(ValueError):
    """What came is not what an OpenAI-compatible server sends. The message says how."""


class ServerError(ValueError):
    """The server said in the stream that it failed. The message is its own."""


class Stream:
    """Bytes in, pieces of text out. `is_over` once the server has said that this was all."""

    def __init__(self) -> None:
        self.is_over = False
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """The pieces of text that `data` completes. Raises Garbled, ServerError."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if not self.is_over and (text := self._text(line)):
                yield text
        if len(self._rest) > LONGEST_LINE:
            raise Garbled(f"a line of more than {LONGEST_LINE} bytes")

    def _text(self, line: bytes) -> str:
        """The text in one line: most lines of an event stream (comments, names, pauses) have none."""
        name, _, value = line.strip().partition(b":")
        if name != b"data" or not value.strip():
            return ""
        if value.strip() == b"[DONE]":
            self.is_over = True
            return ""
        choice = choice_of(value)
        if choice.get("finish_reason"):
            self.is_over = True
        return content(choice.get("delta") or choice.get("message"))


def choice_of(data: bytes) -> dict[str, Any]:
    """The first choice in a JSON answer; empty when it has none (usage, say). Raises Garbled, ServerError."""
    try:
        answer = json.loads(data)
    except ValueError as error:
        raise Garbled(f"no JSON: {data[:80]!r}") from error
    if isinstance(answer, dict) and answer.get("error"):
        raise ServerError(reason(answer))
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise Garbled(f"no list of choices: {data[:80]!r}")
    return choices[0] if choices else {}


def content(message: Any) -> str:
    """The text of a delta or a message; thoughts and calls of tools are none."""
    text = message.get("content") if isinstance(message, dict) else None
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Garbled(f"content that is no text: {str(text)[:80]!r}")
    return text


def reason(answer: Any) -> str:
    """What an error says, in its usual places, at most 200 characters in one line."""
    while isinstance(answer, dict):
        answer = answer.get("error") or answer.get("message") or answer.get("detail")
    return " ".join(str(answer or "").split())[:200]
