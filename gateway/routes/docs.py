"""`/docs`: the API reference. Swagger UI comes from the built page, never from another server."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from gateway.routes.page import DIST

START = "/docs/start.js"
_PAGE = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{title}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/swagger/swagger-ui.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<div id="swagger-ui"></div>
<script src="/swagger/swagger-ui-bundle.js"></script>
<script src="{START}"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: %s, dom_id: "#swagger-ui", deepLinking: true, showExtensions: true, showCommonExtensions: true,
  validatorUrl: null,  // by default the schema's address goes to a public validator
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
"""A file of its own: the policy lets nothing run that stands in the page itself (`gateway.http.headers`)."""
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Heckler's API</title>
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
        return HTMLResponse(_PAGE.format(title=f"{app.title}'s API") if built else _NOT_BUILT)

    @app.get(START, include_in_schema=False)
    async def start() -> Response:
        return Response(_START % json.dumps(app.openapi_url), media_type="text/javascript")
