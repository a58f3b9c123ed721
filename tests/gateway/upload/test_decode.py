"""From untrusted bytes to an upright, plain JPEG."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.upload.decode import BACKGROUND, Limits, Normalised, Rejected, _opened, normalise

LIMITS = Limits()


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def pixels(photo: Normalised) -> np.ndarray:
    with Image.open(io.BytesIO(photo.data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def scene(width: int = 96, height: int = 64) -> Image.Image:
    """A gradient with a red block at the top left: every turn and every colour mistake shows."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 90)], axis=-1).astype(np.uint8)
    rgb[: height // 3, : width // 3] = (230, 20, 20)
    return Image.fromarray(rgb)


def refusal(data: bytes, limits: Limits = LIMITS) -> Rejected:
    with pytest.raises(Rejected) as caught:
        normalise(data, limits)
    return caught.value


def outcome(data: bytes) -> str:
    try:
        normalise(data, LIMITS)
    except Rejected as rejected:
        return rejected.code
    return "ok"


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


def test_all_eight_orientations_come_out_as_the_same_upright_picture(photos: Path) -> None:
    seen = [normalise((photos / f"orientation/portrait_{n}.jpg").read_bytes(), LIMITS) for n in range(1, 9)]
    assert {(photo.width, photo.height) for photo in seen} == {(450, 600)}
    first = pixels(seen[0])
    for photo in seen[1:]:
        away = np.abs(pixels(photo) - first).max(axis=-1)
        assert np.median(away) <= 8  # the same, re-encoded
        assert (away > 60).mean() < 0.12  # but for the number that is drawn on each


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_puts_the_red_block_where_exif_says(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = normalise(encoded(scene(), "JPEG", exif=exif, quality=95), LIMITS)
    corners = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    red, green, _ = pixels(photo)[corners[orientation]]
    assert red > 180
    assert green < 80
    assert (photo.width, photo.height) == ((96, 64) if orientation < 5 else (64, 96))
    assert (photo.facts.original_width, photo.facts.original_height) == (photo.width, photo.height)


@pytest.mark.parametrize(
    ("format", "name"),
    [
        ("JPEG", "jpeg"),
        ("PNG", "png"),
        ("WEBP", "webp"),
        ("GIF", "gif"),
        ("BMP", "bmp"),
        ("TIFF", "tiff"),
        ("AVIF", "avif"),
    ],
)
def test_every_accepted_format_shows_the_same_scene(format: str, name: str) -> None:
    photo = normalise(encoded(scene(), format), LIMITS)
    assert photo.facts.format == name
    assert np.abs(pixels(photo) - np.asarray(scene()).astype(int)).mean() < 8


def test_heic_from_a_phone_works(photos: Path) -> None:
    photo = normalise((photos / "exif/iphone.heic").read_bytes(), LIMITS)
    assert max(photo.width, photo.height) == LIMITS.side
    assert photo.facts.format == "heic"
    assert photo.facts.maker == "Apple"
    assert pixels(photo).std() > 20


def test_heif_works(photos: Path) -> None:
    assert normalise((photos / "exif/tiny.heif").read_bytes(), LIMITS).width == 640


@pytest.mark.parametrize("name", ["people/two_people.jpg", "coffee.png", "exif/gps.jpg", "exif/iphone.heic"])
def test_the_same_bytes_give_the_same_photo(photos: Path, name: str) -> None:
    data = (photos / name).read_bytes()
    assert normalise(data, LIMITS) == normalise(data, LIMITS)


@pytest.mark.parametrize(
    "name", ["exif/gps.jpg", "exif/gps_ifd.jpg", "exif/iphone.heic", "people/portrait_official.jpg"]
)
def test_nothing_of_the_metadata_is_left(photos: Path, name: str) -> None:
    original = (photos / name).read_bytes()
    with Image.open(io.BytesIO(normalise(original, LIMITS).data)) as image:
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_positions_are_in_the_original_and_nowhere_in_the_facts(photos: Path) -> None:
    data = (photos / "exif/gps.jpg").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif().get_ifd(0x8825)
    assert "gps" not in normalise(data, LIMITS).facts.model_dump_json().lower()


def test_a_comment_does_not_survive() -> None:
    data = encoded(scene(), "JPEG", comment=b"call me at home")
    assert b"call me" in data
    assert b"call me" not in normalise(data, LIMITS).data


def test_exif_that_trips_parsers_does_not_cost_the_photo(photos: Path) -> None:
    photo = normalise((photos / "broken/zero_length_string.jpg").read_bytes(), LIMITS)
    assert (photo.facts.original_width, photo.facts.original_height) == (4032, 2012)


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_as_exif_do_not_cost_the_photo(exif: bytes) -> None:
    assert normalise(encoded(scene(), "JPEG", exif=b"Exif\x00\x00" + exif), LIMITS).width in (96, 64)


@given(st.integers(20, 2000), st.integers(0, 255))
def test_a_damaged_file_is_refused_or_decoded_but_never_anything_else(at: int, byte: int) -> None:
    data = bytearray(encoded(scene(), "PNG"))
    data[at % len(data)] = byte
    code = outcome(bytes(data))
    assert code in {"ok", "corrupt_image", "unsupported_format", "too_many_pixels", "too_small", "not_an_image"}


def test_cmyk_becomes_rgb_with_its_colours() -> None:
    photo = normalise(encoded(scene().convert("CMYK"), "JPEG", quality=95), LIMITS)
    assert np.abs(pixels(photo) - np.asarray(scene()).astype(int)).mean() < 10


def test_sixteen_bits_become_eight_with_the_same_tones() -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (32, 1))
    photo = normalise(encoded(Image.fromarray(ramp), "PNG"), LIMITS)
    assert np.abs(pixels(photo)[16, :, 0] - np.arange(256)).max() <= 3


def test_float_pixels_become_eight_bits() -> None:
    ramp = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (32, 1))
    photo = normalise(encoded(Image.fromarray(ramp), "TIFF"), LIMITS)
    assert np.abs(pixels(photo)[16, :, 0] - np.arange(256)).max() <= 4


