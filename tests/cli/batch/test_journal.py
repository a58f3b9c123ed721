"""The journal of a batch: whatever a crash leaves of it, nothing is told twice and nothing is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.batch.journal import Asked, BadJournal, Begun, Dropped, Journal, Ledger, Line, Told, read

BEGUN = Begun(kind="jsonl", options={"persona": "critic"}, size=0)


def asked(number: int, try_: int = 0) -> Asked:
    return Asked(
        id=f"id{number}-{try_}", path=f"/p{number}", name=f"p{number}", stat=(9, number), sha256=f"sha{number}"
    )


def told(number: int, try_: int = 0, status: str = "done", size: int = 0) -> Told:
    line = asked(number, try_)
    return Told(path=line.path, stat=line.stat, status=status, sha256=line.sha256, id=line.id, size=size)


def text(lines: list[Line]) -> bytes:
    return b"".join(line.model_dump_json().encode() + b"\n" for line in lines)


@st.composite
def journals(draw: st.DrawFn) -> list[Line]:
    """Photos that are asked about, some again under another id, most of them told."""
    lines: list[Line] = [BEGUN]
    for number in range(draw(st.integers(0, 6))):
        tries = draw(st.integers(1, 3))
        for each in range(tries):
            lines += [asked(number, each)] if each == 0 else [Dropped(id=f"id{number}-{each - 1}"), asked(number, each)]
        if draw(st.booleans()):
            lines.append(told(number, tries - 1, size=number + 1))
    return lines


@given(journals(), st.integers(0, 10_000))
def test_a_journal_cut_anywhere_is_that_of_a_shorter_run(lines: list[Line], cut: int) -> None:
    data = text(lines)
    kept, size = read(data[: min(cut, len(data))])
    assert kept == lines[: len(kept)]
    assert size == len(text(kept))
    assert len(kept) == len(lines) or len(text(lines[: len(kept) + 1])) > cut


@given(journals())
def test_each_photo_is_open_or_told_and_never_both(lines: list[Line]) -> None:
    ledger = Ledger(lines)
    open_, done = [each.path for each in ledger.pending.values()], list(ledger.told)
    assert sorted(open_ + done) == sorted({line.path for line in lines if isinstance(line, Asked)})
    assert sum(ledger.counts.values()) == len(done)
    assert set(ledger.firsts) == {f"sha{path[2:]}" for path in open_ + done}


def test_a_request_that_never_came_to_be_leaves_its_photo_to_the_next() -> None:
    ledger = Ledger([BEGUN, asked(1), Dropped(id=asked(1).id)])
    assert ledger.pending == {}
    assert ledger.firsts == {}


def test_a_copy_does_not_end_the_request_of_the_photo_that_it_is_a_copy_of() -> None:
    copy = told(1, status="copy").model_copy(update={"path": "/copy"})
    assert list(Ledger([BEGUN, asked(1), copy]).pending) == [asked(1).id]


def test_a_file_that_has_changed_is_another_one() -> None:
    ledger = Ledger([BEGUN, asked(1), told(1)])
    assert ledger.knows("/p1", (9, 1))
    assert not ledger.knows("/p1", (9, 2))
    assert not ledger.knows("/p2", (9, 1))


def test_a_torn_line_is_cut_off_before_the_next_is_written(tmp_path: Path) -> None:
    file = tmp_path / "out.journal"
    file.write_bytes(text([BEGUN, asked(1)]) + b'{"line":"told","pa')
    journal = Journal(file)
    journal.append([told(1)])
    journal.close()
    assert read(file.read_bytes())[0] == [BEGUN, asked(1), told(1)]


def test_two_batches_do_not_write_the_same_journal(tmp_path: Path) -> None:
    first = Journal(tmp_path / "out.jsonl.journal")
    with pytest.raises(BadJournal, match="another `heckler batch`"):
        Journal(tmp_path / "out.jsonl.journal")
    first.close()
    Journal(tmp_path / "out.jsonl.journal").close()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (text([BEGUN]) + b"nonsense\n" + text([asked(1)]), "line 2"),
        (text([asked(1)]), "does not begin"),
        (text([BEGUN.model_copy(update={"version": 2})]), "newer version"),
    ],
)
def test_what_is_no_journal_of_ours_is_refused_and_left_as_it_is(tmp_path: Path, data: bytes, why: str) -> None:
    file = tmp_path / "out.journal"
    file.write_bytes(data)
    with pytest.raises(BadJournal, match=why):
        Journal(file)
    assert file.read_bytes() == data
