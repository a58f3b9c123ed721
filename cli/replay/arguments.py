"""What the commands of `heckler replay` take, and how they say what they found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from cli import completion
from cli.terminal.output import fold

if TYPE_CHECKING:
    from cli.replay.diff import Difference

out = Console()
err = Console(stderr=True)

WHERE = ("data", "nats_url")

Request = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="an id or its beginning, `last`, or a file of `export`",
        autocompletion=completion.requests,
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON", show_default=False)]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="end with status 1 when something is different", show_default=False)
]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="a file of `export`")]


def stages(incomplete: str) -> list[str]:
    """What may come after `--from`."""
    fixed = [name for name in ("analyzers", "join", "writer") if name.startswith(incomplete)]
    return fixed + completion.analyzers(incomplete)


def changes(incomplete: str) -> list[str]:
    """What may come after `--set`."""
    name, given, value = incomplete.partition("=")
    if name == "persona" and given:
        return [f"persona={persona}" for persona in completion.personas(value)]
    return [f"{each}=" for each in ("persona", "heat", "length", "language", "seed") if each.startswith(name)]


def tell(found: Difference) -> None:
    from cli.replay.text import differences

    lines_out(differences(found))


def lines_out(lines: Iterable[tuple[str, str | None]]) -> None:
    for line, style in lines:
        fold(out, line, style, hang=4)


def width() -> int | None:
    """Columns of the terminal; None where there is none, and lines may be as long as they are."""
    return out.width if out.is_terminal else None


def document(found: Difference) -> dict[str, Any]:
    from cli.replay.actions import as_document

    return as_document(found)


def print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def leave(found: Difference, exit_code: bool) -> None:
    raise typer.Exit(1 if exit_code and not found.same else 0)
