"""Rules over what people put on: colours that match or fight, patterns, occasions. Bare skin is no outfit."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, about_face, cue, once_each
from aggregator.roast.vocabulary import is_color, may_be_skin, words
from bus.findings import Cloth, Fashion, Garment, Outfit
from bus.roast.events import Cue

GRAYS = words("black white grey gray charcoal silver cream")

BARE_LEGS = ("shorts", "skirt", "short sleeve dress", "long sleeve dress", "vest dress", "sling dress")

BARE_TOPS = ("vest", "sling", "vest dress", "sling dress")


def outfit_cues(view: FindingsView) -> Iterator[Cue]:
    """What each person wears, each kind of cue for the largest person that gives it; and who wears the same."""
    if view.fashion is None:
        return
    yield from once_each(_worn(view, view.fashion))
    yield from _twins(view)


def _worn(view: FindingsView, found: Fashion) -> Iterator[Cue]:
    for index, outfit in enumerate(found.outfits):
        about = about_face(view.face_of(outfit.person))
        yield from _colors(view, index, about)
        yield from _patterns(index, outfit, about)
        yield from _camouflage(view, index, about)
        if outfit.formality == "formal":
            wording = Wording("Somebody is formally dressed.", 0.4)
            yield cue("formal", wording, f"fashion.outfits.{index}.formality", about=about)


def worn_color(view: FindingsView, index: int, region: str) -> tuple[str, str, float] | None:
    """The main colour of a region: its name, the path to it, the share of all its shades; else None.

    Feet are never named; nor are legs or a torso in a colour that skin may have, since they may be bare.
    """
    assert view.fashion
    outfit = view.fashion.outfits[index]
    place = next((i for i, cloth in enumerate(outfit.cloths) if cloth.region == region and cloth.colors), None)
    if place is None or region == "feet":
        return None
    color = outfit.cloths[place].colors[0]
    worn = [each for each in view.fashion.garments if each.person in (None, outfit.person)]
    if not is_color(color.name) or (may_be_skin(color.name) and _may_be_bare(region, worn)):
        return None
    share = sum(each.share for each in outfit.cloths[place].colors if _base(each.name) == _base(color.name))
    return color.name, f"fashion.outfits.{index}.cloths.{place}.colors.0.name", share


def _base(name: str) -> str:
    """'orange' for burnt orange: what is left without the shade."""
    return name.rsplit(maxsplit=1)[-1]


def _may_be_bare(region: str, worn: list[Garment]) -> bool:
    """Whether skin may be what was sampled: certain it is not only where a long garment was seen there."""
    labels = {garment.label for garment in worn}
    if region == "legs":
        return "trousers" not in labels or not labels.isdisjoint(BARE_LEGS)
    tops = {label for label in labels if label.endswith(("top", "outwear"))}
    return not tops or not labels.isdisjoint(BARE_TOPS)


def _colors(view: FindingsView, index: int, about: str | None) -> Iterator[Cue]:
    assert view.fashion
    harmony, path = view.fashion.outfits[index].harmony, f"fashion.outfits.{index}.harmony"
    top, legs = worn_color(view, index, "torso"), worn_color(view, index, "legs")
    if top is None or legs is None:
        return
    paths = (top[1], legs[1])
    if _base(top[0]) == _base(legs[0]):
        if min(top[2], legs[2]) > 1 / 3:
            color = top[0] if top[0] == legs[0] else _base(top[0])
            wording = Wording(f"Somebody wears {color} above and below.", 0.5)
            yield cue("one_color_outfit", wording, *paths, about=about, color=color)
    elif harmony == "clash":
        wording = Wording(f"Somebody's clothes clash: {top[0]} above, {legs[0]} below.", 0.6)
        yield cue("outfit_clash", wording, path, *paths, about=about, color=top[0], other=legs[0])
    elif harmony == "match":
        wording = Wording(f"Somebody's clothes match: {top[0]} above, {legs[0]} below.", 0.4)
        yield cue("outfit_match", wording, path, *paths, about=about, color=top[0], other=legs[0])


def _patterns(index: int, outfit: Outfit, about: str | None) -> Iterator[Cue]:
    def first(pattern: str) -> str | None:
        found = (i for i, cloth in enumerate(outfit.cloths) if _shows(cloth, pattern))
        return next((f"fashion.outfits.{index}.cloths.{i}.pattern" for i in found), None)

    stripes, checks = first("striped"), first("checked")
    if stripes and checks:
        wording = Wording("Somebody wears stripes with checks.", 0.75)
        yield cue("stripes_checks", wording, stripes, checks, about=about)
    elif stripes:
        yield cue("striped", Wording("Somebody wears stripes.", 0.45), stripes, about=about)
    elif checks:
        yield cue("checked", Wording("Somebody wears checks.", 0.45), checks, about=about)


def _shows(cloth: Cloth, pattern: str) -> bool:
    return cloth.pattern == pattern and cloth.region != "feet"


def _camouflage(view: FindingsView, index: int, about: str | None) -> Iterator[Cue]:
    """Somebody in the colour of most of the rest: a cue only where the palette has more of it than the person alone."""
    top, palette = worn_color(view, index, "torso"), view.palette
    if top is None or not palette or view.background is None:
        return
    if palette[0].name == top[0] and palette[0].share > view.background.person_share + 0.15:
        wording = Wording(f"Somebody wears {top[0]} in front of {top[0]}.", 0.7)
        evidence = (top[1], "colors.palette.0.name", "background.person_share")
        yield cue("camouflage", wording, *evidence, about=about, color=top[0])


def _twins(view: FindingsView) -> Iterator[Cue]:
    assert view.fashion
    tops = [worn_color(view, index, "torso") for index in range(len(view.fashion.outfits))]
    worn: dict[str, list[str]] = {}
    for name, path, share in (top for top in tops if top):
        if share > 0.4:
            worn.setdefault(name, []).append(path)
    for name, paths in worn.items():
        if len(paths) >= 2:
            wording = Wording(f"Two of them wear {name}.", 0.35 if set(name.split()) & GRAYS else 0.6)
            yield cue("twins", wording, *paths, color=name)
            return
