"""The page, built or not; and the scrape of a whole machine."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway.routes.docs import add_docs
from gateway.routes.page import add_page

ROOT = Path(__file__).resolve().parents[3]


def get(dist: Path, path: str) -> httpx.Response:
    app = FastAPI(docs_url=None)
    add_docs(app, dist)
    add_page(app, dist)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_a_page_that_was_not_built_says_which_command_builds_it(tmp_path: Path) -> None:
    answer = get(tmp_path, "/")
    assert answer.status_code == 200
    assert "make setup" in answer.text


def test_a_built_page_is_served_with_assets_that_may_be_kept(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<h1>built</h1>")
    (tmp_path / "assets" / "app-1a2b.js").write_text("1")
    assert "built" in get(tmp_path, "/").text
    assert get(tmp_path, "/").headers["cache-control"] == "no-cache"
    assert "immutable" in get(tmp_path, "/assets/app-1a2b.js").headers["cache-control"]
    assert get(tmp_path, "/../pyproject.toml").status_code == 404


def test_a_reference_that_was_not_built_says_which_command_builds_it(tmp_path: Path) -> None:
    answer = get(tmp_path, "/docs")
    assert answer.status_code == 200
    assert "make setup" in answer.text
    assert "<script" not in answer.text


def test_a_built_reference_names_no_other_server_and_all_that_it_names_is_there(tmp_path: Path) -> None:
    (tmp_path / "swagger").mkdir()
    for name in ("index.html", "icon.svg", "swagger/swagger-ui.css", "swagger/swagger-ui-bundle.js"):
        (tmp_path / name).write_text(name)
    text = get(tmp_path, "/docs").text
    assert "://" not in text
    start = get(tmp_path, "/docs/start.js")
    assert "text/javascript" in start.headers["content-type"]
    named = re.findall(r"""(?:src|href)=["']([^"']+)""", text)
    assert sorted(named) == ["/docs/start.js", "/icon.svg", "/swagger/swagger-ui-bundle.js", "/swagger/swagger-ui.css"]
    for path in (*named, "/openapi.json"):
        assert get(tmp_path, path).status_code == 200
    assert "validatorUrl: null" in start.text
    assert 'url: "/openapi.json"' in start.text


@pytest.mark.parametrize("dist", ["built", "not built"])
def test_nothing_inline_is_in_any_page(tmp_path: Path, dist: str) -> None:
    """What the policy would not let run or show."""
    built = ROOT / "frontend" / "dist" if dist == "built" else tmp_path
    for path in ("/", "/docs"):
        text = get(built, path).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text)


def test_one_scrape_shows_all_processes_of_the_machine(tmp_path: Path) -> None:
    count = (
        "from gateway.metrics import ANSWERS, scrape; ANSWERS.labels('GET', '/', '200').inc(); print(scrape().decode())"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    runs = [
        subprocess.run(
            [sys.executable, "-c", count], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert 'heckler_http_answers_total{method="GET",route="/",status="200"} 2.0' in runs[1].stdout
