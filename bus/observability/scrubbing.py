"""Taking secrets out of the messages of programs, before they leave this machine in a file."""

from __future__ import annotations

import re

from bus.events import AnyEvent, Failed, Feature, Joined, Roast

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


def without_secrets(event: AnyEvent) -> AnyEvent:
    """`event` with its free text scrubbed: what programs said, never what was found in the photo or written of it."""
    match event:
        case Feature(reason=str(reason)):
            return event.model_copy(update={"reason": scrubbed(reason)})
        case Failed(detail=detail, hint=hint):
            return event.model_copy(update={"detail": scrubbed(detail), "hint": scrubbed(hint)})
        case Roast(note=str(note)):
            return event.model_copy(update={"note": scrubbed(note)})
        case Joined(missing=missing):
            return event.model_copy(update={"missing": {name: scrubbed(why) for name, why in missing.items()}})
    return event
