"""A gateway that was killed is back soon: it loads only what every gateway needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def loaded(imports: str, then: str = "") -> set[str]:
    """The modules that a new process has loaded after `imports`; raises when `then` fails."""
    script = f"import json, sys\n{imports}\nprint(json.dumps(sorted(sys.modules)))\n{then}"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    modules: list[Any] = json.loads(ran.stdout.splitlines()[0])
    return set(modules)


def test_the_gateway_starts_without_imaging_libraries_and_an_http_client() -> None:
    modules = loaded("import gateway.service")
    assert "fastapi" in modules
    assert modules.isdisjoint(
        {"numpy", "PIL", "pillow_heif", "cv2", "httpx", "rich", "gateway.upload.url_fetch", "gateway.upload.decode"}
    )


@pytest.mark.parametrize("service", ["gateway.service", "aggregator.service", "llm.service"])
def test_no_service_but_the_analyzers_loads_what_draws_on_terminals(service: str) -> None:
    modules = loaded(f"import cli.up.serve, {service}")
    assert "structlog" in modules
    assert "rich" not in modules


def test_who_wants_rich_still_gets_it() -> None:
    loaded("import bus.observability.logs", then="import rich.console; rich.console.Console().print('here')")
    assert "rich.console" in loaded("import rich.console, bus.observability.logs, rich.table")
