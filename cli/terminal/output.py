"""Sentences on the terminal as they are: no markup or :name: in them is obeyed, no number coloured, no path folded."""

from __future__ import annotations

import textwrap
from typing import NoReturn

import typer
from rich.console import Console
from rich.segment import Segment, Segments


def say(console: Console, text: str, style: str | None = None) -> None:
    """Prints `text` and nothing else: file names and errors may hold brackets, and are copied into other windows."""
    if not console.is_terminal:  # Rich would make spaces of the tabs that scripts look for
        console.print(Segments([Segment(f"{text}\n")]), soft_wrap=True, end="")
        return
    console.print(text, style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)


def fold(console: Console, text: str, style: str | None = None, hang: int = 0) -> None:
    """Prints prose: on a terminal folded between words, rows after the first set in by `hang`; elsewhere as it is."""
    if not console.is_terminal:
        say(console, text, style)
    elif not hang:
        console.print(text, style=style, markup=False, emoji=False, highlight=False)
    else:
        hang = min(hang, console.width // 3)
        for line in text.splitlines() or [""]:
            rows = textwrap.wrap(
                line, console.width, subsequent_indent=" " * hang, replace_whitespace=False,
                break_on_hyphens=False,
            )  # fmt: skip
            say(console, "\n".join(rows), style)


def counted(number: int, one: str, many: str) -> str:
    """`1 copy`, `2 copies`."""
    return f"{number} {one if number == 1 else many}"


def fail(console: Console, message: object) -> NoReturn:
    """Says what went wrong, in red, and ends the command with exit status 1."""
    say(console, str(message).strip(), "red")
    raise typer.Exit(1) from None
