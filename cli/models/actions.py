"""`heckler models`: which weights are here, and how they come and go. Thin over `analyzers.weights.store`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzers.base import weight_names
from analyzers.runtime.registry import load_roster, wiring_of
from analyzers.weights.bundle import read_bundle, write_bundle
from analyzers.weights.store import Entry, State, Store, WeightsError, WeightStatus, store_of
from bus.settings import Settings
from cli.models import language_models
from cli.models.language_models import LanguageModels, require_room
from cli.models.pull_progress import readable, watching
from cli.terminal.output import say

_COLOURS = {State.PRESENT: "green", State.UNVERIFIED: "yellow", State.DAMAGED: "red", State.ABSENT: "dim"}


def show(settings: Settings, console: Console) -> None:
    """Every set of weights in the manifest, and every language model: task, users, size, licence, commercial, state."""
    store = store_of(settings)
    rows = Table("weights", "state", "for", "MB", "licence", "commercial", "task", box=None, header_style="bold")
    notes: dict[str, str] = {}
    for name, entry in store.manifest.items():
        status = _status(store, name, notes)
        if said := "; ".join(filter(None, (status.note, entry.unsure))):
            notes[name] = said
        commercial = "yes" if entry.commercial else "no"
        state = Text(status.state, style=_COLOURS[status.state])
        users = ", ".join(entry.analyzers) or "–"
        rows.add_row(name, state, users, _megabytes(entry), entry.licence, commercial, entry.task)
    _show_language_models(LanguageModels(settings), rows, notes)
    console.print(rows)
    for name, note in notes.items():
        say(console, f"{name}: {note}")


def _show_language_models(language_models: LanguageModels, rows: Table, notes: dict[str, str]) -> None:
    for name, model in language_models.models.items():
        status = language_models.status(name)
        if status.note:
            notes[name] = status.note
        state = Text(status.state, style=_COLOURS[status.state])
        commercial = "no" if model.asks_for == "non-commercial" else "yes"
        about = f"language model: {model.folder}"
        rows.add_row(name, state, "writer", f"~{model.size / 1e6:.1f}", model.licence, commercial, about)


def pull(settings: Settings, names: Sequence[str], all_of_them: bool, console: Console) -> bool:
    """Fetches what these names stand for: language models first, each of which is asked for by name, then weights."""
    models = [name for name in dict.fromkeys(names) if name in LanguageModels(settings).models]
    weights = [name for name in names if name not in models]
    store = store_of(settings)
    for name in weights:
        store.require_consent(name)
    came = language_models.pull(settings, models, console) if models else True
    if models and not weights and not all_of_them:
        return came
    return pull_weights(settings, weights, all_of_them, console) and came


def pull_weights(settings: Settings, names: Sequence[str], all_of_them: bool, console: Console) -> bool:
    """Fetches these weights, or all that the roster's analyzers can use (or all there are), as far as their licences
    are accepted. A failure does not hinder the others.

    True when all came. Raises WeightsError before anything is fetched for an unknown name, a licence that was not
    accepted of weights that were asked for by name, and a disk that is too full.
    """
    store = store_of(settings)
    wanted = list(dict.fromkeys(names)) or _permitted(
        store, [*store.manifest] if all_of_them else used(settings), console
    )
    for name in wanted:
        store.require_consent(name)
    lacking = [name for name in wanted if store.own(name) is None]
    _announce(store, lacking, console)
    failures: dict[str, WeightsError] = {}
    with watching(console) as (progress, tell):
        for name in wanted:
            try:
                tell(f"{name}: {store.pull([name], progress)[name]}")
            except WeightsError as error:
                failures[name] = error
    for name, failure in failures.items():
        say(console, f"{failure}\n{_without(settings, name)}", "red")
    return not failures


def verify(settings: Settings, names: Sequence[str], console: Console) -> bool:
    """Reads every file that is here again and compares its hash. True when none is damaged. Raises WeightsError."""
    store, language_models = store_of(settings), LanguageModels(settings)
    wanted = list(dict.fromkeys(names)) or [*store.manifest, *language_models.models]
    statuses = store.verify([name for name in wanted if name not in language_models.models])
    statuses |= {
        name: language_models.status(name, thoroughly=True) for name in wanted if name in language_models.models
    }
    for name, status in statuses.items():
        if names or status.state is not State.ABSENT:
            note = f" ({status.note})" if status.note else ""
            say(console, f"{name}: {status.state}{note}", _COLOURS[status.state])
    states = {status.state for status in statuses.values()}
    if states == {State.ABSENT}:
        say(console, "no weights are here; heckler models pull fetches some")
    return State.DAMAGED not in states and not (names and State.ABSENT in states)


def bundle(settings: Settings, file: Path, names: Sequence[str], console: Console) -> None:
    """Packs these weights, or all that are here, into one tar. Raises WeightsError."""
    store = store_of(settings)
    wanted = list(dict.fromkeys(names)) or [name for name in store.manifest if store.find(name)]
    if not wanted:
        raise WeightsError("there is nothing to pack: no weights are here. heckler models pull fetches some")
    for packed in write_bundle(store, file, wanted).files:
        say(console, f"{packed.name}: {readable(packed.size)}, {packed.licence}")
    say(console, f"{file} has {len(wanted)} sets of weights; heckler models import {file.name} takes them in elsewhere")


def unpack(settings: Settings, file: Path, console: Console) -> None:
    """Takes the weights of a bundle into the data folder. Raises WeightsError; then nothing has changed."""
    imported = read_bundle(store_of(settings), file)
    for name, path in imported.files.items():
        say(console, f"{name}: {path}")
    for name, why in imported.left_out.items():
        say(console, f"{name} stays in the bundle: {why}", "yellow")


def used(settings: Settings) -> list[str]:
    """The weights that the roster's analyzers need or would like. Raises BadRoster."""
    lists = [weight_names(analyzer).all for analyzer in load_roster(settings)]
    return list(dict.fromkeys(name for names in lists for name in names))


