"""Which jokes make a roast, and in what order: the part of comedy that is arithmetic."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bus.roast.events import Cue
from llm.personas.loader import Persona
from llm.writers.house.cue_selection import CueSelection
from llm.writers.house.joke_library import Candidate
from llm.writers.house.recent_jokes import Diary, Page

LENGTHS = {"short": 2, "medium": 4, "long": 6}
"""Jokes in a roast of each length, before the closing."""

FAMILIES: Mapping[str, str] = {
    kind: family
    for family, kinds in {
        "focus": "blurred shaken soft crisp gear_blur edited_anyway filter_ruin competent sharp_background studio_look",
        "pixels": "low_resolution thumbnail crushed colossal blocky poor_quality tiny_file_big_words",
        "dark": "pitch_dark underexposed low_key swallowed warm_gloom noon_dark flash_dark cheerful_dark",
        "bright": "white_out overexposed high_key blown night_bright",
        "tilt": "level tilted centered_tilt dead_center",
        "empty": "too_empty rich_nothing empty_color tiny_subject",
        "hour": "night early clocked",
        "absence": "nobody upright_nobody selfie_nobody backs",
        "writing": "writing number wordy text_over_face words_nobody",
        "gray": "drab gray_gray filter_monochrome one_color mood_muted flat_light",
        "accent": "accent corner_color clashing complementary",
        "palette": "dominant two_tone",
        "mood": "mood_gloomy mood_warm mood_cold mood_pastel mood_calm mood_vivid vivid_flat loud",
        "count": "solo pair crowd apart huddle even_pair gathering middle",
        "cut": "tight_top headroom cut_off selfie_cut room_cut head_cropped passer_by edge_face",
        "year": "old_camera dated fake_antique no_record",
        "shape": "panorama square upright sliver",
        "side": "side_light missed_light top_light underlit",
        "software": "edited",
        "tie": "tie ties formal formal_place casual_place",
        "outfit": "outfit_clash outfit_match one_color_outfit stripes_checks striped checked camouflage twins",
        "place": "bathroom gym car_cabin bedroom office kitchen street stage setting nowhere toilet",
        "backdrop": "messy_background plain_background bokeh background_wins distraction bright_spot from_head busy",
        "jury": "jury_low jury_high jury_split jury_shrug jury_fooled jury_competent",
        "angle": "high_angle low_angle",
        "mouth": "smile big_smile frown duck_face kiss mouth_open tongue_out cheeks_puffed sneer only_smile "
        "not_smiling same_look smile_doubt feels_happy",
        "eyes": "wink eyes_closed squint wide_eyes brows_raised brow_furrowed",
        "gaze": "looking_away looks_elsewhere all_elsewhere candid turned_away",
        "feeling": "feels_sad feels_angry feels_afraid feels_disgusted feels_contempt feels_surprised mixed_feelings "
        "of_one_mind deadpan grim_party happy_gloom sad_colors",
        "hands": "victory thumb_up thumb_down pointing fist open_palm love_sign same_gesture peace_anger thumbs_flaw",
        "stance": "arms_crossed hands_on_hips slouching leaning arms_raised arm_raised hand_on_face hands_behind_head "
        "legs_crossed lying kneeling walking same_posture posed crossed_smile",
        "selfie": "selfie mirror_selfie arm_reach front_camera phone",
        "umbrella": "umbrella indoor_umbrella",
        "estimate": "ageless decade_guess generations geometry no_geometry",
        "traffic": "vehicle upstaged",
        "animal": "pet_star pet wildlife outnumbered",
        "table": "cup drink food",
    }.items()
    for kind in kinds.split()
}
"""Kinds that are about the same thing: one joke of a family is enough while there is other material."""


THEMES: Mapping[str, str] = {
    family: theme
    for theme, families in {
        "colour and light": "accent palette gray mood empty bright dark clashing complementary corner_color "
        "vivid_flat loud cast stark",
        "craft": "hour year software shape record borders level crisp competent focus pixels screenshot flash gadget "
        "proper_camera no_record noisy symmetric textbook",
        "frame": "tilt side cut",
    }.items()
    for family in families.split()
}
"""Families (and kinds without one) that together get one joke, while there is anything else to joke about."""


def select_jokes(
    persona: Persona, cues: Sequence[Cue], count: int, rng: random.Random, page: Page | None = None
) -> list[Candidate]:
    """Up to `count` jokes over `cues`, no frame twice: the second best opens, the best one comes last.

    Cues are ranked first, and each then picks its frame: a cue has no better chance for having many. New themes go
    first, then new families, then other cues of a family, then another joke on a cue that was already used; so even
    a single cue gives as many jokes as it has frames. Frames that `page` knows to have been told lately come last,
    those told longest ago first, and a cue that has no other gives way to its neighbours.
    """
    selection = CueSelection(persona, rng, page or Diary().page(0))
    pool = [(score, one) for score, frames in selection.ranked(cues) for one in frames]
    chosen: list[tuple[float, Candidate]] = []
    for is_fresh in (_new_theme, _new_family, _new_cue, _new_frame):
        for score, one in pool:
            if len(chosen) < count and is_fresh(one, [other for _, other in chosen]):
                chosen.append((score, one))
    return _ordered(chosen)


def _theme(one: Candidate) -> str:
    family = _family(one)
    return THEMES.get(family, family)


def _family(one: Candidate) -> str:
    return FAMILIES.get(one.cue.kind, one.cue.kind)


def _new_theme(one: Candidate, chosen: list[Candidate]) -> bool:
    return _theme(one) not in {_theme(other) for other in chosen}


def _new_family(one: Candidate, chosen: list[Candidate]) -> bool:
    return _family(one) not in {_family(other) for other in chosen}


def _new_cue(one: Candidate, chosen: list[Candidate]) -> bool:
    return one.cue.kind not in {other.cue.kind for other in chosen} and _new_frame(one, chosen)


def _new_frame(one: Candidate, chosen: list[Candidate]) -> bool:
    return one.id not in {other.id for other in chosen}


def _ordered(chosen: list[tuple[float, Candidate]]) -> list[Candidate]:
    ranked = [one for _, one in sorted(chosen, key=lambda pair: -pair[0])]
    return [*ranked[1:], ranked[0]] if len(ranked) > 1 else ranked
