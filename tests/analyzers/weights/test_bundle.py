"""Bundles: what is packed on one machine is the same on another, and nothing else gets in."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import pytest

from analyzers.weights import bundle
from analyzers.weights.bundle import Packed, read_bundle, write_bundle
from analyzers.weights.store import Entry, State, Store, WeightsError

CONTENT = {"small": b"weights " * 100, "large": bytes(range(256)) * 9000}
TEST_BUILD = b"an export of one's own"
Machine = Callable[..., Store]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def an_entry(name: str, **changes: Any) -> Entry:
    fields = {
        "task": "a test",
        "analyzers": ("faces",),
        "file": f"{name}.onnx",
        "urls": (f"https://example.org/{name}.onnx",),
        "size": len(CONTENT[name]),
        "sha256": sha256(CONTENT[name]),
        "licence": "MIT",
        "commercial": True,
        "source": "here",
    }
    return Entry.model_validate(fields | changes)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A store of its own in the folder `name`, with these weights in it; `changes` are to the entry of `small`."""

    def made(name: str, *held: str, trust: bool = False, accepted: Container[str] = (), **changes: Any) -> Store:
        store = Store(tmp_path / name, trust_mirror=trust, accepted=accepted)
        store.manifest = {"small": an_entry("small", **changes), "large": an_entry("large")}
        for each in held:
            store.models_dir.mkdir(exist_ok=True)
            (store.models_dir / f"{each}.onnx").write_bytes(CONTENT[each])
        return store

    return made


def listed(name: str, content: bytes, **changes: Any) -> dict[str, Any]:
    facts = Packed(name=name, file="any.onnx", size=len(content), sha256=sha256(content), licence="MIT", official=True)
    return facts.model_dump() | changes


def tar_of(path: Path, files: list[dict[str, Any]], members: dict[str, bytes], **index: Any) -> Path:
    """A bundle made by hand, so that it can be wrong."""
    text = json.dumps({"format": "heckler-weights-1", "files": files} | index).encode()
    with tarfile.open(path, "w") as tar:
        for name, content in ({"manifest.json": text} | members).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def is_untouched(store: Store) -> bool:
    """Nothing but the lock is in the store's folder."""
    return not store.models_dir.exists() or {path.name for path in store.models_dir.iterdir()} <= {".pull.lock"}


# the round trip


def test_what_was_packed_here_is_found_there(machine: Machine, tmp_path: Path) -> None:
    here, there = machine("here", "small", "large"), machine("there")
    contents = write_bundle(here, tmp_path / "b.tar", ["small", "large"])
    assert [packed.name for packed in contents.files] == ["small", "large"]
    imported = read_bundle(there, tmp_path / "b.tar")
    assert imported.left_out == {}
    assert imported.files == {name: there.models_dir / f"{name}.onnx" for name in CONTENT}
    for name, path in imported.files.items():
        assert path.read_bytes() == CONTENT[name]
        assert there.status(name).state is State.PRESENT
    assert {path.name for path in there.models_dir.iterdir()} <= {
        "small.onnx",
        "large.onnx",
        ".pull.lock",
        ".checked.json",
    }


def test_packing_twice_makes_the_same_bytes_and_tells_nothing_of_the_machine(machine: Machine, tmp_path: Path) -> None:
    here = machine("here", "small")
    for name in ("one.tar", "two.tar"):
        write_bundle(here, tmp_path / name, ["small"])
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    with tarfile.open(tmp_path / "one.tar") as tar:
        assert {(member.mtime, member.uid, member.uname) for member in tar} == {(0, 0, "")}


def test_importing_twice_changes_nothing(machine: Machine, tmp_path: Path) -> None:
    write_bundle(machine("here", "small"), tmp_path / "b.tar", ["small"])
    there = machine("there")
    assert read_bundle(there, tmp_path / "b.tar") == read_bundle(there, tmp_path / "b.tar")


def test_an_import_mends_a_damaged_file(machine: Machine, tmp_path: Path) -> None:
    write_bundle(machine("here", "small"), tmp_path / "b.tar", ["small"])
    there = machine("there", "small")
    (there.models_dir / "small.onnx").write_bytes(b"damaged")
    read_bundle(there, tmp_path / "b.tar")
    assert there.status("small").state is State.PRESENT


