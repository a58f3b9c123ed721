"""Which files a batch takes, and when a file that arrives is complete."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.batch.folder_watch import SETTLE_S, Arrivals, is_young
from cli.batch.inputs import expand, listed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "deep/er/c.heic", ".cache/d.jpg", "x[1].jpg"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*arguments: str) -> list[str]:
    return [path.as_posix() for path in expand(arguments)]


def test_a_folder_gives_its_photos_at_any_depth_without_what_is_hidden(folder: Path) -> None:
    assert names("photos") == ["photos/a.PNG", "photos/b.jpg", "photos/x[1].jpg", "photos/deep/er/c.heic"]


def test_a_pattern_gives_its_matches_and_a_file_itself_whatever_it_is_called(folder: Path) -> None:
    assert names("photos/*.jpg") == ["photos/b.jpg", "photos/x[1].jpg"]
    assert names("photos/**/*.heic") == ["photos/deep/er/c.heic"]
    assert names("photos/notes.txt", "photos/x[1].jpg") == ["photos/notes.txt", "photos/x[1].jpg"]


def test_what_is_not_there_is_told_in_its_place(folder: Path) -> None:
    assert names("gone.jpg", "photos/b.jpg", "no*.jpg") == ["gone.jpg", "photos/b.jpg", "no*.jpg"]


@given(st.lists(st.text(st.characters(exclude_characters="\n\0", exclude_categories=("Cs",)), min_size=1)))
def test_a_list_gives_back_the_paths_that_are_on_it(paths: list[str]) -> None:
    kept = [path for path in paths if path.encode().strip()]
    for end in ("\n", "\0"):
        for last in ("", end):
            data = (end.join(paths) + last).encode()
            assert [str(path) for path in listed(io.BytesIO(data), end.encode())] == [str(Path(path)) for path in kept]


FILE = Path("photos/new.jpg")


def test_a_file_is_taken_once_it_has_stayed_the_same_for_a_while() -> None:
    arrivals = Arrivals()
    assert arrivals.look({FILE: (10, 1)}, 0) == []
    assert arrivals.look({FILE: (20, 2)}, SETTLE_S) == []
    assert arrivals.look({FILE: (20, 2)}, SETTLE_S * 1.5) == []
    assert arrivals.look({FILE: (20, 2)}, SETTLE_S * 2) == [FILE]
    assert arrivals.look({FILE: (20, 2)}, SETTLE_S * 9) == []


def test_an_empty_file_is_still_being_written() -> None:
    arrivals = Arrivals()
    assert [arrivals.look({FILE: (0, 1)}, now) for now in range(9)] == [[]] * 9


def test_a_file_that_changes_or_was_taken_too_early_or_comes_back_is_taken_again() -> None:
    arrivals = Arrivals()
    seen = {FILE: (10, 1)}
    assert [arrivals.look(seen, now) for now in (0, 5)] == [[], [FILE]]
    assert [arrivals.look({FILE: (11, 2)}, now) for now in (6, 9)] == [[], [FILE]]
    arrivals.again(str(FILE.absolute()))
    assert [arrivals.look({FILE: (11, 2)}, now) for now in (10, 12)] == [[], [FILE]]
    assert arrivals.look({}, 13) == []
    assert [arrivals.look({FILE: (11, 2)}, now) for now in (14, 16)] == [[], [FILE]]


def test_only_a_file_that_changed_a_moment_ago_may_not_be_complete() -> None:
    assert is_young((5, 1_000_000_000_000), now=1010)
    assert not is_young((5, 1_000_000_000_000), now=1100)
