"""The commands of `heckler replay`. Each imports what it needs when it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from bus.settings import Settings
from cli.flags import with_settings
from cli.replay.arguments import (
    WHERE,
    AsJson,
    ExitCode,
    Request,
    changes,
    document,
    err,
    leave,
    lines_out,
    out,
    print_json,
    stages,
    tell,
    width,
)
from cli.replay.asking import asked
from cli.replay.export_commands import export, golden, import_
from cli.terminal.output import fold, say

replay = typer.Typer(help="Requests of the log: shown, played, rerun, compared, exported.", no_args_is_help=True)


def show(
    settings: Settings,
    request: Request,
    follow: Annotated[
        bool, typer.Option("--follow", help="tell what comes, until it ends", show_default=False)
    ] = False,
    events: Annotated[bool, typer.Option("--events", help="tell all that each event says", show_default=False)] = False,
    as_json: AsJson = False,
) -> None:
    """Show the course of a request: every event, each stage's queue and work, attempts, what the join waited for.

    The critical path is marked: only what is on it could make the request quicker.

    Example: heckler replay show last --events
    """
    from cli.replay.actions import followed, history_of
    from cli.replay.play import as_line
    from cli.replay.text import course, heading, timeline_document
    from cli.replay.timeline import EVENT, described, timeline

    def told(stored: Any, began: float) -> None:
        if as_json:
            print(as_line(stored), flush=True)
        else:
            fold(out, described(stored, began), hang=EVENT)
            if events:
                say(out, json.dumps(stored.event.model_dump(mode="json"), ensure_ascii=False), "dim")

    if follow:
        history, found = asked(err, followed(settings, request, told))
        if not as_json:
            lines_out(course(found, width()))
        return
    history, needs = asked(err, history_of(settings, request))
    found = timeline(history, needs)
    if as_json:
        print_json(timeline_document(history, found, events))
        return
    fold(out, heading(history), "bold", hang=4)
    for stored in history.events:
        told(stored, history.events[0].at)
    lines_out(course(found, width()))


def play(
    settings: Settings,
    request: Request,
    speed: Annotated[str, typer.Option(metavar="NUMBER|max", help="1: as it was; 4: in a quarter of the time")] = "1",
    as_json: AsJson = False,
) -> None:
    """Play the stored events of a request again, with the spacing that they had.

    Any client of server-sent events gets the same from GET /api/requests/ID/events?replay=1&speed=4.

    Example: heckler replay play last --speed 4
    """
    from cli.replay.actions import history_of
    from cli.replay.play import play as run
    from cli.replay.timeline import EVENT
    from gateway.events.replay import speed_of

    try:
        pace = speed_of(speed)
    except ValueError as error:
        raise typer.BadParameter(f"--speed: {error}") from None
    history, _ = asked(err, history_of(settings, request))

    def tell_of(line: str) -> None:
        say(out, line) if as_json else fold(out, line, hang=EVENT)

    asked(err, run(history, pace, tell_of, as_json))


def rerun(
    settings: Settings,
    request: Request,
    start: Annotated[
        str,
        typer.Option("--from", metavar="STAGE", help="analyzers, one of them, join or writer", autocompletion=stages),
    ] = "analyzers",
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="change its style; may be repeated", autocompletion=changes),
    ] = None,
    keep_missing: Annotated[
        bool, typer.Option("--keep-missing", help="reuse the findings of analyzers that do not run", show_default=False)
    ] = False,
    as_json: AsJson = False,
    exit_code: ExitCode = False,
) -> None:
    """Send a request through today's code again, from a stage on, and tell what came out differently.

    What comes before that stage is copied from the old request, and so is the seed. What comes after it is computed
    anew: cached findings are left aside. --from NAME starts with that analyzer and those that need it.

    Example: heckler replay rerun last --from writer --set persona=noir
    """
    from cli.replay.actions import rerun as run
    from cli.replay.rerun import Wish

    wish = Wish(start, tuple(change or ()), keep_missing)
    id, old, found = asked(err, run(settings, request, wish, lambda line: say(err, line, "dim")))
    if as_json:
        print_json({"id": id, "parent": old.submitted.id, **document(found)})
    else:
        tell(found)
    leave(found, exit_code)


def diff(
    settings: Settings,
    before: Request,
    after: Request,
    tolerance: Annotated[float, typer.Option(min=0, help="relative difference of numbers that counts as none")] = 1e-6,
    as_json: AsJson = False,
    exit_code: ExitCode = False,
) -> None:
    """Compare two requests, or two exports: findings, cues, the join, the prompt and the words; and the times beside.

    Example: heckler replay diff before.heckler last
    """
    from cli.replay.actions import compared

    found = asked(err, compared(settings, (before, after), tolerance))
    if as_json:
        print_json(document(found))
    else:
        tell(found)
    leave(found, exit_code)


_COMMANDS: dict[str, Callable[..., None]] = {
    "show": show, "play": play, "rerun": rerun, "diff": diff, "export": export, "import": import_, "golden": golden,
}  # fmt: skip
for _name, _command in _COMMANDS.items():
    replay.command(_name)(with_settings(_command, only=WHERE))
