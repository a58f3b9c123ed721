"""What the README and its like say is true: the files are there, the commands and the settings exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bus.settings import Settings
from cli.flags import variable
from cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "deploy" / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
TEXTS = [*PAGES, ROOT / "deploy" / "heckler.service"]
OURS = {variable(name) for name in Settings.model_fields}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
texts = pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))


@pages
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@texts
def test_every_setting_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"HECKLER_[A-Z_]+[A-Z]", page.read_text("utf-8")))
    assert named - OURS - {"HECKLER_NATS"} == set()


@texts
def test_every_command_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?<![\w/.-])heckler ((?:models )?[a-z]+)(?=[ `.,;:)\n]|$)", code_of(page)))
    for command in named:
        assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 0, f"heckler {command}"


def code_of(page: Path) -> str:
    """What is set as code: in backquotes, in fenced or indented blocks; all of a file that is not Markdown."""
    text = page.read_text("utf-8")
    if page.suffix != ".md":
        return "\n".join(line for line in text.splitlines() if line.startswith("Exec"))
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def test_the_five_files_are_five() -> None:
    story = (ROOT / "README.md").read_text("utf-8").split("Five files tell the story")[1]
    assert len(re.findall(r"^\d\. \[", story, re.MULTILINE)) == 5


def test_the_make_targets_that_are_named_exist() -> None:
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"run", "test", "setup", "clean"} <= named
    assert named <= targets


def test_the_curl_line_is_one_that_a_shell_and_curl_understand() -> None:
    line = re.search(r"^curl .*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert line is not None
    words = shlex.split(line[0])
    assert words[-1].endswith(f":{Settings.model_fields['port'].default}/api/roasts")
    assert "photo=@me.jpg" in words
    assert "Accept: text/event-stream" in words


def test_the_version_of_the_package_and_the_pythons_of_the_readme_agree_with_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.15"
    assert "Python 3.11 to 3.14" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "deploy" / "heckler.service").read_text("utf-8")
    unit = unit.replace("/opt/heckler/.venv/bin/heckler", shutil.which("sh") or "/bin/sh").replace("User=heckler\n", "")
    (tmp_path / "heckler.service").write_text(unit)
    command = ["systemd-analyze", "verify", str(tmp_path / "heckler.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Unknown" not in done.stderr
