"""Language models in the models folder: how they get here, and how they stand. Each is a folder of files."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
from rich.console import Console

from analyzers.weights.download import Progress, Wanted, download
from analyzers.weights.first_downloads import FirstDownload, FirstDownloads
from analyzers.weights.hashes import sha256_of
from analyzers.weights.mirror import TIMEOUT
from analyzers.weights.store import LicenceNotAccepted, State, WeightsError, WeightStatus, store_of
from bus.settings import Settings
from cli.models.pull_progress import readable, watching
from cli.terminal.output import say
from llm.models import LanguageModel, load_models

EXTRA_BYTES = 1 << 20
"""About as large as an extra file may be: they are lists of words and templates."""

_SHA256 = re.compile(r'^(?:W/)?"?([0-9a-f]{64})"?$')


class _Published(NamedTuple):
    """What the makers' server says about a file before it is fetched: its status, and its hash and size if known."""

    status: int
    sha256: str | None
    size: int | None


class LanguageModels:
    """The language models of the manifest, and what of them is in the models folder."""

    def __init__(self, settings: Settings) -> None:
        self.models: Mapping[str, LanguageModel] = load_models()
        self._settings = settings

    def folder(self, name: str) -> Path:
        """Where this model is, or would be."""
        return self._settings.models / self.models[name].folder

    def status(self, name: str, thoroughly: bool = False) -> WeightStatus:
        """How this model stands: by the sizes of its files, or `thoroughly` by their hashes."""
        model, folder = self.models[name], self.folder(name)
        if lacking := model.lacks(folder):
            began = folder.is_dir() and len(lacking) < len(model.files)
            return WeightStatus(State.ABSENT, None, f"{', '.join(lacking)} still to come" if began else "")
        records = {file: self._records(name).get(file) for file in model.files}
        damaged = [file for file, record in records.items() if record and not _is(folder / file, record, thoroughly)]
        if damaged:
            advice = "delete it, then pull again"
            return WeightStatus(State.DAMAGED, None, f"{', '.join(damaged)} is not what came: {advice}")
        if None in records.values():
            return WeightStatus(State.UNVERIFIED, folder, "it did not come by a pull, so no hash is known")
        return WeightStatus(State.PRESENT, folder)

    def require_consent(self, name: str) -> None:
        """Raises LicenceNotAccepted when the licence of this model is not permissive and was not accepted."""
        model = self.models[name]
        if not model.is_accepted(self._settings.accepted_licences):
            raise LicenceNotAccepted(
                f"the licence of {name}, {model.licence} ({model.terms}), asks for your consent: --accept "
                f"{model.asks_for} gives it this time, HECKLER_MODELS_ACCEPT={model.asks_for} for good"
            )

    def pull(self, name: str, on_progress: Progress) -> Path:
        """Fetches what the folder lacks of this model, one file after the other; the folder.

        What was cut goes on where it stopped, also after a restart where the makers publish the file's hash. Raises
        WeightsError. Only one process pulls at a time.
        """
        model, folder = self.models[name], self.folder(name)
        with store_of(self._settings).alone():
            for file in (*model.extras, *model.files):
                if not (folder / file).is_file():
                    self._fetch(name, file, on_progress)
        return folder

    def _fetch(self, name: str, file: str, on_progress: Progress) -> None:
        model, records = self.models[name], self._records(name)
        url, target = f"{model.url}/{file}", self.folder(name) / file
        published = _published(url)
        if published.status == httpx.codes.NOT_FOUND and file in model.extras:
            return
        size = published.size or model.files.get(file, EXTRA_BYTES)
        wanted = Wanted(f"{name}/{file}", size, published.sha256, exact=published.size is not None)
        sha256 = download(url, wanted, target, on_progress)
        if target.stat().st_size:
            records.replace(file, FirstDownload(sha256=sha256, size=target.stat().st_size, origin=url))

    def _records(self, name: str) -> FirstDownloads:
        return FirstDownloads(self.folder(name) / ".first-downloads.json")


def pull(settings: Settings, names: Sequence[str], console: Console) -> bool:
    """Fetches these language models. True when all came; a failure does not hinder the others.

    Raises WeightsError before anything is fetched, for a licence that was not accepted and a disk that is too full.
    """
    language_models = LanguageModels(settings)
    for name in names:
        language_models.require_consent(name)
    lacking = [name for name in names if language_models.models[name].lacks(language_models.folder(name))]
    _announce(language_models, lacking, settings, console)
    failures: list[str] = []
    with watching(console) as (progress, tell):
        for name in names:
            try:
                tell(f"{name}: {language_models.pull(name, progress)}")
            except WeightsError as error:
                failures.append(f"{name} could not be fetched: {error}. Run the command again: it goes on from there")
    for failure in failures:
        say(console, failure, "red")
    return not failures


def _announce(language_models: LanguageModels, names: Sequence[str], settings: Settings, console: Console) -> None:
    """Says what is about to come, how much, and under which licence. Raises WeightsError when it cannot fit."""
    for name in names:
        model = language_models.models[name]
        text = f"{name}: {model.folder}, about {readable(model.size)}; licence: {model.licence}, {model.terms}"
        say(console, text)
    require_room(settings.models, sum(language_models.models[name].size for name in names))


def require_room(models: Path, size: int) -> None:
    """Raises WeightsError when fewer than `size` bytes are free where the folder `models` is, or will be."""
    folder = next(parent for parent in (models, *models.parents) if parent.exists())
    if (free := shutil.disk_usage(folder).free) < size:
        raise WeightsError(f"only {readable(free)} are free at {folder}: make room, or set HECKLER_DATA")


def _published(url: str) -> _Published:
    """What the server says about a file. Large ones on Hugging Face carry their hash in a header of the first answer,
    before it leads elsewhere. Silence is no knowledge: the download will say what is wrong."""
    try:
        answer = httpx.head(url, timeout=TIMEOUT, headers={"Accept-Encoding": "identity"})
    except (httpx.HTTPError, httpx.InvalidURL):
        return _Published(0, None, None)
    found = _SHA256.match(answer.headers.get("X-Linked-Etag", ""))
    size = answer.headers.get("X-Linked-Size", "")
    known = found is not None and size.isdecimal() and int(size) > 0
    return _Published(answer.status_code, found[1] if found else None, int(size) if known else None)


def _is(path: Path, record: FirstDownload, thoroughly: bool) -> bool:
    return path.stat().st_size == record.size and (not thoroughly or sha256_of(path) == record.sha256)
