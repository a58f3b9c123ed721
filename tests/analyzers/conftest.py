"""What the tests of the analyzers share: photos as the analyzers get them, the analyzers that others need, weights."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps

from analyzers.base import Photo
from analyzers.body.pose import PoseAnalyzer
from analyzers.face.faces import FacesAnalyzer
from analyzers.face.mesh import MeshAnalyzer
from analyzers.scene.objects import ObjectsAnalyzer
from analyzers.weights.store import Store
from bus.findings import FaceMesh, Pose

sys.path.insert(0, str(Path(__file__).parent))

from origin import ENTRY, Origin, serving
from pictures import Make, Open, photo_of

pillow_heif.register_heif_opener()


@pytest.fixture(scope="session", name="photo_of")
def _photo_of() -> Make:
    return photo_of


@pytest.fixture(scope="session")
def open_photo(photos: Path) -> Open:
    """Opens a file of ../shared/photos by its path there."""

    def opened(path: str) -> Photo:
        image = ImageOps.exif_transpose(Image.open(photos / path)).convert("RGB")
        image.thumbnail((2048, 2048))
        return photo_of(np.array(image)[:, :, ::-1])

    return opened


_NOISE = np.random.default_rng(20)


@pytest.fixture(
    params=[
        pytest.param(_NOISE.integers(0, 256, (height, width, 3)).astype(np.uint8), id=f"noise-{width}x{height}")
        for width, height in ((1, 1), (2000, 1), (1, 2000), (9, 9), (11, 2048), (33, 33), (1600, 1200))
    ]
    + [
        pytest.param(np.zeros((600, 800, 3), np.uint8), id="black"),
        pytest.param(np.full((2048, 1024, 3), 255, np.uint8), id="white"),
        pytest.param(
            (np.indices((600, 900)).sum(0) // 16 % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2), id="check"
        ),
    ]
)
def odd_photo(request: pytest.FixtureRequest) -> Photo:
    """Photos of nothing, in awkward shapes."""
    return photo_of(request.param)


@pytest.fixture(scope="session")
def finder(mirror: Path) -> FacesAnalyzer:
    """YuNet."""
    return FacesAnalyzer({"yunet": mirror / "face_detection_yunet_2023mar.onnx"})


@pytest.fixture(scope="session")
def spotter(mirror: Path) -> ObjectsAnalyzer:
    """YOLOX-Nano."""
    return ObjectsAnalyzer({"yolox_nano": mirror / "yolox_nano.onnx"})


@pytest.fixture(scope="session")
def poser(mirror: Path) -> Iterator[PoseAnalyzer]:
    """MediaPipe's small pose landmarker."""
    made = PoseAnalyzer({"pose_landmarker_lite": mirror / "derived/pose_landmarker_lite_assembled.task"})
    yield made
    made._task.close()  # a task that a failed test keeps alive can hang the interpreter's end


@pytest.fixture(scope="session")
def see_poses(spotter: ObjectsAnalyzer, finder: FacesAnalyzer, poser: PoseAnalyzer) -> Callable[[Photo], Pose]:
    """The poses in a photo, found from its objects and faces as at work."""
    return lambda photo: poser.analyze(photo, spotter.analyze(photo), finder.analyze(photo))


@pytest.fixture(scope="session")
def mesher(mirror: Path) -> Iterator[MeshAnalyzer]:
    """MediaPipe's face landmarker."""
    made = MeshAnalyzer({"face_landmarker": mirror / "face_landmarker.task"})
    yield made
    made._landmarker.close()


@pytest.fixture(scope="session")
def see_meshes(mesher: MeshAnalyzer, finder: FacesAnalyzer) -> Callable[[Photo], tuple[FaceMesh, ...]]:
    """The meshes of the faces in a photo."""
    return lambda photo: mesher.analyze(photo, finder.analyze(photo)).faces


@pytest.fixture
def origin() -> Iterator[Origin]:
    """An HTTP server of the test's own, which has no files yet."""
    with serving(Origin()) as served:
        yield served


@pytest.fixture
def open_store(tmp_path: Path) -> Callable[..., Store]:
    """A store in a folder of its own that knows one model, to be had at `urls`."""

    def opened(
        *urls: str, mirror: str | None = None, trust: bool = False, accepted: Container[str] = (), **changes: object
    ) -> Store:
        store = Store(tmp_path / "models", mirror, trust, accepted)
        store.manifest = {"model": ENTRY.model_copy(update={"urls": urls, **changes})}
        return store

    return opened


@pytest.fixture
def server(fresh_server: Callable[..., Any]) -> Any:
    """A nats-server of the test's own."""
    return fresh_server()
