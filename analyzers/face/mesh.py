"""Meshes: 478 landmarks on every face, and from them its expression, its structure and where the head is turned."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, Weights
from analyzers.face.expressions import expressions
from analyzers.face.structure import measure
from analyzers.inference import mediapipe as mediapipe_tasks
from analyzers.inference.crops import Crop, crop, padded
from bus.findings import Box, FaceMesh, Faces, HeadPose, Mesh

MARGINS = (0.5, 0.2)
"""How much of a face's own size is shown around it. With .1 to 1.5 every face that can be fitted was fitted on the
test photos, with the same mesh; the second, tighter look is for faces whose neighbour was taken instead."""

SMALLEST_CROP = 384
"""Crops are enlarged to this many pixels: from a face of 40 px, the mesh is half as far from that of the same face at
full size, and at 384 the blendshapes tremble least when the crop is shifted a little."""

SMALLEST_FACE = 24
"""Height in pixels below which a face is left out: smiles of 18 px read .57 to .91 where they are .9, at 15 px 0 to
.77, and meshes lie 5 % of the face beside it."""

MOST_FACES = 20
"""At 10 ms each; in a photo of more people than that the smaller ones have no expression to speak of."""

SIZE_RATIO = (0.6, 1.6)
"""Size of a mesh over that of its face's box: .87 to 1.06 on the test photos."""


class Fit(NamedTuple):
    """A face as MediaPipe sees it: landmarks [478, 3] in pixels of the photo, blendshapes, head rotation [3, 3]."""

    points: NDArray[np.float32]
    blendshapes: dict[str, float]
    rotation: NDArray[np.float64]


class MeshAnalyzer(Analyzer):
    """MediaPipe Face Landmarker (Kartynnik et al. 2019, Grishchenko et al. 2020 and 2022), on a crop of each face.

    The bundle holds BlazeFace, which finds the face in the crop (128 × 128), the mesh (256 × 256 RGB in 0..1 → 478
    points, the last ten on the irises) and the blendshapes (146 of these points → 52 scores); MediaPipe prepares
    their inputs. The mesh knows no hidden side: faces in profile, from some 50° of yaw, are rejected by the model and
    left out. Fitted are the `MOST_FACES` largest faces of at least `SMALLEST_FACE` pixels.
    """

    group = "face"
    version = "1"
    model = "mediapipe-face-landmarker"
    weights = ("face_landmarker",)

    def __init__(self, weights: Weights) -> None:
        self._landmarker = mediapipe_tasks.create(
            "FaceLandmarker",
            weights["face_landmarker"],
            num_faces=1,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )

    def analyze(self, photo: Photo, faces: Faces) -> Mesh:
        """A mesh for every face that can be fitted; raises UnreadablePhoto."""
        found: list[FaceMesh] = []
        for index, face in enumerate(faces.faces):
            if len(found) == MOST_FACES:
                break
            fit = self._fit(photo, face.box) if face.box.h >= SMALLEST_FACE else None
            if fit is not None:
                found.append(_described(index, fit))
        return Mesh(faces=tuple(found))

    def _fit(self, photo: Photo, box: Box) -> Fit | None:
        """The mesh of the face in `box`; None where MediaPipe finds none, or another's."""
        for margin in MARGINS:
            shown = crop(photo.rgb, padded(box, margin, square=True))
            if shown is None:
                return None
            shown = enlarged(shown)
            result = self._landmarker.detect(mediapipe_tasks.image(shown.pixels))
            if result.face_landmarks:
                fit = _fit_of(result, shown)
                if belongs(fit.points, box):
                    return fit
        return None


def enlarged(shown: Crop) -> Crop:
    """`shown` with a long side of at least `SMALLEST_CROP` pixels."""
    height, width = shown.pixels.shape[:2]
    factor = SMALLEST_CROP / max(height, width)
    if factor <= 1:
        return shown
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    pixels: Pixels = np.asarray(cv2.resize(shown.pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return Crop(pixels, shown.left, shown.top, shown.factor * factor)


def _fit_of(result: Any, shown: Crop) -> Fit:
    """MediaPipe's first face: x and y are shares of the crop's width and height, z is on the scale of x."""
    height, width = shown.pixels.shape[:2]
    shares = np.array([(point.x, point.y, point.z) for point in result.face_landmarks[0]], np.float32)
    blendshapes = {each.category_name: min(max(each.score, 0.0), 1.0) for each in result.face_blendshapes[0]}
    matrix = np.asarray(result.facial_transformation_matrixes[0], np.float64)[:3, :3]
    return Fit(shown.to_photo(shares * (width, height, width)), blendshapes, matrix)


def belongs(points: NDArray[Any], box: Box) -> bool:
    """Whether the mesh is that of the face in `box`, not of a neighbour: in the middle of it, and about its size."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    x, y = (low + high) / 2
    inside = box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h
    size = float(np.sqrt(np.prod(high - low) / max(box.w * box.h, 1e-6)))
    return bool(inside) and SIZE_RATIO[0] <= size <= SIZE_RATIO[1]


def head_pose(matrix: NDArray[np.float64]) -> HeadPose:
    """Where the head is turned, from the rotation [3, 3] (of any scale) that turns the canonical face into this one.

    MediaPipe's axes: x to the right of the photo, y up, z towards the camera; the canonical face looks along z. Yaw
    and pitch are the direction in which it looks, roll is the turn about it that comes first.
    """
    rotation = matrix / max(float(np.cbrt(abs(np.linalg.det(matrix)))), 1e-9)
    right, up, forward = np.clip(rotation, -1, 1).T
    return HeadPose(
        yaw=float(np.degrees(np.arctan2(forward[0], forward[2]))),
        pitch=float(np.degrees(np.arcsin(forward[1]))),
        roll=float(np.degrees(np.arctan2(-right[1], up[1]))),
    )


def _described(index: int, fit: Fit) -> FaceMesh:
    pose = head_pose(fit.rotation)
    return FaceMesh(
        face=index,
        points=fit.points,
        blendshapes=fit.blendshapes,
        pose=pose,
        structure=measure(fit.points),
        expressions=expressions(fit.blendshapes, pose.yaw),
    )
