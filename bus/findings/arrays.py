"""Arrays inside events: float32 bytes with a shape on the wire, nested lists in JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, SerializationInfo, WithJsonSchema

if TYPE_CHECKING:  # NumPy is loaded with the first array: the gateway starts sooner without it
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
else:
    Floats = Any


def _load(value: Any) -> Floats:
    """An array from its wire form, from nested lists, or from an array; ValueError when it is none of these."""
    import numpy as np

    if isinstance(value, dict):
        shape = tuple(int(n) for n in value["shape"])
        array = np.frombuffer(value["f32"], dtype="<f4").reshape(shape)
    else:
        array = np.asarray(value, dtype=np.float32)
    frozen = np.ascontiguousarray(array, dtype=np.float32).view()  # a view: the caller's own array stays writeable
    frozen.flags.writeable = False  # events are frozen, all the way down
    return frozen


def _dump(array: Floats, info: SerializationInfo) -> Any:
    if info.mode == "json":
        return array.tolist()
    return {"shape": list(array.shape), "f32": array.astype("<f4").tobytes()}


FloatArray = Annotated[
    Floats,
    PlainValidator(_load),
    PlainSerializer(_dump),
    WithJsonSchema({"type": "array", "items": {}, "description": "nested lists of float32"}),
]
"""A float32 array of any shape."""


def plain(value: Any) -> Any:
    """`value` of a model that is not known here, as JSON can say it: the wire form of an array becomes nested lists."""
    if isinstance(value, dict):
        return _load(value).tolist() if _is_array(value) else {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _is_array(value: dict[Any, Any]) -> bool:
    """Whether it is what `_dump` makes of an array: a shape, and as many floats."""
    shape, data = value.get("shape"), value.get("f32")
    if len(value) != 2 or not isinstance(shape, list | tuple) or not isinstance(data, bytes):
        return False
    return all(isinstance(n, int) and n >= 0 for n in shape) and 4 * math.prod(shape) == len(data)
