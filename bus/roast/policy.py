"""The material policy, in one file: what may become a cue, and what may be said.

Roast what somebody chose (the photograph, the pose, the framing), never what they were born with. Race, skin,
gender and attractiveness have no kind of cue here, so nothing downstream can name them. Age and body have kinds
only if an operator turns them on. An estimated age under `GENTLE_AGE`, or one that may be a minor's, leaves nothing
but the photograph to roast.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel

from bus.events import Feature
from bus.findings import Frozen
from bus.roast.events import Cue

Matter = Literal["photograph", "person", "age", "body"]
"""What a kind of cue is about: the picture, what somebody in it does or where they stand, or what needs a setting."""

GENTLE_AGE = 25
"""Estimated years below which only the photograph is roasted: a wide margin for estimators that miss 18 by years."""

ADULT_AGE = 18
"""Years below which no interval of an estimate may reach, or the person may be a minor."""

QUOTE_LENGTH = 40
"""Most characters of a text in the photo that may be quoted."""


class Policy(Frozen):
    """What the operator allows beyond the default (`HECKLER_AGE_JOKES`, `HECKLER_BODY_JOKES`)."""

    age_jokes: bool = False
    body_jokes: bool = False


PHOTOGRAPH: Mapping[str, tuple[str, ...]] = {
    # the file
    "night": ("when",), "early": ("when",), "edited": ("software",), "screenshot": (), "old_camera": ("year",),
    "dated": ("year",), "flash": (), "crushed": ("level",), "gadget": ("gadget",), "proper_camera": (),
    "no_record": (), "clocked": ("when",), "colossal": ("megapixels",), "exotic_format": ("format",),
    # who is not there, what is written
    "nobody": (), "writing": ("quote",), "number": ("quote",), "wordy": ("count",),
    # the pixels
    "blurred": (), "shaken": (), "soft": (), "crisp": (), "noisy": (), "blocky": (), "low_resolution": (),
    "thumbnail": ("width", "height"), "borders": ("sides",), "poor_quality": (),
    "filter_monochrome": (), "filter_sepia": (), "filter_oversaturated": (), "filter_faded": (),
    "filter_vignette": (), "filter_oversharpened": (), "filter_hdr": (),
    # the light
    "pitch_dark": (), "white_out": (), "underexposed": (), "overexposed": (), "flat_light": (),
    "blown": ("percent",), "swallowed": ("percent",), "cast": ("cast",), "side_light": ("side",), "top_light": (),
    "underlit": (), "backlit": (), "low_key": (), "high_key": (),
    # the colours
    "dominant": ("color", "percent"), "accent": ("color", "base"), "two_tone": ("color", "other"),
    "clashing": ("color", "other"), "complementary": ("color", "other"), "one_color": ("color",), "drab": (),
    "loud": (), "mood_gloomy": (), "mood_warm": (), "mood_cold": (), "mood_pastel": (), "mood_muted": (),
    "mood_calm": (), "mood_vivid": (),
    "corner_color": ("color", "where"),
    # the frame
    "tilted": ("degrees", "way"), "dead_center": (), "too_empty": ("percent",), "busy": (), "symmetric": (),
    "tiny_subject": (), "panorama": (), "square": (), "upright": (), "sliver": (), "textbook": (),
    "wallflower": ("side",),
    "level": (),
    "stark": (),
    # the props
    "pet_star": ("animal",), "pet": ("animal",), "wildlife": ("animal",), "cup": (), "vehicle": ("thing",),
    "seat": ("thing",), "food": ("thing",), "toilet": (), "teddy": (), "plant": (), "umbrella": (), "book": (),
    "screen": ("thing",),
    # two findings that do not go together
    "gear_blur": (), "warm_gloom": (), "centered_tilt": ("degrees",), "rich_nothing": ("percent",),
    "edited_anyway": ("software", "flaw"), "flash_dark": (), "night_bright": ("when",), "noon_dark": (),
    "selfie_nobody": (), "upright_nobody": (), "vivid_flat": (), "filter_ruin": ("filter", "flaw"),
    "words_nobody": ("quote",), "competent": (), "gray_gray": (), "fake_antique": ("year",),
    "cheerful_dark": ("color",), "level_noise": (), "empty_color": ("color",), "tiny_file_big_words": ("quote",),
    # the place
    "bathroom": (), "gym": (), "car_cabin": (), "bedroom": (), "office": (), "kitchen": (), "street": (), "stage": (),
    "setting": ("place",), "nowhere": ("place",), "indoor_umbrella": (),
    # what is behind, and from how high one looks
    "messy_background": (), "plain_background": (), "bokeh": (), "distraction": ("thing",), "bright_spot": (),
    "high_angle": (), "low_angle": (),
    # what a jury would say
    "jury_low": ("mark",), "jury_high": ("mark",), "jury_split": (), "jury_shrug": ("mark",),
    "jury_fooled": ("mark", "flaw"), "jury_competent": ("mark",),
}  # fmt: skip
"""Kinds of cue about the photograph, with the slots that each fills. Nothing else may become a cue of that matter."""

PERSON: Mapping[str, tuple[str, ...]] = {
    "front_camera": (), "solo": (), "pair": (), "crowd": ("count",), "cut_off": ("side",), "passer_by": ("side",),
    "face_tiny": (), "face_huge": ("percent",), "soft_face": (), "size_gap": (), "doubtful_face": (),
    "edge_face": ("side",), "apart": (), "huddle": (), "head_tilt": ("degrees", "way"), "headroom": ("percent",),
    "head_cropped": ("side",), "selfie_cut": ("side",), "room_cut": ("side",), "missed_light": ("side",),
    "two_leaning": (),
    "tight_top": (),
    "even_pair": (), "text_over_face": ("quote",), "sharp_background": (),
    "tie": (), "ties": ("count",), "phone": (), "drink": ("thing",), "outnumbered": ("count",),
    "upstaged": ("thing",), "gathering": ("count",), "backs": (),
    # what faces do
    "smile": (), "big_smile": (), "frown": (), "duck_face": (), "kiss": (), "wink": (), "eyes_closed": (), "squint": (),
    "wide_eyes": (), "mouth_open": (), "tongue_out": (), "brows_raised": (), "brow_furrowed": (), "cheeks_puffed": (),
    "sneer": (), "deadpan": (), "same_look": ("count", "look"), "not_smiling": (), "only_smile": (),
    "looking_away": ("way",), "looks_elsewhere": (), "all_elsewhere": (), "middle": (),
    # what they seem to feel
    "feels_happy": (), "feels_sad": (), "feels_angry": (), "feels_afraid": (), "feels_disgusted": (),
    "feels_contempt": (), "feels_surprised": (), "mixed_feelings": ("feeling", "other"),
    "of_one_mind": ("count", "feeling"),
    # what hands and bodies do
    "victory": (), "thumb_up": (), "thumb_down": (), "pointing": (), "fist": (), "open_palm": (), "love_sign": (),
    "same_gesture": ("gesture",), "arms_crossed": (), "hands_on_hips": (), "slouching": (), "leaning": ("way",),
    "arms_raised": (), "hand_on_face": (), "hands_behind_head": (), "arm_raised": (), "legs_crossed": (),
    "turned_away": (), "lying": (), "kneeling": (), "walking": (), "same_posture": ("posture",),
    # which kind of picture they wanted
    "selfie": (), "mirror_selfie": ("place",), "arm_reach": (), "posed": (), "candid": (), "studio_look": (),
    "from_head": ("thing",), "background_wins": (),
    # what they put on
    "outfit_clash": ("color", "other"), "outfit_match": ("color", "other"), "one_color_outfit": ("color",),
    "stripes_checks": (), "striped": (), "checked": (), "camouflage": ("color",), "formal": (), "twins": ("color",),
    # two findings about them that do not go together
    "formal_place": ("place",), "casual_place": ("place",), "smile_doubt": ("feeling",), "grim_party": ("thing",),
    "happy_gloom": ("mood",), "sad_colors": ("mood",), "crossed_smile": (), "peace_anger": (),
    "thumbs_flaw": ("flaw",),
}  # fmt: skip
"""Kinds of cue about somebody's chosen place, pose or framing, with their slots: dropped in gentle mode."""

