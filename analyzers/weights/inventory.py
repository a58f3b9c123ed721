"""Which weights are here, and unharmed: in the models folder, or in a mirror that is a folder."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from analyzers.base import Weights, declared, weight_names
from analyzers.weights.first_downloads import FirstDownloads
from analyzers.weights.hashes import HashMemory
from analyzers.weights.manifest import Entry, load_manifest
from analyzers.weights.mirror import Mirror, MirrorEntry, WeightsError


class Available(NamedTuple):
    """What an analyzer gets: the files that are here, and the names without which it cannot start."""

    weights: Weights
    missing: tuple[str, ...]


class State(StrEnum):
    """How weights stand: only the first two are used."""

    PRESENT = "present"
    UNVERIFIED = "unverified"
    """Unchanged since the first download or conversion, but no published hash says that this one was right."""
    DAMAGED = "damaged"
    ABSENT = "absent"


class WeightStatus(NamedTuple):
    """One entry's state, the file that would be used (None: none), and what else a person should know."""

    state: State
    path: Path | None
    note: str = ""


class Inventory:
    """The weights in `models_dir`, and those that a mirror, a folder or a URL, offers.

    The maker's hash in the manifest decides which bytes are used; where it names none, that of the first download.
    With `trust_mirror` a mirror may hold other bytes for a name, a test build (`official = false`); then the mirror's
    own hash decides, and pulled copies are kept apart. A mirror's file is used in place only if its licence is
    permissive or among `accepted`; what is in `models_dir` was accepted when it came.
    """

    def __init__(
        self, models_dir: Path, mirror: str | None = None, trust_mirror: bool = False, accepted: Container[str] = ()
    ) -> None:
        self.models_dir = models_dir
        self.mirror = Mirror(mirror) if mirror else None
        self.trust_mirror = trust_mirror
        self.accepted = accepted
        self.manifest = load_manifest()
        self.first = FirstDownloads(models_dir / ".first-downloads.json")
        self.converted = FirstDownloads(models_dir / ".converted.json")
        self.hashes = HashMemory(models_dir / ".checked.json")

    def entry(self, name: str) -> Entry:
        """The manifest's entry. Raises WeightsError, listing the names, for one that there is not."""
        if name not in self.manifest:
            raise WeightsError(f"there are no weights named {name!r}; there are {', '.join(sorted(self.manifest))}")
        return self.manifest[name]

    def find(self, name: str) -> Path | None:
        """The file of these weights with the right hash, in the store or in a mirror that is a folder; else None.

        Raises WeightsError for an unknown name, or a mirror folder that cannot be read.
        """
        entry = self.entry(name)
        return self._first_right(self._candidates(name, entry))

    def own(self, name: str) -> Path | None:
        """Like `find`, but only in `models_dir`: what stays when the mirror goes."""
        return self._first_right(self._own_candidates(name, self.entry(name)))

    def status(self, name: str) -> WeightStatus:
        """How these weights stand. Raises as `find` does."""
        entry, kept = self.entry(name), self.models_dir / self.entry(name).file
        path = self.find(name)
        if path == kept and (origin := self._converted_from(name, kept)):
            return WeightStatus(State.UNVERIFIED, path, f"converted here from {origin}, and unchanged since")
        if path == kept and entry.sha256 is None:
            return WeightStatus(
                State.UNVERIFIED, path, "checked against its first download: the makers publish no hash"
            )
        if path is not None:
            return WeightStatus(State.PRESENT, path, self._where(name, path))
        if not kept.is_file():
            return WeightStatus(State.ABSENT, None)
        if self.expected(name) is None and self.converted.get(name) is None:
            return WeightStatus(State.UNVERIFIED, None, "not used: no hash is known, and it did not come by a pull")
        return WeightStatus(State.DAMAGED, None, "not used: its hash is wrong; a pull replaces it")

    def available(self, analyzer: type[Any]) -> Available:
        """The weights that `analyzer` can have now, required and optional, and which required ones are missing.

        Where it needs any of several and none is here, the best with an accepted licence counts as missing.
        """
        names = weight_names(analyzer)
        found = {name: self.find(name) for name in names.all}
        found |= {name: self.trained(name) for name in declared(analyzer, "trained")}
        here = {name: path for name, path in found.items() if path}
        missing = [name for name in names.needed if name not in here]
        if names.any_of and not any(name in here for name in names.any_of):
            missing.append(self._best_to_get(names.any_of))
        return Available(here, tuple(missing))

    def trained(self, name: str) -> Path | None:
        """The newest file that was trained on this machine under a name; None without any."""
        folder = self.trained_dir(name)
        files = [path for path in folder.iterdir() if path.suffix != ".part"] if folder.is_dir() else []
        return max(files, key=lambda path: path.stat().st_mtime_ns, default=None)

    def trained_dir(self, name: str) -> Path:
        """Where files trained here are, each with a name of its own, so that running analyzers notice a new one."""
        return self.models_dir / "trained" / name

    def _best_to_get(self, names: Sequence[str]) -> str:
        """The first of `names` whose licence is permissive or accepted; the first of all when none is."""
        return next((name for name in names if self.entry(name).is_accepted(self.accepted)), names[0])

    def expected(self, name: str) -> str | None:
        """The hash that the file must have: the maker's, else that of the first download, else None."""
        if sha256 := self.entry(name).sha256:
            return sha256
        first = self.first.get(name)
        return first.sha256 if first else None

    def offer(self, name: str) -> MirrorEntry | None:
        """What the mirror has for `name`, if it may be used: official bytes, or test builds where those are trusted."""
        offer = self.mirror.entries.get(name) if self.mirror else None
        return offer if offer and (offer.official or self.trust_mirror) else None

    def offered_hash(self, name: str, offer: MirrorEntry) -> str:
        """The hash that the mirror's file must have."""
        return (self.expected(name) if offer.official else None) or offer.sha256

    def test_dir(self, name: str) -> Path:
        """Where pulled test builds of `name` are, each named by its hash."""
        return self.models_dir / "test-builds" / name

    def _first_right(self, candidates: Iterator[tuple[Path, str]]) -> Path | None:
        return next((path for path, sha256 in candidates if self.hashes.matches(path, sha256)), None)

    def _own_candidates(self, name: str, entry: Entry) -> Iterator[tuple[Path, str]]:
        if sha256 := self.expected(name):
            yield self.models_dir / entry.file, sha256
        if converted := self.converted.get(name):
            yield self.models_dir / entry.file, converted.sha256
        if self.trust_mirror:
            yield from ((path, path.name) for path in self._test_builds(name))

    def _candidates(self, name: str, entry: Entry) -> Iterator[tuple[Path, str]]:
        """Files and the hash that each must have. The mirror is not asked when the store itself has the file."""
        yield from self._own_candidates(name, entry)
        if self.mirror and not self.mirror.is_remote and entry.is_accepted(self.accepted):
            offer = self.offer(name)
            path = self.mirror.path(offer) if offer else None
            if offer and path:
                yield path, self.offered_hash(name, offer)

    def _test_builds(self, name: str) -> list[Path]:
        """Pulled test builds of `name`, newest first."""
        folder = self.test_dir(name)
        files = [path for path in folder.iterdir() if path.suffix != ".part"] if folder.is_dir() else []
        return sorted(files, key=lambda path: path.stat().st_mtime_ns, reverse=True)

    def _converted_from(self, name: str, path: Path) -> str | None:
        """The checkpoint from which the file at `path` was converted here; None for any other file."""
        record = self.converted.get(name)
        return record.origin if record and self.hashes.matches(path, record.sha256) else None

    def _where(self, name: str, path: Path) -> str:
        if path.parent == self.test_dir(name):
            return "a test build, not the maker's bytes"
        return "" if path.parent == self.models_dir else "used from the mirror; a pull copies it"
