"""The analyzer contract: what an analyzer takes says what it waits for; what it returns is what it emits."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias, TypeVar, get_type_hints

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.inference.sessions import onnx_session, threads_per_model
from bus.findings import Facts, Finding, kind_of

__all__ = [
    "Analyzer",
    "Photo",
    "Pixels",
    "Skip",
    "UnreadablePhoto",
    "WeightNames",
    "Weights",
    "Wiring",
    "declared",
    "fit",
    "kind_of",
    "onnx_session",
    "practice_photo",
    "quick_fit",
    "quickly_scaled",
    "threads_per_model",
    "weight_names",
    "wiring",
]

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


class _Once:
    """A place for something that is made once. Its lock is the maker's own while it makes."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.is_made = False
        self.value: Any = None


class Photo:
    """A normalised photo: upright, 8-bit, without metadata. Decoded once, then shared; never write into its arrays."""

    def __init__(self, data: bytes, facts: Facts | None = None) -> None:
        self.data = data
        self.facts = facts or Facts()
        self._shelf: dict[str, _Once] = {}

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """What `make` returns, made once for all analyzers that look at this photo, whichever thread asks first.

        Others wait for `name` only as long as it is being made, and for nothing else. `make` may ask for other names;
        what it raises, the next one who asks may meet again.
        """
        once = self._shelf.setdefault(name, _Once())  # one step, also between threads
        with once.lock:
            if not once.is_made:
                once.value, once.is_made = make(), True
            made: T = once.value
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

    def quick_fit(self, side: int) -> tuple[Pixels, float]:
        """Like `fit`, for networks: see `quickly_scaled`."""
        return self.shared(f"quick fit {side}", lambda: quick_fit(self.bgr, side))

    def fit(self, side: int) -> tuple[Pixels, float]:
        """The photo scaled down (never up) so that its long side is at most `side`; and the factor applied.

        A point of the photo lies at point × factor in the result. Made once for all who ask for this side.
        """
        return self.shared(f"fit {side}", lambda: fit(self.bgr, side))


def practice_photo() -> Photo:
    """A photo of nothing, for warming up: 640 × 480 pixels of even noise, always the same."""
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    return Photo(cv2.imencode(".jpg", noise)[1].tobytes())


def fit(image: Pixels, side: int) -> tuple[Pixels, float]:
    """`image` scaled down (never up) to a long side of at most `side` pixels, and the factor applied."""
    size, factor = _fitting(image, side)
    if factor == 1.0:
        return image, 1.0
    return _pixels(cv2.resize(image, size, interpolation=cv2.INTER_AREA)), factor


def quick_fit(image: Pixels, side: int) -> tuple[Pixels, float]:
    """Like `fit`, for networks: see `quickly_scaled`."""
    size, factor = _fitting(image, side)
    return (image, 1.0) if factor == 1.0 else (quickly_scaled(image, size), factor)


def _fitting(image: Pixels, side: int) -> tuple[tuple[int, int], float]:
    """Width and height of `image` at a long side of at most `side`, and the factor to it."""
    height, width = image.shape[:2]
    factor = min(1.0, side / max(height, width))
    return (max(1, round(width * factor)), max(1, round(height * factor))), factor


