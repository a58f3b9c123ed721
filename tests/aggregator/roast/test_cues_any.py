"""The cues of any findings at all: sound, from a closed vocabulary, with evidence that resolves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from findings import REF, features_of
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.roast.cues import find_cues, resolve
from aggregator.roast.vocabulary import SOFTWARE
from analyzers.quality.color_names import NAMES
from bus.events import Feature, PhotoRef
from bus.findings import (
    Box,
    Color,
    Colors,
    Composition,
    Face,
    Faces,
    Facts,
    HeadFraming,
    Lighting,
    Objects,
    Quality,
    SeenObject,
    Text,
    TextLine,
)
from bus.roast.policy import MATERIAL, SLOTS, offence

unit = st.floats(0, 1)
sides = st.lists(st.sampled_from(("left", "right", "top", "bottom")), unique=True, max_size=4).map(tuple)
number = st.floats(-5000, 5000)
boxes = st.builds(Box, x=number, y=number, w=st.floats(0, 3000), h=st.floats(0, 3000))
points = st.tuples(number, number)
flags = st.booleans()
faces = st.builds(
    Face, box=boxes, score=unit, sharpness=st.floats(0, 1e5), size=unit, cut_off=sides, landmarks=st.just(())
)
texts = st.builds(TextLine, text=st.text(max_size=60), score=unit, quad=st.tuples(points, points, points, points))
palettes = st.builds(
    Color,
    name=st.sampled_from((*NAMES, "nonsense")),
    hex=st.from_regex(r"\A#[0-9a-f]{6}\Z"),
    share=unit,
    center=points,
)
heads = st.builds(
    HeadFraming,
    face=st.integers(0, 5),
    headroom=st.floats(-1, 1),
    cropped=sides,
    position=st.sampled_from(("left", "center", "right")),
    tilt=st.none() | st.floats(-180, 180),
)


def any_of(model: type[Any], field: str) -> st.SearchStrategy[Any]:
    """Any value of a field that is a Literal, a tuple of them, or an optional one."""
    return st.from_type(model.model_fields[field].annotation)


some_objects = st.lists(
    st.builds(SeenObject, label=any_of(SeenObject, "label"), score=unit, box=boxes, size=unit), max_size=8
)

FINDINGS: tuple[st.SearchStrategy[Any], ...] = (
    st.builds(
        Facts,
        taken_hour=st.none() | st.integers(0, 23),
        taken_year=st.none() | st.integers(1900, 2100),
        time_of_day=any_of(Facts, "time_of_day"),
        camera=any_of(Facts, "camera"),
        lens_side=any_of(Facts, "lens_side"),
        flash=any_of(Facts, "flash"),
        software=st.none() | st.sampled_from(sorted(SOFTWARE)) | st.text(max_size=20),
        screenshot=flags,
        format=st.sampled_from(("jpeg", "heic", "gif", "odd")),
        jpeg_quality=st.none() | st.integers(1, 100),
        original_width=st.integers(0, 9000),
        original_height=st.integers(0, 9000),
    ),
    st.lists(faces, max_size=5).map(lambda found: Faces(faces=tuple(found))),
    st.lists(texts, max_size=6).map(lambda lines: Text(lines=tuple(lines))),
    st.builds(
        Quality,
        brisque=st.none() | st.floats(0, 100),
        sharpness=st.floats(0, 1e5),
        blur=any_of(Quality, "blur"),
        blur_kind=any_of(Quality, "blur_kind"),
        noise=st.floats(0, 255),
        noisy=flags,
        blockiness=st.floats(0, 10),
        blocky=flags,
        megapixels=st.floats(0, 5),
        low_resolution=flags,
        saturation=unit,
        filters=st.lists(
            st.sampled_from(("monochrome", "sepia", "oversaturated", "faded", "vignette", "oversharpened", "hdr")),
            unique=True,
        ).map(tuple),
        borders=sides,
    ),
    st.builds(
        Lighting,
        **{name: any_of(Lighting, name) for name in ("exposure", "cast", "direction")},
        **dict.fromkeys(("brightness", "contrast", "clipped_shadows", "clipped_highlights"), unit),
        **dict.fromkeys(("flat", "backlit", "low_key", "high_key"), flags),
        cast_strength=st.floats(0, 200),
    ),
    st.builds(
        Colors,
        palette=st.lists(palettes, max_size=6).map(tuple),
        harmony=any_of(Colors, "harmony"),
        mood=any_of(Colors, "mood"),
        colorfulness=st.floats(0, 200),
    ),
    st.builds(
        Composition,
        orientation=any_of(Composition, "orientation"),
        heads=st.lists(heads, max_size=4).map(tuple),
        subject=st.none() | points,
        tilt=st.none() | st.floats(-90, 90),
        **dict.fromkeys(("thirds", "centered", "empty_space", "symmetry"), unit),
        **dict.fromkeys(("tilted", "too_empty", "tiny_subject"), flags),
    ),
    some_objects.map(lambda seen: Objects(objects=tuple(sorted(seen, key=lambda each: -each.size)))),
)
some_features = st.tuples(*(st.none() | finding for finding in FINDINGS)).map(
    lambda findings: features_of(*(finding for finding in findings if finding is not None))
)
refs = st.builds(
    lambda w, h: REF.model_copy(update={"width": w, "height": h}), st.integers(0, 3000), st.integers(0, 3000)
)


@given(some_features, refs)
@settings(max_examples=300, deadline=None)
def test_for_any_findings_the_cues_are_sound(features: Mapping[str, Feature], ref: PhotoRef) -> None:
    found = find_cues(features, ref)
    assert found == find_cues(dict(reversed(features.items())), ref)
    assert [cue.salience for cue in found] == sorted((cue.salience for cue in found), reverse=True)
    assert len({cue.id for cue in found}) == len(found)
    for cue in found:
        assert cue.kind in MATERIAL
        assert set(cue.values) == set(SLOTS[cue.kind])
        assert cue.id == (f"{cue.about}.{cue.kind}" if cue.about else cue.kind)
        assert offence(" ".join((cue.text, *cue.values.values()))) is None
        for path in cue.evidence:
            resolve(features, path)  # raises when it leads nowhere


@given(some_features, refs)
@settings(max_examples=100, deadline=None)
def test_what_the_photo_says_stays_in_the_quote(features: Mapping[str, Feature], ref: PhotoRef) -> None:
    for cue in find_cues(features, ref):
        rest = {slot: value for slot, value in cue.values.items() if slot != "quote"}
        assert all(value.isascii() and len(value) <= 30 for value in rest.values()), rest
