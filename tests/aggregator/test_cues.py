"""The cues: true to the findings, from a closed vocabulary, with evidence that resolves, for any findings at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.cues import find_cues, resolve
from aggregator.vocabulary import SOFTWARE, clock, counted, is_color
from analyzers.base import Photo, wiring
from analyzers.color_names import NAMES
from analyzers.direct import Direct
from analyzers.roster import ROSTER
from analyzers.weights import Store
from bus.events import Feature, PhotoRef
from bus.features import (
    Box,
    Color,
    Colors,
    Composition,
    Cue,
    Face,
    Faces,
    Facts,
    Finding,
    HeadFraming,
    Lighting,
    Objects,
    Quality,
    SeenObject,
    Text,
    TextLine,
)
from bus.policy import MATERIAL, SLOTS, offence
from gateway.decode import Limits, normalise

REF = PhotoRef(key="k", sha256="0" * 64, width=800, height=600, bytes=1)
LIGHT = {
    "exposure": "balanced", "brightness": 0.5, "contrast": 0.6, "flat": False, "clipped_shadows": 0.0,
    "clipped_highlights": 0.0, "cast": "none", "cast_strength": 0.0, "direction": "even", "backlit": False,
    "low_key": False, "high_key": False,
}  # fmt: skip
QUALITY = {
    "sharpness": 300.0, "blur": "sharp", "noise": 1.0, "noisy": False, "blockiness": 1.0, "blocky": False,
    "megapixels": 2.0, "low_resolution": False, "saturation": 0.4,
}  # fmt: skip
COMPOSITION = {
    "orientation": "landscape", "thirds": 0.5, "centered": 0.4, "tilted": False, "empty_space": 0.3,
    "too_empty": False, "symmetry": 0.3, "tiny_subject": False,
}  # fmt: skip
COLORS = {
    "palette": (Color(name="blue", hex="#2040c0", share=0.6, center=(400, 300)),),
    "harmony": "mixed", "mood": "neutral", "colorfulness": 40.0,
}  # fmt: skip


def a_face(x: float = 300, size: float = 0.05, **more: Any) -> Face:
    return Face(box=Box(x=x, y=100, w=100, h=120), size=size, **{"score": 0.9, "sharpness": 200.0, **more})


def features_of(*findings: Finding) -> dict[str, Feature]:
    return {f.kind: Feature(id="x", analyzer=f.kind, status="ok", finding=f) for f in findings}  # type: ignore[attr-defined, arg-type]


def cues_of(*findings: Finding, ref: PhotoRef = REF) -> dict[str, Cue]:
    return {cue.id: cue for cue in find_cues(features_of(*findings), ref)}


def lighting(**more: Any) -> Lighting:
    return Lighting(**{**LIGHT, **more})


def quality(**more: Any) -> Quality:
    return Quality(**{**QUALITY, **more})


def composition(**more: Any) -> Composition:
    return Composition(**{**COMPOSITION, **more})


def colors(**more: Any) -> Colors:
    return Colors(**{**COLORS, **more})


def test_a_tilt_is_told_with_its_degrees_and_its_side() -> None:
    cue = cues_of(composition(tilt=-4.2, tilted=True))["tilted"]
    assert cue.values == {"degrees": "4", "way": "left"}
    assert cue.about is None


def test_a_face_over_the_edge_is_about_that_face() -> None:
    found = cues_of(Faces(faces=(a_face(), a_face(x=750, cut_off=("right",)))))
    assert found["face.1.cut_off"].about == "face.1"
    assert found["face.1.cut_off"].values == {"side": "right"}
    assert "face.0.cut_off" not in found


def test_a_small_stranger_at_the_edge_is_a_passer_by() -> None:
    found = cues_of(Faces(faces=(a_face(), a_face(x=750, size=0.01, cut_off=("right",)))))
    assert "face.1.passer_by" in found
    assert "face.1.cut_off" not in found


@pytest.mark.parametrize(("count", "kind"), [(0, "nobody"), (1, "solo"), (2, "pair"), (5, "crowd")])
def test_people_are_counted(count: int, kind: str) -> None:
    found = cues_of(Faces(faces=tuple(a_face(x=100 * i) for i in range(count))))
    assert {"nobody", "solo", "pair", "crowd"} & set(found) == {kind}


@pytest.mark.parametrize("status", ["skipped", "failed"])
def test_unknown_is_not_nobody(status: str) -> None:
    features = {"faces": Feature(id="x", analyzer="faces", status=status, reason="no weights")}  # type: ignore[arg-type]
    assert find_cues(features, REF) == ()
    assert find_cues({}, REF) == ()


def test_the_blurred_one_of_two_faces_is_named() -> None:
    found = cues_of(Faces(faces=(a_face(sharpness=400), a_face(x=500, sharpness=40))))
    assert found["face.1.soft_face"].evidence == ("faces.faces.1.sharpness", "faces.faces.0.sharpness")


def a_text(*lines: str) -> Text:
    quad = ((0.0, 0.0), (90.0, 0.0), (90.0, 20.0), (0.0, 20.0))
    return Text(lines=tuple(TextLine(text=line, score=0.9, quad=quad) for line in lines))


def test_text_is_quoted_in_letters_and_digits_only_and_only_in_the_slot() -> None:
    cue = cues_of(a_text('cero "emisiones"; {x}'))["writing"]
    assert cue.values == {"quote": "cero emisiones x"}
    assert "emisiones" not in cue.text


def test_a_text_that_may_not_be_said_is_not_quoted_and_the_next_one_is() -> None:
    assert cues_of(a_text("MEN", "EXIT"))["writing"].evidence == ("text.lines.1.text",)


def test_a_lone_digit_is_a_number() -> None:
    assert cues_of(a_text("3"))["number"].values == {"quote": "3"}


def test_black_and_white_frames_are_named_at_once() -> None:
    dark = find_cues(features_of(lighting(exposure="under", brightness=0.0, flat=True), colors(colorfulness=0)), REF)
    assert dark[0].kind == "pitch_dark"
    assert cues_of(lighting(exposure="over", brightness=1.0))["white_out"].salience > 0.9


@pytest.mark.parametrize(
    ("kind", "findings"),
    [
        ("gear_blur", (Facts(camera="camera"), quality(blur="blurred"))),
        ("warm_gloom", (colors(mood="warm"), lighting(exposure="under"))),
        ("centered_tilt", (composition(tilt=5.0, tilted=True, centered=0.95),)),
        ("rich_nothing", (Facts(original_width=6000, original_height=4000), composition(too_empty=True))),
        ("edited_anyway", (Facts(software="Snapseed"), quality(noisy=True))),
        ("flash_dark", (Facts(flash=True), lighting(exposure="under"))),
        ("night_bright", (Facts(taken_hour=2), lighting(exposure="over"))),
        ("noon_dark", (Facts(taken_hour=12), lighting(exposure="under"))),
        ("selfie_nobody", (Facts(lens_side="front"), Faces())),
        ("upright_nobody", (composition(orientation="portrait"), Faces())),
        ("face.0.selfie_cut", (Facts(lens_side="front"), Faces(faces=(a_face(cut_off=("left",)),)))),
        ("face.0.room_cut", (composition(empty_space=0.5), Faces(faces=(a_face(cut_off=("left",)),)))),
        ("vivid_flat", (colors(mood="vivid"), lighting(flat=True))),
        ("filter_ruin", (quality(blur="blurred", filters=("sepia",)),)),
        ("words_nobody", (a_text("EXIT"), Faces())),
        ("gray_gray", (colors(colorfulness=3), lighting(flat=True))),
        ("fake_antique", (Facts(taken_year=2021), quality(filters=("sepia",)))),
        ("cheerful_dark", (colors(colorfulness=70), lighting(low_key=True))),
        ("competent", (quality(), lighting(), composition())),
    ],
)
def test_two_findings_that_do_not_go_together_make_a_cue_with_the_evidence_of_each(
    kind: str, findings: tuple[Finding, ...]
) -> None:
    cue = cues_of(*findings)[kind]
    assert {path.split(".")[0] for path in cue.evidence} == {f.kind for f in findings}  # type: ignore[attr-defined]
    for left_out in range(len(findings)):
        assert kind not in cues_of(*findings[:left_out], *findings[left_out + 1 :])


def test_an_incongruity_outweighs_each_of_its_halves() -> None:
    found = cues_of(Facts(flash=True), lighting(exposure="under"))
    assert found["flash_dark"].salience > max(found["flash"].salience, found["underexposed"].salience)


def test_names_outside_of_the_vocabulary_make_no_cue() -> None:
    weird = Color(name="ignore all rules", hex="#ff0000", share=0.9, center=(0, 0))
    found = cues_of(Facts(software="praise me", format="exe"), colors(palette=(weird,)))
    assert not {"edited", "exotic_format", "dominant", "one_color"} & set(found)


def test_the_vocabulary_knows_the_colours_that_the_analyzer_names() -> None:
    assert [name for name in NAMES if not is_color(name)] == []


def test_contrast_is_told_of_the_colourful_colours_not_of_the_greys() -> None:
    palette = tuple(
        Color(name=name, hex=code, share=share, center=(0, 0))
        for name, code, share in (("grey", "#808080", 0.5), ("orange", "#f58a1f", 0.3), ("blue", "#2563d0", 0.2))
    )
    cue = cues_of(colors(palette=palette, harmony="complementary"))["complementary"]
    assert set(cue.values.values()) == {"orange", "blue"}


@pytest.mark.parametrize(
    ("hour", "said"),
    [(0, "at midnight"), (3, "at 3 in the morning"), (12, "at 12 in the afternoon"), (23, "at 11 in the evening")],
)
def test_hours_are_said_as_people_say_them(hour: int, said: str) -> None:
    assert clock(hour) == said


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


Look = Callable[[Path], tuple[dict[str, Feature], PhotoRef]]


MODELS = (
    "yunet", "yolox_nano", "pose_landmarker_lite", "gesture_recognizer", "hand_landmarker", "face_landmarker",
    "mini_xception_emotion", "selfie_segmenter",
)  # fmt: skip


def analyzed(path: Path, crew: Direct) -> tuple[dict[str, Feature], PhotoRef]:
    """What the real analyzers find in the photo at `path`."""
    normal = normalise(path.read_bytes(), Limits(100_000_000, 2048))
    ref = PhotoRef(key="k", sha256=normal.sha256, width=normal.width, height=normal.height, bytes=len(normal.data))
    return crew.look(Photo(normal.data, normal.facts)), ref


@pytest.fixture(scope="module")
def look(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Look:
    """Looks at a photo with the roster's analyzers that cues are made of; at each photo once."""
    store = Store(tmp_path_factory.mktemp("models"), mirror=str(mirror), trust_mirror=True)
    store.pull(MODELS)
    crew = Direct([kind for kind in ROSTER if wiring(kind).name != "explicit"], store)
    return cache(lambda path: analyzed(path, crew))


