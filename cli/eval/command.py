"""`heckler eval`, the command: what it takes, what it prints, and which files it leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bus.settings import Settings
from cli.terminal.output import fail, say

out = Console()
err = Console(stderr=True)


def evaluate(
    settings: Settings,
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER", exists=True, help="photos; or a file of cues that --cues wrote")
    ],
    seeds: Annotated[int, typer.Option(min=1, help="roasts of each photo in each voice")] = 1,
    writers: Annotated[str, typer.Option(help="of house, openai, mlx; ',' between. Two are compared")] = "house",
    personas: Annotated[str, typer.Option(help="which voices, ',' between; all when empty")] = "",
    heats: Annotated[str, typer.Option(help="of gentle, medium, savage; ',' between")] = "medium",
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="write a page with every roast there")
    ] = None,
    cues: Annotated[Path | None, typer.Option(metavar="FILE", help="write what was seen there, for later")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="show the page and save the votes, until Ctrl-C")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON", show_default=False)] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="docs/roasts.md", show_default=False)] = False,
) -> None:
    """Measure writers over photos, and lay two of them side by side for you to judge without knowing who wrote what.

    Example: heckler eval photos --writers house,openai --out judged --serve
    """
    from analyzers.runtime.registry import BadRoster
    from cli.eval.evaluation import CannotJudge, Plan, assemble, split
    from cli.eval.photos import NothingToJudge, read_cases, save
    from cli.eval.run import judge
    from cli.eval.samples_doc import markdown as roasts

    plan = Plan(split(writers), split(personas), split(heats), seeds)
    if serve and folder is None:
        raise typer.BadParameter("--serve needs --out: the page and the votes are kept there")
    try:
        assemble(settings, plan)
        found = read_cases(settings, source, lambda line: err.print(line, style="yellow", markup=False))
        if cues:
            save(found, cues)
        if markdown:
            print(roasts(found), end="")
            return
        scores = judge(settings, plan, (found, source), folder)
    except (CannotJudge, NothingToJudge, BadRoster, OSError) as error:
        fail(err, error)
    if as_json:
        print(json.dumps({name: score.model_dump() for name, score in scores.items()}, indent=2))
    else:
        table = Table("measure", *scores, box=None, header_style="bold")
        for name in next(iter(scores.values())).model_dump():
            table.add_row(name.replace("_", " "), *(f"{getattr(score, name):.4g}" for score in scores.values()))
        out.print(table)
    if folder is not None:
        _show(folder, serve)


def _show(folder: Path, serve: bool) -> None:
    from cli.eval.run import until_stopped

    say(err, f"the page: {folder / 'index.html'}")
    if serve:
        until_stopped(folder, lambda line: say(err, line))
