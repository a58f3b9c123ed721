"""What the tests of the bus share. Deliveries of their own making lie beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def server(fresh_server: Callable[..., Any]) -> Any:
    """A nats-server of the test's own, which waits for an answer as long as any test lasts."""
    return fresh_server(ack_wait_s=600)


@pytest.fixture
def impatient_server(fresh_server: Callable[..., Any]) -> Any:
    """A nats-server of the test's own, which delivers again what nobody has answered for a second."""
    return fresh_server(ack_wait_s=1)
