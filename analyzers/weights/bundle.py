"""Weights in one tar file, for machines without a network: written here, read there, every hash checked.

The tar begins with `manifest.json` (`Contents`); then come the files it lists, by name, in its order.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, NamedTuple

from pydantic import Field, ValidationError

from analyzers.weights.hashes import sha256_of
from analyzers.weights.manifest import Sha256
from analyzers.weights.store import LicenceNotAccepted, Store, WeightsError
from bus.findings import Frozen

INDEX = "manifest.json"
LARGEST_INDEX = 1 << 20
CHUNK = 1 << 20
STAGE = ".import-"


class Packed(Frozen):
    """One file of a bundle. `official` is False for a test build, which is used only where those are trusted."""

    name: str
    file: str = Field(pattern=r"^\w[\w.-]*$")
    size: int = Field(gt=0)
    sha256: str = Field(pattern=Sha256)
    licence: str
    official: bool


class Contents(Frozen):
    """What a bundle says about itself."""

    format: Literal["heckler-weights-1"] = "heckler-weights-1"
    files: tuple[Packed, ...]


class Imported(NamedTuple):
    """What an import brought: name → file; and what it left in the bundle: name → why."""

    files: dict[str, Path]
    left_out: dict[str, str]


def write_bundle(store: Store, target: Path, names: Iterable[str]) -> Contents:
    """Packs these weights into a tar at `target`, which is there whole or not at all.

    Raises WeightsError for weights that are not here, and when `target` cannot be written.
    """
    sources = {name: _source(store, name) for name in names}
    contents = Contents(files=tuple(_packed(store, name, path) for name, path in sources.items()))
    try:
        with _whole(target) as draft, tarfile.open(fileobj=draft, mode="w") as tar:
            _add(tar, INDEX, io.BytesIO(contents.model_dump_json(indent=1).encode()))
            for packed in contents.files:
                with sources[packed.name].open("rb") as file:
                    _add(tar, packed.name, file)
    except OSError as error:
        raise WeightsError(f"the bundle {target} cannot be written ({error})") from error
    return contents


def read_bundle(store: Store, source: Path) -> Imported:
    """Takes the weights out of the bundle at `source` into the store: all that may be used, or none.

    What this version does not know, or whose licence was not accepted, is left out, with the reason. Raises
    WeightsError when the file is no bundle, is cut, or has other bytes than it says; then nothing has changed.
    """
    try:
        with source.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar, store.alone():
            return _unpack(store, tar)
    except (tarfile.TarError, EOFError, ValidationError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{source} is no bundle of weights, or is damaged ({reason})") from error
    except OSError as error:
        raise WeightsError(f"the bundle {source} cannot be read ({error})") from error


def _unpack(store: Store, tar: tarfile.TarFile) -> Imported:
    members = _members(tar)
    contents = _contents(tar, members)
    left_out = {packed.name: why for packed in contents.files if (why := _objection(store, packed))}
    for abandoned in store.models_dir.glob(f"{STAGE}*"):  # by an import that was killed: the lock is ours
        shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(dir=store.models_dir, prefix=STAGE) as folder:
        staged = [
            (packed, _unpacked(tar, members, packed, Path(folder)))
            for packed in contents.files
            if packed.name not in left_out
        ]
        return Imported({packed.name: _place(store, packed, path) for packed, path in staged}, left_out)


def _members(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Name → member. A bundle holds plain files with plain names, each once; anything else is refused."""
    members: dict[str, tarfile.TarInfo] = {}
    for member in tar:
        odd = not member.isreg() or member.issparse()  # a sparse file could be far larger than the bundle
        if odd or "/" in member.name or "\\" in member.name or member.name.startswith("."):
            raise tarfile.TarError(f"{member.name!r} is not a plain file with a plain name")
        if member.name in members:
            raise tarfile.TarError(f"{member.name!r} is there twice")
        members[member.name] = member
    return members


def _contents(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> Contents:
    member = members.get(INDEX)
    if member is None or member.size > LARGEST_INDEX:
        raise tarfile.TarError(f"it has no {INDEX}")
    contents = Contents.model_validate_json(_opened(tar, member).read())
    listed = [packed.name for packed in contents.files]
    if len(set(listed)) != len(listed) or set(listed) != set(members) - {INDEX}:
        raise tarfile.TarError(f"its files are not those that its {INDEX} lists")
    return contents


def _objection(store: Store, packed: Packed) -> str | None:
    """Why these weights stay in the bundle; None when they may be used."""
    if packed.name not in store.manifest:
        return "this version does not know it"
    try:
        store.require_consent(packed.name)
    except LicenceNotAccepted as refusal:
        return str(refusal)
    if packed.official:
        expected = store.expected(packed.name)
        return None if expected in (None, packed.sha256) else "this version expects another hash"
    return None if store.trust_mirror else "it is a test build: HECKLER_MODELS_TRUST_MIRROR=1 accepts it"


def _unpacked(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], packed: Packed, folder: Path) -> Path:
    """The file of `packed`, unpacked into `folder`, its hash checked."""
    member, path = members[packed.name], folder / packed.sha256
    if member.size != packed.size:
        raise tarfile.TarError(f"{packed.name} has {member.size} bytes, not {packed.size}")
    with path.open("wb") as file:
        source = _opened(tar, member)
        while chunk := source.read(CHUNK):
            file.write(chunk)
    if sha256_of(path) != packed.sha256:
        raise tarfile.TarError(f"{packed.name} has the wrong hash")
    return path


def _place(store: Store, packed: Packed, path: Path) -> Path:
    entry = store.entry(packed.name)
    target = store.models_dir / entry.file if packed.official else store.test_dir(packed.name) / packed.sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, target)
    if packed.official:
        store.record(packed.name, target, packed.sha256, "a bundle")
    return target


def _source(store: Store, name: str) -> Path:
    path = store.find(name)
    if path is None:
        raise WeightsError(f"{name} is not here: heckler models pull {name} fetches it")
    return path


def _packed(store: Store, name: str, path: Path) -> Packed:
    entry, sha256 = store.entry(name), sha256_of(path)
    official = sha256 == store.expected(name)
    size = path.stat().st_size
    return Packed(name=name, file=entry.file, size=size, sha256=sha256, licence=entry.licence, official=official)


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    """Adds a member that says nothing of this machine: no owner, no times."""
    member = tarfile.TarInfo(name)
    member.size = file.seek(0, os.SEEK_END)
    member.mode = 0o644
    file.seek(0)
    tar.addfile(member, file)


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    assert file is not None  # members that are no plain files were refused
    return file


@contextmanager
def _whole(target: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `target` when all of it is on the disk, and vanishes if that never happens."""
    handle, draft = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
