"""`/r/{id}`: the link to a roast that people pass on. The page behind it is the usual one; its head says what it is
about, in Open Graph's words (https://ogp.me), so that a chat can show a card in place of a bare address."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from bus.client import BusDown
from bus.history import History
from bus.jetstream.direct_get import ReadFailed
from bus.roast.events import Roast
from gateway.card.excerpt import first_line
from gateway.http.problems import Problem
from gateway.routes.cards import title_of
from gateway.routes.page import DIST
from gateway.routes.requests import known
from gateway.state import Context, Gateway

_LINE = 200
"""Characters of a roast that a chat is given."""
_PRIVATE = {"Cache-Control": "private, no-store"}


def add_links(app: FastAPI, dist: Path = DIST) -> None:
    """Serves the built page at `/r/{id}`, with what a chat shows of the roast. Comes before `add_page`."""
    if not (dist / "index.html").is_file():
        return

    @app.get("/r/{id}", include_in_schema=False)
    async def shared(id: str, request: Request, here: Context) -> HTMLResponse:
        history, status = await _history(id, here)
        ending = history.ending
        told = _tags(ending, here, str(request.base_url)) if isinstance(ending, Roast) else ""
        return HTMLResponse(_page(dist).replace("</head>", f"{told}</head>", 1), status, _PRIVATE)


async def _history(id: str, here: Gateway) -> tuple[History, int]:
    """What is known, and the status to answer with. Whatever is wrong, the page itself says it best."""
    try:
        return await known(id, here), 200
    except Problem as problem:
        return History(), 404 if problem.code == "not_found" else 200
    except (BusDown, ReadFailed):
        return History(), 200


def _page(dist: Path) -> str:
    return (dist / "index.html").read_text(encoding="utf-8")


def _tags(roast: Roast, here: Gateway, base: str) -> str:
    """`base` ends with a slash. What stands in them is the card's: nothing else of a request gets out."""
    title = f"Roasted by {title_of(roast, here)}"
    line = first_line(roast)
    told = {
        "og:type": "article", "og:site_name": "Heckler", "og:title": title,
        "og:description": line if len(line) <= _LINE else line[: _LINE - 1].rstrip() + "…",
        "og:url": f"{base}r/{roast.id}", "og:image": f"{base}api/roasts/{roast.id}/card.png",
        "og:image:type": "image/png", "og:image:width": "1200", "og:image:height": "630",
        "og:image:alt": "The photo and the roast on a theatre ticket",
    }  # fmt: skip
    tags = [f'<meta property="{name}" content="{escape(content)}">' for name, content in told.items()]
    return "".join([*tags, '<meta name="twitter:card" content="summary_large_image">'])
