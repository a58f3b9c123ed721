"""The palette of a photo with people in it names no colour that could be somebody's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from findings import a_face, colors, cues_of
from hypothesis import given
from hypothesis import strategies as st

from aggregator.roast.vocabulary import is_color, may_be_skin
from analyzers.quality.color_names import NAMES, color_name, from_hex
from bus.findings import Color, Faces, Objects

MONK = ["f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420"]
"""Ellis Monk's ten tones, as Google published them."""
LIGHTS = {"daylight": (1, 1, 1), "evening": (1.12, 1, 0.8), "lamp": (1.25, 1, 0.65), "shade": (0.9, 1, 1.15)}
GRAYS = {"black", "charcoal", "grey", "light grey", "dark grey", "white"}
"""What only light makes of a skin; most of what has these names is no skin, and no tone of skin shows in them."""


def entry(name: str, share: float = 0.9) -> Color:
    return Color(name=name, hex="#804020", share=share, center=(1.0, 1.0))


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("tone", MONK)
def test_whatever_name_a_skin_gets_in_some_light_is_known_as_such(tone: str, light: str) -> None:
    shown = (from_hex(f"#{tone}") / 255) ** 2.2 * LIGHTS[light]
    for exposure in (0.45, 0.7, 1.0, 1.25):
        name = str(color_name(np.clip(shown * exposure, 0, 1) ** (1 / 2.2) * 255))
        assert may_be_skin(name) or name in GRAYS


@given(name=st.sampled_from(NAMES), mood=st.sampled_from(["warm", "neutral", "vivid"]))
def test_with_somebody_in_it_no_cue_names_such_a_colour(name: str, mood: Any) -> None:
    palette = (entry(name), entry("teal", 0.05))
    told = cues_of(Faces(faces=(a_face(),)), colors(palette=palette, mood=mood, harmony="complementary"))
    assert (may_be_skin(name) or name == "burnt orange") <= (
        name not in {value for cue in told.values() for value in cue.values.values()}
    )


def test_a_landscape_may_be_as_brown_as_it_likes() -> None:
    found = cues_of(Faces(faces=()), Objects(objects=()), colors(palette=(entry("brown"),)))
    assert found["dominant"].values["color"] == "brown"


def test_where_people_were_not_looked_for_there_may_be_some() -> None:
    assert is_color("brown")
    assert "dominant" not in cues_of(colors(palette=(entry("brown"),)))
