"""Rules over where the photo was taken, what is behind its people, and what a jury would make of it."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, cue
from aggregator.roast.places import LABELS, where
from aggregator.roast.rules.pairs import flaw_evidence, flaw_of
from aggregator.roast.vocabulary import spoken, with_article
from bus.findings import Aesthetics, Background, SeenObject
from bus.roast.events import Cue

_ROOMS = {
    "bathroom": ("bathroom", 0.6), "gym": ("gym", 0.5), "car": ("car_cabin", 0.55), "bedroom": ("bedroom", 0.5),
    "office": ("office", 0.45), "kitchen": ("kitchen", 0.45), "street": ("street", 0.35), "stage": ("stage", 0.5),
}  # fmt: skip
"""Places with jokes of their own: the kind of cue, and how much it matters when it is certain."""

LOST = 0.12
"""A best guess among 365 places that is less probable than this is no guess at all."""

LOW, HIGH, SPLIT = 4.3, 5.9, 1.85
"""Means of a jury's marks (1 to 10) that are low or high, and a standard deviation that is a quarrel: the marks of AVA
(Murray et al. 2012) lie around 5.4, with a mean deviation of about 1.4."""


def setting_cues(view: FindingsView) -> Iterator[Cue]:
    """The place by its name; or that even the experts are at a loss.

    The SUN attributes of a place are left alone: there are always nine of them, without a score that would tell what is
    seen from what is merely the ninth best guess; what they say of light, clutter and symmetry others have measured.
    """
    found = where(view)
    if found is None:
        yield from _lost(view)
    else:
        says = "The things in it suggest {}." if found.by_things else "It looks like {}."
        kind, weight = _ROOMS.get(found.place, ("setting", 0.4))
        wording = Wording(says.format(with_article(found.place)), weight * (0.6 + 0.4 * found.certainty))
        values = {"place": found.place} if kind == "setting" else {}
        yield cue(kind, wording, *found.evidence, **values)
    yield from _umbrella(view)


def _lost(view: FindingsView) -> Iterator[Cue]:
    places = view.all_places
    if places and places[0].score < LOST and places[0].label in LABELS:
        name = LABELS[places[0].label]
        wording = Wording(f"Where it is, nobody can say; the best guess is {with_article(name)}.", 0.4)
        yield cue("nowhere", wording, "scene.places.0.label", "scene.places.0.score", place=name)


def _umbrella(view: FindingsView) -> Iterator[Cue]:
    index = view.largest("umbrella")
    if index is not None and view.scene and view.scene.indoor > 0.8:
        wording = Wording("There is an umbrella, and it is indoors.", 0.7)
        yield cue("indoor_umbrella", wording, f"objects.objects.{index}.label", "scene.indoor")


def background_cues(view: FindingsView) -> Iterator[Cue]:
    """How tidy, how blurred and how distracting it is behind the people."""
    background = view.background
    if background is None or background.is_empty():
        return
    yield from _tidiness(background)
    yield from _depth(background)
    yield from _distractions(view, background)


def _tidiness(background: Background) -> Iterator[Cue]:
    if background.person_share > 0.85:  # what is left is too little to be tidy or not
        return
    if background.clutter > 0.3:
        wording = Wording("The background is cluttered.", 0.35 + 0.3 * background.clutter)
        yield cue("messy_background", wording, "background.clutter")
    elif background.clutter < 0.02:
        yield cue("plain_background", Wording("The background is plain.", 0.35), "background.clutter")


def _depth(background: Background) -> Iterator[Cue]:
    ratio = background.sharpness_ratio
    if ratio is None:
        return
    evidence = ("background.sharpness_ratio", "background.blur")
    if background.blur == "blurred" and ratio > 2:
        yield cue("bokeh", Wording("The background is blurred away.", 0.4), *evidence)
    elif background.blur == "sharp" and ratio < 0.4:
        yield cue("background_wins", Wording("The background is far sharper than the people.", 0.6), *evidence)


def _distractions(view: FindingsView, background: Background) -> Iterator[Cue]:
    seen: set[str] = set()
    for index, each in enumerate(background.distractions):
        path, thing = f"background.distractions.{index}.reason", _thing(view, each.object)
        kind = {"from_head": "from_head", "object": "distraction"}.get(each.reason, "bright_spot")
        if kind in seen or (kind != "bright_spot" and thing is None):
            continue
        if kind == "distraction" and thing and thing.label == "person":  # a person is no clutter
            continue
        seen.add(kind)
        if thing is None or kind == "bright_spot":
            yield cue("bright_spot", Wording("Something behind them is brighter than they are.", 0.4), path)
            continue
        proof, a_thing = (path, f"objects.objects.{each.object}.label"), with_article(thing.label)
        growing, drawing = (
            f"{a_thing.capitalize()} seems to grow out of a head.",
            f"Behind them, {a_thing} draws the eye.",
        )
        wording = Wording(growing, 0.8) if kind == "from_head" else Wording(drawing, 0.5)
        yield cue(kind, wording, *proof, thing=spoken(thing.label))


def _thing(view: FindingsView, index: int | None) -> SeenObject | None:
    seen = view.all_objects
    return seen[index] if index is not None and 0 <= index < len(seen) else None


def jury_cues(view: FindingsView) -> Iterator[Cue]:
    """The marks of a photography contest: low, high, in dispute, or a shrug; and where they surprise."""
    found = view.aesthetics
    if found is None:
        return
    mark = f"{found.mean:.1f}"
    if found.spread > SPLIT:
        yield cue("jury_split", Wording("A jury would quarrel over it.", 0.5), "aesthetics.spread")
    elif found.mean <= LOW:
        wording = Wording(f"A contest's jury would give it {mark} of 10.", 0.5 + (LOW - found.mean) / 5)
        yield cue("jury_low", wording, "aesthetics.mean", mark=mark)
    elif found.mean >= HIGH:
        wording = Wording(f"A contest's jury would give it as much as {mark} of 10.", 0.45)
        yield cue("jury_high", wording, "aesthetics.mean", mark=mark)
    elif 4.9 <= found.mean <= 5.3:
        wording = Wording(f"A contest's jury would give it {mark} of 10 and move on.", 0.35)
        yield cue("jury_shrug", wording, "aesthetics.mean", mark=mark)
    yield from _surprise(view, found)


def _surprise(view: FindingsView, found: Aesthetics) -> Iterator[Cue]:
    quality, mark = view.quality, f"{found.mean:.1f}"
    if quality is None:
        return
    flaw = flaw_of(quality)
    if flaw not in (None, "soft") and found.mean >= HIGH:
        wording = Wording(f"It is {flaw}, and a jury would give it {mark} of 10 all the same.", 0.7)
        yield cue("jury_fooled", wording, "aesthetics.mean", flaw_evidence(str(flaw)), mark=mark, flaw=str(flaw))
    if flaw is None and quality.blur == "sharp" and found.mean <= LOW:
        wording = Wording(f"It is sharp and clean, and a jury would still give it {mark} of 10.", 0.6)
        yield cue("jury_competent", wording, "aesthetics.mean", "quality.blur", mark=mark)