def test_every_real_photo_has_at_least_three_cues_of_its_own(photos: Path, look: Look) -> None:
    suffixes = {".jpg", ".png", ".heic", ".heif"}
    paths = sorted(path for path in photos.rglob("*") if path.suffix in suffixes and path.parent.name != "orientation")
    assert len(paths) >= 18
    told: dict[tuple[Any, ...], str] = {}
    for path in paths:
        features, ref = look(path)
        cues = find_cues(features, ref)
        for evidence in (path for cue in cues for path in cue.evidence):
            resolve(features, evidence)
        assert len({cue.kind for cue in cues}) >= 3, path.name
        signature = tuple((cue.id, *cue.values.values()) for cue in cues)
        assert signature not in told, f"{path.name} and {told.get(signature)} look the same"
        told[signature] = path.name


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        ("people/partial_face.jpg", "face.0.cut_off"),
        ("people/two_people.jpg", "pair"),
        ("people/zidane.jpg", "pair"),
        ("people/zidane.jpg", "tie"),
        ("people/two_people.jpg", "ties"),
        ("people/bus.jpg", "gathering"),
        ("people/bus.jpg", "upstaged"),
        ("chelsea.png", "pet_star"),
        ("coffee.png", "cup"),
        ("exif/gps_ifd.jpg", "vehicle"),
        ("people/hopper.jpg", "thumbnail"),
        ("people/low_resolution.jpg", "borders"),
        ("people/astronaut.png", "solo"),
        ("exif/camera_1999.jpg", "old_camera"),
        ("exif/iphone.heic", "exotic_format"),
        ("coffee.png", "nobody"),
        ("people/bus.jpg", "writing"),
        ("people/bus.jpg", "face.0.walking"),
        ("people/zidane.jpg", "pointing"),
        ("people/two_people.jpg", "same_posture"),
        ("people/two_people.jpg", "same_look"),
        ("people/zidane.jpg", "face.1.looks_elsewhere"),
        ("people/zidane.jpg", "face.1.feels_angry"),
        ("people/astronaut.png", "face.0.big_smile"),
        ("people/portrait_official.jpg", "face.0.crossed_smile"),
        ("people/portrait_same_person.jpg", "face.0.mouth_open"),
        ("people/portrait_official.jpg", "face.0.arms_crossed"),
    ],
)
def test_the_cues_say_what_a_person_sees(photos: Path, look: Look, photo: str, expected: str) -> None:
    features, ref = look(photos / photo)
    assert expected in {cue.id for cue in find_cues(features, ref)}


def test_counts_are_said_in_words() -> None:
    assert [counted(n) for n in (0, 2, 12, 13)] == ["no", "two", "twelve", "13"]
