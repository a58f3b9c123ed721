"""Makes `docs/settings.md` from `Settings`, so that it cannot be wrong."""

from __future__ import annotations

from typing import Any

from bus.settings import Settings
from cli.flags import flag, shape, variable

_HEAD = """# Settings

Every setting is an environment variable and a flag of `heckler up`; a flag wins over the variable, the variable over
the default. `heckler doctor` shows the values in force. This page is made by `heckler settings --markdown`.

| variable | flag | value | default | what it does |
|---|---|---|---|---|
"""


def markdown() -> str:
    """The whole page, newline-terminated."""
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in _rows())


def default_of(name: str) -> str:
    """The default as one writes it in a shell, before `~` is expanded; empty for none."""
    return _plain(Settings.model_fields[name].default)


def _rows() -> list[tuple[str, ...]]:
    return [
        (
            f"`{variable(name)}`",
            f"`{flag(name)}`",
            _cell(shape(field.annotation)),
            _cell(f"`{default_of(name)}`" if default_of(name) else "none"),
            _cell(field.description or ""),
        )
        for name, field in Settings.model_fields.items()
    ]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