def quickly_scaled(image: Pixels, size: tuple[int, int]) -> Pixels:
    """`image` scaled down to `size` (width, height) in a third of the time that areas with fractions take.

    OpenCV halves fast and scales bilinearly fast: halved as often as it can be, then drawn at twice the `size`, and
    halved once more. Half a grey level from the true areas on average; for networks, since measures of noise and
    sharpness would see the difference. By true areas where odd sides cannot be halved: a line left out moves faces.
    """
    while min(image.shape[1] / size[0], image.shape[0] / size[1]) >= 2:
        if image.shape[0] % 2 or image.shape[1] % 2:
            return _pixels(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        image = _halved(image)
    if (image.shape[1], image.shape[0]) == size:
        return image
    return _halved(_pixels(cv2.resize(image, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR)))


def _halved(image: Pixels) -> Pixels:
    """The means of two by two pixels; both sides are even."""
    size = (image.shape[1] // 2, image.shape[0] // 2)
    return _pixels(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


class Analyzer(Protocol):
    """What a class in the roster looks like: inherit from it, and say what is not as here.

    The annotations of `analyze` are the wiring: `photo: Photo` comes from the request, a parameter annotated with
    a finding waits for that finding, the return type is the finding it emits. It raises Skip where there is nothing to
    look at, and anything else when it fails. For a class that does not inherit, what it does not declare is as here.
    """

    name: ClassVar[str] = ""
    """What others know it by; empty for the kind of its finding."""
    group: ClassVar[str]
    """The service that it belongs to: `face`, `body`, `demographics`, `scene` or `quality`."""
    version: ClassVar[str]
    """Changes whenever its findings can: it is part of the cache key."""
    model: str
    """What it looks with, for people: a network's name, a method."""

    weights: ClassVar[tuple[str, ...]] = ()
    """Names in `weights.toml` of the models without which it cannot work."""
    optional_weights: ClassVar[tuple[str, ...]] = ()
    """Names of models that make it better."""
    any_of: ClassVar[tuple[str, ...]] = ()
    """Names of models of which it needs one, best first."""
    trained: ClassVar[tuple[str, ...]] = ()
    """Names of files that `heckler train` leaves in the models folder; the newest of each comes with the weights."""

    accepts_empty: ClassVar[bool] = False
    """Whether it also looks where a finding that it needs is empty (`Finding.is_empty`); else it is skipped then."""
    slots: ClassVar[int] = 2
    """Photos that it has in hand: it looks at one while what it found in another is being stored."""
    takes_slot: ClassVar[bool] = True
    """Whether it computes only when it is its photo's turn. One that takes no more than a few milliseconds need not."""
    announces: ClassVar[bool] = True
    """Whether it says that it starts (`started`). For one that is done at once that is a message too many."""
    cached: ClassVar[bool] = True
    """Whether what it finds is kept for the next time the same photo comes. That costs two round trips."""

    def __init__(self, weights: Weights) -> None: ...

    def warm_up(self) -> None:
        """Called once before the first photo, in the thread in which the photos are looked at."""
        return

    analyze: Any  # its parameters are its own; `wiring` reads and checks them


def declared(analyzer: Any, what: str) -> Any:
    """What a class, or one of its instances, declares; what `Analyzer` says where it declares nothing."""
    return getattr(analyzer, what, getattr(Analyzer, what))


class WeightNames(NamedTuple):
    """The weights that an analyzer needs, those that make it better, and those of which it needs one, best first."""

    needed: tuple[str, ...]
    better: tuple[str, ...]
    any_of: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.needed + self.any_of + self.better


def weight_names(analyzer: Any) -> WeightNames:
    """The names of the weights that an analyzer declares; a class that names none has none."""
    return WeightNames(*(tuple(declared(analyzer, what)) for what in ("weights", "optional_weights", "any_of")))


BEHAVIOUR = ("accepts_empty", "slots", "takes_slot", "announces", "cached")
"""What a class declares of how it is run."""


@dataclass(frozen=True)
class Wiring:
    """What a class says of itself: by the annotations of `analyze`, and by what it declares (see `Analyzer`)."""

    name: str
    takes_photo: bool
    parameters: dict[str, type[Finding]]
    """Name of a parameter → the finding that it takes."""
    returns: type[Finding]
    accepts_empty: bool
    slots: int
    takes_slot: bool
    announces: bool
    cached: bool

    @property
    def needs(self) -> tuple[str, ...]:
        """The analyzers whose findings it takes."""
        return tuple(kind_of(finding) for finding in self.parameters.values())


def wiring(analyzer: type[Any]) -> Wiring:
    """Reads the wiring off an analyzer class; TypeError, naming the mistake, when the annotations are no contract."""
    hints = get_type_hints(analyzer.analyze)
    returns = hints.pop("return", None)
    if not (inspect.isclass(returns) and issubclass(returns, Finding)):
        raise TypeError(f"{analyzer.__name__}.analyze must return a Finding, not {returns!r}")
    parameters: dict[str, type[Finding]] = {}
    takes_photo = False
    for parameter in list(inspect.signature(analyzer.analyze).parameters)[1:]:
        hint = hints.get(parameter)
        if hint is Photo and parameter == "photo":
            takes_photo = True
        elif inspect.isclass(hint) and issubclass(hint, Finding):
            parameters[parameter] = hint
        else:
            mistake = f"{analyzer.__name__}.analyze({parameter}: {hint!r})"
            raise TypeError(f"{mistake} is neither `photo: Photo` nor a Finding")
    name = declared(analyzer, "name") or kind_of(returns)
    behaviour = {what: declared(analyzer, what) for what in BEHAVIOUR}
    return Wiring(name, takes_photo, parameters, returns, **behaviour)
