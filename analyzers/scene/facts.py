"""What the file's own metadata says: read once at intake, passed on here so that it is a finding like the others."""

from __future__ import annotations

from analyzers.base import Analyzer, Photo
from bus.findings import Facts


class FactsAnalyzer(Analyzer):
    """Emits the facts that came in with the photo.

    The normalised photo has no metadata left, so there is nothing to look at here: intake, the only part that ever
    sees the original bytes, has already reduced them to closed vocabularies and dropped every place, name and serial.
    """

    group = "scene"
    version = "1"
    model = "metadata"
    takes_slot = announces = cached = False

    def analyze(self, photo: Photo) -> Facts:
        """The facts that `photo` carries; all of them unknown when intake found no metadata."""
        return photo.facts
