"""The manifest of weights: every entry says what it is, and the real files are what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from origin import ENTRY
from pydantic import ValidationError

from analyzers.weights.store import Entry, Store, load_manifest


def test_every_entry_of_the_manifest_says_where_it_is_from_and_under_which_licence() -> None:
    manifest = load_manifest()
    assert {"yunet", "brisque_model", "brisque_range"} <= set(manifest)
    for entry in manifest.values():
        assert entry.urls or (entry.convert and entry.checkpoint)
        assert all(url.startswith("https://") for url in entry.urls)
        assert entry.sha256 or entry.unsure or not entry.urls
        assert entry.licence
        assert entry.source
    assert len({entry.file for entry in manifest.values()}) == len(manifest)


def test_the_manifest_agrees_with_the_files_of_the_real_mirror(mirror: Path, tmp_path: Path) -> None:
    store = Store(tmp_path, str(mirror), trust_mirror=True, accepted={"all"})
    assert store.mirror is not None
    for name, entry in load_manifest().items():
        path = store.find(name)
        assert (path is not None) == (name in store.mirror.entries)
        if path is None:
            continue
        if store.hashes.matches(path, entry.sha256 or ""):
            assert path.stat().st_size == entry.size


def test_official_files_of_the_real_mirror_have_the_makers_hash(mirror: Path, tmp_path: Path) -> None:
    careful = Store(tmp_path, str(mirror))
    assert careful.mirror is not None
    official = {name for name, offer in careful.mirror.entries.items() if offer.official} & set(careful.manifest)
    assert len(official) >= 10
    assert {name for name in careful.manifest if careful.find(name)} == official


def test_an_entry_that_cannot_be_fetched_or_made_is_no_entry() -> None:
    with pytest.raises(ValidationError, match="neither urls nor convert"):
        Entry.model_validate(ENTRY.model_dump() | {"urls": ()})


def test_what_a_licence_asks_for_follows_from_the_licence() -> None:
    def asks(licence: str, commercial: bool) -> str | None:
        return ENTRY.model_copy(update={"licence": licence, "commercial": commercial}).asks_for

    assert (asks("MIT", True), asks("AGPL-3.0", True), asks("MIT", False)) == (None, "agpl", "non-commercial")


def test_a_misspelt_field_in_a_manifest_is_named(tmp_path: Path) -> None:
    (tmp_path / "weights.toml").write_text('[x]\ntask = "t"\nlicense = "MIT"\n')
    with pytest.raises(ValidationError, match="license"):
        load_manifest(tmp_path / "weights.toml")
