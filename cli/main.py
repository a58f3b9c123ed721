"""The `heckler` command. Each command imports what it needs when it runs: `heckler --help` stays quick."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bus.settings import Settings
from cli.batch.command import WHERE as LOG
from cli.batch.command import batch
from cli.bench.command import bench
from cli.dead_letters.command import dead
from cli.docs.command import docs
from cli.eval.command import evaluate
from cli.flags import with_settings
from cli.look.command import analyzers, look
from cli.models.command import models
from cli.models.train_command import train
from cli.replay.command import replay
from cli.terminal.output import fail
from cli.watch.command import watch

app = typer.Typer(
    name="heckler",
    help="A self-hosted, witty photo judge.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(models, name="models")
app.add_typer(train, name="train")
app.add_typer(replay, name="replay")
app.add_typer(dead, name="dead")
app.add_typer(docs, name="docs", hidden=True)

out = Console()
err = Console(stderr=True)

_WEIGHTS = ("data", "roster", "models_mirror", "models_trust_mirror", "models_accept")

Photos = Annotated[
    list[Path],
    typer.Argument(
        metavar="PHOTO", exists=True, dir_okay=False, readable=True, help="photos to roast", show_default=False
    ),
]
Names = Annotated[list[str], typer.Argument(metavar="NAME", help="groups or analyzers", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON", show_default=False)]


def up(settings: Settings) -> None:
    """Run everything on this machine: event log, analyzers, aggregator, writer, page and API.

    Processes that die are started again. Ctrl-C ends all of it, after what is under way.
    """
    from cli.connect.run_file import AlreadyRunning, DataFolderUnusable
    from cli.up.startup_plan import CannotStart
    from cli.up.up import up as run

    try:
        asyncio.run(run(settings, err))
    except (CannotStart, AlreadyRunning, DataFolderUnusable) as error:
        _fail(str(error))


def roast(
    settings: Settings,
    photos: Photos,
    as_json: Annotated[
        bool, typer.Option("--json", help="print the whole document; JSON Lines for several photos")
    ] = False,
    persona: Annotated[str | None, typer.Option(help="who writes; GET /api/personas lists them")] = None,
    heat: Annotated[str | None, typer.Option(help="gentle, medium or savage")] = None,
    length: Annotated[str | None, typer.Option(help="short, medium or long")] = None,
    language: Annotated[str | None, typer.Option(help="a language tag such as en")] = None,
    seed: Annotated[int | None, typer.Option(help="same photo, seed and style: same words of the house writer")] = None,
    url: Annotated[str | None, typer.Option(help="a Heckler elsewhere, as in http://192.168.1.20:8090")] = None,
) -> None:
    """Roast photos, with the Heckler that runs here, or one started just for this.

    Exit status: 0 when each photo got its roast, 1 when some did not, 2 for a wrong command line.
    """
    from cli.connect.api_client import Client, Problem
    from cli.roast.roasting import Roasting
    from cli.up.embedded import server

    options = {"persona": persona, "heat": heat, "length": length, "language": language, "seed": seed}
    given = {name: str(value) for name, value in options.items() if value is not None}
    try:
        with server(settings, url) as address, Client(address) as client:
            failures = Roasting(client, given, out, err).run(photos, as_json)
    except Problem as problem:
        _fail(f"{problem.detail}\n{problem.hint}")
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(1 if failures else 0)


def work(settings: Settings, names: Names) -> None:
    """Run some analyzers as a process of its own: groups (face, body, …) or single ones (faces, text, …).

    It works for the `heckler up` of the same data folder, or for the server or cluster of --nats-url.
    """
    from analyzers.runtime.registry import BadRoster
    from cli.up.work import NoServer
    from cli.up.work import work as run

    try:
        run(settings, names)
    except BadRoster as error:
        raise typer.BadParameter(str(error)) from None
    except NoServer as error:
        _fail(str(error))


def doctor(settings: Settings, as_json: AsJson = False) -> None:
    """Say what is installed, running and missing, and what fixes it. Exit status 1 if something is wrong."""
    from cli.doctor.doctor import report

    found = report(settings)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print_report(found)
    raise typer.Exit(0 if found["ok"] else 1)


def show_settings(
    settings: Settings,
    markdown: Annotated[bool, typer.Option("--markdown", help="docs/settings.md", show_default=False)] = False,
) -> None:
    """List every setting: its variable, its value, its default."""
    from cli.docs.settings_docs import markdown as page
    from cli.doctor.doctor import values

    if markdown:
        print(page(), end="")
    else:
        out.print(_settings_table(values(settings)))


def _print_report(found: dict[str, object]) -> None:
    marks = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}
    table = Table.grid(padding=(0, 2))
    for finding in found["findings"]:  # type: ignore[attr-defined]
        fix = Text(f"\n→ {finding['fix']}" if finding["fix"] else "", style="bold")
        table.add_row(marks[finding["state"]], finding["name"], Text(finding["detail"]) + fix)
    out.print(table)
    out.print()
    out.print(_settings_table(found["settings"]))  # type: ignore[arg-type]


def _settings_table(values: dict[str, dict[str, object]]) -> Table:
    table = Table("setting", "value", "default", box=None, header_style="bold")
    for name, one in values.items():
        table.add_row(name, Text(_cell(one["value"]), style="bold" if one["set"] else ""), _cell(one["default"]))
    return table


def _cell(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def _fail(message: str) -> NoReturn:
    fail(err, message)


app.command()(with_settings(up))
app.command()(with_settings(roast, only=("data", "host", "port", "models_mirror", "models_trust_mirror", "writer")))
app.command()(with_settings(batch, only=LOG))
app.command()(with_settings(work))
app.command()(with_settings(doctor))
app.command()(with_settings(analyzers, only=_WEIGHTS))
app.command()(with_settings(look, only=_WEIGHTS))
app.command("eval")(with_settings(evaluate, only=(*_WEIGHTS, "openai_url", "openai_model", "openai_key", "mlx_model")))
app.command()(with_settings(bench, only=("data", "nats_url", "sync", "max_pixels", "max_side", "join_s", "expiry_s")))
app.command()(with_settings(watch, only=("data", "nats_url", "max_log_bytes")))
app.command("settings")(with_settings(show_settings))
