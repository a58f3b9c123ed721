"""`/docs`: the API reference. Swagger UI comes from the built page, never from another server."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from gateway.routes.page import DIST

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Heckler's API</title>
<style>body{font:1rem/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem}code{background:#8882}</style>
<h1>The reference has not been built</h1>
<p>It is built with the page. In the repository, run <code>make setup</code> and start again.</p>
<p>The schema itself is here: <a href="/openapi.json">/openapi.json</a>.</p>
</html>
"""


def add_docs(app: FastAPI, dist: Path = DIST) -> None:
    """Serves the reference at `/docs` from `dist/swagger`, or, when that was not built, says how to build it.

    The files themselves are served with the page; see `add_page`, which has to come later.
    """
    built = (dist / "swagger" / "swagger-ui-bundle.js").is_file()

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return _reference(app) if built else HTMLResponse(_NOT_BUILT)


def _reference(app: FastAPI) -> HTMLResponse:
    return get_swagger_ui_html(
        openapi_url=app.openapi_url or "/openapi.json",
        title=f"{app.title}'s API",
        swagger_js_url="/swagger/swagger-ui-bundle.js",
        swagger_css_url="/swagger/swagger-ui.css",
        swagger_favicon_url="/icon.svg",
        swagger_ui_parameters={"validatorUrl": None},  # by default the schema's address goes to a public validator
    )