def _status(store: Store, name: str, notes: dict[str, str]) -> WeightStatus:
    """How these weights stand; without the mirror when that is out of order."""
    try:
        return store.status(name)
    except WeightsError as error:
        notes["HECKLER_MODELS_MIRROR"] = str(error)
        store.mirror = None
        return store.status(name)


def _permitted(store: Store, names: Iterable[str], console: Console) -> list[str]:
    """The weights that have an accepted licence and can be fetched; names what is left out, and what brings it in."""
    permitted = []
    for name in names:
        entry = store.entry(name)
        if not entry.is_accepted(store.accepted):
            say(console, f"left out: {name}, {entry.licence} (--accept {entry.asks_for} takes it in)", "yellow")
        elif not entry.urls and not _is_offered(store, name) and store.own(name) is None:
            say(console, f"left out: {name}, which is not published ready-made ({entry.convert})", "yellow")
        else:
            permitted.append(name)
    return permitted


def _is_offered(store: Store, name: str) -> bool:
    """Whether the mirror has these weights, and they may be used; a mirror that is out of order has nothing."""
    try:
        return store.offer(name) is not None
    except WeightsError:
        return False


def _announce(store: Store, names: Sequence[str], console: Console) -> None:
    """Says what is about to come, how much it is and under which licences. Raises WeightsError when it cannot fit."""
    entries = [store.entry(name) for name in names]
    if not entries:
        return say(console, "nothing to fetch: all of it is here")
    total = sum(entry.size for entry in entries)
    licences = "; ".join(sorted({entry.licence for entry in entries}))
    count = "1 file" if len(entries) == 1 else f"{len(entries)} files"
    say(console, f"{count}, {readable(total)}, into {store.models_dir}; licences: {licences}")
    require_room(store.models_dir, total)
    return None


def _without(settings: Settings, name: str) -> str:
    """What the lack of these weights means for the analyzers of the roster. Raises BadRoster."""
    effects = []
    for analyzer in load_roster(settings):
        names = weight_names(analyzer)
        if name in names.needed or names.any_of == (name,):
            effects.append(f"{wiring_of(analyzer).name} cannot start")
        elif name in names.any_of:
            others = " or ".join(other for other in names.any_of if other != name)
            effects.append(f"{wiring_of(analyzer).name} needs {others}")
        elif name in names.better:
            effects.append(f"{wiring_of(analyzer).name} works, but less well")
    return f"Without {name}: {', '.join([*effects, 'everything else works as before'])}."


def _megabytes(entry: Entry) -> str:
    amount = f"{entry.size / 1e6:.1f}" if entry.size >= 100_000 else "<0.1"
    return amount if entry.exact else f"~{amount}"
