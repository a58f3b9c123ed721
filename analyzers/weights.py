"""The weights store: which model files there are, where they come from, and which of them are here and unharmed."""

from __future__ import annotations

import fcntl
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, TypeAdapter

from analyzers.base import Weights
from analyzers.download import Progress, Wanted, download, install
from analyzers.hashes import HashMemory
from analyzers.mirror import Mirror, MirrorEntry, WeightsError
from bus.features import Frozen

__all__ = ["Available", "Entry", "Store", "WeightsError", "load_manifest"]

MANIFEST = Path(__file__).with_name("weights.toml")


def _unwatched(name: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Entry(Frozen):
    """One entry of `weights.toml`; the meaning of the fields stands there."""

    task: str
    analyzers: tuple[str, ...]
    file: str = Field(pattern=r"^[\w.-]+$")
    urls: tuple[str, ...] = ()
    size: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str
    commercial: bool
    source: str


class Available(NamedTuple):
    """What an analyzer gets: the files that are here, and the names without which it cannot start."""

    weights: Weights
    missing: tuple[str, ...]


def load_manifest(path: Path = MANIFEST) -> dict[str, Entry]:
    """Name → entry. Raises pydantic.ValidationError, naming the field, when the file is no manifest."""
    return TypeAdapter(dict[str, Entry]).validate_python(tomllib.loads(path.read_text("utf-8")))


class Store:
    """The weights in `models_dir`, and those that a mirror (a folder or a URL) offers.

    The maker's hash in the manifest decides which bytes are used. With `trust_mirror` a mirror may hold other bytes
    for a name, a test build (`official = false`); then the mirror's own hash decides, and pulled copies are kept apart.
    """

    def __init__(self, models_dir: Path, mirror: str | None = None, trust_mirror: bool = False) -> None:
        self.models_dir = models_dir
        self.mirror = Mirror(mirror) if mirror else None
        self.trust_mirror = trust_mirror
        self.manifest = load_manifest()
        self._hashes = HashMemory(models_dir / ".checked.json")

    def entry(self, name: str) -> Entry:
        """The manifest's entry. Raises WeightsError, listing the names, for one that there is not."""
        if name not in self.manifest:
            raise WeightsError(f"there are no weights named {name!r}; there are {', '.join(sorted(self.manifest))}")
        return self.manifest[name]

    def find(self, name: str) -> Path | None:
        """The file of these weights with the right hash, in the store or in a mirror that is a folder; else None.

        Raises WeightsError for an unknown name, or a mirror folder that cannot be read.
        """
        candidates = self._candidates(name, self.entry(name))
        return next((path for path, sha256 in candidates if self._hashes.matches(path, sha256)), None)

    def _candidates(self, name: str, entry: Entry) -> Iterator[tuple[Path, str]]:
        """Files and the hash that each must have. The mirror is not asked when the store itself has the file."""
        yield self.models_dir / entry.file, entry.sha256
        offer = self._offer(name) if self.mirror and not self.mirror.is_remote else None
        if offer and self.mirror and (path := self.mirror.path(offer)):
            yield path, self._trusted_hash(entry, offer)
        if self.trust_mirror:
            yield from ((path, path.name) for path in self._test_builds(name))

    def available(self, analyzer: type[Any]) -> Available:
        """The weights that `analyzer` can have now, required and optional, and which required ones are missing."""
        found = {name: self.find(name) for name in (*analyzer.weights, *analyzer.optional_weights)}
        here = {name: path for name, path in found.items() if path}
        return Available(here, tuple(name for name in analyzer.weights if name not in here))

    def pull(self, names: Iterable[str], on_progress: Progress = _unwatched) -> dict[str, Path]:
        """Fetches what is not here yet: from the mirror if it has it, else from the makers. Name → file.

        Raises WeightsError, saying for each place why it did not serve. Only one process pulls at a time.
        """
        wanted = {name: self.entry(name) for name in names}
        with _alone(self.models_dir / ".pull.lock"):
            return {name: self.find(name) or self._fetch(name, entry, on_progress) for name, entry in wanted.items()}

    def _fetch(self, name: str, entry: Entry, on_progress: Progress) -> Path:
        problems: list[str] = []
        if self.mirror:
            try:
                return self._from_mirror(name, entry, on_progress)
            except WeightsError as error:
                problems.append(str(error))
        for url in entry.urls:
            try:
                target = self.models_dir / entry.file
                download(url, Wanted(name, entry.size, entry.sha256), target, on_progress)
                return target
            except WeightsError as error:
                problems.append(str(error))
        raise WeightsError(
            f"{name} could not be fetched: {'; '.join(problems)}. Try again, or put {entry.file} "
            f"(sha256 {entry.sha256}) into {self.models_dir}, "
            "or set HECKLER_MODELS_MIRROR to a folder or URL that has it"
        )

    def _from_mirror(self, name: str, entry: Entry, on_progress: Progress) -> Path:
        assert self.mirror
        offer = self._offer(name)
        if offer is None:
            raise WeightsError(f"the mirror {self.mirror.place} has no {name} that may be used{self._hint(name)}")
        sha256 = self._trusted_hash(entry, offer)
        target = self.models_dir / entry.file if sha256 == entry.sha256 else self._test_dir(name) / sha256
        wanted = Wanted(name, offer.size, sha256)
        if self.mirror.is_remote:
            download(self.mirror.url(offer), wanted, target, on_progress)
        else:
            self._copy(offer, wanted, target)
        return target

    def _copy(self, offer: MirrorEntry, wanted: Wanted, target: Path) -> None:
        assert self.mirror
        source = self.mirror.path(offer)
        if source is None:
            raise WeightsError(f"the mirror {self.mirror.place} lists {offer.file}, but does not have it")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        shutil.copyfile(source, part)
        install(part, wanted, target, str(source))

    def _offer(self, name: str) -> MirrorEntry | None:
        """What the mirror has for `name`, if it may be used: official bytes, or test builds where those are trusted."""
        offer = self.mirror.entries.get(name) if self.mirror else None
        return offer if offer and (offer.official or self.trust_mirror) else None

    def _hint(self, name: str) -> str:
        listed = self.mirror and name in self.mirror.entries
        return " (it has a test build: HECKLER_MODELS_TRUST_MIRROR=1 accepts it)" if listed else ""

    @staticmethod
    def _trusted_hash(entry: Entry, offer: MirrorEntry) -> str:
        return entry.sha256 if offer.official else offer.sha256

    def _test_dir(self, name: str) -> Path:
        return self.models_dir / "test-builds" / name

    def _test_builds(self, name: str) -> list[Path]:
        """Pulled test builds of `name`, each named by its hash, newest first."""
        folder = self._test_dir(name)
        files = [path for path in folder.iterdir() if path.suffix != ".part"] if folder.is_dir() else []
        return sorted(files, key=lambda path: path.stat().st_mtime_ns, reverse=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock at `path`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise WeightsError(
            f"the models folder {path.parent} cannot be written to ({error}): set HECKLER_DATA"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
