"""The shareable card: a roast on a theatre ticket, as a PNG. Pure: values in, bytes out; blocks while it draws."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bus.roast.events import Roast
from gateway.card.content import Content, Format
from gateway.card.crop import region
from gateway.card.excerpt import Sizes, chosen, cleaned
from gateway.card.fonts import DISPLAY, TEXT, is_right_to_left
from gateway.card.ticket import CURTAIN, INK, SOFT, STAGE, Edges, Ticket, printed, rounded
from gateway.card.typesetting import GAP, LEADING, Block, fit

_WORDLESS = "It was said in letters that cannot be printed here. The page has them."
_LATIN_ENDS = "\u0250"
"""Letters from here on may join each other, and must not be set one by one."""
_SMALLEST = 13
"""Pixels of a headline; below, it is shortened."""
_NAME = 120
"""Characters of a name that are looked at."""
_STRIP = 0.5
"""A photo that fills less of its room than this hangs before a wall, not on bare paper."""
_TRACKING = 0.09
"""Space between the capitals of the headline, of their size."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where things lie on a card, in pixels."""

    ticket: Ticket
    photo: Edges
    """The most room that the photo may take; it gives away what is behind its far edge (right, or bottom)."""
    least: int
    """The photo's extent on that axis at least."""
    text: Edges
    """The room for the words when the photo takes none; the photo's far edge pushes its near edge on."""
    sizes: Sizes


PLANS: dict[Format, _Plan] = {
    "landscape": _Plan(
        Ticket((1200, 630), (42, 40, 1158, 574), (1010, 40, 1158, 574)),
        photo=(72, 66, 520, 548), least=330, text=(36, 72, 974, 546), sizes=Sizes(54, 31, 22),
    ),
    "portrait": _Plan(
        Ticket((1080, 1350), (50, 48, 1030, 1288), (50, 1136, 1030, 1288)),
        photo=(84, 84, 996, 730), least=470, text=(84, 34, 996, 1106), sizes=Sizes(66, 37, 26),
    ),
}  # fmt: skip


def draw(content: Content, format: Format) -> bytes:
    """The card as a PNG of 1200×630 or 1080×1350 without metadata. Raises OSError for bytes that are no photo."""
    plan = PLANS[format]
    card = printed(plan.ticket).copy()
    edges = _place_photo(card, content, plan)
    pen = ImageDraw.Draw(card)
    if plan.ticket.upright:
        room = (plan.text[0], edges[3] + plan.text[1], plan.text[2], plan.text[3])
    else:
        room = (edges[2] + plan.text[0], plan.text[1], plan.text[2], plan.text[3])
    _print(pen, content, plan, room)
    _sign(card, content.roast, plan.ticket)
    out = io.BytesIO()
    card.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _place_photo(card: Image.Image, content: Content, plan: _Plan) -> Edges:
    """Puts the photo on the card; where its edges are."""
    left, top, right, bottom = plan.photo
    with Image.open(io.BytesIO(content.photo)) as opened:
        whole = opened.size
        opened.draft("RGB", (2 * (right - left), 2 * (bottom - top)))  # a JPEG is decoded no larger than needed
        photo = opened.convert("RGB")
    slot = _slot(plan, whole)
    part = region(whole, slot, content.faces, content.focus)
    scale = photo.width / whole[0], photo.height / whole[1]
    crop = (part[0] * scale[0], part[1] * scale[1], part[2] * scale[0], part[3] * scale[1])
    shown = _fitted(photo, crop, slot)
    at = left + (slot[0] - shown.width) // 2, top + (slot[1] - shown.height) // 2
    card.paste(shown, at, rounded(shown.size, 8))
    return left, top, left + slot[0], top + slot[1]


def _slot(plan: _Plan, photo: tuple[int, int]) -> tuple[int, int]:
    """The room that suits the photo's proportions best, (width, height)."""
    left, top, right, bottom = plan.photo
    width, height = right - left, bottom - top
    if plan.ticket.upright:
        return width, min(height, max(plan.least, round(width * photo[1] / photo[0])))
    return min(width, max(plan.least, round(height * photo[0] / photo[1]))), height


