"""`heckler train`: a table in, a network and how well it does out. Thin over `analyzers.body.body_training`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table as Grid

from analyzers.body.body_table import read_table
from analyzers.body.body_training import EPOCHS, Trained, train
from analyzers.weights.store import store_of
from bus.settings import Settings
from cli.terminal.output import say

NAME = "body_type_network"
"""What the analyzer asks for."""


def body_type(
    settings: Settings, table: Path, options: tuple[Path | None, int], consoles: tuple[Console, Console]
) -> Path:
    """Trains the network of body_type on `table`, prints its accuracy, and gives the file that it wrote. `options` are
    the file (None: where body_type finds it) and the seed, `consoles` are those for results and for progress.

    Raises BadTable naming row and column, OSError where the file cannot be written.
    """
    (file, seed), (out, err) = options, consoles
    rows = read_table(table)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=err, transient=True)
    with bar:
        task = bar.add_task("training", total=EPOCHS)

        def watch(epoch: int, loss: float) -> None:
            bar.update(task, completed=epoch, description=f"epoch {epoch}, loss on held-out rows {loss:.3f}")

        trained = train(rows, seed, watch)
    path = _keep(trained, file, store_of(settings).trained_dir(NAME))
    _tell(trained, out)
    use = "body_type uses it from now on" if file is None else "body_type does not use it: it was not asked to"
    say(out, f"{path}\n{use}")
    return path


def _keep(trained: Trained, file: Path | None, folder: Path) -> Path:
    """Writes the network to `file`, or under a name made of its content into `folder`. Raises OSError."""
    if file is not None:
        trained.network.save(file)
        return file
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / "new.part"
    trained.network.save(fresh)
    path = folder / f"{hashlib.sha256(fresh.read_bytes()).hexdigest()[:16]}.npz"
    os.utime(fresh)
    fresh.replace(path)
    return path


def _tell(trained: Trained, out: Console) -> None:
    """Rows, epoch, accuracy, and what is taken for what."""
    learnt, held = trained.rows
    out.print(
        f"learnt from {learnt} rows with {', '.join(trained.network.columns)}; epoch {trained.epoch} was the best",
        highlight=False,
    )
    out.print(f"accuracy on the {held} rows held out: {trained.accuracy:.1%}", highlight=False)
    labels = trained.network.labels
    grid = Grid("is", *(f"taken for {label}" for label in labels), box=None, header_style="bold")
    for label, row in zip(labels, trained.confusion, strict=True):
        grid.add_row(label, *map(str, row))
    out.print(grid)
