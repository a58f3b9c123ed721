"""From a checkpoint, wherever it comes from, to weights in the store."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from analyzers.weights.conversion.recipes import RECIPES, Recipe
from analyzers.weights.download import Progress, Wanted, download
from analyzers.weights.first_downloads import FirstDownload
from analyzers.weights.hashes import sha256_of
from analyzers.weights.manifest import Checkpoint
from analyzers.weights.store import Store, WeightsError

NEEDS = ("torch", "onnx", "onnxscript", "h5py")

USUAL_SIZE = 100_000_000
"""Bytes that are assumed of a checkpoint of unknown size; it may have twice as many."""


class Converted(NamedTuple):
    """The file that was made, and the largest difference of its answers from the checkpoint's."""

    path: Path
    difference: float


def require_converters() -> None:
    """Raises WeightsError, with the command that installs them, when what converting needs is not installed."""
    lacking = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if lacking:
        raise WeightsError(
            f"converting needs {', '.join(lacking)}, which running Heckler does not: make convert installs it"
        )


def recipe_of(store: Store, name: str) -> Recipe:
    """How these weights are made. Raises WeightsError for those that are not made here."""
    store.entry(name)
    if name not in RECIPES:
        raise WeightsError(f"{name} is not converted here; these are: {', '.join(RECIPES)}")
    return RECIPES[name]


def fetch_checkpoint(store: Store, name: str, on_progress: Progress) -> Path:
    """The makers' checkpoint of these weights, downloaded into the store, its hash checked.

    Where they publish no hash, that of the first download is kept, and later ones must have it. Raises WeightsError,
    saying where a person gets it, when it cannot be downloaded.
    """
    checkpoint = store.entry(name).checkpoint
    if checkpoint is None or checkpoint.url is None:
        raise WeightsError(_by_hand(name, checkpoint))
    key = f"{name} checkpoint"
    first = store.first.get(key)
    expected = checkpoint.sha256 or (first.sha256 if first else None)
    target = store.models_dir / "checkpoints" / (checkpoint.file or checkpoint.url.rpartition("/")[2])
    if expected and store.hashes.matches(target, expected):
        return target
    size = checkpoint.size or USUAL_SIZE
    found = download(checkpoint.url, Wanted(name, size, expected, checkpoint.size is not None), target, on_progress)
    store.first.put(key, FirstDownload(sha256=found, size=target.stat().st_size, origin=checkpoint.url))
    return target


def convert(store: Store, name: str, checkpoint: Path, out: Path | None = None) -> Converted:
    """Makes these weights out of `checkpoint`, and puts them into the store, or at `out`, which the store ignores.

    The ONNX file is kept only if it answers as the checkpoint does. Raises WeightsError: for an unknown name, a licence
    that was not accepted, a package that is missing, a file that is no checkpoint of this network, and a full disk.
    """
    recipe = recipe_of(store, name)
    store.require_consent(name)
    require_converters()
    from analyzers.weights.conversion.export import check, export

    if not checkpoint.is_file():
        raise WeightsError(f"there is no file {checkpoint}")
    network = recipe.network(checkpoint)
    target = out or store.models_dir / store.entry(name).file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with store.alone(), tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as folder:
            draft = Path(folder) / target.name
            export(network, recipe.signature, draft)
            difference = check(network, recipe.signature, draft)
            if out is None:
                _record(store, name, draft, checkpoint)
            os.replace(draft, target)
    except OSError as error:
        raise WeightsError(f"{target} cannot be written ({error})") from error
    return Converted(target, difference)


def _record(store: Store, name: str, draft: Path, checkpoint: Path) -> None:
    origin = f"{checkpoint.name} (sha256 {sha256_of(checkpoint)})"
    store.converted.replace(name, FirstDownload(sha256=sha256_of(draft), size=draft.stat().st_size, origin=origin))


def _by_hand(name: str, checkpoint: Checkpoint | None) -> str:
    place = f" from {checkpoint.page}" if checkpoint and checkpoint.page else ""
    file = checkpoint.file if checkpoint and checkpoint.file else "the checkpoint"
    return (
        f"{file} cannot be downloaded by a program: get it{place}, then heckler models convert {name} --checkpoint FILE"
    )
