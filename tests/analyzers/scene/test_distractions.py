"""What distracts behind people, in painted scenes: poles, spots, and things at heads."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from painted import HEAD, scene

from analyzers.scene.background import behind
from analyzers.scene.distractions import (
    Behind,
    find_band,
    pole_above,
    rises_from,
    runs,
    spots,
    things_at_heads,
)
from bus.findings import Box, SeenObject


def test_a_pole_that_grows_from_a_head_is_seen_and_one_beside_it_is_not() -> None:
    picture, mask = scene()
    assert pole_above(Behind.of(picture, behind(mask)), HEAD) is None
    grown = picture.copy()
    grown[:190, 312:330][~mask[:190, 312:330]] = 40
    pole = pole_above(Behind.of(grown, behind(mask)), HEAD)
    assert pole is not None
    assert (pole.x, pole.x + pole.w) == (pytest.approx(312, abs=3), pytest.approx(330, abs=3))
    beside = picture.copy()
    beside[:, 480:498] = 40
    assert pole_above(Behind.of(beside, behind(mask)), HEAD) is None


def test_curtains_edges_of_walls_and_short_things_are_no_poles() -> None:
    picture, mask = scene()
    curtain, corner, short = picture.copy(), picture.copy(), picture.copy()
    curtain[:160, np.arange(640) % 40 < 20] = 60
    corner[:160, :325] = 60
    short[130:165, 312:330] = 40
    for each in (curtain, corner, short):
        each[mask] = (60, 70, 110)
        assert pole_above(Behind.of(each, behind(mask)), HEAD) is None


@given(st.integers(10, 60), st.integers(6, 30), st.integers(40, 70), st.sampled_from([-35, 35]))
@settings(max_examples=30)
def test_the_only_band_is_found_where_it_is(start: int, width: int, wall: int, step: int) -> None:
    lightness = np.full((90, 110), wall, np.float32)
    lightness[:, start : start + width] += step
    assert find_band(lightness, 80) == (start, start + width)
    doubled = lightness.copy()
    doubled[:, 100:104] += step
    assert find_band(doubled, 80) is None


@given(st.lists(st.booleans(), max_size=40))
def test_runs_are_the_stretches_of_true_values(flags: list[bool]) -> None:
    found = runs(np.array(flags, bool))
    assert [i for start, end in found for i in range(start, end)] == [i for i, flag in enumerate(flags) if flag]
    assert all(before[1] < after[0] for before, after in pairwise(found))


def test_a_glaring_window_and_a_loud_balloon_are_spots_and_a_bright_wall_is_none() -> None:
    dark, mask = scene(60)
    window = cv2.rectangle(dark.copy(), (60, 60), (120, 120), (255, 255, 255), -1)
    (spot,) = spots(Behind.of(window, behind(mask)))
    assert (spot.reason, spot.object) == ("bright", None)
    assert (spot.box.x, spot.box.w) == (pytest.approx(60, abs=3), pytest.approx(61, abs=5))
    balloon = cv2.circle(dark.copy(), (540, 100), 30, (20, 20, 240), -1)
    assert [each.reason for each in spots(Behind.of(balloon, behind(mask)))] == ["colorful"]
    assert list(spots(Behind.of(scene(250)[0], behind(mask)))) == []
    half = dark.copy()
    half[:, 430:] = 255
    assert list(spots(Behind.of(half, behind(mask)))) == []
    assert list(spots(Behind.of(dark, np.zeros_like(mask)))) == []


def thing(label: str, box: Box, size: float = 0.02) -> SeenObject:
    return SeenObject(label=label, score=0.9, box=box, size=size)  # type: ignore[arg-type]


def test_a_plant_on_the_crown_a_clock_beside_the_head_and_nothing_else_distract() -> None:
    _, mask = scene()
    plant = thing("potted plant", Box(x=290, y=60, w=60, h=120))
    clock = thing("clock", Box(x=368, y=150, w=30, h=30))
    held = thing("cup", Box(x=300, y=250, w=30, h=40))
    far = thing("tv", Box(x=20, y=20, w=100, h=60))
    bus = thing("bus", Box(x=0, y=0, w=640, h=400), size=0.8)
    friend = thing("person", Box(x=370, y=150, w=40, h=100))
    found = list(things_at_heads([plant, clock, held, far, bus, friend], [HEAD], mask))
    assert [(each.object, each.reason) for each in found] == [(0, "from_head"), (1, "object")]
    assert list(things_at_heads([plant, clock], [], mask)) == []


def test_what_hangs_above_a_head_without_touching_does_not_grow_from_it() -> None:
    assert rises_from(Box(x=290, y=60, w=60, h=110), HEAD)
    assert not rises_from(Box(x=290, y=20, w=60, h=60), HEAD)
    assert not rises_from(Box(x=200, y=60, w=60, h=110), HEAD)
    assert not rises_from(Box(x=290, y=190, w=60, h=40), HEAD)