AGE: Mapping[str, tuple[str, ...]] = {"ageless": ("years",), "decade_guess": ("decade",), "generations": ("years",)}
"""Kinds of cue about what an estimator makes of somebody's years, with their slots: only if the operator wants them."""

BODY: Mapping[str, tuple[str, ...]] = {"geometry": ("shape",), "no_geometry": ()}
"""Kinds of cue about what a classifier makes of somebody's outline: only if the operator wants them."""

MATERIAL: Mapping[str, Matter] = {
    **dict.fromkeys(PHOTOGRAPH, "photograph"),
    **dict.fromkeys(PERSON, "person"),
    **dict.fromkeys(AGE, "age"),
    **dict.fromkeys(BODY, "body"),
}
"""Every kind of cue there may be, and what it is about."""

SLOTS: Mapping[str, tuple[str, ...]] = {**PHOTOGRAPH, **PERSON, **AGE, **BODY}
"""The slots that a cue of each kind fills in its `values`."""


def permits(cue: Cue, policy: Policy, *, gentle: bool = False) -> bool:
    """Whether `cue` may be roasted: its kind is known, its matter allowed, and in gentle mode it is no person's."""
    matter = MATERIAL.get(cue.kind)
    if matter is None:
        return False
    if gentle:
        return matter == "photograph" and cue.about is None
    return {"age": policy.age_jokes, "body": policy.body_jokes}.get(matter, True)


def needs_gentle(features: Mapping[str, Feature]) -> bool:
    """Whether any finding estimates an age under `GENTLE_AGE`, or one whose interval reaches below `ADULT_AGE`.

    Every number in a field called `age` counts as an estimate, and one in a `low` beside it as the interval's end.
    """
    ages = [pair for f in features.values() for pair in _ages(f.finding)]
    return any(age < GENTLE_AGE or low < ADULT_AGE for age, low in ages)


