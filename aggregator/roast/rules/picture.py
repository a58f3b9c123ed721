"""Rules over the technical side: sharpness, noise, compression, filters, light."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, cue
from aggregator.roast.vocabulary import percent
from bus.findings import Lighting, Quality
from bus.roast.events import Cue

_FILTERS = {
    "monochrome": "It is black and white.",
    "sepia": "It is toned sepia.",
    "oversaturated": "Its colours are turned up too far.",
    "faded": "It has a faded look.",
    "vignette": "Its corners are darkened.",
    "oversharpened": "It is sharpened too much.",
    "hdr": "It has the look of heavy HDR.",
}


def quality_cues(view: FindingsView) -> Iterator[Cue]:
    """How well the picture is made, technically."""
    quality = view.quality
    if quality is None:
        return
    yield from _blur(quality)
    yield from _grain(quality)
    side = max(view.photo.width, view.photo.height)
    if side <= 160:
        size = {"width": str(view.photo.width), "height": str(view.photo.height)}
        yield cue("thumbnail", Wording("It is the size of a stamp.", 0.8), "quality.megapixels", **size)
    elif quality.low_resolution:
        yield cue("low_resolution", Wording("It has few pixels.", 0.6), "quality.low_resolution", "quality.megapixels")
    for index, name in enumerate(quality.filters):
        path = f"quality.filters.{index}"
        yield cue(f"filter_{name}", Wording(_FILTERS[name], 0.5 if name == "monochrome" else 0.55), path)
    if quality.borders:
        yield cue("borders", Wording("It has plain bars at its edges.", 0.65), "quality.borders", sides=_sides(quality))


def _sides(quality: Quality) -> str:
    borders = quality.borders
    return " and ".join(borders) if len(borders) < 3 else "every side" if len(borders) == 4 else "three sides"


def _blur(quality: Quality) -> Iterator[Cue]:
    if quality.blur == "blurred" and quality.blur_kind == "motion":
        yield cue("shaken", Wording("It is blurred by movement.", 0.75), "quality.blur", "quality.blur_kind")
    elif quality.blur == "blurred":
        yield cue("blurred", Wording("It is out of focus.", 0.75), "quality.blur", "quality.sharpness")
    elif quality.blur == "soft":
        yield cue("soft", Wording("It is slightly soft.", 0.4), "quality.blur", "quality.sharpness")
    else:
        yield cue("crisp", Wording("It is sharp.", 0.15), "quality.blur", "quality.sharpness")


def _grain(quality: Quality) -> Iterator[Cue]:
    if quality.noisy:
        yield cue("noisy", Wording("It is noisy.", 0.5), "quality.noisy", "quality.noise")
    if quality.blocky:
        yield cue("blocky", Wording("Compression left visible blocks.", 0.55), "quality.blocky", "quality.blockiness")
    if quality.brisque is not None and quality.brisque > 60:
        yield cue("poor_quality", Wording("A quality measure finds little of it.", 0.4), "quality.brisque")


def light_cues(view: FindingsView) -> Iterator[Cue]:
    """How much light, from where, of which colour."""
    light = view.lighting
    if light is None:
        return
    if light.brightness < 0.04:
        yield cue("pitch_dark", Wording("It is almost entirely black.", 0.95), "lighting.brightness")
        return
    if light.brightness > 0.97:
        yield cue("white_out", Wording("It is almost entirely white.", 0.95), "lighting.brightness")
        return
    yield from _exposure(light)
    yield from _direction(light)


def _exposure(light: Lighting) -> Iterator[Cue]:
    if light.exposure == "under":
        yield cue("underexposed", Wording("It is too dark.", 0.6), "lighting.exposure", "lighting.brightness")
    elif light.exposure == "over":
        yield cue("overexposed", Wording("It is too bright.", 0.6), "lighting.exposure", "lighting.brightness")
    if light.flat:
        yield cue("flat_light", Wording("The light is flat.", 0.45), "lighting.flat", "lighting.contrast")
    elif light.contrast > 0.9:
        yield cue("stark", Wording("It goes from full black to full white.", 0.35), "lighting.contrast")
    if light.clipped_highlights > 0.04:
        share = percent(light.clipped_highlights)
        wording = Wording(f"{share} per cent of it is blown out to white.", 0.35 + light.clipped_highlights)
        yield cue("blown", wording, "lighting.clipped_highlights", percent=share)
    if light.clipped_shadows > 0.06:
        share = percent(light.clipped_shadows)
        wording = Wording(f"{share} per cent of it is solid black.", 0.3 + light.clipped_shadows)
        yield cue("swallowed", wording, "lighting.clipped_shadows", percent=share)
    if light.low_key and light.exposure != "under":
        yield cue("low_key", Wording("It is kept dark on purpose.", 0.35), "lighting.low_key")
    if light.high_key and light.exposure != "over":
        yield cue("high_key", Wording("It is kept bright on purpose.", 0.35), "lighting.high_key")


def _direction(light: Lighting) -> Iterator[Cue]:
    if light.cast != "none":
        wording = Wording(f"It has a {light.cast} cast.", 0.3 + min(light.cast_strength, 40) / 120)
        yield cue("cast", wording, "lighting.cast", "lighting.cast_strength", cast=light.cast)
    if light.backlit:
        yield cue("backlit", Wording("The light comes from behind.", 0.65), "lighting.backlit")
    if light.direction in ("left", "right"):
        wording = Wording(f"The light comes from the {light.direction}.", 0.3)
        yield cue("side_light", wording, "lighting.direction", side=light.direction)
    elif light.direction == "top":
        yield cue("top_light", Wording("The light comes from above.", 0.25), "lighting.direction")
    elif light.direction == "bottom":
        yield cue("underlit", Wording("The light comes from below.", 0.45), "lighting.direction")
