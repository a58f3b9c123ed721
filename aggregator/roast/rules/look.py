"""Rules over the palette and over how the picture is put together."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, cue
from aggregator.roast.vocabulary import percent
from bus.findings import Color, Colors, Composition
from bus.roast.events import Cue

_MOODS = {"gloomy": 0.45, "vivid": 0.35, "cold": 0.4, "warm": 0.35, "pastel": 0.45, "muted": 0.35, "calm": 0.3}


def color_cues(view: FindingsView) -> Iterator[Cue]:
    """The dominant colours by name, how they go together, and the mood they make. Never the colour of a person."""
    colors = view.colors
    if colors is None:
        return
    yield from _palette(view, colors)
    yield from _harmony(view, colors)
    yield from _accents(view, colors)
    if colors.colorfulness < 15:
        yield cue("drab", Wording("There is hardly any colour in it.", 0.4), "colors.colorfulness")
    elif colors.colorfulness > 68:
        yield cue("loud", Wording("It is very colourful.", 0.5), "colors.colorfulness")
    if colors.mood in _MOODS:
        wording = Wording(f"Its colours are {colors.mood}.", _MOODS[colors.mood])
        yield cue(f"mood_{colors.mood}", wording, "colors.mood")


def _palette(view: FindingsView, colors: Colors) -> Iterator[Cue]:
    named = [(i, c) for i, c in enumerate(colors.palette) if view.may_name(c)]
    if not named:
        return
    first, top = named[0]
    path, share = f"colors.palette.{first}.name", percent(top.share)
    wording = Wording(f"{top.name.capitalize()} covers {share} per cent of it.", 0.25 + 0.3 * top.share)
    yield cue("dominant", wording, path, color=top.name, percent=share)
    if top.share > 0.85 or (colors.harmony == "monochrome" and top.share > 0.4):
        wording = Wording(f"Everything in it is {top.name}.", 0.9 if top.share > 0.85 else 0.45)
        yield cue("one_color", wording, path, f"colors.palette.{first}.share", color=top.name)
    others = [(i, c) for i, c in named[1:] if c.name != top.name]
    if others and top.share < 0.85 and top.share + others[0][1].share > 0.75:
        second, other = others[0]
        wording = Wording("Two colours share it.", 0.4)
        yield cue("two_tone", wording, path, f"colors.palette.{second}.name", color=top.name, other=other.name)


def _harmony(view: FindingsView, colors: Colors) -> Iterator[Cue]:
    """Clash and contrast, named after the two most colourful colours: a grey takes no part in either."""
    vivid = [(i, c) for i, c in enumerate(colors.palette) if view.may_name(c) and chroma(c) > 0.15]
    vivid.sort(key=lambda pair: -chroma(pair[1]) * pair[1].share ** 0.5)
    if colors.harmony not in ("clashing", "complementary") or len({c.name for _, c in vivid}) < 2:
        return
    first, one = vivid[0]
    second, other = next((i, c) for i, c in vivid if c.name != one.name)
    is_clash = colors.harmony == "clashing"
    wording = Wording("Its colours clash.", 0.6) if is_clash else Wording("Its colours are opposites.", 0.45)
    evidence = ("colors.harmony", f"colors.palette.{first}.name", f"colors.palette.{second}.name")
    yield cue(colors.harmony, wording, *evidence, color=one.name, other=other.name)


def _accents(view: FindingsView, colors: Colors) -> Iterator[Cue]:
    """A small colour that alone is far more colourful than what covers most of it; and whether it keeps to a corner."""
    palette = colors.palette
    if not palette or not view.may_name(palette[0]):
        return
    small = [
        (i, c)
        for i, c in enumerate(palette)
        if i and view.may_name(c) and c.share < 0.15 and chroma(c) > max(0.2, chroma(palette[0]) + 0.1)
    ]
    if not small:
        return
    index, accent = max(small, key=lambda pair: chroma(pair[1]))
    others = [color for color in palette if color is not accent]
    if _of_one_hue(accent, palette[0]) or any(_rivals(view, other, accent) for other in others):
        return
    path = f"colors.palette.{index}"
    wording = Wording(f"A little {accent.name} sits in a lot of {palette[0].name}.", 0.45)
    yield cue("accent", wording, f"{path}.name", "colors.palette.0.name", color=accent.name, base=palette[0].name)
    where = _corner(accent.center[0] / max(view.photo.width, 1), accent.center[1] / max(view.photo.height, 1))
    if where:
        wording = Wording(f"The {accent.name} keeps to the {where}.", 0.4)
        yield cue("corner_color", wording, f"{path}.name", f"{path}.center", color=accent.name, where=where)


def _rivals(view: FindingsView, other: Color, accent: Color) -> bool:
    """Whether an accent does not stand alone: `other` is almost as colourful, and no shade of it to be named."""
    return chroma(other) > 0.65 * chroma(accent) and not (view.may_name(other) and _of_one_hue(other, accent))


def _of_one_hue(one: Color, other: Color) -> bool:
    """Whether two colours are shades of one: both of them have a hue, and nearly the same."""
    if min(chroma(one), chroma(other)) < 0.1:
        return False
    return abs((_hue(one) - _hue(other) + 180) % 360 - 180) < 20


def _hue(color: Color) -> float:
    """Degrees."""
    return colorsys.rgb_to_hsv(*_rgb(color))[0] * 360


def _corner(x: float, y: float) -> str | None:
    row = "top" if y < 1 / 3 else "bottom" if y > 2 / 3 else None
    column = "left" if x < 1 / 3 else "right" if x > 2 / 3 else None
    return f"{row} {column}" if row and column else None


def chroma(color: Color) -> float:
    """How far a colour is from grey: the spread of its channels, 0..1."""
    channels = _rgb(color)
    return max(channels) - min(channels)


def _rgb(color: Color) -> tuple[float, float, float]:
    """Its channels, 0..1."""
    red, green, blue = (int(color.hex[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def frame_cues(view: FindingsView) -> Iterator[Cue]:
    """Tilt, centring, emptiness, symmetry and the shape of the frame."""
    composition = view.composition
    if composition is None:
        return
    yield from _shape(view, composition)
    yield from _balance(view, composition)
    if composition.tilted and composition.tilt is not None:
        degrees = str(max(1, round(abs(composition.tilt))))
        way = "right" if composition.tilt > 0 else "left"
        wording = Wording(f"The horizon is {degrees} degrees off.", 0.55 + min(abs(composition.tilt), 15) / 50)
        yield cue("tilted", wording, "composition.tilt", "composition.tilted", degrees=degrees, way=way)
    elif composition.tilt is not None and abs(composition.tilt) < 0.5:
        yield cue("level", Wording("The horizon is perfectly level.", 0.3), "composition.tilt")


def _shape(view: FindingsView, composition: Composition) -> Iterator[Cue]:
    path = "composition.orientation"
    if composition.orientation == "panorama":
        yield cue("panorama", Wording("It is a panorama.", 0.45), path)
    elif composition.orientation == "square":
        yield cue("square", Wording("It is square.", 0.25), path)
    elif composition.orientation == "portrait" and view.photo.width < 0.56 * view.photo.height:
        yield cue("sliver", Wording("It is very tall and narrow.", 0.5), path)
    elif composition.orientation == "portrait":
        yield cue("upright", Wording("It is taken upright.", 0.15), path)


def _has_portrait(view: FindingsView) -> bool:
    """Whether somebody fills enough of the frame for the rest of it to count as backdrop, not as clutter."""
    return any(face.size > 0.03 for face in view.all_faces)


def _balance(view: FindingsView, composition: Composition) -> Iterator[Cue]:
    if composition.centered > 0.8:
        yield cue("dead_center", Wording("The subject is in the very centre.", 0.4), "composition.centered")
    elif composition.thirds > 0.75:
        yield cue("textbook", Wording("The subject is exactly on the thirds.", 0.35), "composition.thirds")
    if composition.subject is not None:
        middle = composition.subject[0] / max(view.photo.width, 1)
        if middle < 0.18 or middle > 0.82:
            side = "left" if middle < 0.5 else "right"
            yield cue(
                "wallflower", Wording(f"The subject hugs the {side} edge.", 0.55), "composition.subject", side=side
            )
    if composition.too_empty:
        share = percent(composition.empty_space)
        evidence = ("composition.too_empty", "composition.empty_space")
        yield cue("too_empty", Wording(f"{share} per cent of it is empty.", 0.55), *evidence, percent=share)
    elif composition.empty_space < 0.08 and not _has_portrait(view):
        yield cue("busy", Wording("There is no empty space in it.", 0.4), "composition.empty_space")
    if composition.symmetry > 0.78:
        yield cue("symmetric", Wording("Its halves mirror each other.", 0.4), "composition.symmetry")
    if composition.tiny_subject:
        yield cue("tiny_subject", Wording("The subject is tiny.", 0.6), "composition.tiny_subject")
