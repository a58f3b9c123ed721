"""Events as messages: MessagePack bodies, headers that say what they are and which trace they belong to."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import msgpack
from pydantic import ValidationError

from bus.events import READABLE, SCHEMA, Event
from bus.observability.tracing import TRACEPARENT, current_traceparent
from bus.products import parse

LATELY = 32
"""Decoded events that are kept: a process with many analyzers reads each event once for every one of them."""

_READABLE = frozenset(map(str, READABLE))
CONTENT_TYPE = "application/msgpack"


class Undecodable(Exception):
    """The message is no event of ours, or one of a newer schema. Retrying cannot help."""


def pack(value: Any) -> bytes:
    packed: bytes = msgpack.packb(value, use_bin_type=True)
    return packed


def unpack(data: bytes) -> Any:
    return msgpack.unpackb(data, raw=False)


def encode(event: Event) -> bytes:
    """The event's body: every field, arrays as float32 bytes with a shape."""
    return pack(event.model_dump())


def headers(**extra: str) -> dict[str, str]:
    """The headers of every event, and `extra`."""
    found = {"Content-Type": CONTENT_TYPE, "Heckler-Schema": str(SCHEMA), **extra}
    if trace := current_traceparent():
        found[TRACEPARENT] = trace
    return found


def decode(subject: str, data: bytes, header: Mapping[str, str] | None = None) -> Event:
    """The event in a message. Raises Undecodable, naming what is wrong with it."""
    schema = (header or {}).get("Heckler-Schema", str(SCHEMA))
    if schema not in _READABLE:
        raise Undecodable(f"{subject}: schema {schema}, but this version of Heckler reads up to {SCHEMA}")
    try:
        return _event(subject, data)
    except (ValidationError, ValueError, TypeError, msgpack.UnpackException) as error:
        raise Undecodable(f"{subject}: {error}") from error


@functools.lru_cache(LATELY)
def _event(subject: str, data: bytes) -> Event:
    return parse(unpack(data), subject)
