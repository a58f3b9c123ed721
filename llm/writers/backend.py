"""The contract of a language model: messages in, text out, as it comes. What it says is the writer's business."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal, Protocol

from pydantic import Field

from bus.findings import Frozen


class Message(Frozen):
    """One turn of a conversation, in the shape that chat templates and servers take."""

    role: Literal["system", "user", "assistant"]
    text: str


class Limits(Frozen):
    """When to stop, and how to choose: most new `tokens`, the `seed` of the sampling, and its `temperature`."""

    tokens: int = Field(gt=0)
    seed: int = Field(ge=0)
    temperature: float = Field(ge=0)


class BackendFailed(Exception):
    """The model cannot say anything now. The message says what happened, and what to do next."""


class TooLong(BackendFailed):
    """What was asked does not fit into the model's context. It has said nothing; something shorter may fit."""


class ChatBackend(Protocol):
    """What turns messages into text."""

    @property
    def name(self) -> str:
        """The model's name, such as 'mlx: Llama-3.2-3B-Instruct-4bit'; a server may give it only with an answer."""
        ...

    @property
    def tokens(self) -> int:
        """Tokens said so far, in all answers: as many as there were pieces, since models speak token by token."""
        ...

    async def warm_up(self, messages: Sequence[Message]) -> None:
        """Loads the model, and reads the beginning that requests share. Raises BackendFailed."""
        ...

    def complete(self, messages: Sequence[Message], limits: Limits) -> AsyncIterator[str]:
        """The answer in pieces, as they come; `aclose()` stops it within 200 ms. Raises BackendFailed, TooLong."""
        ...

    async def close(self) -> None:
        """Lets go of the model, or of the connection."""
        ...
