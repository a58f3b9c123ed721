"""The weights store: what `inventory` finds, and how more comes in."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from analyzers.weights.download import Progress, Wanted, download, install
from analyzers.weights.first_downloads import FirstDownload
from analyzers.weights.inventory import Available, Inventory, State, WeightStatus
from analyzers.weights.manifest import Entry, load_manifest
from analyzers.weights.mirror import MirrorEntry, WeightsError
from bus.settings import Settings

__all__ = [
    "Available",
    "Entry",
    "LicenceNotAccepted",
    "State",
    "Store",
    "WeightStatus",
    "WeightsError",
    "load_manifest",
    "store_of",
]


class LicenceNotAccepted(WeightsError):
    """The licence of the weights asks for a person's consent. The message says how to give it."""


def store_of(settings: Settings) -> Store:
    """The weights store that these settings describe."""
    return Store(settings.models, settings.models_mirror, settings.models_trust_mirror, settings.accepted_licences)


def _unwatched(name: str, done: int, total: int) -> None:
    """Progress that is not shown."""


class Store(Inventory):
    """The weights that are here, and the ways in which others get here: a mirror, or their makers."""

    def pull(self, names: Iterable[str], on_progress: Progress = _unwatched) -> dict[str, Path]:
        """Fetches what `models_dir` lacks: from the mirror if it has it, else from the makers. Name → file there.

        Raises LicenceNotAccepted before anything is fetched, WeightsError saying for each place why it did not serve.
        Only one process pulls at a time.
        """
        wanted = {name: self.entry(name) for name in names}
        for name in wanted:
            self.require_consent(name)
        with self.alone():
            return {name: self.own(name) or self._fetch(name, entry, on_progress) for name, entry in wanted.items()}

    def verify(self, names: Iterable[str]) -> dict[str, WeightStatus]:
        """Reads every file again, whatever is remembered of it. Name → how it stands. Raises as `find` does."""
        self.hashes.forget()
        return {name: self.status(name) for name in names}

    def require_consent(self, name: str) -> None:
        """Raises LicenceNotAccepted when the licence of these weights is not permissive and was not accepted."""
        entry = self.entry(name)
        if not entry.is_accepted(self.accepted):
            raise LicenceNotAccepted(
                f"the licence of {name}, {entry.licence}, asks for your consent: --accept {entry.asks_for} gives it "
                f"this time, HECKLER_MODELS_ACCEPT={entry.asks_for} for good"
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits until no other process changes this store. Raises WeightsError when it cannot be written to."""
        try:
            self.models_dir.mkdir(parents=True, exist_ok=True)
            with (self.models_dir / ".pull.lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise WeightsError(
                f"the models folder {self.models_dir} cannot be written to ({error}): set HECKLER_DATA"
            ) from error

    def record(self, name: str, path: Path, sha256: str, origin: str) -> None:
        """Keeps the hash of a first download, where the makers publish none. Raises OSError."""
        if self.entry(name).sha256 is None:
            self.first.put(name, FirstDownload(sha256=sha256, size=path.stat().st_size, origin=origin))

    def _fetch(self, name: str, entry: Entry, on_progress: Progress) -> Path:
        problems: list[str] = []
        if self.mirror:
            try:
                return self._from_mirror(name, entry, on_progress)
            except WeightsError as error:
                problems.append(str(error))
        for url in entry.urls:
            try:
                return self._from_makers(name, url, on_progress)
            except WeightsError as error:
                problems.append(str(error))
        raise WeightsError(f"{name} could not be fetched: {'; '.join(problems)}{self._advice(name, entry)}")

    def _from_makers(self, name: str, url: str, on_progress: Progress) -> Path:
        entry, expected = self.entry(name), self.expected(name)
        target = self.models_dir / entry.file
        wanted = Wanted(name, entry.size, expected, entry.exact)
        self.record(name, target, download(url, wanted, target, on_progress), url)
        return target

    def _from_mirror(self, name: str, entry: Entry, on_progress: Progress) -> Path:
        assert self.mirror
        offer = self.offer(name)
        if offer is None:
            raise WeightsError(f"the mirror {self.mirror.place} has no {name} that may be used{self._hint(name)}")
        sha256 = self.offered_hash(name, offer)
        is_makers = offer.official or sha256 == entry.sha256
        target = self.models_dir / entry.file if is_makers else self.test_dir(name) / sha256
        wanted = Wanted(name, offer.size, sha256)
        if self.mirror.is_remote:
            download(self.mirror.url(offer), wanted, target, on_progress)
        else:
            self._copy(offer, wanted, target)
            on_progress(name, offer.size, offer.size)
        if is_makers:
            self.record(name, target, sha256, self.mirror.place)
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

    def _hint(self, name: str) -> str:
        listed = self.mirror and name in self.mirror.entries
        return " (it has a test build: HECKLER_MODELS_TRUST_MIRROR=1 accepts it)" if listed else ""

    def _advice(self, name: str, entry: Entry) -> str:
        if not entry.urls:
            published = f" ({entry.checkpoint.place})" if entry.checkpoint else ""
            return f"{'. ' if self.mirror else ''}{entry.file} is not published; it is made thus: {entry.convert}" + (
                f"{published}. Or set HECKLER_MODELS_MIRROR to a folder or URL that has it"
            )
        if entry.sha256 is None and self.expected(name):
            return f". If its makers have changed it, delete {self.first.path} to accept what they publish now"
        by_hand = f", or put {entry.file} (sha256 {entry.sha256}) into {self.models_dir}" if entry.sha256 else ""
        return f". Try again{by_hand}, or set HECKLER_MODELS_MIRROR to a folder or URL that has it"
