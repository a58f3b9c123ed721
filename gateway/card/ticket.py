"""What a card is printed on: a ticket before the curtain, in the footlights. Only shapes, nothing about the roast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

PAPER = "#fff8ec"
INK = "#2b1a13"
SOFT = "#69523f"
CURTAIN = "#9c2521"
GOLD = "#eab950"
STAGE = "#0f0a09"
"""Colours of the page's theme."""
_FOLD_DARK, _FOLD_LIGHT = (74, 15, 13), (150, 38, 34)
_FOLD = 46
"""Pixels from one fold of the curtain to the next."""
_SMOOTH = 3
"""Masks are drawn so many times larger, then reduced: Pillow's shapes have hard edges."""
_BITE, _EVERY = 8, 27
"""Radius of the bites in the torn edges, and the pixels from one to the next, roughly."""
_NOTCH = 17
"""Radius of the notches at the ends of the perforation."""

Edges = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels of the card."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where the ticket lies on a card of `size`, and where its stub tears off: to the right, or at the bottom."""

    size: tuple[int, int]
    paper: Edges
    stub: Edges

    @property
    def upright(self) -> bool:
        return self.size[1] > self.size[0]


@lru_cache(maxsize=2)
def printed(ticket: Ticket) -> Image.Image:
    """The empty ticket before the curtain (RGB). Shared: copy it before drawing on it."""
    card = _curtain(ticket.size)
    mask = _outline(ticket)
    shadow = mask.filter(ImageFilter.GaussianBlur(16)).point(lambda level: level * 0.75)
    card.paste("#120503", mask=ImageChops.offset(shadow, 0, 12))
    card.paste(PAPER, mask=mask)
    stub = Image.new("L", ticket.size)
    stub.paste(mask.crop(ticket.stub), ticket.stub)
    card.paste(GOLD, mask=stub)
    _perforate(card, ticket)
    return card


def rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask (L) with round corners and smooth edges."""
    mask = Image.new("L", (size[0] * _SMOOTH, size[1] * _SMOOTH))
    edges = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(edges, radius * _SMOOTH, fill=255)
    return mask.resize(size, Image.Resampling.BOX)


def _curtain(size: tuple[int, int]) -> Image.Image:
    """Folds of red cloth, lit from above and by the footlights below."""
    width, height = size
    folds = Image.linear_gradient("L").rotate(90).resize((_FOLD // 2, 1))
    row = Image.new("L", (width, 1))
    for left in range(0, width, _FOLD):
        row.paste(folds, (left, 0))
        row.paste(folds.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (left + _FOLD // 2, 0))
    cloth = Image.composite(
        Image.new("RGB", (width, 1), _FOLD_LIGHT), Image.new("RGB", (width, 1), _FOLD_DARK), row
    ).resize(size)
    light = Image.linear_gradient("L").resize((1, height)).point(lambda level: 95 + abs(level - 120) * 1.15)
    return _lights(ImageChops.multiply(cloth, Image.merge("RGB", [light.resize(size)] * 3)))


def _lights(card: Image.Image) -> Image.Image:
    """A row of bulbs along the lower edge, with their glow."""
    width, height = card.size
    count = width // 60
    bulbs = Image.new("L", (width, height))
    draw = ImageDraw.Draw(bulbs)
    for n in range(count):
        x, y = (n + 0.5) * width / count, height - 15
        draw.ellipse((x - 7, y - 7, x + 7, y + 7), fill=255)
    bulbs = bulbs.filter(ImageFilter.GaussianBlur(1))
    glow = bulbs.filter(ImageFilter.GaussianBlur(15)).point(lambda level: min(255, level * 2.6))
    card.paste("#ffb84d", mask=glow)
    card.paste("#fff0c8", mask=bulbs)
    return card


def _outline(ticket: Ticket) -> Image.Image:
    """The ticket's mask: round corners, torn at two edges, notched where the stub begins."""
    size = ticket.size[0] * _SMOOTH, ticket.size[1] * _SMOOTH
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle([edge * _SMOOTH for edge in ticket.paper], 14 * _SMOOTH, fill=255)
    for x, y in _bites(ticket):
        _dot(draw, x, y, _BITE)
    for x, y in _notches(ticket):
        _dot(draw, x, y, _NOTCH)
    return mask.resize(ticket.size, Image.Resampling.BOX)


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    draw.ellipse([edge * _SMOOTH for edge in (x - radius, y - radius, x + radius, y + radius)], fill=0)


def _bites(ticket: Ticket) -> list[tuple[float, float]]:
    """Along the short edges, where the roll was torn."""
    left, top, right, bottom = ticket.paper
    if ticket.upright:
        return [(x, y) for x in _spread(left, right) for y in (top, bottom)]
    return [(x, y) for y in _spread(top, bottom) for x in (left, right)]


def _spread(low: int, high: int) -> list[float]:
    count = (high - low) // _EVERY
    return [low + (n + 0.5) * (high - low) / count for n in range(count)]


def _notches(ticket: Ticket) -> list[tuple[float, float]]:
    left, top, right, bottom = ticket.paper
    if ticket.upright:
        return [(left, ticket.stub[1]), (right, ticket.stub[1])]
    return [(ticket.stub[0], top), (ticket.stub[0], bottom)]


def _perforate(card: Image.Image, ticket: Ticket) -> None:
    """The dotted line between the ticket and its stub."""
    low, high = (ticket.paper[0], ticket.paper[2]) if ticket.upright else (ticket.paper[1], ticket.paper[3])
    mask = Image.new("L", (ticket.size[0] * _SMOOTH, ticket.size[1] * _SMOOTH), 255)
    draw = ImageDraw.Draw(mask)
    for along in _spread(low + 34, high - 34):
        x, y = (along, ticket.stub[1]) if ticket.upright else (ticket.stub[0], along)
        _dot(draw, x, y, 3.6)
    holes = ImageChops.invert(mask.resize(ticket.size, Image.Resampling.BOX))
    card.paste("#3a0d0b", mask=holes)
