"""Pure: what is different between two requests: findings, cues, the join, the prompt, the words; and the times beside.

Times, queues and attempts differ whenever something is done twice: they are told, and are no difference.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bus.events import Feature
from bus.history import History
from bus.roast.events import Cue, Cued, Roast
from bus.roast.history import cued_of
from bus.roast.style import Style, style_of

EXACT = 1e-6
"""Relative difference of two numbers that counts as none: below what a float32 of some hundreds can hold."""

Prompter = Callable[[Cued], str]
"""The words that a language model would be asked with over these cues."""


@dataclass(frozen=True)
class Change:
    """A value at `path` that is not what it was; None where there was, or is, none."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """All that changed from one request to another.

    `findings` holds the changes by analyzer; an analyzer that is only in the second `appeared`, one that is only in the
    first `vanished`. The path of a changed cue is its id. `times` is milliseconds of work, before and after, of each
    stage that both have.
    """

    findings: Mapping[str, tuple[Change, ...]]
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]
    cues: tuple[Change, ...]
    join: tuple[Change, ...]
    style: tuple[Change, ...]
    prompt: tuple[str, ...]
    text: tuple[Change, ...]
    times: Mapping[str, tuple[float, float]]

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that are not the same: of findings, cues, join, style, prompt, text."""
        found = {"findings": self.findings or self.appeared or self.vanished, "cues": self.cues, "join": self.join}
        found |= {"style": self.style, "prompt": self.prompt, "text": self.text}
        return tuple(name for name, changes in found.items() if changes)

    @property
    def same(self) -> bool:
        return not self.stages


def compare(before: History, after: History, prompter: Prompter, tolerance: float = EXACT) -> Difference:
    """What changed from `before` to `after`. Numbers that differ by at most `tolerance`, relatively, are the same."""
    old, new = joined_features(before), joined_features(after)
    found = {name: tuple(changes(_said(old[name]), _said(new[name]), tolerance)) for name in old if name in new}
    cued = cued_of(before), cued_of(after)
    return Difference(
        findings={name: found[name] for name in sorted(found) if found[name]},
        appeared=tuple(sorted(new.keys() - old.keys())),
        vanished=tuple(sorted(old.keys() - new.keys())),
        cues=tuple(_changed_cues(_cues(cued[0]), _cues(cued[1]), tolerance)),
        join=tuple(changes(_join(before), _join(after), tolerance)),
        style=tuple(changes(_style(before), _style(after), tolerance)),
        prompt=_prompts(*cued, prompter),
        text=tuple(changes(_words(before), _words(after), tolerance)),
        times=_times(before, after, found),
    )


def joined_features(history: History) -> dict[str, Feature]:
    """The features that the join saw, or those that have superseded them since: all, for a request without a join."""
    last = history.seq_of(history.joined) if history.joined else history.last_seq
    found = ((stored.seq, stored.event) for stored in history.events)
    return {f.analyzer: f for seq, f in found if isinstance(f, Feature) and (seq <= last or f.supersedes)}


def changes(before: Any, after: Any, tolerance: float, path: str = "") -> Iterator[Change]:
    """Where two values differ, however deep: mappings by key, lists by position, numbers beyond `tolerance`."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in (*before, *(key for key in after if key not in before)):
            yield from changes(before.get(key), after.get(key), tolerance, f"{path}.{key}".lstrip("."))
    elif _is_list(before) and _is_list(after):
        for number in range(max(len(before), len(after))):
            old, new = (values[number] if number < len(values) else None for values in (before, after))
            yield from changes(old, new, tolerance, f"{path}.{number}".lstrip("."))
    elif not _alike(before, after, tolerance):
        yield Change(path, before, after)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _alike(before: Any, after: Any, tolerance: float) -> bool:
    if _is_number(before) and _is_number(after):
        return bool(abs(before - after) <= tolerance * max(1.0, abs(before), abs(after)))
    return bool(before == after)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _said(feature: Feature) -> dict[str, Any]:
    finding = feature.finding.model_dump(mode="json") if feature.finding else {}
    made = {"status": feature.status, "reason": feature.reason, "model": feature.model, "version": feature.version}
    return {**made, **finding}


def _cues(cued: Cued | None) -> dict[str, Any]:
    return {cue.id: _cue(cue) for cue in cued.cues} if cued else {}


def _changed_cues(before: Mapping[str, Any], after: Mapping[str, Any], tolerance: float) -> Iterator[Change]:
    for id in (*before, *(id for id in after if id not in before)):
        if any(changes(before.get(id), after.get(id), tolerance)):
            yield Change(id, before.get(id), after.get(id))


def _cue(cue: Cue) -> dict[str, Any]:
    return {"text": cue.text, "salience": cue.salience, "evidence": sorted(cue.evidence), "values": cue.values}


def _join(history: History) -> dict[str, Any]:
    joined, cued = history.joined, cued_of(history)
    found = joined.model_dump(include={"complete", "timed_out", "missing"}) if joined else {}
    return found | (cued.model_dump(include={"faces", "gentle"}) if cued else {})


def _style(history: History) -> dict[str, Any]:
    """How it should sound. The seed is left out: a rerun names the one that its parent drew."""
    style = style_of(history.submitted) if history.submitted else Style()
    return style.model_dump(exclude={"seed"})


def _prompts(before: Cued | None, after: Cued | None, prompter: Prompter) -> tuple[str, ...]:
    old, new = (prompter(cued).splitlines() if cued else [] for cued in (before, after))
    lines = difflib.unified_diff(old, new, lineterm="", n=1)
    return tuple(line for line in lines if not line.startswith(("---", "+++")))


def _words(history: History) -> dict[str, Any]:
    ending = history.ending
    if isinstance(ending, Roast):
        return {"ending": "roast", "writer": ending.writer, "text": ending.text}
    return {"ending": type(ending).__name__.lower() if ending else None}


def _times(before: History, after: History, both: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    pairs = {name: (before.features[name].compute_ms, after.features[name].compute_ms) for name in sorted(both)}
    if isinstance(before.ending, Roast) and isinstance(after.ending, Roast):
        pairs["writer"] = (before.ending.write_ms, after.ending.write_ms)
    return pairs
