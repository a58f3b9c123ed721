"""What the tests of the conversions share. Their own helpers lie beside them and need PyTorch."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from analyzers.weights.store import Store

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store in which every licence is accepted."""
    return Store(tmp_path / "models", accepted={"all"})
