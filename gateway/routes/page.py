"""`/`: the page, once it has been built."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

DIST = Path(__file__).resolve().parents[2] / "frontend" / "dist"

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Heckler</title>
<h1>Heckler is up, its page is not</h1>
<p>The page has not been built yet. In the repository, run <code>make setup</code> and start again.</p>
<p>The API needs no page: see <a href="/docs">/docs</a>, or
<code>curl -N -H 'Accept: text/event-stream' -F photo=@photo.jpg http://…/api/roasts</code>.</p>
</html>
"""


class Page(StaticFiles):
    """The built page. Its assets carry their hash in their names and may be kept for ever; the page itself may not."""

    def file_response(self, full_path: str, stat_result: object, scope: Scope, status_code: int = 200) -> object:  # type: ignore[override]
        response = super().file_response(full_path, stat_result, scope, status_code)  # type: ignore[arg-type]
        hashed = "/assets/" in scope["path"]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response


def add_page(app: FastAPI, dist: Path = DIST) -> None:
    """Serves `dist` at `/`, or, when it was not built, a page that says how to build it."""
    if (dist / "index.html").is_file():
        app.mount("/", Page(directory=dist, html=True), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def not_built() -> HTMLResponse:
        return HTMLResponse(_NOT_BUILT)
