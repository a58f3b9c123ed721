"""`heckler models`: which weights are here, and fetching those that are not. Thin over `analyzers.weights`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from analyzers.rosters import load_roster
from analyzers.weights import Store
from bus.settings import Settings


def store_of(settings: Settings) -> Store:
    """The weights store that these settings describe. Raises WeightsError."""
    return Store(settings.models, settings.models_mirror, settings.models_trust_mirror)


def table(settings: Settings) -> Table:
    """Every set of weights in the manifest: for whom, whether it is here, size, licence. Raises WeightsError."""
    store = store_of(settings)
    rows = Table("weights", "for", "here", "MB", "licence", box=None, header_style="bold")
    for name, entry in store.manifest.items():
        here = "[green]yes[/]" if store.find(name) else "no"
        licence = entry.licence if entry.commercial else f"{entry.licence} (non-commercial)"
        rows.add_row(name, ", ".join(entry.analyzers), here, f"{entry.size / 1e6:.1f}", licence)
    return rows


def pull(settings: Settings, names: Sequence[str], console: Console) -> None:
    """Fetches these weights, or all that the roster's analyzers can use, with a progress bar. Raises WeightsError."""
    store = store_of(settings)
    wanted = list(dict.fromkeys(names)) or used(settings)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=console
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def on_progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        for name in wanted:  # one at a time: those before a failure stay
            file = store.pull([name], on_progress)[name]
            bars.console.print(f"{name}: {file}", soft_wrap=True, highlight=False)


def used(settings: Settings) -> list[str]:
    """The weights that the roster's analyzers need or would like. Raises BadRoster."""
    lists = [(*analyzer.weights, *analyzer.optional_weights) for analyzer in load_roster(settings)]
    return list(dict.fromkeys(name for names in lists for name in names))