def test_a_transparent_palette_lies_on_a_plain_background() -> None:
    image = Image.new("P", (64, 64), 0)
    image.putpalette([0, 0, 0, 200, 30, 30])
    image.paste(1, (16, 16, 48, 48))
    photo = normalise(encoded(image, "PNG", transparency=0), LIMITS)
    assert tuple(pixels(photo)[2, 2]) == BACKGROUND
    assert pixels(photo)[32, 32, 0] > 180


def test_half_transparent_pixels_blend_with_the_background() -> None:
    photo = normalise(encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 128)), "PNG"), LIMITS)
    assert np.abs(pixels(photo) - 127).max() <= 2


def test_colours_of_a_wider_space_are_brought_to_srgb(photos: Path) -> None:
    with _opened((photos / "exif/iphone.heic").read_bytes(), "heic") as phone:
        display_p3 = phone.info["icc_profile"]
    image = Image.new("RGB", (64, 64), (200, 60, 40))
    red, green, blue = pixels(normalise(encoded(image, "PNG", icc_profile=display_p3), LIMITS))[32, 32]
    assert red >= 208  # the red of Display P3 is deeper than sRGB's: the same colour has larger numbers there
    assert green <= 52
    assert blue <= 35


def test_a_broken_profile_is_ignored() -> None:
    photo = normalise(encoded(scene(), "PNG", icc_profile=b"no profile at all" * 20), LIMITS)
    assert photo.data == normalise(encoded(scene(), "PNG"), LIMITS).data


def test_large_photos_are_scaled_down_and_small_ones_left_alone() -> None:
    assert normalise(encoded(scene(3000, 1500), "JPEG"), LIMITS).width == 2048
    assert normalise(encoded(scene(3000, 1500), "JPEG"), LIMITS).height == 1024
    assert normalise(encoded(scene(), "JPEG"), LIMITS).width == 96


def test_the_name_and_content_type_play_no_part() -> None:
    assert normalise(encoded(scene(), "PNG"), LIMITS).facts.format == "png"  # there is no name to believe


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "empty_file", "no content"),
        (b"hello, I am a photo", "not_an_image", "begin"),
        (b"BM what a long text it is, with no bitmap", "not_an_image", "begin"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_format", "svg"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg/>", "unsupported_format", "svg"),
        (b"%PDF-1.7\n", "unsupported_format", "pdf"),
        (b"<!DOCTYPE html><html></html>", "unsupported_format", "html"),
        (b"8BPS\x00\x01", "unsupported_format", "photoshop"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", "unsupported_format", "video"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "unsupported_format", "camera raw"),
        (b"\xff\xd8\xff\xe0 and then nothing", "corrupt_image", "damaged"),
    ],
)
def test_what_is_no_photo_is_refused_by_name(data: bytes, code: str, word: str) -> None:
    rejected = refusal(data)
    assert rejected.code == code
    assert word in rejected.detail


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animations_are_refused_kindly(format: str) -> None:
    frames = [scene(), scene().rotate(180), scene().rotate(90)]
    rejected = refusal(encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100))
    assert rejected.code == "unsupported_format"
    assert "animated" in rejected.detail


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_truncated_photo_is_refused_as_damaged(format: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8))
    data = encoded(noise, format)
    assert refusal(data[: int(len(data) * share)]).code == "corrupt_image"


def test_a_truncated_heic_is_refused_as_damaged(photos: Path) -> None:
    data = (photos / "exif/iphone.heic").read_bytes()
    assert refusal(data[: len(data) // 2]).code == "corrupt_image"


def test_a_small_file_of_two_hundred_megapixels_is_refused_by_its_header() -> None:
    bomb = png_header(20_000, 10_000)
    assert len(bomb) < 1000
    rejected = refusal(bomb)
    assert rejected.code == "too_many_pixels"
    assert "200 million" in rejected.detail


def test_a_strip_with_nothing_to_see_is_refused() -> None:
    assert refusal(encoded(Image.new("RGB", (500, 2)), "PNG")).code == "too_small"


def test_a_refusal_crosses_processes_unharmed() -> None:
    import pickle

    copy = pickle.loads(pickle.dumps(refusal(b"")))
    assert (copy.code, copy.detail) == ("empty_file", "The file has no content.")


@pytest.mark.parametrize("quality", [20, 50, 75, 90, 95])
def test_jpeg_quality_is_read_off_the_quantisation_tables(quality: int) -> None:
    measured = normalise(encoded(scene(), "JPEG", quality=quality), LIMITS).facts.jpeg_quality
    assert measured is not None
    assert abs(measured - quality) <= 1
