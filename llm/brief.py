"""What a writer is given: cues and a style. Never the photo, and nothing about anybody that may not be joked about."""

from __future__ import annotations

from bus.findings import Frozen
from bus.roast.events import Cue
from bus.roast.policy import Policy, permits
from bus.roast.style import Style


class Brief(Frozen):
    """All that a writer knows. `faces` is how many people are in the picture; `gentle` spares them.

    `photo` tells photos apart (its sha256), and nothing about them: two with the same cues get different words.
    """

    cues: tuple[Cue, ...] = ()
    style: Style = Style()
    seed: int = 0
    gentle: bool = False
    faces: int = 0
    policy: Policy = Policy()
    photo: str = ""

    @property
    def material(self) -> tuple[Cue, ...]:
        """The cues that may be roasted under the policy, most salient first."""
        allowed = [cue for cue in self.cues if permits(cue, self.policy, gentle=self.gentle)]
        return tuple(sorted(allowed, key=lambda cue: (-cue.salience, cue.id)))
