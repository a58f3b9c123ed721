"""The card's typefaces: those of the built page, then what the machine has for other scripts, then Pillow's own."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont, features
from PIL.ImageDraw import ImageDraw

ASSETS = Path(__file__).resolve().parents[2] / "frontend" / "dist" / "assets"
"""Where the page's build puts its fonts. FreeType reads WOFF2 when it was built with Brotli, as in Pillow's wheels."""
_OF_THE_MACHINE = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf"),
    *("NotoSansCJK-Regular.ttc", "Arial Unicode.ttf", "PingFang.ttc", "Arial.ttf"),
)
_REFERENCE = 100
"""The size in pixels at which text is measured: hinting no longer matters."""
_JOINERS = "\u200c\u200d"
"""Invisible: between letters they decide about shapes, between emoji they are nothing without them."""
_ABSENT = "\U0010fffd"
"""A character that no typeface has."""


@dataclass(frozen=True, slots=True)
class Family:
    """A typeface in its files: one may hold Latin letters only, the next those of Central Europe."""

    patterns: tuple[str, ...]
    """Of file names among the page's assets."""
    weight: int = 400

    def width(self, text: str) -> float:
        """How wide `text` is, in pixels for each pixel of type size."""
        return _width(self, text)

    def printable(self, text: str) -> str:
        """`text` without the characters that no typeface here has; empty when that is much of it."""
        reversed_script = is_right_to_left(text)
        if reversed_script and not features.check("raqm"):
            return ""  # without it letters are neither joined nor put in order
        kept = ""
        for letter in text:
            joins = letter in _JOINERS
            if (kept and kept[-1].isalpha()) if joins else (letter == " " or self._source(letter) is not None):
                kept += letter
        letters, left = (sum(map(str.isalpha, each)) for each in (text, kept))
        return " ".join(kept.split()) if left * 10 >= letters * 9 and left else ""

    def draw(self, on: ImageDraw, at: tuple[float, float], text: str, size: int, color: str) -> None:
        """Draws a line of text; `at` is where its baseline begins, at the left."""
        x, y = at
        for source, run in self.runs(text):
            font = _font(source, size, self.weight)
            on.text((x, y), run, fill=color, font=font, anchor="ls", direction=_direction(run))
            x += font.getlength(run, direction=_direction(run))

    def runs(self, text: str) -> list[tuple[str, str]]:
        """Pieces of `text` with the file that has their letters. Right-to-left text stays whole: its pieces would
        have to change places."""
        if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text):
            return [(self._for_all(text), text)]
        runs: list[tuple[str, str]] = []
        for letter in text:
            before = runs[-1][0] if runs else self._sources()[0]
            source = before if _covers(before, letter) else (self._source(letter) or before)
            if runs and runs[-1][0] == source:
                runs[-1] = (source, runs[-1][1] + letter)
            else:
                runs.append((source, letter))
        return runs

    def _for_all(self, text: str) -> str:
        return max(self._sources(), key=lambda source: sum(_covers(source, letter) for letter in text))

    def _source(self, letter: str) -> str | None:
        return next((source for source in self._sources() if _covers(source, letter)), None)

    def _sources(self) -> tuple[str, ...]:
        return _files(self.patterns)


DISPLAY = Family(("young-serif-latin-400-normal-*.woff*", "young-serif-latin-ext-400-normal-*.woff*"))
TEXT = Family(("figtree-latin-wght-normal-*.woff*", "figtree-latin-ext-wght-normal-*.woff*"), 600)


@lru_cache(maxsize=4096)
def _width(family: Family, text: str) -> float:
    lengths = (_font(source, _REFERENCE, family.weight).getlength(run) for source, run in family.runs(text))
    return sum(lengths) / _REFERENCE


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is one of a right-to-left script (UAX #9, P2 and P3)."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L"


def _direction(text: str) -> str | None:
    if not features.check("raqm"):
        return None
    return "rtl" if is_right_to_left(text) else "ltr"


@cache
def _files(patterns: tuple[str, ...], folder: Path = ASSETS) -> tuple[str, ...]:
    """Names that `_font` opens, best first; the empty one is Pillow's own typeface."""
    ours = [next(filter(_opens, map(str, sorted(folder.glob(pattern)))), "") for pattern in patterns]
    return (*filter(None, ours), "", *filter(_opens, _OF_THE_MACHINE))


def _opens(source: str) -> bool:
    try:
        ImageFont.truetype(source, _REFERENCE)
    except OSError:
        return False
    return True


@lru_cache(maxsize=256)
def _font(source: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    if not source:
        own = ImageFont.load_default(size)
        assert isinstance(own, ImageFont.FreeTypeFont)  # it is one whenever Pillow has FreeType
        return own
    font = ImageFont.truetype(source, size)
    try:
        font.set_variation_by_axes([weight])
    except OSError:  # a typeface of one weight
        return font
    return font


@lru_cache(maxsize=8192)
def _covers(source: str, letter: str) -> bool:
    """Whether the typeface has the letter: one that it lacks is drawn like one that no typeface has. Joiners are not
    drawn at all."""
    if letter == " " or letter in _JOINERS:
        return True
    font = _font(source, 24, 400)
    try:
        return _drawn(font, letter) != _drawn(font, _ABSENT)
    except (ValueError, RuntimeError):  # a variation selector by itself, in a typeface that has no space to put there
        return False


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    mask = font.getmask(letter)
    return repr(mask.size).encode() + bytes(mask)
