"""Rules over two findings that do not go together: the incongruities, which is where the comedy is."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, about_face, cue
from aggregator.roast.rules.file import writing
from aggregator.roast.vocabulary import SOFTWARE, clock, percent
from bus.findings import Quality
from bus.roast.events import Cue


def pair_cues(view: FindingsView) -> Iterator[Cue]:
    """Cues that need two findings, each with the evidence of both."""
    yield from _gear(view)
    yield from _edits(view)
    yield from _hours(view)
    yield from _absences(view)
    yield from _light_and_color(view)
    yield from _frame(view)
    yield from _people(view)
    yield from _upstaged(view)
    yield from _nothing_wrong(view)


def flaw_of(quality: Quality) -> str | None:
    """What a viewer would notice first, as a word that follows 'it is'; None when there is nothing."""
    flaws = (("blurred", quality.blur == "blurred"), ("noisy", quality.noisy), ("blocky", quality.blocky))
    return next((name for name, there in flaws if there), "soft" if quality.blur == "soft" else None)


def flaw_evidence(flaw: str) -> str:
    """The path to the finding that shows `flaw`."""
    return {"noisy": "quality.noisy", "blocky": "quality.blocky"}.get(flaw, "quality.blur")


def _gear(view: FindingsView) -> Iterator[Cue]:
    facts, quality, composition = view.facts, view.quality, view.composition
    if facts and quality and facts.camera == "camera" and quality.blur == "blurred":
        yield cue("gear_blur", Wording("A proper camera took a blurred picture.", 0.85), "facts.camera", "quality.blur")
    if facts and composition and composition.too_empty and view.megapixels >= 8 and facts.original_width:
        share = percent(composition.empty_space)
        wording = Wording(f"Many megapixels, {share} per cent of them empty.", 0.75)
        yield cue("rich_nothing", wording, "facts.original_width", "composition.empty_space", percent=share)


def _edits(view: FindingsView) -> Iterator[Cue]:
    facts, quality = view.facts, view.quality
    flaw = flaw_of(quality) if quality else None
    if quality is None or flaw is None:
        return
    proof = flaw_evidence(flaw)
    if facts and facts.software and facts.software.lower() in SOFTWARE:
        wording = Wording(f"It went through {facts.software} and is still {flaw}.", 0.8)
        yield cue("edited_anyway", wording, "facts.software", proof, software=facts.software, flaw=flaw)
    filters = [(i, f) for i, f in enumerate(quality.filters) if f in ("monochrome", "sepia", "faded", "vignette")]
    if filters:
        index, name = filters[0]
        look = {"monochrome": "a black-and-white look", "vignette": "a vignette"}.get(name, f"a {name} look")
        wording = Wording(f"It is {flaw}, with {look} on top.", 0.6)
        yield cue("filter_ruin", wording, f"quality.filters.{index}", proof, filter=look, flaw=flaw)


def _hours(view: FindingsView) -> Iterator[Cue]:
    facts, light, quality = view.facts, view.lighting, view.quality
    if facts is None:
        return
    if light and facts.flash and light.exposure == "under":
        yield cue("flash_dark", Wording("Flash, and still too dark.", 0.85), "facts.flash", "lighting.exposure")
    hour = facts.taken_hour
    if light and hour is not None and (hour < 4 or hour == 23) and (light.exposure == "over" or light.high_key):
        evidence = ("facts.taken_hour", "lighting.exposure", "lighting.high_key")
        yield cue(
            "night_bright", Wording(f"Taken {clock(hour)}, and far too bright.", 0.75), *evidence, when=clock(hour)
        )
    if light and hour is not None and 11 <= hour <= 14 and light.exposure == "under":
        yield cue("noon_dark", Wording("Taken at noon, and too dark.", 0.75), "facts.taken_hour", "lighting.exposure")
    antique = [i for i, f in enumerate(quality.filters) if f in ("sepia", "monochrome")] if quality else []
    year = facts.taken_year
    if antique and year is not None and 2012 <= year <= 2100:
        path = f"quality.filters.{antique[0]}"
        yield cue(
            "fake_antique", Wording(f"An antique look from {year}.", 0.6), "facts.taken_year", path, year=str(year)
        )


def _absences(view: FindingsView) -> Iterator[Cue]:
    if not view.is_deserted:
        return
    if view.facts and view.facts.lens_side == "front":
        wording = Wording("The front camera found nobody.", 0.85)
        yield cue("selfie_nobody", wording, "facts.lens_side", "faces.faces")
    if view.composition and view.composition.orientation == "portrait":
        wording = Wording("It is in upright format, and no face is in it.", 0.35)
        yield cue("upright_nobody", wording, "composition.orientation", "faces.faces")
    written = writing(view)
    if written:
        wording = Wording("The only thing that speaks in it is the writing.", 0.6)
        yield cue("words_nobody", wording, f"{written.path}.text", "faces.faces", quote=written.words)


def _light_and_color(view: FindingsView) -> Iterator[Cue]:
    light, colors, quality = view.lighting, view.colors, view.quality
    if light is None or colors is None:
        return
    dark = light.exposure == "under" or light.low_key
    if colors.mood == "warm" and dark:
        wording = Wording("Warm colours in gloomy light.", 0.6)
        yield cue("warm_gloom", wording, "colors.mood", "lighting.exposure", "lighting.low_key")
    if dark and colors.colorfulness > 45 and view.palette and view.may_name(view.palette[0]):
        wording = Wording("Cheerful colours, in the dark.", 0.5)
        evidence = ("colors.colorfulness", "lighting.exposure", "colors.palette.0.name")
        yield cue("cheerful_dark", wording, *evidence, color=view.palette[0].name)
    if colors.mood == "vivid" and light.flat:
        yield cue("vivid_flat", Wording("Vivid colours in flat light.", 0.6), "colors.mood", "lighting.flat")
    gray = colors.colorfulness < 15 or bool(quality and "monochrome" in quality.filters)
    if gray and light.flat:
        wording = Wording("No colour and no contrast.", 0.7)
        yield cue("gray_gray", wording, "colors.colorfulness", "lighting.flat")


def _frame(view: FindingsView) -> Iterator[Cue]:
    composition, quality = view.composition, view.quality
    if composition is None:
        return
    if composition.tilted and composition.tilt is not None and max(composition.centered, composition.symmetry) > 0.8:
        degrees = str(max(1, round(abs(composition.tilt))))
        wording = Wording("Carefully centred, and tilted.", 0.8)
        evidence = ("composition.tilt", "composition.centered", "composition.symmetry")
        yield cue("centered_tilt", wording, *evidence, degrees=degrees)
    if quality and quality.noisy and not composition.tilted and composition.thirds > 0.7:
        wording = Wording("Composed with care, full of noise.", 0.55)
        yield cue("level_noise", wording, "composition.thirds", "quality.noisy")
    if composition.empty_space > 0.6 and view.palette and view.may_name(view.palette[0]):
        name = view.palette[0].name
        wording = Wording(f"It is mostly empty, and the emptiness is {name}.", 0.45)
        yield cue("empty_color", wording, "composition.empty_space", "colors.palette.0.name", color=name)
    written = writing(view)
    if written and quality and quality.low_resolution:
        wording = Wording("Few pixels, and some of them are spent on words.", 0.55)
        proof = (f"{written.path}.text", "quality.low_resolution")
        yield cue("tiny_file_big_words", wording, *proof, quote=written.words)


def _people(view: FindingsView) -> Iterator[Cue]:
    faces = view.all_faces
    composition, light = view.composition, view.lighting
    for index, face in enumerate(faces[:1]):
        if not face.cut_off:
            continue
        side, path, about = face.cut_off[0], f"faces.faces.{index}.cut_off", about_face(index)
        if view.facts and view.facts.lens_side == "front":
            wording = Wording("A selfie that misses its own face.", 0.95)
            yield cue("selfie_cut", wording, "facts.lens_side", path, about=about, side=side)
        if composition and composition.empty_space > 0.35:
            wording = Wording("Plenty of room, and a face cut off.", 0.9)
            yield cue("room_cut", wording, "composition.empty_space", path, about=about, side=side)
    if len(faces) == 1 and light and light.direction in ("left", "right") and composition and composition.heads:
        position = composition.heads[0].position
        if position in ("left", "right") and position != light.direction:
            wording = Wording("The light is on one side, the face on the other.", 0.5)
            evidence = ("lighting.direction", "composition.heads.0.position")
            yield cue("missed_light", wording, *evidence, about=about_face(0), side=light.direction)


def _upstaged(view: FindingsView) -> Iterator[Cue]:
    """People who lose to the writing on the wall, or to the wall."""
    faces = view.all_faces
    if not faces:
        return
    written = writing(view)
    if written:
        ys = [y for _, y in written.line.quad]
        if max(ys) - min(ys) > faces[0].box.h:
            wording = Wording("The writing is larger than any face.", 0.7)
            yield cue("text_over_face", wording, f"{written.path}.quad", "faces.faces.0.box", quote=written.words)
    quality = view.quality
    if (
        quality
        and len(faces) == 1
        and quality.blur == "sharp"
        and faces[0].sharpness < 0.12 * quality.sharpness
        and faces[0].box.h >= 112
    ):  # smaller ones were enlarged
        wording = Wording("The background is sharper than the face.", 0.6)
        yield cue("sharp_background", wording, "faces.faces.0.sharpness", "quality.sharpness", about=about_face(0))


def _nothing_wrong(view: FindingsView) -> Iterator[Cue]:
    quality, light, composition = view.quality, view.lighting, view.composition
    if quality is None or light is None or composition is None:
        return
    if any(face.cut_off for face in view.all_faces):
        return
    fine = quality.blur == "sharp" and flaw_of(quality) is None and not quality.low_resolution and not quality.borders
    fine = fine and max(light.clipped_shadows, light.clipped_highlights) < 0.1
    if fine and light.exposure == "balanced" and not light.backlit and not light.flat and not composition.tilted:
        evidence = ("quality.blur", "lighting.exposure", "composition.tilted")
        yield cue("competent", Wording("Nothing is technically wrong with it.", 0.35), *evidence)
