"""One nats-server to a store, also after a `heckler up` that was killed and whose server lives on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bus.client import connect
from bus.events import Feature, new_id
from bus.jetstream.embedded_server import EmbeddedServer
from bus.jetstream.store_lock import StoreTaken, sign, store_lock
from bus.settings import Settings

Run = Callable[[Any], Any]

PARENT = """
import bus.jetstream.embedded_server, sys
bus.jetstream.embedded_server.die_with_parent = lambda: None  # as on a system whose kernel has no such thing
server = bus.jetstream.embedded_server.EmbeddedServer(bus.jetstream.embedded_server.Settings(data=sys.argv[1]))
server.start()
print(server.process.pid, server.port, flush=True)
sys.stdin.read()
"""
HOLDER = """
import os, signal, sys
from bus.jetstream.store_lock import sign, store_lock
from pathlib import Path
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with store_lock(Path(sys.argv[1])) as lock:
    sign(lock, os.getpid())
    print("held", flush=True)
    signal.pause()
"""


def python(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout
    return process.stdout.readline().split()


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Process id and port of a nats-server whose parent was killed."""
    with python(PARENT, str(tmp_path)) as parent:
        pid, port = map(int, said(parent))
        parent.kill()
    os.kill(pid, 0)  # it lives on
    yield pid, port
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def test_a_server_that_outlived_its_parent_is_ended_and_what_it_acknowledged_is_kept(
    orphan: tuple[int, int], tmp_path: Path, run: Run
) -> None:
    settings = Settings(data=tmp_path, log_level="error")
    server = EmbeddedServer(settings)
    mine = settings.model_copy(update={"nats_url": server.url("admin")})
    event = Feature(id=new_id(), analyzer="x", status="skipped")

    async def scenario() -> None:
        before = await connect(mine, "admin")
        await before.ensure_streams()
        assert await before.publish(event)
        server.start()
        await before.wait_reconnect()
        assert [stored.event for stored in (await before.latest(event.id)).events] == [event]
        await before.close()

    try:
        run(scenario())
        assert server.process is not None
        assert server.port == orphan[1]
        assert (tmp_path / "nats" / "lock").read_text().split() == [str(server.process.pid)] != [orphan[0]]
    finally:
        server.stop()


@pytest.mark.parametrize(("manner", "end"), [("polite", signal.SIGTERM), ("stubborn", signal.SIGKILL)])
def test_the_process_that_holds_the_lock_is_asked_to_go_and_made_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manner: str, end: signal.Signals
) -> None:
    monkeypatch.setattr("bus.jetstream.store_lock._ORDERLY_S", 1.0)
    with python(HOLDER, str(tmp_path / "lock"), manner) as holder:
        assert said(holder) == ["held"]
        with store_lock(tmp_path / "lock"):
            assert holder.wait(30) == -end


def test_the_process_that_an_old_lock_names_is_left_alone_when_the_lock_is_free(tmp_path: Path) -> None:
    with python("import sys; sys.stdin.read()") as bystander:
        (tmp_path / "lock").write_text(f"{bystander.pid}\n")
        with store_lock(tmp_path / "lock"):
            assert (tmp_path / "lock").read_text().split() == []
        assert bystander.poll() is None
        bystander.kill()


def test_where_the_holder_cannot_be_named_the_refusal_names_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("_LEAVING_S", "_ORDERLY_S", "_KILLED_S"):
        monkeypatch.setattr(f"bus.jetstream.store_lock.{patience}", 0.0)
    with store_lock(tmp_path / "lock"), pytest.raises(StoreTaken, match=str(tmp_path)):
        store_lock(tmp_path / "lock").__enter__()


def test_the_lock_outlives_the_descriptor_that_it_was_taken_with(tmp_path: Path) -> None:
    with store_lock(tmp_path / "lock") as lock:
        child = subprocess.Popen([sys.executable, "-c", "input()"], pass_fds=(lock,), stdin=subprocess.PIPE)
        sign(lock, child.pid)
    with store_lock(tmp_path / "lock"):
        assert child.wait(30) == -signal.SIGTERM
