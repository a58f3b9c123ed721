"""A network cable for each server of a cluster, which can be pulled: network namespaces on a bridge. Needs root."""

from __future__ import annotations

import os
import secrets
import subprocess

from benchmarks.chaos_schedule import NODES


class Cables:
    """A network namespace for each server, all on one bridge. Names are drawn, so that several may exist at once."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(2)
        self._net = f"10.{secrets.randbelow(100) + 100}.{secrets.randbelow(250)}"
        self.hosts = {name: f"{self._net}.{number + 1}" for number, name in enumerate(NODES)}

    def lay(self) -> None:
        """Raises CalledProcessError where this is not allowed."""
        bridge = f"hb{self._mark}"
        _ip(f"link add {bridge} type bridge")
        _ip(f"addr add {self._net}.254/24 dev {bridge}")
        _ip(f"link set {bridge} up")
        for name, host in self.hosts.items():
            space = self.space(name)
            _ip(f"netns add {space}")
            _ip(f"link add {space} type veth peer name eth0 netns {space}")
            _ip(f"link set {space} master {bridge} up")
            _ip(f"-n {space} addr add {host}/24 dev eth0")
            _ip(f"-n {space} link set eth0 up")
            _ip(f"-n {space} link set lo up")

    def space(self, name: str) -> str:
        return f"h{self._mark}{name}"

    def plug(self, name: str, into: bool) -> None:
        _ip(f"link set {self.space(name)} {'up' if into else 'down'}")

    def remove(self) -> None:
        for name in NODES:
            subprocess.run(["ip", "netns", "del", self.space(name)], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", f"hb{self._mark}"], capture_output=True, check=False)


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True, capture_output=True)


def have_cables() -> bool:
    """Whether this machine allows network namespaces."""
    cables = Cables()
    try:
        if os.geteuid() != 0:
            return False
        cables.lay()
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        cables.remove()
    return True
