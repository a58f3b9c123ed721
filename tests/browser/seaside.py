"""A photo that nobody took: an evening at the sea, drawn by code, with enough wrong in it to be judged."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = 1280, 960
_LARGER = 2
"""Drawn so many times larger, then reduced: smooth edges."""
_TILT = 4.0
"""Degrees that the sea runs downhill."""


def seaside() -> bytes:
    """The same JPEG every time, on the same Pillow."""
    size = SIZE[0] * _LARGER, SIZE[1] * _LARGER
    picture = _sky(size)
    _sun(picture)
    _sea(picture)
    pen = ImageDraw.Draw(picture)
    _lighthouse(pen)
    _boat(pen)
    _shore(pen)
    margin = 1.16  # what turning would leave empty in the corners lies outside
    turned = picture.rotate(_TILT, Image.Resampling.BICUBIC)
    width, height = size[0] / margin, size[1] / margin
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    photo = turned.resize(SIZE, Image.Resampling.LANCZOS, box=(left, top, left + width, top + height))
    out = io.BytesIO()
    _grained(photo).save(out, "JPEG", quality=90)
    return out.getvalue()


def _blend(stops: list[tuple[float, tuple[int, int, int]]], count: int) -> np.ndarray:
    where = np.linspace(0, 1, count)
    places = [stop for stop, _ in stops]
    channels = [np.interp(where, places, [color[n] for _, color in stops]) for n in range(3)]
    return np.stack(channels, axis=1)


def _sky(size: tuple[int, int]) -> Image.Image:
    stops = [(0.0, (38, 44, 92)), (0.3, (122, 72, 122)), (0.5, (236, 128, 92)), (0.62, (255, 204, 120))]
    rows = _blend(stops, size[1]).astype(np.uint8)
    return Image.fromarray(np.repeat(rows[:, None], size[0], axis=1))


def _sun(picture: Image.Image) -> None:
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((1500, 820, 1760, 1080), fill=255)
    glow = mask.filter(ImageFilter.GaussianBlur(120)).point(lambda level: min(255, level * 1.6))
    picture.paste("#ffd98a", mask=glow)
    picture.paste("#fff3cf", mask=mask.filter(ImageFilter.GaussianBlur(4)))


def _sea(picture: Image.Image) -> None:
    width, height = picture.size
    top = 1080
    stops = [(0.0, (226, 140, 104)), (0.2, (120, 84, 118)), (1.0, (22, 34, 66))]
    rows = _blend(stops, height - top).astype(np.uint8)
    picture.paste(Image.fromarray(np.repeat(rows[:, None], width, axis=1)), (0, top))
    pen = ImageDraw.Draw(picture)
    chance = np.random.default_rng(5)
    for _ in range(420):
        depth = float(chance.random()) ** 1.6
        y = top + 8 + depth * (height - top - 160)
        x = 1630 + (float(chance.random()) - 0.5) * (260 + 900 * depth)
        long = 30 + 150 * depth * float(chance.random())
        pen.rounded_rectangle((x - long, y, x + long, y + 3 + 7 * depth), 4, fill=(255, 214, 150))


def _lighthouse(pen: ImageDraw.ImageDraw) -> None:
    pen.polygon([(120, 1130), (330, 1010), (620, 1010), (900, 1140)], fill=(44, 34, 52))
    pen.polygon([(420, 1030), (450, 520), (540, 520), (570, 1030)], fill=(240, 226, 210))
    for top in (600, 760, 920):
        wide = 52 + top // 60  # it gets wider towards the ground
        stripe = [(495 - wide, top), (495 + wide, top), (500 + wide, top + 80), (490 - wide, top + 80)]
        pen.polygon(stripe, fill=(176, 48, 44))
    pen.rectangle((432, 500, 558, 524), fill=(52, 40, 56))
    pen.rectangle((460, 430, 530, 500), fill=(255, 226, 140))
    pen.polygon([(445, 432), (495, 370), (545, 432)], fill=(176, 48, 44))


def _boat(pen: ImageDraw.ImageDraw) -> None:
    pen.polygon([(1010, 1310), (1400, 1310), (1340, 1390), (1070, 1390)], fill=(58, 30, 34))
    pen.line([(1190, 1310), (1190, 960)], fill=(58, 30, 34), width=12)
    pen.polygon([(1200, 970), (1200, 1280), (1400, 1280)], fill=(250, 238, 220))
    pen.polygon([(1178, 1010), (1178, 1280), (1030, 1280)], fill=(232, 190, 150))


def _shore(pen: ImageDraw.ImageDraw) -> None:
    pen.polygon([(0, 1920), (0, 1700), (700, 1640), (1500, 1740), (2560, 1600), (2560, 1920)], fill=(28, 22, 30))
    pen.ellipse((1900, 1560, 2160, 1760), fill=(36, 28, 36))
    pen.ellipse((2080, 1590, 2300, 1760), fill=(44, 34, 42))


def _grained(photo: Image.Image) -> Image.Image:
    """A drawing is too clean to be taken for a photo by anybody."""
    grain = np.random.default_rng(7).normal(0, 5, (SIZE[1], SIZE[0], 1))
    return Image.fromarray(np.clip(np.asarray(photo, np.float32) + grain, 0, 255).astype(np.uint8))
