"""What happens to a photo in the child process: from untrusted bytes to an upright, plain, small JPEG.

Runs under a memory limit and a clock (see `gateway.upload.decoder`); a decoder's bug costs this process, not the
gateway.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from typing import Any

import numpy as np
from PIL import Image, ImageCms, JpegImagePlugin

from bus.findings import Facts
from gateway.upload.exif import EXIF_IFD, ORIENTATION, facts_of
from gateway.upload.formats import ACCEPTED, is_cut_off, sniff
from gateway.upload.photo import Limits, Normalised, Rejected

QUALITY = 95
MIN_SIDE = 8
"""Pixels; a strip thinner than this shows nothing."""
BACKGROUND = (255, 255, 255)
"""What shows through where a picture is transparent."""


def normalise(data: bytes, limits: Limits) -> Normalised:
    """Turns an upload into a `Normalised`; the same bytes always give the same result.

    Raises Rejected with `empty_file`, `not_an_image`, `unsupported_format`, `too_many_pixels`, `too_small` or
    `corrupt_image`.
    """
    format = accepted_format(data)
    try:
        with _opened(data, format) as image:
            _check_size(image, limits)
            _check_still(image, format)
            return _normalised(image, format, limits)
    except Rejected:
        raise
    except MemoryError as error:
        raise Rejected("too_many_pixels", "decoding it takes more memory than one photo may have") from error
    except Exception as error:  # whatever a decoder says about bytes it cannot read: they are to blame, not we
        reason = "it ends too early" if "truncated" in str(error) else f"a {format} decoder gave up on it"
        raise Rejected("corrupt_image", f"The file is damaged: {reason}.") from error


def accepted_format(data: bytes) -> str:
    """The format of `data` by its first bytes. Raises Rejected when it is none of `ACCEPTED`."""
    if not data:
        raise Rejected("empty_file", "The file has no content.")
    format = sniff(data[:4096])
    if format is None:
        raise Rejected("not_an_image", "The file does not begin like any image format.")
    if format not in ACCEPTED:
        raise Rejected("unsupported_format", f"This is {format}, whatever its name says.")
    return format


def warm_up() -> None:
    """Loads every codec and runs one photo through, so that the first upload does not pay for it."""
    sample = io.BytesIO()
    Image.new("RGB", (64, 64), (90, 120, 150)).save(sample, "JPEG")
    normalise(sample.getvalue(), Limits())


def _opened(data: bytes, format: str) -> Image.Image:
    if format in ("heic", "heif", "avif") and is_cut_off(data):
        raise Rejected("corrupt_image", "The file is damaged: it ends too early.")
    if format in ("heic", "heif"):
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # `_check_size` is stricter, and says it in our words
    plugin = {"heic": "HEIF"}.get(format, format.upper())
    return Image.open(io.BytesIO(data), formats=[plugin])


def _check_size(image: Image.Image, limits: Limits) -> None:
    """Looks at the header only: nothing has been decoded yet."""
    width, height = image.size
    if width * height > limits.pixels:
        allowed = f"{limits.pixels / 1e6:g} million are allowed"
        raise Rejected(
            "too_many_pixels", f"The photo is {width}×{height}, {width * height / 1e6:.0f} million; {allowed}."
        )
    scale = min(1.0, limits.side / max(width, height))
    if min(width, height) * scale < MIN_SIDE:
        raise Rejected("too_small", f"The photo is {width}×{height} pixels: there is nothing to see.")


def _check_still(image: Image.Image, format: str) -> None:
    """HEIC, TIFF and multi-picture JPEG hold several stills: the first is the photo. The others hold animations."""
    if format in ("gif", "png", "webp", "avif") and getattr(image, "n_frames", 1) > 1:
        raise Rejected("unsupported_format", f"This is an animated {format}; a still picture is wanted.")


def _normalised(image: Image.Image, format: str, limits: Limits) -> Normalised:
    width, height = image.size
    facts = _facts(image, format)
    image.draft(None, (limits.side, limits.side))  # JPEG only: decodes at a half, quarter or eighth where that suffices
    image.load()
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)  # after `load`: TIFF and HEIF turn themselves, and then say so
    small = _shrunk(_eight_bit(image), limits.side)
    upright = _turned(_plain_rgb(small, profile), orientation)
    if orientation >= 5:
        width, height = height, width
    data = _encoded(upright)
    facts = facts.model_copy(update={"original_width": width, "original_height": height})
    return Normalised(data, hashlib.sha256(data).hexdigest(), *upright.size, facts)


def _facts(image: Image.Image, format: str) -> Facts:
    tags: dict[int, Any] = {}
    exif: dict[int, Any] = {}
    with contextlib.suppress(Exception):  # broken metadata is no reason to refuse a photo
        directory = image.getexif()
        tags = {tag: directory.get(tag) for tag in directory}
        exif = dict(directory.get_ifd(EXIF_IFD))
    facts = facts_of(tags, exif, _notes(image))
    return facts.model_copy(update={"format": format, "jpeg_quality": _jpeg_quality(image)})


def _notes(image: Image.Image) -> str:
    """The textual metadata besides EXIF: PNG text and XMP. Only searched for words of closed lists."""
    wanted = ("Software", "Description", "Comment", "Title", "Creation Software", "XML:com.adobe.xmp", "xmp")
    values = (image.info.get(key, "") for key in wanted)
    texts = (value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value) for value in values)
    return " ".join(text[:20_000] for text in texts)


def _jpeg_quality(image: Image.Image) -> int | None:
    """The IJG quality whose luminance table is nearest to the file's (the inverse of libjpeg's `jpeg_set_quality`)."""
    tables = getattr(image, "quantization", None)
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or not tables:
        return None
    total = int(sum(tables[min(tables)]))
    percent = 100 * total / _STANDARD_LUMINANCE
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return max(1, min(100, round(quality)))


_STANDARD_LUMINANCE = 3688
"""The sum of table K.1 of ITU-T T.81, the quantisation at quality 50."""


def _orientation(image: Image.Image) -> int:
    with contextlib.suppress(Exception):  # as above
        value = image.getexif().get(ORIENTATION, 1)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1
    return 1


_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Exif orientation → what undoes it."""


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Modes deeper than eight bits, scaled so that the tones stay what they are; all others as they are."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode not in ("I", "F"):
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    top = float(values.max(initial=0))
    white = next((level for level in (1.0, 255.0, 65535.0) if top <= level), top)
    if image.mode == "I" and top > 255:
        white = max(white, 65535.0)
    return Image.fromarray((values.clip(0, white) * (255 / white)).astype(np.uint8))


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    factor = side / max(image.size)
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("P", "PA"):  # palette indices cannot be averaged
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if factor >= 1:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _plain_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Opaque sRGB. A profile that cannot be used is treated as absent."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        alpha = layer.getchannel("A")
        plain = Image.new("RGB", layer.size, BACKGROUND)
        plain.paste(_srgb(layer.convert("RGB"), profile), mask=alpha)
        return plain
    return _srgb(image, profile)


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return _transformed(image, ImageCms.ImageCmsProfile(lab)) or image.convert("L").convert("RGB")
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source) or image.mode != "RGB":
                return _transformed(image, source) or image.convert("RGB")
    return image.convert("RGB")


def _transformed(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image | None:
    """`image` from its colour space to sRGB; ImageCms.PyCMSError when the profile is not for its mode."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    return ImageCms.profileToProfile(image, source, srgb, renderingIntent=intent, outputMode="RGB", flags=flags)


def _encoded(image: Image.Image) -> bytes:
    image.info = {}  # Pillow would carry a comment over
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, subsampling="4:4:4")
    return out.getvalue()
