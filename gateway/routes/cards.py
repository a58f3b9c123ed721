"""`/api/roasts/{id}/card.png`: the roast as a picture that can be shown around."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from bus.history import History
from bus.roast.events import Roast
from bus.roast.history import cued_of
from bus.roast.personas import available
from gateway.card.content import Content, Format, etag, faces_in, focus_in, roast_of
from gateway.http.problems import documented
from gateway.routes.requests import Known
from gateway.state import Context, Gateway

router = APIRouter(prefix="/api/roasts", tags=["roasts"])

_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "1200×630 pixels, or 1080×1350 upright"},
    304: {"description": "the card is the one that `If-None-Match` names"},
}


@router.get(
    "/{id}/card.png",
    response_class=Response,
    responses={
        **_PICTURE,
        **documented("not_found", "no_roast", "photo_gone", "photo_damaged", "bad_option", "busy", "bus_down"),
    },
)
async def card(
    history: Known,
    here: Context,
    size: Annotated[Format, Query(description="lying or upright")] = "landscape",
    if_none_match: Annotated[str | None, Header(description="the ETag of a card kept from before")] = None,
) -> Response:
    """The shareable card: photo, words and who spoke them; no metadata, and nothing else that was found."""
    roast = roast_of(history)
    photo = await _photo(history, here)  # also before a 304: what is gone is not to be shown any longer
    persona = title_of(roast, here)
    tag = etag(history, persona, size)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]:
        return Response(status_code=304, headers=headers)
    content = Content(photo, roast, persona, cued_of(history), faces_in(history), focus_in(history))
    headers["Content-Disposition"] = f'inline; filename="heckler-{size}.png"'
    return Response(await here.cards.draw(content, size), media_type="image/png", headers=headers)


def title_of(roast: Roast, here: Gateway) -> str:
    """What people call the persona that spoke."""
    titles = {persona.name: persona.title for persona in available(here.settings.data)}
    return titles.get(roast.persona, roast.persona)


async def _photo(history: History, here: Gateway) -> bytes:
    assert history.submitted is not None  # `Known` has looked
    photo = history.submitted.photo
    return await here.log.photos.get(photo.key, photo.sha256)
