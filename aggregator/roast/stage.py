"""What follows the join of a roast: its cues; or a refusal, where the material policy refuses to roast the photo."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.roast.cues import find_cues
from bus.events import Event, Failed, Feature, Joined, Submitted
from bus.findings import Explicit, Faces
from bus.jetstream.photo_store import DAMAGED
from bus.roast.events import Cued
from bus.roast.policy import needs_gentle
from bus.roast.style import style_of


def after_join(submitted: Submitted, joined: Joined, features: Mapping[str, Feature]) -> Event:
    """The cues (Cued) of a photo, or Failed. Raises pydantic.ValidationError where the request's style is none."""
    if is_explicit(features):
        return Failed(
            id=joined.id,
            at=joined.at,
            code="explicit",
            detail="This one stays between you and your camera: it looks explicit, and the stage is not for that.",
            hint="Try a photo with more clothes in it. If it has plenty, the detector was wrong: sorry about that.",
        )
    if is_damaged(features):
        return Failed(
            id=joined.id,
            at=joined.at,
            code="photo_damaged",
            detail="Nobody could look at the photo: what the store has of it is not what was put there.",
            hint="Send it again. Whoever runs this Heckler looks after the disk of the event log.",
        )
    return Cued(
        id=joined.id,
        at=joined.at,
        cues=find_cues(features, submitted.photo),
        faces=faces(features),
        sha256=submitted.photo.sha256,
        gentle=needs_gentle(features),
        style=style_of(submitted),
    )


def faces(features: Mapping[str, Feature]) -> int:
    """How many faces were found."""
    return sum(len(f.finding.faces) for f in features.values() if isinstance(f.finding, Faces))


def is_damaged(features: Mapping[str, Feature]) -> bool:
    """Whether nothing was found, because the stored photo is not what it was."""
    return not any(f.status == "ok" for f in features.values()) and any(f.reason == DAMAGED for f in features.values())


def is_explicit(features: Mapping[str, Feature]) -> bool:
    """Whether the photo shows what Heckler does not roast."""
    return any(isinstance(f.finding, Explicit) and f.finding.explicit for f in features.values())
