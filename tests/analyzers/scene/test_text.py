"""Text: what is written in real and made pictures, and nothing where nothing is."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import rapidocr
from hypothesis import given
from hypothesis import strategies as st
from pictures import Make, Open

from analyzers.base import Photo, wiring
from analyzers.scene.text import (
    MOST_LINES,
    MOST_READING,
    Line,
    TextAnalyzer,
    affordable,
    clean,
    is_sure,
    keep,
)

QUAD = np.array([[0, 0], [80, 0], [80, 20], [0, 20]], np.float32)


@pytest.fixture(scope="module")
def analyzer() -> TextAnalyzer:
    return TextAnalyzer({})


def words(analyzer: TextAnalyzer, photo: Photo) -> list[str]:
    return [line.text for line in analyzer.analyze(photo).lines]


@pytest.mark.parametrize("number", range(1, 9))
def test_the_words_on_the_orientation_photos_are_read(analyzer: TextAnalyzer, open_photo: Open, number: int) -> None:
    assert {"top", "left", "right", "bottom"} <= set(words(analyzer, open_photo(f"orientation/portrait_{number}.jpg")))


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6, 8])  # the model does not see a lone 1 or 7 as text
def test_the_numbers_on_the_orientation_photos_are_read(analyzer: TextAnalyzer, open_photo: Open, number: int) -> None:
    assert str(number) in words(analyzer, open_photo(f"orientation/portrait_{number}.jpg"))


def test_no_number_is_invented(analyzer: TextAnalyzer, open_photo: Open) -> None:
    for number in (1, 7):
        digits = [word for word in words(analyzer, open_photo(f"orientation/portrait_{number}.jpg")) if word.isdigit()]
        assert set(digits) <= {str(number)}


def test_the_writing_on_the_bus_is_read_where_it_stands(analyzer: TextAnalyzer, open_photo: Open) -> None:
    lines = {line.text: line for line in analyzer.analyze(open_photo("people/bus.jpg")).lines}
    assert {"cero", "emisiones"} <= set(lines)
    (left, top), _, (right, bottom), _ = lines["cero"].quad
    assert 540 < left < right < 630
    assert 530 < top < bottom < 600


@pytest.mark.parametrize(
    "path",
    [
        "chelsea.png",
        "coffee.png",
        "people/zidane.jpg",
        "people/hopper.jpg",
        "people/portrait_official.jpg",
        "people/two_people.jpg",
        "exif/gps_ifd.jpg",
        "exif/iphone.heic",
        "broken/zero_length_string.jpg",
    ],
)
def test_photos_without_text_have_none(analyzer: TextAnalyzer, open_photo: Open, path: str) -> None:
    assert words(analyzer, open_photo(path)) == []


def test_odd_photos_have_no_text_and_do_no_harm(analyzer: TextAnalyzer, odd_photo: Photo) -> None:
    assert analyzer.analyze(odd_photo).lines == ()


def test_a_full_page_gives_a_dozen_lines_at_most_and_quads_in_the_photos_own_pixels(
    analyzer: TextAnalyzer, photo_of: Make
) -> None:
    page = np.full((1500, 2000, 3), 255, np.uint8)
    for row in range(20):
        cv2.putText(page, f"Paragraph {row * 37}", (60, 70 + row * 70), 0, 1.5, (0, 0, 0), 3)
    lines = analyzer.analyze(photo_of(page)).lines
    assert len(lines) == MOST_LINES
    assert all(line.text.startswith("Paragraph") for line in lines)
    assert max(y for line in lines for _, y in line.quad) > 700
    assert all(40 < line.quad[0][0] < 90 for line in lines)


def test_upside_down_text_is_read(analyzer: TextAnalyzer, photo_of: Make) -> None:
    sign = np.full((300, 900, 3), 255, np.uint8)
    cv2.putText(sign, "EMERGENCY EXIT", (60, 170), 0, 3, (0, 0, 0), 6)
    assert words(analyzer, photo_of(cv2.rotate(sign, cv2.ROTATE_180))) == ["EMERGENCY EXIT"]


def test_threads_may_share_the_analyzer(analyzer: TextAnalyzer, open_photo: Open) -> None:
    paths = [f"orientation/portrait_{number}.jpg" for number in (2, 3, 4)] + ["chelsea.png"]
    alone = [analyzer.analyze(open_photo(path)) for path in paths]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(analyzer.analyze, [open_photo(path) for path in paths])) == alone


def times_of(package: Path) -> dict[Path, int]:
    """When each file was changed; not of folders, in which Python may keep what it has compiled."""
    return {path: path.stat().st_mtime_ns for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_it_says_nothing_fetches_nothing_and_leaves_its_package_as_it_is(tmp_path: Path) -> None:
    """In a process of its own, in which opening any connection is an error."""
    package = Path(rapidocr.__file__).parent
    before = times_of(package)
    program = (
        "import socket, sys\n"
        "def refuse(*args, **more): sys.exit('opened a connection')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "import cv2, numpy as np\n"
        "from analyzers.base import Photo\n"
        "from analyzers.scene.text import TextAnalyzer\n"
        "page = np.full((200, 600, 3), 255, np.uint8)\n"
        "cv2.putText(page, 'QUIET PLEASE', (40, 120), 0, 2, (0, 0, 0), 4)\n"
        "found = TextAnalyzer({}).analyze(Photo(cv2.imencode('.png', page)[1].tobytes()))\n"
        "sys.exit(0 if [line.text for line in found.lines] == ['QUIET PLEASE'] else repr(found))\n"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": root}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert times_of(package) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "score"),
    [("8", 0.95), ("V", 0.95), ("0006", 0.75), ("***", 0.99), ("○香·:·", 0.9), ("", 1.0), ("  ", 1.0), ("cam", 0.4)],
)
def test_readings_that_are_probably_texture_are_not_believed(text: str, score: float) -> None:
    assert not is_sure(text, score)


@pytest.mark.parametrize(("text", "score"), [("8", 1.0), ("NASA", 0.9), ("cero emisiones", 0.85), ("出口です", 0.9)])
def test_clear_readings_are_believed(text: str, score: float) -> None:
    assert is_sure(text, score)


@given(st.text())
def test_cleaned_text_is_one_short_line_of_visible_signs(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= 200
    assert not any(unicodedata.category(sign).startswith("C") for sign in cleaned)
    assert cleaned == cleaned.strip()
    assert "\n" not in cleaned
    assert clean(cleaned) == cleaned


def test_hidden_directions_are_taken_out() -> None:
    assert clean("a\u202eb\u200bc\x07d\n e\ue000") == "abcd e"


@given(st.lists(st.builds(Line, st.text(max_size=300), st.floats(0, 1), st.just(QUAD)), max_size=40))
def test_what_is_kept_keeps_its_order_and_is_little(lines: list[Line]) -> None:
    kept = keep(lines)
    assert len(kept) <= MOST_LINES
    believed = [clean(line.text) for line in lines if is_sure(clean(line.text), line.score)]
    assert [line.text for line in kept] == believed[:MOST_LINES]


def test_quads_go_back_to_the_pixels_of_the_photo() -> None:
    (line,) = keep([Line("HELLO", 1.0, QUAD)], factor=0.5)
    assert line.quad == ((0, 0), (160, 0), (160, 40), (0, 40))


@given(st.lists(st.tuples(st.integers(8, 400), st.integers(8, 1280)), max_size=60))
def test_reading_is_bounded_and_spent_on_the_largest(sizes: list[tuple[int, int]]) -> None:
    quads = [np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32) for h, w in sizes]
    chosen = affordable(quads)
    heights = [min(quad[2]) for quad in chosen]
    assert sum(max(quad[2]) / min(quad[2]) for quad in chosen) <= MOST_READING
    assert heights == sorted(heights, reverse=True)
    assert bool(chosen) == bool(quads)


def test_it_names_its_model_and_waits_for_nothing(analyzer: TextAnalyzer) -> None:
    assert analyzer.model.startswith("PP-OCR")
    assert wiring(TextAnalyzer).name == "text"
    assert wiring(TextAnalyzer).needs == ()
