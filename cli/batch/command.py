"""`heckler batch`, the command: what it takes, and how its problems are said. It imports what it needs when it runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from bus.settings import Settings
from cli.terminal.output import fail

out = Console()
err = Console(stderr=True)

WHERE = ("data", "nats_url")
"""The settings that are flags of this command."""


def _personas(incomplete: str) -> list[str]:
    from cli.completion import personas

    return personas(incomplete)


def _analyzers(incomplete: str) -> list[str]:
    """Completes the last of several names."""
    from cli.completion import analyzers

    *before, last = incomplete.split(",")
    return [",".join([*before, name]) for name in analyzers(last)]


def _one_of(*words: str) -> Any:
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH", help="photos, folders, patterns; - for a list on standard input", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="write results there: .jsonl, .csv, or .html", show_default=False),
]
Resume = Annotated[bool, typer.Option("--resume", help="go on with FILE: do what is not in it yet")]
Watch = Annotated[bool, typer.Option("--watch", help="go on with what arrives in the folders, until Ctrl-C")]
Persona = Annotated[str | None, typer.Option(help="who writes", autocompletion=_personas, show_default=False)]
Heat = Annotated[
    str | None,
    typer.Option(
        help="gentle, medium or savage", autocompletion=_one_of("gentle", "medium", "savage"), show_default=False
    ),
]
Length = Annotated[
    str | None,
    typer.Option(help="short, medium or long", autocompletion=_one_of("short", "medium", "long"), show_default=False),
]
Language = Annotated[str | None, typer.Option(help="a language tag such as en", show_default=False)]
Analyzers = Annotated[
    str | None,
    typer.Option(
        help="only these and what they need, ',' between",
        autocompletion=_analyzers,
        show_default="all that are running",
    ),
]
Seed = Annotated[
    int | None, typer.Option(help="same photo, seed and style: same words of the house writer", show_default=False)
]
InFlight = Annotated[
    int | None,
    typer.Option(min=1, help="photos under way at once", show_default="what keeps the analyzers busy"),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]
Null = Annotated[bool, typer.Option("--null", "-0", help="the list has a NUL after each path, as of find -print0")]
AsJson = Annotated[bool, typer.Option("--json", help="results as JSON Lines; with --out, a summary as JSON")]


def batch(
    settings: Settings,
    paths: Paths = None,
    to: Out = None,
    resume: Resume = False,
    persona: Persona = None,
    heat: Heat = None,
    length: Length = None,
    language: Language = None,
    analyzers: Analyzers = None,
    seed: Seed = None,
    in_flight: InFlight = None,
    watch: Watch = False,
    dry_run: DryRun = False,
    nul: Null = False,
    as_json: AsJson = False,
) -> None:
    """Roast many photos through the event log of a running Heckler; results are written as they come.

    The same photo under several names is roasted once. Files that are no photos are told of, and never end it. The
    first Ctrl-C finishes what is in flight, the second leaves it; --resume goes on either way, and after a crash, by a
    journal beside FILE, without doing anything twice.

    Exit status: 0 when each photo got its roast, 1 when some did not, 2 for a wrong command line, 130 after Ctrl-C.

    Example: heckler batch holiday 'party/**/*.jpg' --out sheet.html --persona critic
    """
    from cli.batch.job import Job

    given = {"persona": persona, "heat": heat, "length": length, "language": language, "analyzers": analyzers}
    fields = {name: value for name, value in {**given, "seed": seed}.items() if value is not None}
    job = Job(
        arguments=_arguments(paths or []), fields={name: str(value) for name, value in fields.items()}, out=to,
        resume=resume, watch=watch and not dry_run, nul=nul, in_flight=in_flight, as_json=as_json,
    )  # fmt: skip
    _check(job.arguments, to, resume, job.watch)
    if dry_run:
        from cli.batch.dry_run import look as work
    else:
        from cli.batch.run import run as work
    _see_through(work(settings, job, out, err))


def _arguments(paths: list[str]) -> tuple[str, ...]:
    """What was named; nothing named and something piped in means a list."""
    if paths:
        return tuple(paths)
    if sys.stdin is None or sys.stdin.isatty():
        raise typer.BadParameter("name photos, folders or patterns, or - for a list on standard input")
    return ("-",)


def _check(arguments: tuple[str, ...], to: Path | None, resume: bool, watch: bool) -> None:
    if resume and to is None:
        raise typer.BadParameter("--resume needs --out: the file to go on with, whose journal lies beside it")
    if watch and not any(Path(each).is_dir() for each in arguments):
        raise typer.BadParameter("--watch needs a folder to watch")


def _see_through(work: Coroutine[Any, Any, int]) -> NoReturn:
    from cli.batch.job import BadJob
    from cli.batch.journal import BadJournal
    from cli.batch.results import OutputGone
    from cli.connect.log_client import NoLog
    from gateway.http.problems import Problem

    try:
        status = _runner()(work)
    except (BadJob, BadJournal, OutputGone, NoLog) as error:
        fail(err, error)
    except Problem as problem:
        fail(err, f"{problem.detail} {problem.kind.hint}")
    except OSError as error:
        fail(err, f"cannot write: {error}. Free some room or choose another place, then go on with --resume.")
    except KeyboardInterrupt:
        status = 130
    raise typer.Exit(status)


def _runner() -> Any:
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run
