"""Pure: findings in, roastable observations out, each naming its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aggregator.roast.findings_view import FindingsView
from aggregator.roast.rules.contrasts import contrast_cues
from aggregator.roast.rules.faces import face_cues, framing_cues
from aggregator.roast.rules.file import file_cues, text_cues
from aggregator.roast.rules.guesses import age_cues, body_cues
from aggregator.roast.rules.intent import intent_cues
from aggregator.roast.rules.look import color_cues, frame_cues
from aggregator.roast.rules.mesh import emotion_cues, expression_cues, middle_cues
from aggregator.roast.rules.objects import object_cues
from aggregator.roast.rules.outfit import outfit_cues
from aggregator.roast.rules.pairs import pair_cues
from aggregator.roast.rules.people import gesture_cues, posture_cues
from aggregator.roast.rules.picture import light_cues, quality_cues
from aggregator.roast.rules.setting import background_cues, jury_cues, setting_cues
from bus.events import Feature, PhotoRef
from bus.roast.events import Cue
from bus.roast.evidence import NoEvidence, resolve

__all__ = ["RULES", "NoEvidence", "find_cues", "resolve"]

RULES: tuple[Callable[[FindingsView], Iterator[Cue]], ...] = (
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
"""The rules, in the order in which they are asked. A new rule is a function over the findings and one line here; its
kinds go into `bus.roast.policy`."""


def find_cues(features: Mapping[str, Feature], photo: PhotoRef) -> tuple[Cue, ...]:
    """Every cue of the photo, the most salient first; equal ones in the order of the rules. Ids are unique.

    Features that are missing, skipped or failed give no cues. The same findings always give the same cues.
    """
    view = FindingsView.of(features, photo)
    found: dict[str, Cue] = {}
    for rule in RULES:
        for cue in rule(view):
            found.setdefault(cue.id, cue)
    return tuple(sorted(found.values(), key=lambda cue: -cue.salience))
