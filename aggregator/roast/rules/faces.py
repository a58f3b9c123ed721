"""Rules over faces and how they sit in the frame: where somebody chose to stand, never what they look like."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aggregator.roast.findings_view import FindingsView, Wording, about_face, cue
from aggregator.roast.vocabulary import counted, percent
from bus.findings import Face, Faces
from bus.roast.events import Cue

SOFT_RATIO = 0.35
"""A face this much less sharp than the sharpest one in the picture is visibly the blurred one."""


def face_cues(view: FindingsView) -> Iterator[Cue]:
    """How many there are, who is cut off, far away, too close or out of focus."""
    if view.faces is None:
        return
    faces = view.faces.faces
    if view.is_deserted:
        yield cue("nobody", Wording("No face is in the picture.", 0.3), "faces.faces")
    if not faces:
        return
    if len(faces) > 2 or view.bodies <= len(faces):  # where more bodies are seen, the rules of objects count them
        yield from _count(len(faces))
    yield from _group(faces)
    for index, face in enumerate(faces):
        yield from _edges(index, face, faces[0])
        yield from _place(index, face, view)
    yield from _focus(view.faces)


def _count(count: int) -> Iterator[Cue]:
    if count == 1:
        yield cue("solo", Wording("One person is in the picture.", 0.25), "faces.faces.0")
    elif count == 2:
        yield cue("pair", Wording("Two people are in the picture.", 0.45), "faces.faces.0", "faces.faces.1")
    else:
        wording = Wording(f"{counted(count).capitalize()} people are in the picture.", 0.5)
        yield cue("crowd", wording, "faces.faces", count=counted(count))


def _group(faces: tuple[Face, ...]) -> Iterator[Cue]:
    if len(faces) < 2:
        return
    both = ("faces.faces.0.box", "faces.faces.1.box")
    last = len(faces) - 1
    if faces[0].size > 4 * faces[last].size:
        sizes = ("faces.faces.0.size", f"faces.faces.{last}.size")
        yield cue("size_gap", Wording("One face is several times as large as another.", 0.5), *sizes)
    if len(faces) == 2 and 0 < faces[0].size < 1.12 * faces[1].size:
        wording = Wording("Two faces are of almost exactly the same size.", 0.45)
        yield cue("even_pair", wording, "faces.faces.0.size", "faces.faces.1.size")
    gap = _gap(faces[0], faces[1])
    if len(faces) == 2 and gap > 4:
        yield cue("apart", Wording("The two stand far apart.", 0.5), *both)
    elif len(faces) == 2 and gap < 0.5:
        yield cue("huddle", Wording("The two stand very close.", 0.4), *both)


def _gap(one: Face, other: Face) -> float:
    """Free space between two faces, in widths of the wider one."""
    a, b = sorted((one.box, other.box), key=lambda box: box.x)
    return (b.x - a.x - a.w) / max(a.w, b.w, 1.0)


def _edges(index: int, face: Face, largest: Face) -> Iterator[Cue]:
    if not face.cut_off:
        return
    side, about = face.cut_off[0], about_face(index)
    evidence = f"faces.faces.{index}.cut_off"
    if index and face.size < 0.6 * largest.size:
        wording = Wording(f"Somebody's face is cut off by the {side} edge, behind the main one.", 0.5)
        yield cue("passer_by", wording, evidence, about=about, side=side)
    else:
        wording = Wording(f"A face is cut off by the {side} edge.", 0.9)
        yield cue("cut_off", wording, evidence, about=about, side=side)


def _place(index: int, face: Face, view: FindingsView) -> Iterator[Cue]:
    about, path = about_face(index), f"faces.faces.{index}"
    if index == 0 and 0 < face.size < 0.008:
        yield cue("face_tiny", Wording("The largest face is tiny.", 0.6), f"{path}.size", about=about)
    if face.size > 0.22:
        wording = Wording(f"A face fills {percent(face.size)} per cent of it.", 0.55)
        yield cue("face_huge", wording, f"{path}.size", about=about, percent=percent(face.size))
    if face.score < 0.4:
        yield cue("doubtful_face", Wording("The detector was unsure of a face.", 0.3), f"{path}.score", about=about)
    middle = (face.box.x + face.box.w / 2) / max(view.photo.width, 1)
    if not face.cut_off and (middle < 0.14 or middle > 0.86):
        side = "left" if middle < 0.5 else "right"
        wording = Wording(f"A face sits close to the {side} edge.", 0.5)
        yield cue("edge_face", wording, f"{path}.box", about=about, side=side)


def _focus(found: Faces) -> Iterator[Cue]:
    faces = found.faces
    best = max(range(len(faces)), key=lambda i: faces[i].sharpness)
    worst = min(range(len(faces)), key=lambda i: faces[i].sharpness)
    if 0 <= faces[worst].sharpness < SOFT_RATIO * faces[best].sharpness and faces[worst].size > 0.25 * faces[best].size:
        evidence = (f"faces.faces.{worst}.sharpness", f"faces.faces.{best}.sharpness")
        wording = Wording("One face is far less sharp than another.", 0.65)
        yield cue("soft_face", wording, *evidence, about=about_face(worst))


def framing_cues(view: FindingsView) -> Iterator[Cue]:
    """Headroom, cropped heads and tilted heads, from the composition."""
    heads = view.composition.heads if view.composition else ()
    for index, head in enumerate(heads):
        path, about = f"composition.heads.{index}", about_face(head.face)
        if head.cropped and not _face_is_cut(view, head.face):
            side = "top" if "top" in head.cropped else head.cropped[0]
            wording = Wording(f"A head is cropped at the {side}.", 0.7)
            yield cue("head_cropped", wording, f"{path}.cropped", about=about, side=side)
        elif index == 0 and -0.06 < head.headroom < 0.035 and not _face_is_cut(view, head.face):
            wording = Wording("A head touches the top of the frame.", 0.45)
            yield cue("tight_top", wording, f"{path}.headroom", about=about)
        if index == 0 and head.headroom > 0.35:
            wording = Wording(f"There is {percent(head.headroom)} per cent of picture above the head.", 0.5)
            yield cue("headroom", wording, f"{path}.headroom", about=about, percent=percent(min(head.headroom, 1)))
        if head.tilt is not None and 9 <= abs(head.tilt) <= 60:
            degrees, way = str(round(abs(head.tilt))), "right" if head.tilt > 0 else "left"
            wording = Wording(f"A head is tilted {degrees} degrees.", 0.3 + min(abs(head.tilt), 40) / 120)
            yield cue("head_tilt", wording, f"{path}.tilt", about=about, degrees=degrees, way=way)
    tilts = [(i, h.tilt) for i, h in enumerate(heads) if h.tilt is not None and abs(h.tilt) >= 5]
    if len(heads) == 2 and len(tilts) == 2 and math.copysign(1, tilts[0][1]) != math.copysign(1, tilts[1][1]):
        evidence = ("composition.heads.0.tilt", "composition.heads.1.tilt")
        yield cue("two_leaning", Wording("Two heads lean in opposite directions.", 0.55), *evidence)


def _face_is_cut(view: FindingsView, face: int) -> bool:
    faces = view.all_faces
    return 0 <= face < len(faces) and bool(faces[face].cut_off)
