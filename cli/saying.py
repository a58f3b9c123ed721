"""Sentences on the terminal as they are: no markup in them is obeyed, no number coloured, no path folded."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console


def say(console: Console, text: str, style: str | None = None) -> None:
    """Prints `text` and nothing else: file names and errors may hold brackets, and are copied into other windows."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def fail(console: Console, message: object) -> NoReturn:
    """Says what went wrong, in red, and ends the command with exit status 1."""
    say(console, str(message).strip(), "red")
    raise typer.Exit(1) from None