def test_weights_without_a_makers_hash_are_recorded_by_an_import(machine: Machine, tmp_path: Path) -> None:
    here, there = machine("here", "small", sha256=None), machine("there", sha256=None)
    here.record("small", here.models_dir / "small.onnx", sha256(CONTENT["small"]), "the makers")
    write_bundle(here, tmp_path / "b.tar", ["small"])
    read_bundle(there, tmp_path / "b.tar")
    assert there.status("small").state is State.UNVERIFIED
    other = tar_of(tmp_path / "o.tar", [listed("small", b"other")], {"small": b"other"})
    assert "another hash" in read_bundle(there, other).left_out["small"]


def test_an_import_clears_away_what_a_killed_one_left(machine: Machine, tmp_path: Path) -> None:
    write_bundle(machine("here", "small"), tmp_path / "b.tar", ["small"])
    there = machine("there")
    (there.models_dir / ".import-killed").mkdir(parents=True)
    (there.models_dir / ".import-killed" / "half").write_bytes(b"half")
    read_bundle(there, tmp_path / "b.tar")
    assert not (there.models_dir / ".import-killed").exists()


# what stays in the bundle


def test_a_licence_that_was_not_accepted_stays_in_the_bundle_and_the_rest_comes(
    machine: Machine, tmp_path: Path
) -> None:
    here = machine("here", "small", "large", licence="AGPL-3.0")
    write_bundle(here, tmp_path / "b.tar", ["small", "large"])
    imported = read_bundle(machine("there", licence="AGPL-3.0"), tmp_path / "b.tar")
    assert set(imported.files) == {"large"}
    assert "--accept agpl" in imported.left_out["small"]
    accepting = machine("there", licence="AGPL-3.0", accepted={"agpl"})
    assert set(read_bundle(accepting, tmp_path / "b.tar").files) == {"small", "large"}


def test_a_test_build_comes_only_where_those_are_trusted_and_is_kept_apart(machine: Machine, tmp_path: Path) -> None:
    here = machine("here", trust=True)
    build = here.test_dir("small") / sha256(TEST_BUILD)
    build.parent.mkdir(parents=True)
    build.write_bytes(TEST_BUILD)
    assert not write_bundle(here, tmp_path / "b.tar", ["small"]).files[0].official
    careful = read_bundle(machine("there"), tmp_path / "b.tar")
    assert careful.files == {}
    assert "HECKLER_MODELS_TRUST_MIRROR=1" in careful.left_out["small"]
    trusting = machine("there", trust=True)
    path = read_bundle(trusting, tmp_path / "b.tar").files["small"]
    assert path == trusting.find("small") == trusting.test_dir("small") / sha256(TEST_BUILD)
    assert machine("there").find("small") is None


def test_what_a_bundle_calls_official_must_have_the_hash_that_we_know(machine: Machine, tmp_path: Path) -> None:
    file = tar_of(tmp_path / "b.tar", [listed("small", TEST_BUILD)], {"small": TEST_BUILD})
    there = machine("there", trust=True)
    assert "another hash" in read_bundle(there, file).left_out["small"]
    assert there.find("small") is None


def test_weights_of_a_newer_version_stay_in_the_bundle(machine: Machine, tmp_path: Path) -> None:
    files = [listed("small", CONTENT["small"]), listed("newer", b"new")]
    file = tar_of(tmp_path / "b.tar", files, {"small": CONTENT["small"], "newer": b"new"})
    imported = read_bundle(machine("there"), file)
    assert set(imported.files) == {"small"}
    assert "does not know" in imported.left_out["newer"]


# what is refused


@pytest.mark.parametrize("name", ["../small", "/etc/small", "a/small", "..", ".hidden", "a\\small"])
def test_a_name_that_leads_elsewhere_is_refused(machine: Machine, tmp_path: Path, name: str) -> None:
    file = tar_of(tmp_path / "b.tar", [listed(name, b"x")], {name: b"x"})
    there = machine("there")
    with pytest.raises(WeightsError, match="not a plain file"):
        read_bundle(there, file)
    assert is_untouched(there)


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
        tarfile.CHRTYPE,
        tarfile.GNUTYPE_SPARSE,
    ],
)
def test_whatever_is_no_plain_file_is_refused(machine: Machine, tmp_path: Path, kind: bytes) -> None:
    file = tar_of(tmp_path / "b.tar", [], {})
    with tarfile.open(file, "a") as tar:
        member = tarfile.TarInfo("small")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    there = machine("there")
    with pytest.raises(WeightsError, match="not a plain file"):
        read_bundle(there, file)
    assert is_untouched(there)


