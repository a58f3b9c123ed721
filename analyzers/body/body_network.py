"""The small network that may judge builds in place of the rules: one hidden layer, kept in an .npz.

An .npz of `heckler train body-type` holds: `format` (1), `columns` and `labels` (names), `mean` and `deviation`
[columns], `w1` [columns, hidden], `b1` [hidden], `w2` [hidden, labels], `b2` [labels], all of them float64. Its answer
for ratios x: softmax(tanh((x - mean) / deviation @ w1 + b1) @ w2 + b2).
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analyzers.body.body_ratios import LABELS, RATIOS, Verdict
from bus.findings import BodyRatios

Floats: TypeAlias = NDArray[np.floating[Any]]

FORMAT = 1

SURE = 0.6
"""Least probability that makes a label."""

_ARRAYS = ("mean", "deviation", "w1", "b1", "w2", "b2")


class NoNetwork(ValueError):
    """The file is no network of this kind; the message says what is wrong with it."""


@dataclass(frozen=True)
class Network:
    """The network, and the names of what goes in and comes out. Shapes as the module says."""

    columns: tuple[str, ...]
    labels: tuple[str, ...]
    mean: Floats
    deviation: Floats
    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    def __post_init__(self) -> None:
        inputs, hidden, outputs = len(self.columns), len(self.b1), len(self.labels)
        shapes = {"mean": (inputs,), "deviation": (inputs,), "w1": (inputs, hidden), "b1": (hidden,)}
        for name, shape in (shapes | {"w2": (hidden, outputs), "b2": (outputs,)}).items():
            array = getattr(self, name)
            if array.shape != shape or not np.isfinite(array).all():
                raise NoNetwork(f"{name} is {array.shape}, or not finite, where {shape} is wanted")
        if unknown := [*{*self.columns} - {*RATIOS}, *{*self.labels} - {*LABELS}]:
            raise NoNetwork(f"it has {', '.join(sorted(unknown))}, which this version does not know")
        if not inputs or outputs < 2 or (self.deviation <= 0).any():
            raise NoNetwork("it has no input, fewer than two labels, or a deviation that is not above 0")

    def probabilities(self, x: Floats) -> Floats:
        """[n, labels] of ratios [n, columns]; each row adds up to 1."""
        hidden = np.tanh((x - self.mean) / self.deviation @ self.w1 + self.b1)
        scores = hidden @ self.w2 + self.b2
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def judge(self, found: BodyRatios) -> Verdict | None:
        """What it says of a body; None where a ratio that it asks for is unknown."""
        values = [getattr(found, column) for column in self.columns]
        if None in values:
            return None
        chances = self.probabilities(np.array([values], np.float64))[0]
        best = int(chances.argmax())
        label = next(each for each in LABELS if each == self.labels[best])
        return Verdict(label if chances[best] >= SURE else None, min(1.0, float(chances[best])))

    def save(self, path: Path) -> None:
        """Writes the .npz, whole or not at all. Raises OSError."""
        part = path.with_name(path.name + ".part")
        names = {"columns": np.array(self.columns), "labels": np.array(self.labels), "format": np.array(FORMAT)}
        with part.open("wb") as file:
            np.savez(file, **names, **{name: getattr(self, name) for name in _ARRAYS})  # type: ignore[arg-type]
        part.replace(path)


def load(path: Path) -> Network:
    """The network in a file. Raises NoNetwork, naming what is wrong, and OSError."""
    try:
        with np.load(path, allow_pickle=False) as found:
            if int(found["format"]) != FORMAT:
                raise NoNetwork(f"{path.name} is of another format than {FORMAT}: train it again")
            columns, labels = (tuple(map(str, found[each].ravel())) for each in ("columns", "labels"))
            return Network(columns, labels, **{each: found[each].astype(np.float64) for each in _ARRAYS})
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise NoNetwork(f"{path.name} is no network of heckler train body-type: {error}") from error
