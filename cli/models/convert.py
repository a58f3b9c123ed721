"""`heckler models convert`: a checkpoint that others publish becomes weights that run here."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from analyzers.weights.conversion.convert import convert, fetch_checkpoint, recipe_of, require_converters
from analyzers.weights.store import store_of
from bus.settings import Settings
from cli.models.pull_progress import watching


def make(settings: Settings, name: str, checkpoint: Path | None, target: Path | None, console: Console) -> None:
    """Converts these weights, from `checkpoint` or else from the makers', and says what came of it.

    Raises WeightsError; then nothing has changed.
    """
    store = store_of(settings)
    recipe_of(store, name)
    store.require_consent(name)
    require_converters()
    entry = store.entry(name)
    with watching(console) as (progress, say):
        say(f"{name}: {entry.licence}")
        source = checkpoint or fetch_checkpoint(store, name, progress)
        say(f"converting {source}")
        made = convert(store, name, source, target)
        say(f"{name}: {made.path}; its answers differ from the checkpoint's by {made.difference:.1g} at most")
