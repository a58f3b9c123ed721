"""The card as a picture, and the addresses that hand it out."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw

from bus.events import Cancelled, Event, Failed, Feature
from bus.findings import Box, Face, Faces
from bus.roast.events import Cue, Cued, Joke, Roast
from bus.topology import IMAGES
from gateway.card.content import Content, Format
from gateway.card.draw import draw
from gateway.card.render_queue import QUEUE, CardRenderQueue
from gateway.http.problems import Problem

OnBus = Callable[[Callable[..., Any]], Any]
FORMATS: dict[Format, tuple[int, int]] = {"landscape": (1200, 630), "portrait": (1080, 1350)}
TEAL = (0, 150, 140)
"""A colour that stands nowhere on a ticket."""
HOSTILE = {
    "emoji only": "🎩🐱👨‍👩‍👧" * 20,
    "emoji among words": "A hat 🎩 is a promise 🐱 that the face 👨‍👩‍👧 has to keep.",
    "right to left": "هذه صورة جميلة جدا، لكن القبعة تقول شيئا آخر.",
    "both directions": "He said “שלום לכולם” and left the frame.",
    "one word": "W" * 3000,
    "very much": "It goes on. " * 2000,
    "controls": "\u202eevil\u0000 \u2066text\x1b[31m.\r\n",
    "towers": "Z\u0300" + "\u0301" * 500 + "algo.",
    "markup": "<script>alert('x')</script> & \"so\" on.",
    "spaces": " \t\n ",
}


def jpeg(size: tuple[int, int], color: tuple[int, int, int] = TEAL) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a secret in the metadata"
    Image.new("RGB", size, color).save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


def content(text: str = "Nice hat.", photo: bytes | None = None, **more: Any) -> Content:
    joke = Joke(text=text or "…", cues=("hat",))
    told = Roast(id="x", text=text, jokes=(joke,), writer="house", persona="critic", heat="medium")
    return Content(photo or jpeg((800, 600)), told, "The Critic", **more)


def picture(data: bytes) -> np.ndarray[Any, np.dtype[np.int16]]:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"), np.int16)


def teal(pixels: np.ndarray[Any, np.dtype[np.int16]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray((np.abs(pixels - np.array(TEAL)) < 24).all(axis=2), np.bool_)


@pytest.mark.parametrize("format", FORMATS)
def test_a_card_has_its_size_the_photo_and_no_metadata(format: Format) -> None:
    data = draw(content(), format)
    pixels = picture(data)
    assert (pixels.shape[1], pixels.shape[0]) == FORMATS[format]
    assert 0.15 < teal(pixels).mean() < 0.6
    with Image.open(io.BytesIO(data)) as image:
        assert image.info == {}
        assert not image.getexif()
    assert b"secret" not in data


@pytest.mark.parametrize("format", FORMATS)
def test_other_words_another_persona_or_another_writer_make_another_card(format: Format) -> None:
    base = content()
    told = base.roast
    others = (
        content("Worse hat."),
        Content(base.photo, told, "The Fool"),
        Content(base.photo, told.model_copy(update={"writer": "a-model"}), "The Critic"),
    )
    cards = [draw(each, format) for each in (base, *others)]
    assert len(set(cards)) == len(cards)
    assert draw(content(), format) == cards[0]


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_but_photo_words_persona_and_writer_reaches_a_card(format: Format) -> None:
    """What was found decides at most which joke and which part of the photo: with one joke and no faces, nothing."""
    cue = Cue(id="hat", kind="outfit", text="a hat", salience=0.5, evidence=("e",))
    found = Cued(id="x", cues=(cue,), faces=3, gentle=True)
    assert draw(content(cued=found), format) == draw(content(), format)


def beyond_the_paper(format: Format, one: bytes, other: bytes) -> bool:
    """Whether two cards differ outside the room for words; the stub's number may."""
    pixels = picture(one)
    rim = np.ones(pixels.shape[:2], bool)
    rim[56 : rim.shape[0] - 70, 60 : rim.shape[1] - 60] = False
    rim[(slice(1134, None), slice(None)) if format == "portrait" else (slice(None), slice(984, None))] = True
    rim[(slice(1140, None), slice(600, None)) if format == "portrait" else (slice(400, None), slice(1012, None))] = (
        False
    )
    return bool(((pixels != picture(other)).any(axis=2) & (rim | teal(pixels))).any())


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["W" * 5000, "The " * 30 + "Critic", "الناقد", "🎩", "\u202e\n", ""])
def test_whatever_a_persona_or_a_model_is_called_stays_on_the_paper(format: Format, name: str) -> None:
    base = content()
    named = Content(base.photo, base.roast.model_copy(update={"writer": name}), name)
    assert not beyond_the_paper(format, draw(base, format), draw(named, format))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_stay_on_the_paper(format: Format, text: str) -> None:
    plain, hostile = draw(content(), format), draw(content(text), format)
    assert plain != hostile
    assert not beyond_the_paper(format, plain, hostile)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (8000, 1), (1, 8000), (40, 3000), (3000, 40), (2048, 2048)])
def test_photos_of_any_shape_are_hung(format: Format, size: tuple[int, int]) -> None:
    faces = (Box(x=0, y=0, w=1, h=1), Box(x=size[0] - 1, y=size[1] - 1, w=1, h=1))
    for found in ((), faces):
        assert teal(picture(draw(content(photo=jpeg(size), faces=found), format))).any()


