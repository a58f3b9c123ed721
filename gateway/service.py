"""The gateway as a process: listens until it is told to stop, then lets everybody finish."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Collection, Iterator

import uvicorn

from bus.observability.logs import configure, log
from bus.observability.tracing import export_spans
from bus.service.descriptors import raise_descriptor_limit
from bus.service.heartbeat import beating
from bus.settings import Settings
from gateway.app import create_app
from gateway.http.connections import Limits, check_all, let_vanish, limited

DRAIN_S = 10
"""Seconds that answers under way may take once the process is told to stop. Streams end at once; clients resume."""


class _Server(uvicorn.Server):
    """Ends connections that cost too much. Leaves signals to `serve`: uvicorn would raise them again after its end."""

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if counter % 5 == 0:
            check_all(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, listening: socket.socket | None = None, starting: Collection[str] = ()) -> None:
    """Serves on `settings.host` and `.port`, or on a socket that is bound already, until SIGTERM or SIGINT.

    `starting` names analyzers that start at the same time; see `create_app`.
    Raises ValueError without a NATS URL, OSError when the port is taken. Cancelling it drains as well.
    """
    if not settings.nats_url:
        raise ValueError("no NATS server: start `heckler up`, or set HECKLER_NATS_URL to one")
    configure(settings, "gateway")
    export_spans("gateway")
    limits = Limits.of(settings, raise_descriptor_limit())
    app = create_app(settings, starting)
    sock = listening or bind(settings)
    let_vanish(sock, settings.unread_s)
    server = _Server(
        uvicorn.Config(
            app, http=limited(limits), log_level="warning", access_log=False, server_header=False,
            timeout_graceful_shutdown=DRAIN_S, h11_max_incomplete_event_size=32 * 1024, timeout_keep_alive=30,
        )
    )  # fmt: skip

    def leave() -> None:
        app.state.gateway.leaving.set()
        server.should_exit = True

    with _on_signals(leave):
        host, port = sock.getsockname()[:2]
        log.info("gateway.listening", url=f"http://{f'[{host}]' if ':' in host else host}:{port}")
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        async with beating(settings):
            try:
                await asyncio.shield(serving)
            except asyncio.CancelledError:
                leave()
                await serving
                raise


def bind(settings: Settings) -> socket.socket:
    """A listening socket; with port 0, `getsockname()` tells which one it became. Raises OSError.

    Who connects before the application is up waits in line instead of being turned away.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY on sockets that name their protocol only; without it each event waits 40 ms for an ACK
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
        sock.listen(1024)
    except OSError:
        sock.close()
        raise
    return sock


@contextlib.contextmanager
def _on_signals(leave: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread, not on Windows
        for each in signals:
            loop.add_signal_handler(each, leave)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            for each in signals:
                loop.remove_signal_handler(each)
