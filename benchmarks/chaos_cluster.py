"""What chaos strikes, with three servers that replicate to one another."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path

from benchmarks.chaos_cables import Cables
from benchmarks.chaos_schedule import NODES
from benchmarks.chaos_system import OneServer
from benchmarks.processes import System
from bus.client import Bus, BusDown, LogRefused, connect
from bus.jetstream.embedded_server import find_binary, free_port
from bus.settings import Settings
from bus.topology import FEATURES, STREAMS, streams

SETTLED_S = 60.0
"""Seconds within which a server that is back has to have what the others have."""
CONFIG = """
listen: "{host}:{port}"
server_name: {name}
max_payload: 8MB
jetstream {{ store_dir: "{store}", max_file: 20GB, sync_interval: always }}
cluster {{ name: c, listen: "{host}:{route}", routes: [{routes}] }}
"""


class ThreeServers(OneServer):
    """`heckler up` on a cluster. Its servers are started again a moment after they were killed."""

    def __init__(self, folder: Path, kinds: Collection[str], analyzers: str, **variables: str) -> None:
        super().__init__(folder, [kind for kind in kinds if kind != "disk"], analyzers, **variables)
        self._cables = Cables() if "partition" in kinds else None
        self._nodes: dict[str, subprocess.Popen[bytes]] = {}
        self.stores = folder / "nodes"
        hosts = self._cables.hosts if self._cables else dict.fromkeys(NODES, "127.0.0.1")
        self._addresses = {name: (host, free_port(), free_port()) for name, host in hosts.items()}
        self.url = ",".join(f"nats://{host}:{port}" for host, port, _ in self._addresses.values())
        self._bus: Bus

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[OneServer]:
        """Started, replicated and ready."""
        self.data.mkdir()
        with self._cluster():
            self._bus = await connect(self.admin(), "admin")
            await self._declared()
            self._variables |= {"HECKLER_NATS_URL": self.url, "HECKLER_NATS_REPLICAS": "3"}
            del self._variables["HECKLER_NATS_PORT"]
            self.system = System(self.data, self.folder / "up.log", free_port(), **self._variables, **self._preloaded())
            async with self._kept_running():
                yield self
            await self._bus.close()

    @contextlib.contextmanager
    def _cluster(self) -> Iterator[None]:
        try:
            if self._cables:
                self._cables.lay()
            for name in NODES:
                self._start_node(name)
            yield
        finally:
            for process in self._nodes.values():
                process.kill()
                process.wait()
            if self._cables:
                self._cables.remove()

    def _start_node(self, name: str) -> None:
        host, port, route = self._addresses[name]
        self.stores.mkdir(exist_ok=True)
        config = self.stores / f"{name}.conf"
        routes = ",".join(f'"nats://{host}:{route}"' for host, _, route in self._addresses.values())
        store = self.stores / name
        config.write_text(CONFIG.format(host=host, port=port, route=route, routes=routes, name=name, store=store))
        inside = ["ip", "netns", "exec", self._cables.space(name)] if self._cables else []
        with (self.stores / f"{name}.log").open("ab") as log:
            self._nodes[name] = subprocess.Popen(
                [*inside, find_binary(), "-c", str(config)], stdout=log, stderr=log, start_new_session=True
            )

    async def _declared(self) -> None:
        """The streams, once the servers have found one another."""
        while True:
            try:
                for config in streams(Settings(nats_replicas=3, max_image_bytes=1 << 26)):
                    await self._bus.api(f"STREAM.CREATE.{config['name']}", config)
                return
            except (LogRefused, BusDown):
                await asyncio.sleep(0.2)  # there is no notice when they have elected one

    async def _keep(self) -> None:
        while True:
            for name, process in list(self._nodes.items()):
                if process.poll() is not None:
                    self._start_node(name)
            if not self.system.is_alive:
                self.system.start()
            await asyncio.sleep(0.5)

    def pids(self, role: str) -> list[int]:
        if role not in NODES:
            return super().pids(role)
        return [self._nodes[role].pid] if self._nodes[role].poll() is None else []

    def partition(self, role: str, mode: str) -> None:
        assert self._cables is not None
        self._cables.plug(role, into=not mode)

    async def settled(self) -> None:
        """Returns when all three have everything. Raises TimeoutError."""
        deadline = time.monotonic() + SETTLED_S
        while not await self._is_whole():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the cluster is not whole {SETTLED_S:g} s after a fault")
            await asyncio.sleep(0.3)

    async def _is_whole(self) -> bool:
        try:
            return all([await self._has_all(stream) for stream in STREAMS])
        except (LogRefused, BusDown):
            return False

    async def _has_all(self, stream: str) -> bool:
        cluster = (await self._bus.api(f"STREAM.INFO.{stream}", patience=2))["cluster"]
        others = cluster.get("replicas", [])
        replicas = 0 if stream == FEATURES else 2
        return bool(cluster.get("leader")) and len(others) == replicas and all(each.get("current") for each in others)

    def admin(self) -> Settings:
        return Settings(data=self.data, nats_url=self.url)