SMALL = CONTENT["small"]
WRONG = {
    "a file that is not listed": ([listed("small", SMALL)], {"small": SMALL, "more": b"x"}, "lists"),
    "a listed file that is not there": ([listed("small", SMALL), listed("large", b"x")], {"small": SMALL}, "lists"),
    "listed twice": ([listed("small", SMALL)] * 2, {"small": SMALL}, "lists"),
    "other bytes": ([listed("small", SMALL)], {"small": SMALL[::-1]}, "wrong hash"),
    "another size": ([listed("small", SMALL)], {"small": SMALL + b"x"}, "bytes, not"),
    "a file name with a path": ([listed("small", SMALL, file="../x")], {"small": SMALL}, "file"),
    "a hash that is none": ([listed("small", SMALL, sha256="../x")], {"small": SMALL}, "sha256"),
    "a field too many": ([listed("small", SMALL, colour="red")], {"small": SMALL}, "colour"),
}


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_bundle_that_contradicts_itself_is_refused_whole(machine: Machine, tmp_path: Path, wrong: str) -> None:
    files, members, words = WRONG[wrong]
    there = machine("there")
    with pytest.raises(WeightsError, match=f"no bundle of weights, or is damaged.*{words}"):
        read_bundle(there, tar_of(tmp_path / "b.tar", files, members))
    assert is_untouched(there)


def test_one_wrong_file_keeps_the_right_ones_out_too(machine: Machine, tmp_path: Path) -> None:
    files = [listed("small", SMALL), listed("large", CONTENT["large"])]
    file = tar_of(tmp_path / "b.tar", files, {"small": SMALL, "large": CONTENT["large"][::-1]})
    there = machine("there")
    with pytest.raises(WeightsError, match="large has the wrong hash"):
        read_bundle(there, file)
    assert is_untouched(there)


def test_a_bundle_of_another_format_is_refused(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="heckler-weights-1"):
        read_bundle(machine("there"), tar_of(tmp_path / "b.tar", [], {}, format="heckler-weights-9"))


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.3, 0.9])
def test_a_bundle_that_was_cut_is_refused(machine: Machine, tmp_path: Path, share: float) -> None:
    write_bundle(machine("here", "small", "large"), tmp_path / "b.tar", ["small", "large"])
    whole = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: int(len(whole) * share)])
    there = machine("there")
    with pytest.raises(WeightsError, match="no bundle of weights, or is damaged"):
        read_bundle(there, tmp_path / "cut.tar")
    assert is_untouched(there)


def test_a_file_twice_in_the_tar_is_refused(machine: Machine, tmp_path: Path) -> None:
    file = tar_of(tmp_path / "b.tar", [listed("small", SMALL)], {"small": SMALL})
    with tarfile.open(file, "a") as tar:
        tar.addfile(tarfile.TarInfo("small"), io.BytesIO())
    with pytest.raises(WeightsError, match="twice"):
        read_bundle(machine("there"), file)


def test_a_bundle_that_is_not_there_is_reported(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        read_bundle(machine("there"), tmp_path / "nowhere.tar")


# packing


def test_what_is_not_here_cannot_be_packed_and_says_how_to_get_it(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="heckler models pull large"):
        write_bundle(machine("here", "small"), tmp_path / "b.tar", ["small", "large"])
    assert not (tmp_path / "b.tar").exists()


def test_a_packing_that_breaks_off_leaves_the_old_bundle_and_no_draft(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "b.tar"
    target.parent.mkdir()
    target.write_bytes(b"the old one")
    monkeypatch.setattr(bundle, "_add", full_disk)
    with pytest.raises(WeightsError, match=r"cannot be written .*No space"):
        write_bundle(machine("here", "small"), target, ["small"])
    assert [path.name for path in target.parent.iterdir()] == ["b.tar"]
    assert target.read_bytes() == b"the old one"


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")