def _fitted(photo: Image.Image, part: tuple[float, float, float, float], slot: tuple[int, int]) -> Image.Image:
    """The part of the photo that shows, as large as the slot allows; what is a mere strip gets a wall behind it."""
    width, height = part[2] - part[0], part[3] - part[1]
    scale = min(slot[0] / width, slot[1] / height)
    size = max(1, min(slot[0], round(width * scale))), max(1, min(slot[1], round(height * scale)))
    if abs(size[0] - slot[0]) <= 2 and abs(size[1] - slot[1]) <= 2:
        size = slot
    shown = photo.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=3)
    if size[0] * size[1] >= _STRIP * slot[0] * slot[1]:
        return shown
    wall = ImageOps.fit(photo.resize((64, 64)), slot).filter(ImageFilter.GaussianBlur(24))
    wall = Image.blend(wall, Image.new("RGB", slot, STAGE), 0.6)
    wall.paste(shown, ((slot[0] - size[0]) // 2, (slot[1] - size[1]) // 2))
    return wall


def _print(pen: ImageDraw.ImageDraw, content: Content, plan: _Plan, room: Edges) -> None:
    """The persona, the words of the roast, and the writer."""
    left, top, right, bottom = room
    large = plan.ticket.upright
    head, foot = (24, 20) if large else (20, 17)
    _headline(pen, _name(content.persona), (left, top + head), head, right - left)
    credit = _shortened(f"Written by {_writer(content.roast)}", foot, right - left)
    TEXT.draw(pen, (left, bottom - foot * 0.3), credit, foot, SOFT)
    box = left, top + round(head * 2.1), right, bottom - round(foot * 2.2)
    size = box[2] - box[0], box[3] - box[1]
    block = chosen(content.roast, content.cued, size, plan.sizes, DISPLAY.printable, DISPLAY.width)
    block = block or fit([_WORDLESS], size, (plan.sizes.smallest, plan.sizes.pleasant), DISPLAY.width)
    if block is not None:
        _speak(pen, block, box)


def _headline(pen: ImageDraw.ImageDraw, text: str, at: tuple[float, float], size: int, room: int) -> None:
    """In spaced capitals, where the script has such; smaller, then shorter, where they would not fit."""
    text = text.upper()
    spacing = _TRACKING if text and max(text) < _LATIN_ENDS else 0.0
    ems = TEXT.width(text) + spacing * len(text)
    size = max(_SMALLEST, min(size, int(room / ems))) if ems else size
    text = _shortened(text, size, room, spacing)
    if not spacing:
        TEXT.draw(pen, at, text, size, CURTAIN)
        return
    x = at[0]
    for letter in text:
        TEXT.draw(pen, (x, at[1]), letter, size, CURTAIN)
        x += (TEXT.width(letter) + spacing) * size


def _name(text: str) -> str:
    """A name as it may be printed: an operator chose it, and may have chosen anything."""
    return TEXT.printable(cleaned(text[:_NAME]))


def _writer(roast: Roast) -> str:
    return "the house, without a language model" if roast.writer == "house" else _name(roast.writer)


def _shortened(text: str, size: int, room: int, spacing: float = 0.0) -> str:
    while len(text) > 1 and (TEXT.width(text) + spacing * len(text)) * size > room:
        text = text[:-2].rstrip() + "…"
    return text


def _speak(pen: ImageDraw.ImageDraw, block: Block, box: Edges) -> None:
    """The words, in the middle of their room from top to bottom."""
    left, top, right, bottom = box
    y = top + max(0.0, (bottom - top - block.height) / 2)
    for paragraph in block.paragraphs:
        backwards = is_right_to_left(" ".join(paragraph))
        for line in paragraph:
            x = right - DISPLAY.width(line) * block.size if backwards else left
            DISPLAY.draw(pen, (x, y + block.size * 0.98), line, block.size, INK)
            y += block.size * LEADING
        y += block.size * GAP


def _sign(card: Image.Image, roast: Roast, ticket: Ticket) -> None:
    """The stub: the wordmark, the words of an admission ticket, and a number that means nothing outside this card."""
    number = int(hashlib.sha256(roast.text.encode()).hexdigest()[:6], 16) % 10_000
    left, top, right, bottom = ticket.stub
    width, height = (right - left, bottom - top) if ticket.upright else (bottom - top, right - left)
    stub = card.crop(ticket.stub)
    turned = stub if ticket.upright else stub.rotate(90, expand=True)
    pen = ImageDraw.Draw(turned)
    size = round(height * 0.5)
    middle = height * 0.5 + size * 0.33
    DISPLAY.draw(pen, (40, middle), "Heckler", size, CURTAIN)
    for row, text in enumerate(("ADMIT ONE EGO", f"No {number:04d}")):
        _right(pen, text, (width - 40, middle - 26 + row * 26), 18)
    card.paste(turned if ticket.upright else turned.rotate(-90, expand=True), ticket.stub[:2])


def _right(pen: ImageDraw.ImageDraw, text: str, at: tuple[float, float], size: int) -> None:
    TEXT.draw(pen, (at[0] - TEXT.width(text) * size, at[1]), text, size, INK)
