"""`heckler dead`: events that no service could handle, why, and another try."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bus.settings import Settings
from cli.completion import letters as letter_numbers
from cli.connect.log_client import with_log
from cli.flags import with_settings
from cli.terminal.output import fold, say

out = Console()
err = Console(stderr=True)

dead = typer.Typer(help="Dead letters: what could not be worked on, with its traceback.", no_args_is_help=True)

_LOG = ("data", "nats_url")
_TRACEBACK = "Traceback (most recent call last)"
WIDE = 100
"""Columns of a terminal from which on the list is a table."""
Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="LETTER", help="numbers of letters, as `list` shows them", autocompletion=letter_numbers),
]
Number = Annotated[int, typer.Argument(metavar="LETTER", help="a letter's number", autocompletion=letter_numbers)]
Every = Annotated[bool, typer.Option("--all", help="every letter there is", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON", show_default=False)]


def list_letters(settings: Settings, as_json: AsJson = False) -> None:
    """List the dead letters: which durable failed at which request's event, how often, and with what error.

    Example: heckler dead list --json | jq -r '.[].error' | sort | uniq -c
    """
    from cli.dead_letters.actions import chosen, summary

    found = with_log(settings, err, lambda bus: chosen(bus, (), every=True))
    if as_json:
        print(json.dumps([summary(number, letter) for number, letter in found], indent=2))
    elif not found:
        say(err, "No dead letters.")
    elif out.is_terminal and out.width < WIDE:
        for number, letter in found:
            row = f"{number}  {_time(letter.at)}  {letter.durable}, tried {letter.attempts} times, {letter.request}"
            fold(out, f"{row}: {gist(letter.error)}", hang=4)
    elif out.is_terminal:
        table = Table("letter", "at", "durable", "request", "tries", "error", box=None, header_style="bold")
        for number, letter in found:
            error = Text(gist(letter.error), no_wrap=True, overflow="ellipsis")
            table.add_row(str(number), _time(letter.at), letter.durable, letter.request, str(letter.attempts), error)
        out.print(table)
    else:
        for number, letter in found:
            say(out, "\t".join((str(number), _time(letter.at), letter.durable, letter.request, gist(letter.error))))


def show(settings: Settings, number: Number, as_json: AsJson = False) -> None:
    """Show a dead letter: its event, what could not handle it, how often it was tried, the error and the traceback.

    Example: heckler dead show 12
    """
    from cli.dead_letters.actions import chosen, content, standing, summary

    async def read(bus: Any) -> tuple[Any, str]:
        [(_, letter)] = await chosen(bus, (number,), every=False)
        return letter, await standing(bus, letter)

    letter, stands = with_log(settings, err, read)
    if as_json:
        more = {"traceback": letter.traceback, "event": content(letter), "standing": stands}
        print(json.dumps(summary(number, letter) | more, indent=2))
        return
    say(out, f"letter {number}  {letter.durable} could not handle {letter.subject} (sequence {letter.seq})", "bold")
    say(out, f"tried    {letter.attempts} times, the last time {_time(letter.at)}")
    say(out, f"request  {letter.request}: {stands}")
    fold(out, f"error    {gist(letter.error)}", "red", hang=9)
    say(out, letter.traceback.rstrip() or "(no traceback: its process died)")
    say(out, json.dumps(content(letter), indent=2, ensure_ascii=False))
    say(err, f"→ heckler dead retry {number}, or heckler dead drop {number}")


def retry(
    settings: Settings,
    numbers: Numbers = None,
    every: Every = False,
    anew: Annotated[bool, typer.Option("--anew", help="send the photo in again, as a new request")] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="how long to wait for the next that comes of it")
    ] = 60,
    as_json: AsJson = False,
) -> None:
    """Have letters worked on again by exactly the durable that failed, from today's code; or their photos sent anew.

    A finding goes into its request's record, also when the request has ended since; the ending stays as it is. What
    fails again is a new letter. Exit status: 0 when every one was worked on, 1 when some were not.

    Example: heckler dead retry 12 13
    """
    from cli.dead_letters.actions import Retry, Retrying, chosen

    _check(numbers, every)

    async def work(bus: Any) -> list[Retry]:
        found = await chosen(bus, numbers or (), every)
        done = []
        async for one in Retrying(bus, wait).retry(found, anew):
            done.append(one)
            if not as_json:
                fold(out, f"{one.letter}\t{one.outcome}\t{one.detail}", None if one.ok else "yellow", hang=16)
                if one.outcome == "failed":
                    say(err, f"→ heckler dead show {one.new}")
        return done

    done = with_log(settings, err, work)
    if as_json:
        print(json.dumps([asdict(one) for one in done], indent=2))
    elif not done:
        say(err, "No dead letters.")
    raise typer.Exit(0 if all(one.ok for one in done) else 1)


def drop(
    settings: Settings,
    numbers: Numbers = None,
    every: Every = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask", show_default=False)] = False,
    as_json: AsJson = False,
) -> None:
    """Throw letters away. Their requests stay as they are.

    Example: heckler dead drop --all --yes
    """
    from bus.dead_letters.letter import forget
    from cli.dead_letters.actions import chosen

    _check(numbers, every)
    if every and not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("--all asks before it drops everything: add --yes where there is no terminal")
        typer.confirm("Throw all dead letters away?", abort=True)

    async def work(bus: Any) -> list[int]:
        found = await chosen(bus, numbers or (), every)
        for _, letter in found:
            await forget(bus, letter)
        return [number for number, _ in found]

    dropped = with_log(settings, err, work)
    if as_json:
        print(json.dumps({"dropped": dropped}))
    else:
        say(out, f"dropped {len(dropped)}")


def gist(error: str) -> str:
    """The line of an error that says what happened: of a traceback, also of one within quotes, the last one."""
    if _TRACEBACK not in error:
        return error.partition("\n")[0]
    *_, last = error.replace("\\n", "\n").removesuffix("')").removesuffix('")').rstrip().splitlines()
    return last.strip()


def _check(numbers: Sequence[int] | None, every: bool) -> None:
    if bool(numbers) == every:
        raise typer.BadParameter("name letters (heckler dead list shows their numbers), or say --all")


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


dead.command("list")(with_settings(list_letters, only=_LOG))
dead.command()(with_settings(show, only=_LOG))
dead.command()(with_settings(retry, only=_LOG))
dead.command()(with_settings(drop, only=_LOG))
