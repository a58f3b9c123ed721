"""Training the network of `body_type` on a table of ratios: numpy only, the same by the same seed on one machine.

One hidden layer of tanh; Adam (Kingma and Ba 2015) on the cross entropy, each label weighted by its rarity; a fifth of
the rows of every label is held out: it decides when to stop, and the accuracy is measured on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analyzers.body.body_network import Network
from analyzers.body.body_table import Table

Floats: TypeAlias = NDArray[np.floating[Any]]
Integers: TypeAlias = NDArray[np.intp]
Watch: TypeAlias = Callable[[int, float], None]
"""Called after every epoch with its number, from 1, and the loss on the rows held out."""

HIDDEN = 16
EPOCHS, PATIENCE, BATCH = 600, 60, 32
"""Most epochs; epochs without a better loss on the held-out rows after which it stops; rows of a step."""

RATE, DECAY = 0.01, 1e-4
"""Adam's step, and the share of the weights that each step takes back."""

HELD_OUT = 0.2


class Trained(NamedTuple):
    """The network, the epoch that it is of, and how it does on the rows that it never saw."""

    network: Network
    epoch: int
    rows: tuple[int, int]
    """Rows trained on and held out."""
    confusion: NDArray[np.int64]
    """[labels, labels]: held-out rows by what they are (first) and what the network takes them for."""

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / self.confusion.sum())


def _unwatched(epoch: int, loss: float) -> None:
    """Progress that is not shown."""


def train(table: Table, seed: int = 0, watch: Watch = _unwatched) -> Trained:
    """A network for `table`, the best of all epochs on the held-out rows."""
    rng = np.random.default_rng(seed)
    labels = tuple(sorted(set(table.labels)))
    wanted = np.array([labels.index(each) for each in table.labels])
    learning, held = split(wanted, rng)
    mean, deviation = table.values[learning].mean(axis=0), table.values[learning].std(axis=0)
    network = _start(table.columns, labels, (mean, np.maximum(deviation, 1e-9)), rng)
    weights = len(learning) / (len(labels) * np.bincount(wanted[learning], minlength=len(labels)))
    best, best_loss, best_epoch = network, np.inf, 0
    for epoch, candidate in enumerate(_epochs(network, (table.values[learning], wanted[learning]), weights, rng), 1):
        loss = _loss(candidate, table.values[held], wanted[held], weights)
        watch(epoch, loss)
        if loss < best_loss:
            best, best_loss, best_epoch = candidate, loss, epoch
        if epoch - best_epoch >= PATIENCE:
            break
    confusion = _confusion(best, table.values[held], wanted[held])
    return Trained(best, best_epoch, (len(learning), len(held)), confusion)


def split(wanted: Integers, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Rows to learn from and rows to hold out: a fifth of each label, one at least."""
    held = [
        rows[: max(1, round(HELD_OUT * len(rows)))]
        for label in np.unique(wanted)
        for rows in (rng.permutation(np.flatnonzero(wanted == label)),)
    ]
    out = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(wanted)), out), out


def _start(
    columns: tuple[str, ...], labels: tuple[str, ...], spread: tuple[Floats, Floats], rng: np.random.Generator
) -> Network:
    """Weights by Glorot and Bengio 2010, no biases."""
    w1 = rng.normal(0, np.sqrt(2 / (len(columns) + HIDDEN)), (len(columns), HIDDEN))
    w2 = rng.normal(0, np.sqrt(2 / (HIDDEN + len(labels))), (HIDDEN, len(labels)))
    return Network(columns, labels, *spread, w1, np.zeros(HIDDEN), w2, np.zeros(len(labels)))


def _epochs(
    network: Network, rows: tuple[Floats, Integers], weights: Floats, rng: np.random.Generator
) -> Iterator[Network]:
    """The network after each pass over the rows."""
    values, wanted = rows
    spread = network.mean, network.deviation
    parameters = [network.w1, network.b1, network.w2, network.b2]
    adam = Adam(parameters)
    for _ in range(EPOCHS):
        order = rng.permutation(len(wanted))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            x = (values[batch] - spread[0]) / spread[1]
            parameters = adam.step(parameters, gradients(parameters, x, wanted[batch], weights))
        yield Network(network.columns, network.labels, *spread, *parameters)


def gradients(parameters: list[Floats], x: Floats, wanted: Integers, weights: Floats) -> list[Floats]:
    """Of the weighted mean cross entropy, by w1, b1, w2 and b2; `x` [n, columns] is standardised."""
    w1, b1, w2, b2 = parameters
    hidden = np.tanh(x @ w1 + b1)
    scores = hidden @ w2 + b2
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = powers / powers.sum(axis=1, keepdims=True)
    error[np.arange(len(wanted)), wanted] -= 1
    error *= (weights[wanted] / len(wanted))[:, None]
    back = (error @ w2.T) * (1 - hidden**2)
    return [x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]


class Adam:
    """Kingma and Ba 2015, with their constants; weights decay beside the step (Loshchilov and Hutter 2019)."""

    def __init__(self, parameters: list[Floats]) -> None:
        self._first = [np.zeros_like(each) for each in parameters]
        self._second = [np.zeros_like(each) for each in parameters]
        self._steps = 0

    def step(self, parameters: list[Floats], slopes: list[Floats]) -> list[Floats]:
        """The parameters after one step down."""
        self._steps += 1
        self._first = [0.9 * m + 0.1 * g for m, g in zip(self._first, slopes, strict=True)]
        self._second = [0.999 * v + 0.001 * g * g for v, g in zip(self._second, slopes, strict=True)]
        first, second = 1 - 0.9**self._steps, 1 - 0.999**self._steps
        return [
            p - RATE * (m / first) / (np.sqrt(v / second) + 1e-8) - DECAY * p * (p.ndim > 1)
            for p, m, v in zip(parameters, self._first, self._second, strict=True)
        ]


def _loss(network: Network, values: Floats, wanted: Integers, weights: Floats) -> float:
    chances = network.probabilities(values)[np.arange(len(wanted)), wanted]
    return float((-np.log(np.maximum(chances, 1e-12)) * weights[wanted]).mean())


def _confusion(network: Network, values: Floats, wanted: Integers) -> NDArray[np.int64]:
    size = len(network.labels)
    found = network.probabilities(values).argmax(axis=1)
    return np.bincount(wanted * size + found, minlength=size * size).reshape(size, size)
