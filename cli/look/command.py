"""`heckler analyzers` and `heckler look`: which analyzers work here, and what they find in one photo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bus.settings import Settings
from cli.terminal.output import fail, say

out = Console()
err = Console(stderr=True)

Photo = Annotated[Path, typer.Argument(metavar="PHOTO", help="the photo to look at", show_default=False)]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="groups or analyzers; none for all", show_default=False)
]


def analyzers(
    settings: Settings,
    markdown: Annotated[bool, typer.Option("--markdown", help="docs/analyzers.md", show_default=False)] = False,
) -> None:
    """List the analyzers: group, what they need, and whether their weights are here.

    Example: heckler analyzers
    """
    from analyzers.runtime.registry import load_roster, wiring_of
    from cli.docs.analyzers_docs import markdown as page
    from cli.up.roster import read

    if markdown:
        print(page(load_roster(settings)))
        return
    table = Table("analyzer", "group", "needs", "weights", box=None, header_style="bold")
    needs = {wiring_of(cls).name: ", ".join(wiring_of(cls).needs) for cls in load_roster(settings)}
    for member in read(settings).members:
        lacks = Text(f"lacks {', '.join(member.missing)}", style="yellow") if member.missing else Text("here", "green")
        table.add_row(member.name, member.group, needs[member.name] or "the photo", lacks)
    out.print(table)


def look(
    settings: Settings,
    photo: Photo,
    names: Names = None,
    draw: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="also draw each finding, as SVG", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON", show_default=False)] = False,
) -> None:
    """Let the analyzers look at one photo in this process, with nothing running, and print what they say.

    Example: heckler look holiday.jpg faces mesh --draw drawings
    """
    from analyzers.runtime.registry import BadRoster
    from cli.look.drawing import captions
    from cli.look.look import NoPhoto, draw_all
    from cli.look.look import look as run

    try:
        image, features = run(settings, photo, names or ())
    except BadRoster as error:
        raise typer.BadParameter(str(error)) from None
    except NoPhoto as error:
        fail(err, error)
    if as_json:
        print(json.dumps({name: feature.model_dump(mode="json") for name, feature in features.items()}, indent=2))
    else:
        for name, feature in features.items():
            out.print(f"[bold]{name}[/]  {feature.compute_ms or 0:.1f} ms", highlight=False)
            for line in captions(feature, most=40):
                say(out, f"  {line}")
    if draw is not None:
        for path in draw_all(image, features, draw):
            say(err, f"drew {path}")
