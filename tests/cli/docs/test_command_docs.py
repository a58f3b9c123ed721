"""The commands' page is generated, and current."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from bus.settings import Settings
from cli.docs.command_docs import markdown
from cli.flags import with_settings
from cli.main import app

PAGE = Path(__file__).resolve().parents[3] / "docs" / "cli.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == markdown(get_command(app)), "run: heckler docs cli > docs/cli.md"


def test_a_command_is_shown_with_its_arguments_options_examples_and_settings() -> None:
    def sing(
        settings: Settings,
        songs: Annotated[list[str], typer.Argument(metavar="SONG", help="what | to sing")],
        key: Annotated[str, typer.Option(help="the key")] = "C",
        loud: Annotated[bool, typer.Option("--loud", help="so that all hear it")] = False,
    ) -> None:
        """Sing songs. All of them.

        Example: heckler sing "Ave Maria"
        """

    songbook = typer.Typer()
    songbook.command()(with_settings(sing, only=("data",)))
    songbook.command(hidden=True)(lambda: None)
    page = markdown(get_command(songbook))
    assert "- [`heckler sing`](#heckler-sing): Sing songs." in page
    assert "    heckler sing [OPTIONS] SONG…\n" in page
    assert '```sh\nheckler sing "Ave Maria"\n```' in page
    assert "| `SONG` | what \\| to sing |\n| `--key` `KEY` | the key; default: `C` |\n| `--loud` |" in page
    assert "Settings: `--data`." in page


def test_every_new_command_gives_an_example_and_speaks_json_where_it_prints() -> None:
    sections = markdown(get_command(app)).split("\n## ")[1:]
    log = [one for one in sections if one.startswith(("heckler dead", "heckler watch", "heckler bench"))]
    assert len(log) == 6
    for section in log:
        assert "```sh\nheckler " in section, section
        assert "`--json`" in section, section
