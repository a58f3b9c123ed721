"""What the tests of the writers share: models that say what they are told to, and findings of any kind."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "aggregator")]
