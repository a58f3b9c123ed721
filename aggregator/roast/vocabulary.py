"""The closed vocabularies from which cues fill their slots: nothing else that a file claims gets into a joke."""

from __future__ import annotations

from collections.abc import Mapping


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


COLORS = words(
    "black white gray silver charcoal beige cream ivory tan brown maroon red crimson scarlet pink rose salmon coral "
    "orange peach apricot amber gold yellow mustard khaki olive lime green mint teal turquoise cyan aqua blue navy "
    "azure indigo violet purple lavender lilac magenta plum burgundy rust terracotta sand chocolate copper bronze "
    "slate grey ochre emerald sage forest denim sky cobalt mauve fuchsia wine brick taupe chestnut"
)
"""Words that make up colour names; a name such as 'dark blue' is a shade and one of these."""

SHADES = words(
    "dark light pale bright deep soft dusty muted vivid warm cool hot medium off dull royal steel burnt moss"
)

SKINLIKE = words(
    "beige tan taupe brown chestnut copper peach cream khaki sand terracotta bronze chocolate apricot rust ivory "
    "salmon ochre amber pink coral rose mauve"
)
"""Words of colours that skin may have: every tone of the Monk scale, in daylight or lamplight, pale or flushed."""

SOFTWARE = frozenset(
    {
        "photoshop", "adobe photoshop", "lightroom", "adobe lightroom", "photoshop express", "camera raw", "snapseed",
        "vsco", "facetune", "instagram", "snapchat", "tiktok", "whatsapp", "gimp", "picasa", "google photos",
        "apple photos", "photos", "canva", "picsart", "affinity photo", "capture one", "darktable", "rawtherapee",
        "luminar", "paint.net", "microsoft paint", "paint", "windows photo editor", "photo booth", "meitu",
        "beautyplus", "pixlr", "prisma", "acdsee", "iphoto", "aperture", "dxo photolab", "remini", "midjourney",
        "imagemagick", "paint shop pro", "paintshop pro", "irfanview", "photoscape", "polarr", "afterlight",
        "samsung gallery", "pixelmator", "digikam", "shotwell", "fotor", "lensa", "b612", "faceapp", "corel",
        "windows photos",
    }
)  # fmt: skip

FORMATS = frozenset({"heic", "heif", "avif", "webp", "tiff", "bmp", "gif"})
"""Formats worth a cue."""

GADGETS = {"webcam": "webcam", "scanner": "scanner", "drone": "drone", "action": "action camera"}

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


SPOKEN: Mapping[str, str] = {"tv": "television", "couch": "sofa", "donut": "doughnut"}
"""What an object's label is called in a sentence, where that is not the label itself."""


def spoken(label: str) -> str:
    """What an object or a place is called in a sentence."""
    return SPOKEN.get(label, label)


def with_article(label: str) -> str:
    """What an object or a place is called in a sentence, with its article."""
    word = spoken(label)
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def is_color(name: str) -> bool:
    """Whether `name` is a colour word, possibly after or before shades."""
    parts = name.lower().replace("-", " ").split()
    return 0 < len(parts) <= 3 and any(w in COLORS for w in parts) and all(w in COLORS | SHADES for w in parts)


def may_be_skin(name: str) -> bool:
    """Whether a colour of this name may be somebody's skin, in some light."""
    return name == "pale yellow" or not SKINLIKE.isdisjoint(name.replace("-", " ").split())


def counted(number: int) -> str:
    """`number` as it is said: words to twelve, then digits."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def percent(share: float) -> str:
    """A share of 0..1 as whole per cent, without the sign."""
    return str(round(100 * share))


def clock(hour: int) -> str:
    """An hour of 0..23 as it is said after a verb: 'at 3 in the morning'."""
    if hour == 0:
        return "at midnight"
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    return f"at {hour if hour <= 12 else hour - 12} {part}"
