"""Facts from metadata: harmless, from closed lists, whatever the metadata holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.findings import Facts
from gateway.upload import exif
from gateway.upload.exif import facts_of, time_of_day

ANYTHING = st.one_of(
    st.none(), st.text(max_size=40), st.binary(max_size=40), st.integers(), st.floats(), st.tuples(st.integers())
)
TAGS = st.dictionaries(
    st.sampled_from((exif.MAKE, exif.MODEL, exif.SOFTWARE, exif.CHANGED, exif.TAKEN, exif.FLASH, exif.LENS, 0x8825)),
    ANYTHING,
)


def of(make: str = "", model: str = "", **more: object) -> Facts:
    tags = {
        exif.MAKE: make,
        exif.MODEL: model,
        exif.SOFTWARE: more.pop("software", ""),
        exif.CHANGED: more.pop("changed", ""),
    }
    return facts_of(tags, {getattr(exif, name.upper()): value for name, value in more.items()})


@given(TAGS, TAGS, st.text(max_size=50))
def test_metadata_of_any_kind_gives_facts(tags: dict[int, object], more: dict[int, object], notes: str) -> None:
    assert isinstance(facts_of(tags, more, notes), Facts)


@given(st.text(min_size=1, max_size=60))
def test_no_word_leaves_that_is_not_from_a_closed_list(word: str) -> None:
    makers = {name for _, name, _ in exif._MAKERS}
    for facts in (of(word, word, software=word, lens=word, comment=word), facts_of({}, {}, word)):
        assert facts.maker is None or facts.maker in makers
        assert facts.software is None or facts.software in exif._SOFTWARE.values()
        assert facts.model_dump(
            exclude={"maker", "software", "camera", "lens_side", "screenshot"}
        ) == Facts().model_dump(exclude={"maker", "software", "camera", "lens_side", "screenshot"})


@pytest.mark.parametrize(
    ("make", "model", "camera", "maker"),
    [
        ("Apple", "iPhone 15 Pro", "phone", "Apple"),
        ("samsung", "SM-G930F", "phone", "Samsung"),
        ("SAMSUNG", "NX300", "camera", "Samsung"),
        ("SONY", "ILCE-7M3", "camera", "Sony"),
        ("Sony", "XQ-AT51", "phone", "Sony"),
        ("NIKON CORPORATION", "NIKON D90", "camera", "Nikon"),
        ("Canon", "CanoScan LiDE 220", "scanner", "Canon"),
        ("DJI", "FC3582", "drone", "DJI"),
        ("DJI", "Osmo Pocket", "action", "DJI"),
        ("GoPro", "HERO9 Black", "action", "GoPro"),
        ("Logitech", "BRIO", "webcam", "Logitech"),
        ("Joe's Home Made Cameras", "One", None, None),
        ("", "", None, None),
    ],
)
def test_makers_and_models_tell_the_kind_of_camera(
    make: str, model: str, camera: str | None, maker: str | None
) -> None:
    facts = of(make, model)
    assert (facts.camera, facts.maker) == (camera, maker)


def test_the_hour_is_that_of_the_shutter_not_of_the_last_saving() -> None:
    facts = of("Canon", taken="2019:06:01 07:30:00", changed="2020:01:01 23:00:00")
    assert (facts.taken_hour, facts.taken_year, facts.time_of_day) == (7, 2019, "morning")
    assert of("Canon", changed="2020:01:01 23:00:00", software="Adobe Photoshop 21").taken_hour is None


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "2019:13:45 99:99:99", ""])
def test_clocks_that_were_never_set_say_nothing(text: str) -> None:
    assert of("Canon", taken=text).taken_hour is None


def test_every_hour_has_its_part_of_the_day() -> None:
    parts = [time_of_day(hour) for hour in range(24)]
    assert parts[0] == parts[4] == parts[22] == parts[23] == "night"
    assert (parts[5], parts[8], parts[12], parts[16], parts[20]) == ("dawn", "morning", "noon", "afternoon", "evening")


@pytest.mark.parametrize(
    ("lens", "side"),
    [
        ("iPhone 13 front camera 2.71mm f/2.2", "front"),
        ("iPhone 13 back dual wide camera", "back"),
        ("Pixel 7 rear camera", "back"),
        ("50mm f/1.8", None),
    ],
)
def test_the_lens_tells_its_side(lens: str, side: str | None) -> None:
    assert of(lens=lens).lens_side == side


def test_the_flash_fired_only_when_its_first_bit_says_so() -> None:
    assert [of(flash=value).flash for value in (0x19, 0x18, 0x10, "yes")] == [True, False, False, None]


@pytest.mark.parametrize(
    ("software", "name"),
    [("Adobe Photoshop CS5 Macintosh", "Photoshop"), ("Adobe Photoshop Lightroom 9", "Lightroom"), ("17.1.2", None)],
)
def test_editors_are_known_by_name_and_versions_of_systems_are_not(software: str, name: str | None) -> None:
    assert of(software=software).software == name


def test_screenshots_are_known_by_the_comment_phones_leave() -> None:
    assert of(comment=b"ASCII\x00\x00\x00Screenshot").screenshot
    assert facts_of({}, {}, "<exif:UserComment>Screenshot</exif:UserComment>").screenshot
    assert not of("Apple", "iPhone 15").screenshot
