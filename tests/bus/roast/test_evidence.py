"""Evidence paths lead to a value, or say where they stop."""

from __future__ import annotations

import pytest

from bus.events import Feature
from bus.findings import Box, Face, Faces
from bus.roast.evidence import NoEvidence, resolve

FACE = Face(box=Box(x=1, y=2, w=3, h=4), score=0.9, sharpness=7.5, size=0.1, landmarks=((5.0, 6.0),))
FEATURES = {
    "faces": Feature(id="x", analyzer="faces", status="ok", finding=Faces(faces=(FACE,))),
    "text": Feature(id="x", analyzer="text", status="failed", reason="no weights"),
}


def test_a_path_walks_through_fields_and_positions() -> None:
    assert resolve(FEATURES, "faces.faces.0.sharpness") == 7.5
    assert resolve(FEATURES, "faces.faces.0.landmarks.0.1") == 6.0
    assert resolve(FEATURES, "faces.faces.0.box") == FACE.box
    assert resolve(FEATURES, "faces.faces") == (FACE,)


@pytest.mark.parametrize(
    "path",
    [
        "", "text.lines", "pose.heads", "faces.faces.1", "faces.faces.-1", "faces.faces.x", "faces.faces.0.nose",
        "faces.is_empty", "faces.__class__", "faces.faces.0.box.", "faces.kind.0", "faces.faces.²",
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_says_so(path: str) -> None:
    with pytest.raises(NoEvidence):
        resolve(FEATURES, path)