@pytest.mark.parametrize("format", FORMATS)
def test_faces_in_opposite_corners_are_both_on_the_card(format: Format) -> None:
    image = Image.new("RGB", (1600, 1000), "white")
    pen = ImageDraw.Draw(image)
    boxes = (Box(x=0, y=100, w=160, h=200), Box(x=1440, y=700, w=160, h=200))
    for box in boxes:
        pen.rectangle((box.x, box.y, box.x + box.w, box.y + box.h), fill=TEAL)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    columns = np.flatnonzero(teal(picture(draw(content(photo=out.getvalue(), faces=boxes), format))).any(axis=0))
    gaps = np.flatnonzero(np.diff(columns) > 50)
    assert len(gaps) == 1  # two faces, of one width
    left, right = gaps[0] + 1, len(columns) - gaps[0] - 1
    assert abs(left - right) <= 8


def test_a_file_that_is_no_photo_is_an_error_of_its_own_kind() -> None:
    with pytest.raises(OSError, match="identify"):
        draw(content(photo=b"not a photo"), "landscape")


def test_too_many_cards_at_once_are_put_off() -> None:
    async def ask() -> list[bytes | BaseException]:
        studio = CardRenderQueue()
        asked = (studio.draw(content(), "landscape") for _ in range(QUEUE + 3))
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    refused = [each for each in answers if isinstance(each, Problem)]
    assert [each.code for each in refused] == ["busy", "busy"]
    assert all(isinstance(each, bytes) for each in answers if each not in refused)


def ended(http: httpx.Client, on_bus: OnBus, photo: bytes, *events: Callable[[str], Event]) -> str:
    """A request of which the log says `events`; its id."""
    id: str = http.post("/api/roasts", files={"photo": ("photo.jpg", photo)}).json()["id"]

    async def work(bus: Any) -> None:
        for event in events:
            await bus.publish(event(id))
            # what it gives is None for what it met itself, at a second try
            assert event(id).subject in [stored.event.subject for stored in (await bus.latest(id)).events]

    on_bus(work)
    return id


def told(text: str = 'A hat. It is <b>bold</b> & "loud".') -> Callable[[str], Roast]:
    joke = Joke(text=text, cues=("hat",))
    return lambda id: Roast(id=id, text=text, jokes=(joke,), writer="house", persona="critic", heat="medium")


def seen(id: str) -> Feature:
    face = Face(box=Box(x=1, y=1, w=8, h=8), score=0.9, sharpness=1, size=0.1)
    return Feature(id=id, analyzer="faces", status="ok", finding=Faces(faces=(face,)))


def test_a_roast_has_a_card_in_both_formats(http: httpx.Client, on_bus: OnBus, make_photo: Callable[[], bytes]) -> None:
    id = ended(http, on_bus, make_photo(), seen, told())
    link = http.get(f"/api/roasts/{id}").json()["links"]["card"]
    tags = set()
    for format, size in FORMATS.items():
        answer = http.get(link, params={"size": format})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert picture(answer.content).shape[1::-1] == size
        tags.add(answer.headers["etag"])
        again = http.get(link, params={"size": format}, headers={"If-None-Match": f'"other", {answer.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
    assert len(tags) == 2
    assert http.get(link).headers["etag"] in tags


@pytest.mark.parametrize(
    ("ending", "detail"),
    [
        (None, "not ended"),
        (lambda id: Cancelled(id=id), "without one"),
        (lambda id: Failed(id=id, code="explicit", detail="No."), "without one"),
    ],
)
def test_what_has_no_roast_has_no_card(
    http: httpx.Client, on_bus: OnBus, make_photo: Callable[[], bytes], ending: Any, detail: str
) -> None:
    id = ended(http, on_bus, make_photo(), *([ending] if ending else []))
    answer = http.get(f"/api/roasts/{id}/card.png")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_roast")
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


def test_a_card_goes_with_its_photo_and_its_request(
    http: httpx.Client, on_bus: OnBus, make_photo: Callable[[], bytes]
) -> None:
    id = ended(http, on_bus, make_photo(), told())
    tag = http.get(f"/api/roasts/{id}/card.png").headers["etag"]
    on_bus(lambda bus: bus.api(f"STREAM.PURGE.{IMAGES}", {"filter": f"$KV.IMAGES.{id}.>"}))
    gone = http.get(f"/api/roasts/{id}/card.png", headers={"If-None-Match": tag})
    assert (gone.status_code, gone.json()["code"]) == (410, "photo_gone")
    assert http.delete(f"/api/roasts/{id}").status_code == 200
    assert http.get(f"/api/roasts/{id}/card.png").json()["code"] == "not_found"


def test_an_unknown_id_or_size_is_a_problem(http: httpx.Client, on_bus: OnBus, make_photo: Callable[[], bytes]) -> None:
    for id in ("x" * 22, "no-id"):
        assert http.get(f"/api/roasts/{id}/card.png").json()["code"] == "not_found"
    id = ended(http, on_bus, make_photo(), told())
    answer = http.get(f"/api/roasts/{id}/card.png?size=huge")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_option")


def test_others_are_served_while_cards_are_drawn(
    http: httpx.Client, on_bus: OnBus, make_photo: Callable[[], bytes]
) -> None:
    id = ended(http, on_bus, make_photo(), told())
    with ThreadPoolExecutor(4) as threads:
        drawn = [threads.submit(http.get, f"/api/roasts/{id}/card.png?size=portrait") for _ in range(4)]
        served = 0
        while not all(each.done() for each in drawn):
            assert http.get("/healthz").status_code == 200
            served += 1
        assert {each.result().status_code for each in drawn} == {200}
    assert served > 4
