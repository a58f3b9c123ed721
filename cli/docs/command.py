"""`heckler docs`: the pages of docs/ that are made from the code. For people who work on Heckler."""

from __future__ import annotations

import typer

docs = typer.Typer(help="Print a page of docs/ that is made from the code.", no_args_is_help=True)


@docs.callback()
def _group() -> None:
    """Print a page of docs/ that is made from the code."""


@docs.command("cli")
def cli(context: typer.Context) -> None:
    """Print docs/cli.md, made from the commands.

    Example: heckler docs cli > docs/cli.md
    """
    from cli.docs.command_docs import markdown

    print(markdown(context.find_root().command), end="")