def _ages(value: Any) -> Iterator[tuple[float, float]]:
    """Every estimate with the lower end of its interval; an estimate without one is its own."""
    if isinstance(value, BaseModel):
        value = {**value.__dict__, **(value.model_extra or {})}  # of a kind unknown here, all is extra
    if isinstance(value, dict):
        age, low = value.get("age"), value.get("low")
        if isinstance(age, int | float):
            yield float(age), float(low) if isinstance(low, int | float) else float(age)
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for inner in value:
            yield from _ages(inner)


def _words(text: str) -> re.Pattern[str]:
    """Any of the `|`-separated words or phrases in `text`, as whole words; a trailing `*` matches any ending."""
    words = [re.escape(word.strip()).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in text.split("|")]
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")


SLURS = _words(
    "nigg*|chink|chinks|gook|gooks|spic|spics|kike|kikes|wetback*|raghead*|towelhead*|paki|pakis|coon|coons|"
    "fag|fags|faggot*|dyke|dykes|tranny|trannies|shemale*|retard*|cripple|cripples|spastic|spaz|midget*|"
    "whore*|slut*|bitch*|cunt*"
)
BORN_WITH = _words(
    "race|racial|ethnic*|skin|complexion|caucasian*|asian*|african*|hispanic*|latino*|latina*|arab|arabs|"
    "black person|black people|black guy|white person|white people|white guy|brown person|brown people|"
    "muslim*|islam*|jew|jews|jewish|christian|christians|hindu*|immigrant*|foreigner*|"
    "gay|gays|lesbian*|bisexual*|transgender*|gender|male|males|female|females|masculine|feminine|"
    "man|men|woman|women|guy|guys|gal|gals|lady|ladies|gentleman|gentlemen|dude|dudes|bloke|chick|chicks|"
    "he|she|him|her|his|hers|himself|herself|mr|mrs|ms|sir|madam|husband|wife|boyfriend|girlfriend|"
    "disabled|disability|wheelchair|autistic|mentally ill"
)
LOOKS = _words(
    "ugly|uglier|ugliest|hideous|handsome|gorgeous|sexy|attractive|unattractive|homely|unfuckable|hottie|"
    "butterface|good-looking|bad-looking|good looking"
)
MINORS = _words(
    "child|children|kid|kids|teen|teens|teenage*|toddler*|infant*|baby|babies|boy|boys|girl|girls|underage|minor"
)
AGE_WORDS = _words(
    "elderly|geriatric*|senile|boomer*|grandma*|grandpa*|granny|years old|old person|old people|middle-aged|"
    "middle aged|wrinkl*|young person|young people|youngster*|aging|ageing|pensioner*"
)
BODY_WORDS = _words(
    "fat|fatter|fatty|obese|overweight|chubby|plump|skinny|scrawny|anorexic|underweight|bald|balding|belly|"
    "paunch|double chin|thighs|breasts|boobs|butt|buttocks|big nose|cross-eyed|buck teeth|pimple*|acne"
)
PERSON_WORDS = _words(
    "face|faces|smile*|smiling|grin|grins|hair|haircut|outfit|wearing|expression|forehead|chin|cheek*|posing|selfie*|"
    "eyebrow*|beard|moustache"
)

_LOOKALIKES = str.maketrans("013457@$!аеорсхіу", "oleastasiaeopcxiy")
"""Digits, signs and Cyrillic letters that stand in for Latin ones."""


def offence(text: str, policy: Policy | None = None, *, gentle: bool = False) -> str | None:
    """Why `text` may not be said, in a few words; None when it may. Sees through case, accents and look-alikes."""
    plain = _plain(text)
    disguised = plain.translate(_LOOKALIKES)
    for reason, pattern in _barred(policy or Policy(), gentle):
        if pattern.search(plain) or (pattern is SLURS and pattern.search(disguised)):
            return reason
    return None


def _barred(policy: Policy, gentle: bool) -> Iterable[tuple[str, re.Pattern[str]]]:
    yield "it uses a slur", SLURS
    yield "it names something a person was born with", BORN_WITH
    yield "it judges somebody's looks", LOOKS
    yield "it speaks of minors", MINORS
    if not policy.age_jokes or gentle:
        yield "it jokes about age", AGE_WORDS
    if not policy.body_jokes or gentle:
        yield "it jokes about a body", BODY_WORDS
    if gentle:
        yield "it speaks of the person, and only the photograph may be roasted", PERSON_WORDS


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (c for c in decomposed if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return "".join(kept).casefold().replace("’", "'")


def quotable(text: str) -> str | None:
    """`text` as it may be quoted: letters, digits and single spaces, cut at a word within `QUOTE_LENGTH`.

    None when too little is left (fewer than 2 characters), or when it may not be said.
    """
    kept = " ".join("".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text)).split())
    if len(kept) > QUOTE_LENGTH:
        kept = kept[: QUOTE_LENGTH + 1].rpartition(" ")[0] or kept[:QUOTE_LENGTH]
    return kept if len(kept) >= 2 and offence(kept, gentle=True) is None else None
