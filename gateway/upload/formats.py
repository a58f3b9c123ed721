"""What a file is, by its first bytes. Names and content types are never believed. Pure."""

from __future__ import annotations

ACCEPTED = ("jpeg", "png", "webp", "gif", "bmp", "tiff", "heic", "heif", "avif")

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (8, b"CR\x02\x00", "camera raw"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"IIRO", "camera raw"),
    (0, b"IIU\x00", "camera raw"),
    (0, b"FUJIFILMCCD-RAW", "camera raw"),
    (0, b"%PDF", "pdf"),
    (0, b"%!PS", "postscript"),
    (0, b"8BPS", "photoshop"),
    (0, b"\xff\x0a", "jpeg xl"),
    (0, b"\x00\x00\x00\x0cJXL ", "jpeg xl"),
    (0, b"\x00\x00\x00\x0cjP  ", "jpeg 2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg 2000"),
    (0, b"\x00\x00\x01\x00", "icon"),
    (0, b"\x1aE\xdf\xa3", "video"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"\x1f\x8b", "gzip"),
)
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "heic"),
    **dict.fromkeys((b"mif1", b"mif2", b"msf1", b"mif3"), "heif"),
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    b"crx ": "camera raw",
}

_BITMAP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
"""Sizes of the headers that follow `BM`: two letters alone would take any text for a bitmap."""


def sniff(head: bytes) -> str | None:
    """The format that `head`, the first kilobyte or more of a file, begins; None when it is nothing known.

    The answer may be one that is not accepted (`svg`, `pdf`, `video`, …): compare it with `ACCEPTED`.
    """
    for offset, magic, name in _MAGIC:
        if head.startswith(magic, offset):
            return name
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "bmp"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"AVI ": "video"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    return _markup(head)


def _iso_media(head: bytes) -> str:
    """HEIC, AVIF and MP4 are all ISO base media files: the brands tell. The more specific brand wins over `mif1`."""
    size = min(int.from_bytes(head[:4], "big"), len(head), 256)
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, size - 3, 4))]
    names = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    if names and names[0] == "heif":
        return next((name for name in names if name != "heif"), "heif")
    return names[0] if names else "video"


def is_cut_off(data: bytes) -> bool:
    """Whether an ISO base media file (HEIC, AVIF) ends within one of its top-level boxes (ISO/IEC 14496-12 §4.2).

    Decoders fill what is missing with grey and say nothing.
    """
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:  # the last box, as long as the file
            return False
        if size < 8 or at + size > len(data):
            return True
        at += size
    return False


def _markup(head: bytes) -> str | None:
    start = head[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if not start.startswith(b"<"):
        return None
    return "svg" if b"<svg" in start else "html" if b"<html" in start or b"<!doctype html" in start else "xml"
