"""The commands of `heckler train`. Each imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bus.settings import Settings
from cli.flags import with_settings
from cli.terminal.output import fail

train = typer.Typer(help="Train small networks on your own data, for this machine.", no_args_is_help=True)

out = Console()
err = Console(stderr=True)


@train.callback()
def _group() -> None:
    """Keeps `body-type` a command of its own: typer would make the only one the group itself."""


def train_body_type(
    settings: Settings,
    table: Annotated[
        Path, typer.Argument(metavar="CSV", exists=True, dir_okay=False, readable=True, help="the table to learn from")
    ],
    file: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", dir_okay=False, help="write the network here, and do not use it"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="same table and seed: same network")] = 0,
) -> None:
    """Train the network of body_type on a table of ratios; it then judges in place of the built-in thresholds.

    The CSV has a row for each body, and a header: label (inverted_triangle, rectangle or triangle; ten rows of each),
    and any of shoulder_to_hip, torso_to_leg, arm_to_torso and shoulder_to_height, as body_type finds them. Or, in place
    of ratios, landmarks of the pose in pixels: x0, y0, and x and y of 11 to 16 and 23 to 28.

    Example: heckler train body-type bodies.csv --seed 7
    """
    from analyzers.body.body_table import BadTable
    from cli.models.train import body_type

    try:
        body_type(settings, table, (file, seed), (out, err))
    except (BadTable, OSError) as error:
        fail(err, error)


train.command("body-type")(with_settings(train_body_type, only=("data",)))
