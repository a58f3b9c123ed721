"""The commands of `heckler replay` about files. Each imports what it needs when it runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bus.settings import Settings
from cli import completion
from cli.replay.arguments import AsJson, File, document, err, out, stages, tell
from cli.replay.asking import asked
from cli.terminal.output import fail, say

if TYPE_CHECKING:
    from cli.replay.golden import Verdict


def export(
    settings: Settings,
    requests: Annotated[
        list[str],
        typer.Argument(
            metavar="ID",
            help="ids, their beginnings, or `last`",
            autocompletion=completion.requests,
            show_default=False,
        ),
    ],
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", dir_okay=False, help="write there", show_default=False)
    ] = None,
    no_photo: Annotated[bool, typer.Option("--no-photo", help="leave the photos out", show_default=False)] = False,
) -> None:
    """Write requests into one file that another machine can show, play and rerun: their events, and their photos.

    Ids, which are secret, are replaced in it, and so are credentials in messages. Where a photo was taken is not in
    it: Heckler never stores that. What can be seen or read in the photo is.

    Example: heckler replay export last > last.heckler
    """
    from cli.replay.import_export import exported

    if file is None and sys.stdout.isatty():
        raise typer.BadParameter("it is no text: name a file with --out, or send it there with >")
    data, without = asked(err, exported(settings, requests, with_photos=not no_photo))
    for id in without:
        say(err, f"{id}: its photo is gone, so it is not in the file", "yellow")
    try:
        file.write_bytes(data) if file else sys.stdout.buffer.write(data)
    except OSError as error:
        fail(err, f"{file} cannot be written: {error.strerror}")


def import_(settings: Settings, file: File, as_json: AsJson = False) -> None:
    """Put the requests of an export into the log here, as history that nobody works on; prints their new ids.

    Example: heckler replay import last.heckler
    """
    from cli.replay.import_export import imported

    ids = asked(err, imported(settings, file))
    print(json.dumps(ids) if as_json else "\n".join(ids))


def golden(
    settings: Settings,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", exists=True, file_okay=False, help="with .heckler files", show_default=False),
    ],
    tolerance: Annotated[float, typer.Option(min=0, help="relative difference of numbers that counts as none")] = 1e-3,
    start: Annotated[
        str, typer.Option("--from", metavar="STAGE", help="analyzers, or one of them", autocompletion=stages)
    ] = "analyzers",
    as_json: AsJson = False,
) -> None:
    """Rerun every export in a folder: do today's analyzers find what they found then? Leaves nothing in the log.

    Exit status 1 when a finding is not what it was, or when one cannot be rerun.

    Example: heckler replay golden tests/golden --from quality
    """
    from cli.replay.golden import judged

    verdicts = asked(err, judged(settings, folder, start, tolerance))
    for verdict in verdicts:
        if as_json:
            print(json.dumps({"file": verdict.file, "passed": verdict.passed, "trouble": verdict.trouble or None,
                              **(document(verdict.difference) if verdict.difference else {})}))  # fmt: skip
        else:
            _tell_verdict(verdict)
    raise typer.Exit(0 if all(verdict.passed for verdict in verdicts) else 1)


def _tell_verdict(verdict: Verdict) -> None:
    state = "same" if verdict.passed else verdict.trouble or "different"
    say(out, f"{verdict.file}: {state}", None if verdict.passed else "red")
    if verdict.difference and not verdict.passed:
        tell(verdict.difference)
