"""The table that `heckler train body-type` learns from: a CSV with a header, one body a row.

Column `label`: inverted_triangle, rectangle or triangle; at least two of them, ten rows of each. Besides it either

- ratios, any of shoulder_to_hip, torso_to_leg, arm_to_torso and shoulder_to_height (`analyzers.body.body_ratios` says
  what they are), as the findings of `body_type` show them; what learns from the first alone works without legs in the
  photo, too; or
- landmarks, x0, y0, x11, y11, … y28 of the pose's points 0, 11 to 16 and 23 to 28 in pixels, all four ratios being made
  from them.

Other columns are passed over. Every cell of these has to be a finite number.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analyzers.body.body_ratios import LABELS, RATIOS, ratios
from analyzers.body.skeleton import Skeleton
from bus.findings import Box

Floats: TypeAlias = NDArray[np.floating[Any]]

JOINTS = (0, *range(11, 17), *range(23, 29))
LANDMARKS = tuple(f"{axis}{joint}" for joint in JOINTS for axis in "xy")

FEWEST = 10
"""Rows of a label that it takes: two of them are held out."""


class BadTable(ValueError):
    """The table cannot be learnt from; the message names the row and the column."""


class Table(NamedTuple):
    """Ratios [rows, columns] by the names in `columns`, and the label of every row."""

    columns: tuple[str, ...]
    values: Floats
    labels: tuple[str, ...]


def read_table(path: Path) -> Table:
    """The table in a CSV file. Raises BadTable, also for a file that cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = [name.strip() for name in next(lines, [])]
            columns = _columns(header, path)
            rows = list(_rows(lines, header, columns))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadTable(f"{path.name} is no CSV that can be read: {error}") from error
    labels = tuple(label for label, _ in rows)
    _check_labels(labels)
    values = np.array([values for _, values in rows], np.float64)
    if columns == LANDMARKS:
        return Table(RATIOS, values, labels)
    return Table(columns, values, labels)


def _columns(header: Sequence[str], path: Path) -> tuple[str, ...]:
    """The columns to learn from."""
    if "label" not in header:
        raise BadTable(
            f"{path.name} has no column label in its first row, which names {', '.join(header) or 'nothing'}"
        )
    if twice := {name for name in header if header.count(name) > 1 and name in (*RATIOS, *LANDMARKS, "label")}:
        raise BadTable(f"{path.name} has {' and '.join(sorted(twice))} more than once")
    if found := tuple(name for name in RATIOS if name in header):
        return found
    lacking = [name for name in LANDMARKS if name not in header]
    if len(lacking) == len(LANDMARKS):
        raise BadTable(f"{path.name} has neither ratios ({', '.join(RATIOS)}) nor landmarks (x0, y0, x11, …)")
    if lacking:
        raise BadTable(f"{path.name} lacks the landmark columns {', '.join(lacking)}")
    return LANDMARKS


def _rows(lines: Any, header: Sequence[str], columns: tuple[str, ...]) -> Iterator[tuple[str, list[float]]]:
    """Label and ratios of each row that is not empty. The header is row 1, as editors show it."""
    for cells in lines:
        number = lines.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise BadTable(f"row {number} has {len(cells)} cells, and the first row has {len(header)}")
        row = dict(zip(header, cells, strict=True))
        label = row["label"].strip()
        if label not in LABELS:
            raise BadTable(f"row {number}, column label: {label!r} is none of {', '.join(LABELS)}")
        values = [_number(row[column], number, column) for column in columns]
        yield label, _ratios(values, number) if columns == LANDMARKS else values


def _number(cell: str, row: int, column: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadTable(f"row {row}, column {column}: {cell.strip()!r} is no finite number")
    if abs(value) > 1e9:
        raise BadTable(f"row {row}, column {column}: {cell.strip()} is beyond anything that is measured here")
    return value


def _ratios(values: list[float], row: int) -> list[float]:
    """The four ratios of one row of landmarks."""
    points = np.zeros((33, 4))
    points[list(JOINTS), :2] = np.reshape(values, (-1, 2))
    points[list(JOINTS), 3] = 1
    low, size = points[:, :2].min(), float(np.ptp(points[:, :2]))
    found = ratios(Skeleton(points, Box(x=low, y=low, w=size, h=size)))
    for name in RATIOS:
        if getattr(found, name) is None:
            raise BadTable(f"row {row}: its landmarks give no {name}: joints fall together")
    return [getattr(found, name) for name in RATIOS]


def _check_labels(labels: Sequence[str]) -> None:
    counts = {label: labels.count(label) for label in sorted(set(labels))}
    if len(counts) < 2:
        said = f"only {labels[0]}" if labels else "no rows"
        raise BadTable(f"the column label has {said}: training needs at least two labels")
    if few := [f"{count} of {label}" for label, count in counts.items() if count < FEWEST]:
        raise BadTable(f"too few rows: {', '.join(few)}, where {FEWEST} of each label are the least")
