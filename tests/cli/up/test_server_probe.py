"""Asking a NATS server whether it works: an open port alone is no answer."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import Any

from bus.jetstream.embedded_server import free_port
from cli.up.server_probe import nats_answers


def test_a_server_that_works_answers(nats_server: Any, run: Callable[..., Any]) -> None:
    assert run(nats_answers(nats_server.embedded.url("cli"), 10))


def test_a_server_that_refuses_the_password_works(nats_server: Any, run: Callable[..., Any]) -> None:
    assert run(nats_answers(f"nats://cli:wrong@127.0.0.1:{nats_server.embedded.port}", 10))


def test_a_frozen_server_whose_port_is_open_does_not(fresh_server: Callable[..., Any], run: Callable[..., Any]) -> None:
    embedded = fresh_server().embedded
    os.kill(embedded.process.pid, signal.SIGSTOP)
    try:
        assert not run(nats_answers(embedded.url("cli"), 0.3))
    finally:
        os.kill(embedded.process.pid, signal.SIGCONT)


def test_a_port_without_a_server_or_with_another_kind_of_server_does_not(run: Callable[..., Any]) -> None:
    assert not run(nats_answers(f"nats://cli:word@127.0.0.1:{free_port()}", 10))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert not run(nats_answers(f"nats://cli:word@127.0.0.1:{silent.getsockname()[1]}", 0.3))
