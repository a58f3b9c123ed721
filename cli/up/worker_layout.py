"""Which worker processes `heckler up` starts, and with which analyzers in each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_PEOPLE = frozenset({"face", "body", "demographics"})
"""On four to seven processors: one process for the people, one for the picture."""


class UnknownNames(ValueError):
    """Names that are neither a group nor an analyzer; the message lists those that are."""


@dataclass(frozen=True)
class Member:
    """One analyzer: its name and group, the weights without which it does not work, and those that would help it.

    `coming` are those of them that are fetched in the background, `fix` the command that brings the others. `needs` are
    the analyzers that it needs findings of.
    """

    name: str
    group: str
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    better_with: tuple[str, ...] = ()
    coming: tuple[str, ...] = ()
    fix: str = ""


@dataclass(frozen=True)
class Roster:
    """All groups that there can be, and the analyzers there are."""

    groups: tuple[str, ...]
    members: tuple[Member, ...]

    def of(self, group: str) -> tuple[Member, ...]:
        """The analyzers of a group."""
        return tuple(member for member in self.members if member.group == group)


def choose(roster: Roster, processors: int, wanted: str = "") -> list[str]:
    """The worker processes, each as names joined by `+`: as `wanted` says, or to suit the number of processors.

    Raises UnknownNames.
    """
    if not wanted.strip():
        return _default(roster, processors)
    processes = [clean for process in wanted.split(",") if (clean := _clean(process))]
    check([name for process in processes for name in process.split("+")], roster)
    return processes


def check(names: Sequence[str], roster: Roster) -> None:
    """Raises UnknownNames unless each of `names` is a group or an analyzer."""
    known = {*roster.groups, *(member.name for member in roster.members)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownNames(
            f"no group or analyzer is called {', '.join(unknown)}. Groups: {', '.join(roster.groups)}. "
            f"Analyzers: {', '.join(member.name for member in roster.members)}."
        )


def members_of(processes: Sequence[str], roster: Roster) -> frozenset[str]:
    """The analyzers that run in these processes."""
    names = {name for process in processes for name in process.split("+")}
    return frozenset(member.name for member in roster.members if {member.name, member.group} & names)


def _default(roster: Roster, processors: int) -> list[str]:
    """One process for all, two halves, or one for each group, and no process that would have nothing to do.

    Up to three processors one process does most: its analyzers share every free processor, each decoded photo and
    each model's run (measured on two: docs/performance.md). What one process can do beside its models, Python's one
    lock, makes more of them worthwhile on larger machines. Groups that lack all their weights share the last process:
    a process has to say what they lack.
    """
    groups = [group for group in roster.groups if roster.of(group)]
    able = [group for group in groups if any(not member.missing for member in roster.of(group))]
    if processors < 4 or not able:
        processes = [groups]
    elif processors < 8:
        processes = [[g for g in able if g in _PEOPLE], [g for g in able if g not in _PEOPLE]]
    else:
        processes = [[group] for group in able]
    processes = [process for process in processes if process]
    if processes:
        processes[-1] += [group for group in groups if group not in able and group not in processes[-1]]
    return ["+".join(process) for process in processes]


def _clean(process: str) -> str:
    return "+".join(name.strip() for name in process.split("+") if name.strip())
