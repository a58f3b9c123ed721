"""Taking secrets out of the messages of programs, before they leave this machine in a file."""

from __future__ import annotations

import re
from typing import Any

from bus.events import Event

_SECRETS = (
    (re.compile(r"(\w+://)[^\s/@]+@"), r"\1…@"),
    (re.compile(r"(?i)\b(api[_-]?key|token|password|secret)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&]+"), r"\1\2…"),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?=\S*\d)[^\s'\",;&]{6,}"), r"\1 …"),
    (re.compile(r"\b(?:sk|pk|ghp|hf)[-_][A-Za-z0-9_-]{12,}"), "…"),
    (re.compile(r"(/home/|/Users/|\\Users\\)[^/\\\s'\"]+"), r"\1…"),
)
"""Secrets that messages of libraries may hold: credentials in URLs, keys, names of accounts."""


def scrubbed(text: str) -> str:
    """`text` without credentials, keys and the names of home folders."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def without_secrets(event: Event) -> Event:
    """`event` with its free text scrubbed (`Event.FREE_TEXT`)."""
    return event.model_copy(update={name: _scrubbed(getattr(event, name)) for name in event.FREE_TEXT})


def _scrubbed(value: Any) -> Any:
    """Text, or a mapping to texts, without secrets; None stays."""
    match value:
        case str():
            return scrubbed(value)
        case dict():
            return {key: scrubbed(text) for key, text in value.items()}
    return value
