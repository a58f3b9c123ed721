"""`heckler train body-type`: it learns what can be learnt, the same every time, and says what is wrong with a table."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from analyzers.body.body_network import Network, load
from analyzers.body.body_ratios import ratios
from analyzers.body.body_table import LANDMARKS, RATIOS, BadTable, Table, read_table
from analyzers.body.body_training import gradients, train
from analyzers.body.body_type import BodyTypeAnalyzer
from analyzers.body.skeleton import Skeleton
from analyzers.weights.store import store_of
from bus.findings import Box
from bus.settings import Settings
from cli.main import app

MIDDLES = {"inverted_triangle": 2.0, "rectangle": 1.6, "triangle": 1.25}


@pytest.fixture(autouse=True)
def _own_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("HECKLER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HECKLER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")


def separable(rows: int = 120, noise: float = 0.05, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    labels = tuple(list(MIDDLES)[i % 3] for i in range(rows))
    first = np.array([MIDDLES[label] for label in labels]) + rng.normal(0, noise, rows)
    return Table(("shoulder_to_hip", "arm_to_torso"), np.stack([first, rng.normal(1, 0.1, rows)], axis=1), labels)


def ring(rows: int = 400) -> Table:
    """Two labels that no straight line tells apart: one around the other."""
    rng = np.random.default_rng(4)
    angle, inside = rng.uniform(0, 2 * np.pi, rows), np.arange(rows) % 2 == 0
    radius = np.where(inside, 0.1, 0.4) + rng.normal(0, 0.03, rows)
    values = np.stack([1.6 + radius * np.cos(angle), 1 + radius * np.sin(angle)], axis=1)
    return Table(("shoulder_to_hip", "arm_to_torso"), values, tuple(np.where(inside, "rectangle", "triangle")))


def write(path: Path, table: Table) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", *table.columns, "label"])
        writer.writerows(
            [i, *row, label] for i, (row, label) in enumerate(zip(table.values, table.labels, strict=True))
        )
    return path


def by_hand(network: Network, row: np.ndarray) -> list[float]:
    """The forward pass, one number at a time."""
    x = [(v - m) / d for v, m, d in zip(row, network.mean, network.deviation, strict=True)]
    hidden = [
        np.tanh(sum(x[i] * network.w1[i, j] for i in range(len(x))) + network.b1[j]) for j in range(len(network.b1))
    ]
    scores = [
        sum(hidden[j] * network.w2[j, k] for j in range(len(hidden))) + network.b2[k] for k in range(len(network.b2))
    ]
    powers = [np.exp(score) for score in scores]
    return [float(power / sum(powers)) for power in powers]


@pytest.mark.parametrize("table", [separable(), ring()], ids=["three heaps", "a ring"])
def test_it_learns_what_differs(table: Table):
    trained = train(table, seed=1)
    assert trained.accuracy > 0.95
    assert trained.rows[1] == pytest.approx(len(table.labels) / 5, abs=2)
    assert trained.confusion.sum() == trained.rows[1]
    fresh = separable(90, seed=77) if len(set(table.labels)) == 3 else ring()
    found = trained.network.probabilities(fresh.values).argmax(axis=1)
    assert np.mean([trained.network.labels[i] == label for i, label in zip(found, fresh.labels, strict=True)]) > 0.95


def test_where_there_is_nothing_to_learn_it_says_so():
    table = separable()
    shuffled = Table(table.columns, table.values, tuple(np.random.default_rng(0).permutation(table.labels)))
    assert train(shuffled).accuracy < 0.65


def test_a_rare_label_is_learnt_too():
    table = separable(600)
    keep = [i for i, label in enumerate(table.labels) if label != "triangle" or i % 20 == 2]
    thin = Table(table.columns, table.values[keep], tuple(table.labels[i] for i in keep))
    trained = train(thin)
    row = trained.network.labels.index("triangle")
    assert trained.confusion[row].sum() >= 2
    assert trained.confusion[row, row] == trained.confusion[row].sum()


def test_same_table_and_seed_give_the_same_network_and_another_seed_another():
    first, again, other = (train(separable(), seed).network for seed in (5, 5, 6))
    assert all(np.array_equal(getattr(first, f), getattr(again, f)) for f in ("mean", "w1", "b1", "w2", "b2"))
    assert not np.array_equal(first.w1, other.w1)


def test_the_slopes_are_those_of_the_loss():
    rng = np.random.default_rng(2)
    parameters = [rng.normal(size=shape) for shape in ((2, 5), (5,), (5, 3), (3,))]
    x, wanted, weights = rng.normal(size=(7, 2)), rng.integers(0, 3, 7), np.array([0.5, 1.0, 2.0])

    def loss(each: list[np.ndarray]) -> float:
        network = Network(RATIOS[:2], tuple(MIDDLES), np.zeros(2), np.ones(2), *each)
        return float((-np.log(network.probabilities(x)[np.arange(7), wanted]) * weights[wanted]).mean())

    for index, slope in enumerate(gradients(parameters, x, wanted, weights)):
        for place in np.ndindex(slope.shape):
            up, down = ([each.copy() for each in parameters] for _ in range(2))
            up[index][place] += 1e-6
            down[index][place] -= 1e-6
            assert slope[place] == pytest.approx((loss(up) - loss(down)) / 2e-6, abs=1e-6)


def test_the_command_leaves_a_network_that_body_type_uses(tmp_path: Path):
    result = CliRunner().invoke(
        app, ["train", "body-type", str(write(tmp_path / "bodies.csv", separable())), "--seed", "3"]
    )
    assert result.exit_code == 0, result.output
    assert "accuracy on the 24 rows held out: 100.0%" in result.output
    assert "taken for rectangle" in result.output
    weights, missing = store_of(Settings()).available(BodyTypeAnalyzer)
    assert missing == ()
    assert str(weights["body_type_network"]) in result.output
    assert BodyTypeAnalyzer(weights).model.startswith("trained here")
    network, same = load(weights["body_type_network"]), train(separable(), 3).network
    for row in separable(9, seed=8).values:
        assert network.probabilities(row[None])[0] == pytest.approx(by_hand(network, row), abs=1e-12)
        assert network.probabilities(row[None]) == pytest.approx(same.probabilities(row[None]), abs=1e-9)


def test_a_newer_network_takes_over_and_the_same_has_the_same_name(tmp_path: Path):
    table = str(write(tmp_path / "bodies.csv", separable()))
    found = []
    for seed in ("1", "2", "1"):
        assert CliRunner().invoke(app, ["train", "body-type", table, "--seed", seed]).exit_code == 0
        found.append(store_of(Settings()).available(BodyTypeAnalyzer).weights["body_type_network"])
    assert found[0] != found[1]
    assert found[2] == found[0]
    assert not list((tmp_path / "data").rglob("*.part"))


def test_a_network_written_elsewhere_is_not_used(tmp_path: Path):
    table, file = write(tmp_path / "bodies.csv", separable()), tmp_path / "mine.npz"
    result = CliRunner().invoke(app, ["train", "body-type", str(table), "--out", str(file)])
    assert result.exit_code == 0, result.output
    assert load(file).columns == ("shoulder_to_hip", "arm_to_torso")
    assert store_of(Settings()).available(BodyTypeAnalyzer).weights == {}


HEAD = "shoulder_to_hip,label\n"
ROWS = "".join(f"{2 - i % 2 * 0.8},{('inverted_triangle', 'triangle')[i % 2]}\n" for i in range(24))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column label"),
        ("shoulder_to_hip\n1.5\n", "no column label in its first row, which names shoulder_to_hip"),
        ("label,wage\ntriangle,3\n", "neither ratios"),
        ("label,x0,y0\ntriangle,3,3\n", "lacks the landmark columns x11, y11"),
        (HEAD, "no rows"),
        (HEAD + ROWS + "nan,triangle\n", "row 26, column shoulder_to_hip: 'nan' is no finite number"),
        (HEAD + ROWS + "\n,triangle\n", "row 27, column shoulder_to_hip: '' is no finite number"),
        (HEAD + ROWS + "inf,triangle\n", "row 26, column shoulder_to_hip"),
        (HEAD + ROWS + "1e300,triangle\n", "row 26, column shoulder_to_hip: 1e300 is beyond"),
        (HEAD + ROWS + "one,triangle\n", "row 26, column shoulder_to_hip: 'one' is no finite number"),
        (HEAD + ROWS + "1.2,pear\n", "row 26, column label: 'pear' is none of inverted_triangle, rectangle, triangle"),
        (HEAD + ROWS + "1.2\n", "row 26 has 1 cells, and the first row has 2"),
        (HEAD + "1.2,triangle\n" * 30, "only triangle"),
        (HEAD + ROWS + "1.6,rectangle\n", "too few rows: 1 of rectangle"),
        ("label,shoulder_to_hip,shoulder_to_hip\n", "shoulder_to_hip more than once"),
        (HEAD + '"1.2,triangle\n', "no CSV that can be read"),
    ],
)
def test_a_bad_table_is_explained_by_row_and_column(tmp_path: Path, text: str, said: str):
    path = tmp_path / "bodies.csv"
    path.write_text(text)
    result = CliRunner().invoke(app, ["train", "body-type", str(path)])
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not (tmp_path / "data" / "models").exists()


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_reported(tmp_path: Path):
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)))
    with pytest.raises(BadTable, match=r"photo\.csv is no CSV"):
        read_table(path)
    assert CliRunner().invoke(app, ["train", "body-type", str(tmp_path / "none.csv")]).exit_code == 2
    assert "Example: heckler train body-type" in CliRunner().invoke(app, ["train", "body-type", "--help"]).output


def test_landmarks_become_the_ratios_that_the_analyzer_finds(tmp_path: Path):
    rng = np.random.default_rng(6)
    bodies = rng.uniform(100, 900, (24, 33, 2))
    with (tmp_path / "bodies.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", *LANDMARKS])
        for i, body in enumerate(bodies):
            cells = [body[int(name[1:]), "xy".index(name[0])] for name in LANDMARKS]
            writer.writerow([("triangle", "rectangle")[i % 2], *cells])
    table = read_table(tmp_path / "bodies.csv")
    assert table.columns == RATIOS
    for body, row in zip(bodies, table.values, strict=True):
        points = np.concatenate([body, np.zeros((33, 1)), np.ones((33, 1))], axis=1)
        expected = ratios(Skeleton(points, Box(x=0, y=0, w=1000, h=1000))).model_dump()
        assert row == pytest.approx([expected[name] for name in RATIOS])
