"""Pure: findings in, roastable observations out, each naming its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aggregator.rules_contrasts import contrast_cues
from aggregator.rules_faces import face_cues, framing_cues
from aggregator.rules_file import file_cues, text_cues
from aggregator.rules_guesses import age_cues, body_cues
from aggregator.rules_intent import intent_cues
from aggregator.rules_look import color_cues, frame_cues
from aggregator.rules_mesh import emotion_cues, expression_cues, middle_cues
from aggregator.rules_objects import object_cues
from aggregator.rules_outfit import outfit_cues
from aggregator.rules_pairs import pair_cues
from aggregator.rules_people import gesture_cues, posture_cues
from aggregator.rules_picture import light_cues, quality_cues
from aggregator.rules_setting import background_cues, jury_cues, setting_cues
from aggregator.scene import Scene
from bus.events import Feature, PhotoRef
from bus.evidence import NoEvidence, resolve
from bus.features import Cue

__all__ = ["RULES", "NoEvidence", "find_cues", "resolve"]

RULES: tuple[Callable[[Scene], Iterator[Cue]], ...] = (
    pair_cues,
    contrast_cues,
    face_cues,
    framing_cues,
    expression_cues,
    emotion_cues,
    middle_cues,
    gesture_cues,
    posture_cues,
    intent_cues,
    outfit_cues,
    object_cues,
    setting_cues,
    background_cues,
    jury_cues,
    text_cues,
    file_cues,
    quality_cues,
    light_cues,
    color_cues,
    frame_cues,
    age_cues,
    body_cues,
)
"""Who looks. A new rule is a function over the scene and one line here; its kinds go into `bus.policy`."""


def find_cues(features: Mapping[str, Feature], photo: PhotoRef) -> tuple[Cue, ...]:
    """Every cue of the photo, the most salient first; equal ones in the order of the rules. Ids are unique.

    Features that are missing, skipped or failed give no cues. The same findings always give the same cues.
    """
    scene = Scene.of(features, photo)
    found: dict[str, Cue] = {}
    for rule in RULES:
        for cue in rule(scene):
            found.setdefault(cue.id, cue)
    return tuple(sorted(found.values(), key=lambda cue: -cue.salience))
