"""Which fault comes when, to which process: an endless sequence that a seed decides. Pure."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

ROLES = ("nats-server", "gateway", "aggregator", "writer", "worker", "decoder", "supervisor")
NODES = ("n0", "n1", "n2")
"""The servers of a cluster, in place of `nats-server`."""

SERVICES = ("gateway", "aggregator", "writer", "worker")
_WEIGHTS = {"supervisor": 0.2, "gateway": 0.6, "nats-server": 0.8}
"""What everything stands on is struck less often, or there would be more pause than load."""
_KIND_WEIGHTS = {"disk": 0.5, "freeze": 0.15}

TARGETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kill": ROLES,
        "stop": ROLES,
        "freeze": ("gateway", "aggregator", "writer", "worker", "nats-server"),
        "disk": ("disk",),
        "descriptors": ("nats-server", "gateway", "aggregator", "writer", "worker"),
        "partition": SERVICES,
        "clock": ("clock",),
    }
)
"""Kind of fault → what it may strike. `freeze` is a stop for ever: the process has to be replaced."""

SECONDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "kill": (0, 0),
        "stop": (0.2, 4),
        "freeze": (0, 0),
        "disk": (0.3, 3),
        "descriptors": (0.5, 5),
        "partition": (0.3, 5),
        "clock": (1.5, 6),
    }
)
"""Kind of fault → how long it lasts, at least and at most."""

MODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"partition": ("cut", "stall", "stall-up", "stall-down"), "clock": ("-60", "-15", "-2", "+2", "+15", "+3600")}
)
"""Kind of fault → its variants: of a partition what happens to bytes, of a clock the seconds that it jumps."""


@dataclass(frozen=True)
class Fault:
    """One fault: `after` seconds after the one before, for `seconds`. `pick` (0 to 1) chooses among several processes
    of one role."""

    after: float
    kind: str
    target: str
    seconds: float
    pick: float = 0.0
    mode: str = ""

    def __str__(self) -> str:
        words = f"{self.kind} {self.target}" if self.kind != self.target else self.kind
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{words}{f' {self.mode}' if self.mode else ''}{lasting}"


@dataclass
class Inflicted:
    """A fault as it happened: from `start` until `end`, when the process was back (seconds of the harness's clock)."""

    fault: Fault
    start: float
    end: float = field(default=float("inf"))

    def touches(self, since: float, until: float) -> bool:
        return self.start <= until and since <= self.end


def schedule(
    seed: int, kinds: Collection[str], period: float = 1.0, cluster: bool = False, spared: Collection[str] = ()
) -> Iterator[Fault]:
    """Faults of these kinds without end, about one each `period` seconds, never at what is `spared`. The same
    arguments give the same faults. Raises ValueError for a kind that there is not.
    """
    if unknown := set(kinds) - TARGETS.keys():
        raise ValueError(f"no such fault: {', '.join(sorted(unknown))}; there are: {', '.join(TARGETS)}")
    dice = random.Random(seed)
    order = {kind: [each for each in targets_of(kind, cluster) if each not in spared] for kind in TARGETS}
    possible = [kind for kind in TARGETS if kind in kinds and order[kind]]
    while possible:
        kind = dice.choices(possible, [_KIND_WEIGHTS.get(each, 1.0) for each in possible])[0]
        target = dice.choices(order[kind], [_WEIGHTS.get(each, 1.0) for each in order[kind]])[0]
        yield Fault(
            after=period * dice.uniform(0.5, 1.5),
            kind=kind,
            target=target,
            seconds=round(dice.uniform(*SECONDS[kind]), 2),
            pick=dice.random(),
            mode=dice.choice(MODES.get(kind, ("",))),
        )


def targets_of(kind: str, cluster: bool) -> tuple[str, ...]:
    """What a fault may strike; on a cluster, each of its servers in place of the one."""
    if not cluster:
        return TARGETS[kind]
    if kind == "partition":  # a server's cable is pulled
        return NODES
    if kind == "freeze":  # no part of Heckler replaces a server of a cluster
        return tuple(target for target in TARGETS[kind] if target != "nats-server")
    return tuple(each for target in TARGETS[kind] for each in (NODES if target == "nats-server" else (target,)))
