"""Pickled PyTorch modules, read without their classes: whatever is in the file, none of it runs.

Such a file is a zip with one pickle and one file for each storage (PyTorch's format since 1.6). Names of classes and
functions in the pickle become empty placeholders; only tensors are made.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from torch import Tensor

LARGEST = 1 << 30
"""Bytes that one storage may have: no network here is nearly as large."""

DTYPES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8,
}


class Placeholder:
    """An object of a class that was not looked for. It takes whatever the pickle gives it, and does nothing."""

    def __new__(cls, *_: Any, **__: Any) -> Placeholder:
        return super().__new__(cls)

    def __init__(self, *args: Any, **named: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, dict):
            self.__dict__.update(state)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, value: Any) -> None:
        pass

    def extend(self, values: Any) -> None:
        pass

    def tensors(self, prefix: str = "") -> dict[str, Tensor]:
        """The parameters and buffers of a module and all modules within, by the names of its state dict."""
        return dict(self._walk(prefix))

    def _walk(self, prefix: str) -> Iterator[tuple[str, Tensor]]:
        for group in ("_parameters", "_buffers"):
            for name, value in getattr(self, group, {}).items():
                if isinstance(value, Tensor):
                    yield prefix + name, value
        for name, module in getattr(self, "_modules", {}).items():
            if isinstance(module, Placeholder):
                yield from module._walk(f"{prefix}{name}.")


def read_modules(path: Path) -> Any:
    """What is pickled in `path`, modules as placeholders. Raises pickle.UnpicklingError, zipfile.BadZipFile, OSError
    and, for a file made to mislead, whatever unpickling raises."""
    with ZipFile(path) as archive:
        entry = next((name for name in archive.namelist() if name.endswith("/data.pkl")), None)
        if entry is None:
            raise pickle.UnpicklingError("it has no data.pkl")
        with archive.open(entry) as file:
            return _Unpickler(file, archive, entry.removesuffix("data.pkl")).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, archive: ZipFile, folder: str) -> None:
        super().__init__(file)
        self._archive, self._folder = archive, folder
        self._storages: dict[str, Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Tensors' makers by their own names; for any other name an empty class."""
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch._utils", "_rebuild_parameter"): _parameter,
        }
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        return known.get((module, name)) or type(name, (Placeholder,), {})

    def persistent_load(self, pid: Any) -> Tensor:
        """The storage `("storage", type, key, place, length)`, flat."""
        _, dtype, key, _, _ = pid
        if not isinstance(dtype, torch.dtype):
            raise pickle.UnpicklingError("a storage of no known type")
        if key not in self._storages:
            info = self._archive.getinfo(f"{self._folder}data/{key}")
            if info.file_size > LARGEST:
                raise pickle.UnpicklingError(f"a storage of {info.file_size} bytes")
            content = bytearray(self._archive.read(info))
            self._storages[key] = torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)
        return self._storages[key]


def _tensor(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Tensor:
    """A tensor over a flat storage; RuntimeError where it would reach beyond."""
    return storage.as_strided(tuple(size), tuple(stride), offset)


def _parameter(data: Tensor, *_: Any) -> Tensor:
    return data
