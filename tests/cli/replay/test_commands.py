"""The commands of `heckler replay` by themselves: help, completion, and what they say where nothing runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.replay.arguments import changes, stages

COMMANDS = ("show", "play", "rerun", "diff", "export", "import", "golden")


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HECKLER_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("HECKLER_NATS_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, ["replay", command, "--help"])
    assert result.exit_code == 0
    assert f"Example: heckler replay {command}" in result.stdout


ASKING = ("show last", "show last --follow", "play last", "rerun last", "diff one other", "export last")


@pytest.mark.parametrize("arguments", [each.split() for each in ASKING], ids=ASKING)
def test_where_nothing_runs_one_line_says_what_to_start(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["replay", *arguments])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "start `heckler up`" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_folder_without_exports_is_no_golden_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["replay", "golden", str(tmp_path)])
    assert result.exit_code == 1
    assert "heckler replay export" in result.stderr


def test_stages_and_changes_are_completed_also_where_nothing_runs() -> None:
    assert stages("") == ["analyzers", "join", "writer"]
    assert stages("wri") == ["writer"]
    assert changes("he") == ["heat="]
    assert "persona=noir" in changes("persona=no")
