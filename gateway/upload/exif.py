"""Harmless facts from a file's own metadata, and nothing else: every word that leaves here is from a closed list.

Positions are never looked at: the GPS directory is not opened. Tag numbers are those of Exif 3.0 (CIPA DC-008).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bus.findings import Facts

MAKE, MODEL, ORIENTATION, SOFTWARE, CHANGED = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
EXIF_IFD = 0x8769
TAKEN, DIGITIZED, FLASH, COMMENT, FILE_SOURCE, LENS = 0x9003, 0x9004, 0x9209, 0x9286, 0xA300, 0xA434

Camera = Literal["phone", "camera", "webcam", "scanner", "drone", "action"]
TimeOfDay = Literal["night", "dawn", "morning", "noon", "afternoon", "evening"]
Tags = Mapping[int, Any]

_MAKERS: tuple[tuple[str, str, Camera | None], ...] = (
    # how the maker writes itself (lower case, start of a word), the name we use, what it usually builds
    ("apple", "Apple", "phone"),
    ("samsung", "Samsung", "phone"),
    ("google", "Google", "phone"),
    ("xiaomi", "Xiaomi", "phone"),
    ("redmi", "Xiaomi", "phone"),
    ("poco", "Xiaomi", "phone"),
    ("huawei", "Huawei", "phone"),
    ("honor", "Honor", "phone"),
    ("oneplus", "OnePlus", "phone"),
    ("oppo", "Oppo", "phone"),
    ("vivo", "Vivo", "phone"),
    ("realme", "Realme", "phone"),
    ("motorola", "Motorola", "phone"),
    ("nokia", "Nokia", "phone"),
    ("hmd global", "Nokia", "phone"),
    ("htc", "HTC", "phone"),
    ("lg", "LG", "phone"),
    ("lge", "LG", "phone"),
    ("nothing", "Nothing", "phone"),
    ("fairphone", "Fairphone", "phone"),
    ("asus", "Asus", "phone"),
    ("zte", "ZTE", "phone"),
    ("blackberry", "BlackBerry", "phone"),
    ("canon", "Canon", "camera"),
    ("nikon", "Nikon", "camera"),
    ("sony ericsson", "Sony Ericsson", "phone"),
    ("sony", "Sony", "camera"),
    ("fujifilm", "Fujifilm", "camera"),
    ("fuji photo film", "Fujifilm", "camera"),
    ("panasonic", "Panasonic", "camera"),
    ("olympus", "Olympus", "camera"),
    ("om digital", "OM System", "camera"),
    ("pentax", "Pentax", "camera"),
    ("ricoh", "Ricoh", "camera"),
    ("leica", "Leica", "camera"),
    ("hasselblad", "Hasselblad", "camera"),
    ("sigma", "Sigma", "camera"),
    ("eastman kodak", "Kodak", "camera"),
    ("kodak", "Kodak", "camera"),
    ("casio", "Casio", "camera"),
    ("minolta", "Minolta", "camera"),
    ("konica", "Konica Minolta", "camera"),
    ("polaroid", "Polaroid", "camera"),
    ("dji", "DJI", "drone"),
    ("parrot", "Parrot", "drone"),
    ("autel", "Autel", "drone"),
    ("skydio", "Skydio", "drone"),
    ("gopro", "GoPro", "action"),
    ("insta360", "Insta360", "action"),
    ("logitech", "Logitech", "webcam"),
    ("epson", "Epson", "scanner"),
    ("seiko epson", "Epson", "scanner"),
    ("brother", "Brother", "scanner"),
    ("plustek", "Plustek", "scanner"),
    ("hewlett-packard", "HP", None),
    ("hp", "HP", None),
    ("microsoft", "Microsoft", None),
)
_MODELS: tuple[tuple[str, Camera], ...] = (
    # models that are not what their maker usually builds
    (r"iphone|ipod|ipad|pixel|galaxy|lumia|xperia|\b(sm|gt|sgh)-", "phone"),
    (r"\b(xq-|so-\d|e\d{4}\b|d\d{4}\b|f\d{4}\b|g\d{4}\b|h\d{4}\b)", "phone"),
    (r"facetime|webcam|brio|lifecam|\bc9\d\d\b", "webcam"),
    (r"osmo|pocket|action\b|hero ?\d", "action"),
    (r"scan|perfection", "scanner"),
    (r"digimax|\bnx\d|\bdigilux", "camera"),
)
_SOFTWARE = {
    **{"photoshop lightroom": "Lightroom", "lightroom": "Lightroom", "photoshop express": "Photoshop Express"},
    **{"photoshop": "Photoshop", "snapseed": "Snapseed", "vsco": "VSCO", "instagram": "Instagram"},
    **{"facetune": "Facetune", "faceapp": "FaceApp", "picsart": "Picsart", "gimp": "GIMP", "canva": "Canva"},
    **{"pixelmator": "Pixelmator", "affinity": "Affinity Photo", "capture one": "Capture One"},
    **{"darktable": "darktable", "rawtherapee": "RawTherapee", "picasa": "Picasa", "meitu": "Meitu"},
    **{"beautyplus": "BeautyPlus", "snapchat": "Snapchat", "whatsapp": "WhatsApp", "polarr": "Polarr"},
    **{"luminar": "Luminar", "dxo": "DxO PhotoLab", "paint.net": "Paint.NET", "photos for mac": "Apple Photos"},
    **{"microsoft windows photo": "Windows Photos", "b612": "B612", "prisma": "Prisma", "remini": "Remini"},
}
_SCREENSHOT = re.compile(r"screen ?shot|screen ?capture|spectacle|flameshot|greenshot|snipping", re.IGNORECASE)


def facts_of(tags: Tags, exif: Tags, notes: str = "") -> Facts:
    """What may be said of a photo, from its main tags, its Exif directory and its other embedded text.

    Total: values of any type, or none at all, give a `Facts` with less in it. Format, sizes and JPEG quality are
    not here; the decoder knows them.
    """
    make, model, software = _text(tags, MAKE), _text(tags, MODEL), _text(tags, SOFTWARE)
    taken = _taken(tags, exif, trust_changed=bool(make) and _software(software) is None)
    flash = exif.get(FLASH)
    return Facts(
        taken_hour=taken.hour if taken else None,
        taken_year=taken.year if taken else None,
        time_of_day=time_of_day(taken.hour) if taken else None,
        camera=_camera(make, model, exif.get(FILE_SOURCE)),
        maker=next((name for _, name, _ in _matching_makers(make)), None),
        lens_side=_lens_side(_text(exif, LENS)),
        flash=bool(flash & 1) if isinstance(flash, int) else None,
        software=_software(software) or _software(notes),
        screenshot=bool(_SCREENSHOT.search(f"{_text(exif, COMMENT)} {software} {notes}")),
    )


def time_of_day(hour: int) -> TimeOfDay:
    """The part of the day that the local `hour` (0..23) belongs to."""
    parts: tuple[tuple[int, TimeOfDay], ...] = (
        (5, "night"), (7, "dawn"), (11, "morning"), (14, "noon"), (18, "afternoon"), (22, "evening"),
    )  # fmt: skip
    return next((name for until, name in parts if hour < until), "night")


def _text(tags: Tags, tag: int) -> str:
    value = tags.get(tag, "")
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore")
    return value.replace("\x00", " ").strip()[:200] if isinstance(value, str) else ""


def _taken(tags: Tags, exif: Tags, trust_changed: bool) -> datetime | None:
    candidates = [_text(exif, TAKEN), _text(exif, DIGITIZED)]
    if trust_changed:  # a camera that fills in only this one; an editor puts the time of saving there
        candidates.append(_text(tags, CHANGED))
    for text in candidates:
        try:
            taken = datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")
        except ValueError:
            continue
        if 1970 < taken.year < 2100:
            return taken
    return None


def _matching_makers(make: str) -> list[tuple[str, str, Camera | None]]:
    return [row for row in _MAKERS if re.match(rf"{re.escape(row[0])}\b", make.lower())]


def _camera(make: str, model: str, source: object) -> Camera | None:
    makers = _matching_makers(make)
    if source in (b"\x01", b"\x02", 1, 2):  # film scanner, print scanner
        return "scanner"
    for pattern, kind in _MODELS:
        if (makers or not make) and re.search(pattern, model.lower()):
            return kind
    return makers[0][2] if makers else None


def _lens_side(lens: str) -> Literal["front", "back"] | None:
    lens = lens.lower()
    return "front" if re.search(r"front|truedepth|selfie", lens) else "back" if re.search(r"back|rear", lens) else None


def _software(text: str) -> str | None:
    text = text.lower()
    return next((name for sign, name in _SOFTWARE.items() if sign in text), None)
