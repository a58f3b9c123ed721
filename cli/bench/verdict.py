"""What a measurement means: the stage that holds the others up, in a sentence, and what the numbers say would help.

Pure. Nothing is suggested that the numbers do not carry: an idle system gets no advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cli.bench.measurement import SUBMIT, Run
from cli.watch.stages import JOIN, WHOLE, WRITE, Figures, figures, quantile

_FLOW = (SUBMIT, JOIN, WRITE, WHOLE)
BUSY = 0.8
"""Share of the cores above which there is nothing left to be had of this machine."""
IDLE = 0.5
HARDLY = 0.5
"""Analyzers at work at once, below which not even one slot is taken: then none waits for a slot."""
SLOW_DISK_MS = 20.0
"""A submission is four messages, each on disk before the next: above this, the disk is what one waits for."""


@dataclass(frozen=True)
class Machine:
    """Where it ran: its cores, and when the log's events are on disk; None for what is elsewhere and not known."""

    cores: int | None
    sync: str | None


@dataclass(frozen=True)
class Verdict:
    """The bottleneck's stage, the sentence that names it, and what would help."""

    stage: str
    sentence: str
    advice: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Load:
    run: Run
    stages: dict[str, Figures]
    looking: dict[str, Figures]

    @property
    def busy(self) -> float:
        """Analyzers at work at once, on average."""
        return sum(stage.busy for stage in self.looking.values())

    @property
    def whole_ms(self) -> float:
        return _mean(self.run, WHOLE, work=True) + _mean(self.run, SUBMIT, work=True)


def judge(run: Run, machine: Machine) -> Verdict:
    """The verdict on a run with many photos at once."""
    stages = figures(run.samples, run.seconds)
    load = _Load(run, stages, {name: stage for name, stage in stages.items() if name not in _FLOW})
    if WHOLE not in stages:
        return Verdict("", "No request came to an end: there is nothing to judge.")
    writing, submitting = _mean(run, WRITE), _mean(run, SUBMIT)
    parts = {"looking": load.whole_ms - writing - submitting, WRITE: writing, SUBMIT: submitting}
    match max(parts, key=lambda part: parts[part]):
        case "write":
            return _writing(load, parts)
        case "submit":
            return _submitting(load, parts, machine)
        case _:
            return _looking(load, parts, machine)


def _looking(load: _Load, parts: Mapping[str, float], machine: Machine) -> Verdict:
    if load.busy < HARDLY:
        return _between(load, parts, machine)
    name, stage = max(load.looking.items(), key=lambda each: each[1].busy)
    part = stage.busy / load.busy
    of = f" of {machine.cores} cores" if machine.cores else ""
    sentence = (
        f"The analyzers hold photos up ({_share(parts, 'looking')} of their time), {name} most of all: "
        f"{part:.0%} of the looking, {stage.work_p50_ms:.0f} ms a photo after {stage.wait_p50_ms:.0f} ms of waiting; "
        f"{load.busy:.1f} analyzers work at once on average{of}."
    )
    return Verdict(name, sentence, tuple(_looking_advice(load, name, part, machine)))


def _between(load: _Load, parts: Mapping[str, float], machine: Machine) -> Verdict:
    sentence = (
        f"Photos spend {_share(parts, 'looking')} of their time on the way from service to service: hardly any "
        f"analyzer computes ({load.busy:.1f} analyzers at once on average), so it is the log and the queues."
    )
    return Verdict(JOIN, sentence, _disk_advice(load, machine))


def _disk_advice(load: _Load, machine: Machine) -> tuple[str, ...]:
    if machine.sync != "always" or load.stages[SUBMIT].work_p50_ms <= SLOW_DISK_MS:
        return ()
    return ("Every event waits for the disk: a faster disk, or HECKLER_SYNC=default where the power does not fail.",)


def _looking_advice(load: _Load, name: str, part: float, machine: Machine) -> list[str]:
    advice = []
    waits = any(stage.wait_p50_ms > stage.work_p50_ms for stage in load.looking.values())
    if machine.cores and load.busy >= BUSY * machine.cores:
        advice.append(f"The cores are busy: run `heckler work {name}` on another machine, for the log of this one.")
        if part >= 0.25:
            gain = 1 / (1 - part) if part < 1 else float("inf")
            more = f"up to {gain:.1f} times as many photos" if gain < 100 else "far more photos"
            advice.append(f"Without {name} the other analyzers would do {more} in the same time.")
    elif machine.cores and load.busy < IDLE * machine.cores and waits:
        advice.append(
            "Analyzers wait while cores are idle: raise HECKLER_MAX_CONCURRENCY, or spread HECKLER_WORKERS further."
        )
    if load.run.unfinished:
        advice.append(
            f"{load.run.unfinished} joins went ahead with findings missing: fewer at once, or a longer HECKLER_JOIN_S."
        )
    if not waits and not advice:
        advice.append(
            f"No photo waits at {load.run.in_flight} photos at once: a larger --in-flight may do more a second."
        )
    return advice


def _writing(load: _Load, parts: Mapping[str, float]) -> Verdict:
    stage = load.stages[WRITE]
    sentence = (
        f"The writer holds photos up ({_share(parts, WRITE)} of their time): {stage.work_p50_ms:.0f} ms a roast after "
        f"{stage.wait_p50_ms:.0f} ms of waiting; {stage.busy:.1f} roasts are written at once on average."
    )
    advice: tuple[str, ...] = ()
    if stage.wait_p50_ms > stage.work_p50_ms:
        advice = ("Roasts queue for the writer: HECKLER_WRITER=house, or a faster HECKLER_OPENAI_URL, shortens it.",)
    return Verdict(WRITE, sentence, advice)


def _submitting(load: _Load, parts: Mapping[str, float], machine: Machine) -> Verdict:
    stage = load.stages[SUBMIT]
    sentence = (
        f"The log holds photos up ({_share(parts, SUBMIT)} of their time): storing a photo and its request takes "
        f"{stage.work_p50_ms:.0f} ms (95 %: {stage.work_p95_ms:.0f} ms)."
    )
    return Verdict(SUBMIT, sentence, _disk_advice(load, machine))


def _mean(run: Run, stage: str, work: bool = False) -> float:
    """Milliseconds at a stage, waiting included unless `work`, over the requests that came to an end."""
    found = [each.work_ms + (0 if work else each.wait_ms) for each in run.samples if each.stage == stage]
    ended = sum(1 for each in run.samples if each.stage == WHOLE)
    return sum(found) / ended if ended else 0.0


def _share(parts: Mapping[str, float], part: str) -> str:
    return f"{parts[part] / max(sum(parts.values()), 1e-9):.0%}"


def latency(run: Run) -> tuple[float, float]:
    """Milliseconds from submission to ending: median, 95th percentile."""
    values = sorted(sample.work_ms for sample in run.samples if sample.stage == WHOLE)
    return quantile(values, 0.5), quantile(values, 0.95)
