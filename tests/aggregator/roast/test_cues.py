"""The cues: true to the findings, each with its evidence, and nothing outside of the vocabulary."""

from __future__ import annotations

import pytest
from findings import REF, a_face, colors, composition, cues_of, features_of, lighting, quality

from aggregator.roast.cues import find_cues
from aggregator.roast.vocabulary import clock, counted, is_color
from analyzers.quality.color_names import EXAMPLES, NAMES
from bus.events import Feature
from bus.findings import Color, Faces, Facts, Finding, Text, TextLine


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
def test_unknown_faces_are_not_taken_for_none(status: str) -> None:
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


def in_colors(**shares: float) -> tuple[Color, ...]:
    """A palette of typical examples, from largest to smallest; `steel_blue=0.2`."""
    named = ((name.replace("_", " "), share) for name, share in shares.items())
    return tuple(Color(name=name, hex=EXAMPLES[name][0], share=share, center=(0, 0)) for name, share in named)


def test_contrast_is_told_of_the_colourful_colours_not_of_the_greys() -> None:
    palette = in_colors(grey=0.5, orange=0.3, blue=0.2)
    cue = cues_of(colors(palette=palette, harmony="complementary"))["complementary"]
    assert set(cue.values.values()) == {"orange", "blue"}


@pytest.mark.parametrize(
    ("palette", "told"),
    [
        (in_colors(grey=0.8, red=0.05), {"color": "red", "base": "grey"}),
        (in_colors(navy=0.6, grey=0.2, yellow=0.05, mustard=0.04), {"color": "yellow", "base": "navy"}),  # its shade
        (in_colors(grey=0.8, red=0.05, emerald=0.05), None),  # two of them: a colourful photo
        (in_colors(brown=0.6, black=0.2, orange=0.05), None),  # a shade of what is all around
        (in_colors(grey=0.6, red=0.3), None),  # not a little
    ],
)
def test_an_accent_stands_alone(palette: tuple[Color, ...], told: dict[str, str] | None) -> None:
    found = cues_of(colors(palette=palette)).get("accent")
    assert (found and found.values) == told


@pytest.mark.parametrize(
    ("hour", "said"),
    [(0, "at midnight"), (3, "at 3 in the morning"), (12, "at 12 in the afternoon"), (23, "at 11 in the evening")],
)
def test_hours_are_said_as_people_say_them(hour: int, said: str) -> None:
    assert clock(hour) == said


def test_counts_are_said_in_words() -> None:
    assert [counted(n) for n in (0, 2, 12, 13)] == ["no", "two", "twelve", "13"]
