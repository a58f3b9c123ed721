"""The analyzer contract: what an analyzer takes says what it waits for; what it returns is what it emits."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar, get_type_hints

import cv2
import numpy as np
from numpy.typing import NDArray

from bus.features import Facts, Finding

Weights: TypeAlias = Mapping[str, Path]
"""Model name → file, for the names that the analyzer declares; only files whose hash was checked."""

Pixels: TypeAlias = NDArray[np.uint8]


T = TypeVar("T")


class Skip(Exception):
    """Raised by an analyzer that has nothing to look at; the message is the reason shown to people."""


class UnreadablePhoto(Exception):
    """The stored bytes are not a picture."""


def _pixels(array: Any) -> Pixels:
    """What OpenCV returns, by its type: the library ships none that say it."""
    return np.asarray(array, dtype=np.uint8)


class Photo:
    """A normalised photo: upright, 8-bit, without metadata. Decoded once, then shared; never write into its arrays."""

    def __init__(self, data: bytes, facts: Facts | None = None) -> None:
        self.data = data
        self.facts = facts or Facts()
        self._made: dict[str, Any] = {}
        self._lock = threading.RLock()

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """What `make` returns, made once for all analyzers that look at this photo, whichever thread asks first."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            made: T = self._made[name]
        return made

    @property
    def bgr(self) -> Pixels:
        """[height, width, 3] uint8, blue first. Raises UnreadablePhoto."""
        return self.shared("bgr", self._decoded)

    def _decoded(self) -> Pixels:
        image = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if image is None:
            raise UnreadablePhoto("the stored photo cannot be decoded")
        image.flags.writeable = False
        return _pixels(image)

    @property
    def rgb(self) -> Pixels:
        """[height, width, 3] uint8, red first."""
        return self.shared("rgb", lambda: _pixels(cv2.cvtColor(self.bgr, cv2.COLOR_BGR2RGB)))

    @property
    def gray(self) -> Pixels:
        """[height, width] uint8 luma."""
        return self.shared("gray", lambda: _pixels(cv2.cvtColor(self.bgr, cv2.COLOR_BGR2GRAY)))

    @property
    def width(self) -> int:
        return int(self.bgr.shape[1])

    @property
    def height(self) -> int:
        return int(self.bgr.shape[0])

    def fit(self, side: int) -> tuple[Pixels, float]:
        """The photo scaled down (never up) so that its long side is at most `side`; and the factor applied.

        A point of the photo lies at point × factor in the result.
        """
        return fit(self.bgr, side)


def fit(image: Pixels, side: int) -> tuple[Pixels, float]:
    """`image` scaled down (never up) to a long side of at most `side` pixels, and the factor applied."""
    height, width = image.shape[:2]
    factor = min(1.0, side / max(height, width))
    if factor == 1.0:
        return image, 1.0
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return _pixels(cv2.resize(image, size, interpolation=cv2.INTER_AREA)), factor


class Analyzer(Protocol):
    """What a class in the roster looks like.

    `weights` are model names of `weights.toml` without which it cannot work; `optional_weights` make it better.
    `group` is the service it belongs to. `version` changes whenever its findings can: it is part of the cache key.
    The annotations of `analyze` are the wiring: `photo: Photo` comes from the request, a parameter annotated with
    a finding waits for that finding, the return type is the finding it emits.
    """

    group: ClassVar[str]
    version: ClassVar[str]
    model: str
    weights: ClassVar[tuple[str, ...]] = ()
    optional_weights: ClassVar[tuple[str, ...]] = ()

    def __init__(self, weights: Weights) -> None: ...

    analyze: Any  # its parameters are its own; `wiring` reads and checks them


def weight_names(analyzer: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The weights that an analyzer needs and those that make it better; a class that names none has none."""
    return tuple(getattr(analyzer, "weights", ())), tuple(getattr(analyzer, "optional_weights", ()))


@dataclass(frozen=True)
class Wiring:
    """What the annotations of an analyzer say."""

    name: str
    takes_photo: bool
    needs: dict[str, type[Finding]]
    """Parameter name → the finding it waits for."""
    returns: type[Finding]

    @property
    def waits_for(self) -> tuple[str, ...]:
        return tuple(kind_of(finding) for finding in self.needs.values())


def kind_of(finding: type[Finding]) -> str:
    """The name of a kind of finding, `faces` for Faces."""
    return str(finding.model_fields["kind"].default)


def wiring(analyzer: type[Any]) -> Wiring:
    """Reads the wiring off an analyzer class; TypeError, naming the mistake, when the annotations are no contract."""
    hints = get_type_hints(analyzer.analyze)
    returns = hints.pop("return", None)
    if not (inspect.isclass(returns) and issubclass(returns, Finding)):
        raise TypeError(f"{analyzer.__name__}.analyze must return a Finding, not {returns!r}")
    needs: dict[str, type[Finding]] = {}
    takes_photo = False
    for parameter in list(inspect.signature(analyzer.analyze).parameters)[1:]:
        hint = hints.get(parameter)
        if hint is Photo and parameter == "photo":
            takes_photo = True
        elif inspect.isclass(hint) and issubclass(hint, Finding):
            needs[parameter] = hint
        else:
            mistake = f"{analyzer.__name__}.analyze({parameter}: {hint!r})"
            raise TypeError(f"{mistake} is neither `photo: Photo` nor a Finding")
    return Wiring(getattr(analyzer, "name", None) or kind_of(returns), takes_photo, needs, returns)


def threads_per_model() -> int:
    """The machine's one thread policy: `HECKLER_THREADS`, else one thread for every two cores.

    Analyzers already run beside each other; more threads than this only make them wait for one another.
    """
    return int(os.environ.get("HECKLER_THREADS") or 0) or max(1, (os.cpu_count() or 2) // 2)


def onnx_session(path: Path | bytes, threads: int | None = None) -> Any:
    """An ONNX Runtime session under the thread policy."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or threads_per_model()
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena keeps each model's largest moment for ever
    options.log_severity_level = 3
    source = path if isinstance(path, bytes) else str(path)
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
