"""The command line of `heckler batch`: what does not add up is said in one line, before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.batch.command import _analyzers, _personas
from cli.main import app


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HECKLER_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("HECKLER_NATS_URL", raising=False)
    (tmp_path / "photos").mkdir()
    return tmp_path


def batch(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["batch", *arguments])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("photos", "--resume"), "--resume needs --out"),
        (("photo.jpg", "--watch"), "--watch needs a folder"),
        (("photos", "--in-flight", "0"), "in-flight"),
        (("photos", "--seed", "x"), "seed"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_what_is_wrong(arguments: tuple[str, ...], words: str) -> None:
    done = batch(*arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.output.replace("│", " ").split())


def test_without_a_running_heckler_it_says_what_to_start_and_leaves_no_file(here: Path) -> None:
    done = batch("photos", "--out", "out.jsonl")
    assert done.exit_code == 1
    assert "start `heckler up`" in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in here.iterdir() if path.is_file()) == []


def test_an_empty_list_is_nothing_to_do() -> None:
    done = CliRunner().invoke(app, ["batch", "-", "--dry-run"], input=b"")
    assert (done.exit_code, done.stderr.strip()) == (1, "nothing to do")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out", "out.docx"), "let it end in .jsonl"),
        (("--out", "old.csv"), "go on with --resume"),
        (("--out", "out.csv", "--persona", "nobody"), "there are: "),
        (("--out", "out.csv", "--heat", "lukewarm"), "gentle, medium, savage"),
        (("--out", "out.csv", "--analyzers", "nobody"), "no aggregator and no writer"),
        (
            (
                "--out",
                "nowhere/out.csv",
            ),
            "No such file or directory",
        ),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused_in_one_line_and_leaves_nothing(
    fresh_server: Callable[..., Any], here: Path, arguments: tuple[str, ...], words: str
) -> None:
    """On a server of its own: on the session's, other tests put analyzers to work."""
    (here / "old.csv").write_text("mine\n")
    done = batch("photos", *arguments, "--nats-url", fresh_server().embedded.url("cli"))
    assert done.exit_code == 1, done.output
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in here.iterdir() if path.is_file()] == ["old.csv"]
    assert (here / "old.csv").read_text() == "mine\n"


def test_the_shell_completes_personas_and_the_last_of_several_analyzers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "critic" in _personas("cr")
    monkeypatch.setattr(
        "cli.completion.analyzers", lambda start: [n for n in ("faces", "facts") if n.startswith(start)]
    )
    assert _analyzers("pose,fac") == ["pose,faces", "pose,facts"]
