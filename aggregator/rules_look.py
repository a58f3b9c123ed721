"""Rules over the palette and over how the picture is put together."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.scene import Said, Scene, cue
from aggregator.vocabulary import is_color, percent
from bus.features import Colors, Composition, Cue

_MOODS = {"gloomy": 0.45, "vivid": 0.35, "cold": 0.4, "warm": 0.35, "pastel": 0.45, "muted": 0.35, "calm": 0.3}


def color_cues(scene: Scene) -> Iterator[Cue]:
    """The dominant colours by name, how they go together, and the mood they make."""
    colors = scene.colors
    if colors is None:
        return
    yield from _palette(colors)
    if colors.colorfulness < 15:
        yield cue("drab", Said("There is hardly any colour in it.", 0.4), "colors.colorfulness")
    elif colors.colorfulness > 80:
        yield cue("loud", Said("It is very colourful.", 0.5), "colors.colorfulness")
    if colors.mood in _MOODS:
        said = Said(f"Its colours are {colors.mood}.", _MOODS[colors.mood])
        yield cue(f"mood_{colors.mood}", said, "colors.mood")


def _palette(colors: Colors) -> Iterator[Cue]:
    named = [(i, c) for i, c in enumerate(colors.palette) if is_color(c.name)]
    if not named:
        return
    first, top = named[0]
    share = percent(top.share)
    said = Said(f"{top.name.capitalize()} covers {share} per cent of it.", 0.25 + 0.3 * top.share)
    yield cue("dominant", said, f"colors.palette.{first}.name", color=top.name, percent=share)
    if colors.harmony == "monochrome":
        said = Said(f"Everything in it is {top.name}.", 0.45)
        yield cue("one_color", said, "colors.harmony", f"colors.palette.{first}.name", color=top.name)
    others = [(i, c) for i, c in named if c.name != top.name]
    if not others:
        return
    second, other = others[0]
    both = (f"colors.palette.{first}.name", f"colors.palette.{second}.name")
    pair = {"color": top.name, "other": other.name}
    if colors.harmony == "clashing":
        yield cue("clashing", Said("Its colours clash.", 0.6), "colors.harmony", *both, **pair)
    elif colors.harmony == "complementary":
        yield cue("complementary", Said("Its colours are opposites.", 0.45), "colors.harmony", *both, **pair)
    elif top.share + other.share > 0.75:
        yield cue("two_tone", Said("Two colours share it.", 0.4), *both, **pair)
    last, accent = others[-1]
    if accent.share < 0.12:
        said = Said(f"A little {accent.name} sits in a lot of {top.name}.", 0.35)
        yield cue("accent", said, f"colors.palette.{last}.name", both[0], color=accent.name, base=top.name)


def frame_cues(scene: Scene) -> Iterator[Cue]:
    """Tilt, centring, emptiness, symmetry and the shape of the frame."""
    composition = scene.composition
    if composition is None:
        return
    yield from _shape(scene, composition)
    yield from _balance(scene, composition)
    if composition.tilted and composition.tilt is not None:
        degrees = str(max(1, round(abs(composition.tilt))))
        way = "right" if composition.tilt > 0 else "left"
        said = Said(f"The horizon is {degrees} degrees off.", 0.55 + min(abs(composition.tilt), 15) / 50)
        yield cue("tilted", said, "composition.tilt", "composition.tilted", degrees=degrees, way=way)


def _shape(scene: Scene, composition: Composition) -> Iterator[Cue]:
    path = "composition.orientation"
    if composition.orientation == "panorama":
        yield cue("panorama", Said("It is a panorama.", 0.45), path)
    elif composition.orientation == "square":
        yield cue("square", Said("It is square.", 0.25), path)
    elif composition.orientation == "portrait" and scene.photo.width < 0.56 * scene.photo.height:
        yield cue("sliver", Said("It is very tall and narrow.", 0.5), path)
    elif composition.orientation == "portrait":
        yield cue("upright", Said("It is taken upright.", 0.15), path)


def _balance(scene: Scene, composition: Composition) -> Iterator[Cue]:
    if composition.centered > 0.8:
        yield cue("dead_center", Said("The subject is in the very centre.", 0.4), "composition.centered")
    elif composition.thirds > 0.75:
        yield cue("textbook", Said("The subject is exactly on the thirds.", 0.35), "composition.thirds")
    if composition.subject is not None:
        middle = composition.subject[0] / max(scene.photo.width, 1)
        if middle < 0.18 or middle > 0.82:
            side = "left" if middle < 0.5 else "right"
            yield cue("wallflower", Said(f"The subject hugs the {side} edge.", 0.55), "composition.subject", side=side)
    if composition.too_empty:
        share = percent(composition.empty_space)
        evidence = ("composition.too_empty", "composition.empty_space")
        yield cue("too_empty", Said(f"{share} per cent of it is empty.", 0.55), *evidence, percent=share)
    elif composition.empty_space < 0.08:
        yield cue("busy", Said("There is no empty space in it.", 0.4), "composition.empty_space")
    if composition.symmetry > 0.85:
        yield cue("symmetric", Said("Its halves mirror each other.", 0.4), "composition.symmetry")
    if composition.tiny_subject:
        yield cue("tiny_subject", Said("The subject is tiny.", 0.6), "composition.tiny_subject")
