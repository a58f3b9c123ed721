"""What the tests of the writers share: models that say what a test gives them, and findings of any kind."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / "aggregator" / folder) for folder in ("", "roast/rules"))]


@pytest.fixture
def roomy_stories(mirror: Path, tmp_path: Path) -> Path:
    """The tiny model of children's stories, made to believe that it was trained on texts as long as a whole prompt."""
    folder = tmp_path / "stories260k-llama"
    shutil.copytree(mirror / "derived" / folder.name, folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"max_position_embeddings": 1 << 14}))
    return folder
