"""Sentences on a terminal and elsewhere: folded where a person reads them, and never changed."""

from __future__ import annotations

import io

from rich.console import Console

from cli.terminal.output import counted, fold, say

PROSE = "Nobody in this is looking at us, and I assume that everyone was told."


def screen(width: int) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_prose_is_folded_between_words_on_a_terminal_and_nowhere_else() -> None:
    console, file = screen(30), Console(file=io.StringIO(), width=30)
    fold(console, PROSE)
    fold(file, PROSE)
    rows = printed(console).splitlines()
    assert max(map(len, rows)) <= 30
    assert " ".join(row.strip() for row in rows) == PROSE
    assert printed(file) == f"{PROSE}\n"


def test_rows_after_the_first_are_set_in_and_columns_are_kept() -> None:
    console = screen(40)
    fold(console, f"+  0.000 s  submitted   {PROSE}", hang=12)
    first, *others = printed(console).splitlines()
    assert first.startswith("+  0.000 s  submitted   Nobody")
    assert others
    assert all(row.startswith(" " * 12) and row[12] != " " for row in others)


def test_names_between_colons_and_brackets_stay_what_they_are() -> None:
    console = screen(80)
    say(console, "[bold]:smile:.jpg")
    fold(console, "[bold]:cat:.jpg")
    assert printed(console) == "[bold]:smile:.jpg\n[bold]:cat:.jpg\n"


def test_tabs_reach_the_script_that_looks_for_them() -> None:
    file = Console(file=io.StringIO(), width=20)
    say(file, "12\ta long line that nobody folds\tthere", "red")
    say(file, "")
    assert printed(file) == "12\ta long line that nobody folds\tthere\n\n"


def test_one_is_not_many() -> None:
    assert [counted(number, "copy", "copies") for number in (0, 1, 2)] == ["0 copies", "1 copy", "2 copies"]
