"""What `heckler doctor` says of the analyzers: which work, where, and what brings those that do not.

The analyzers and their libraries are imported where they are needed: a library that cannot be loaded is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from bus.settings import PROVIDERS, Settings
from cli.connect import run_file
from cli.doctor.findings import Finding
from cli.up.worker_layout import Member


def libraries(settings: Settings) -> Iterator[Finding]:
    """The libraries of the system that MediaPipe opens: without them some analyzers stay away, the others go on."""
    from analyzers.weights.install_hints import MEDIAPIPE_NEEDS, absent_libraries, install_command

    absent = absent_libraries()
    if not absent:
        yield Finding("system libraries", "ok", f"{', '.join(MEDIAPIPE_NEEDS)}: as far as this system needs them")
        return
    without = ", ".join(_mediapipe_users(settings)) or "no analyzer of this roster"
    detail = f"{', '.join(absent)} cannot be loaded: {without} cannot work; the others go on"
    yield Finding("system libraries", "note", detail, install_command(" ".join(absent)))


def _mediapipe_users(settings: Settings) -> list[str]:
    """The analyzers that any MediaPipe model would be given to."""
    from analyzers.base import weight_names
    from analyzers.runtime.registry import load_roster, wiring_of
    from analyzers.weights.store import store_of

    entries = store_of(settings).manifest
    of_mediapipe = {name for name, entry in entries.items() if entry.file.endswith((".task", ".tflite"))}
    classes = load_roster(settings)
    return [wiring_of(cls).name for cls in classes if of_mediapipe & {*weight_names(cls).all}]


def onnxruntime(settings: Settings) -> Iterator[Finding]:
    """Where this build of ONNX Runtime can run models, and whether that is what the settings ask for."""
    import onnxruntime as ort

    from analyzers.inference.sessions import INSTALL

    available = ort.get_available_providers()
    here = [name for name, full in PROVIDERS.items() if full in available]
    detail = f"{ort.__version__}: {', '.join(here)}"
    wanted = [name.strip() for name in settings.providers.lower().split(",") if name.strip() not in ("", "auto")]
    if absent := [name for name in wanted if name not in here]:
        fix = "; ".join(dict.fromkeys(INSTALL[name] for name in absent))
        said = (
            f"{detail}; HECKLER_PROVIDERS asks for {', '.join(absent)}, which this build lacks: models run on the CPU"
        )
        yield Finding("onnxruntime", "note", said, fix)
    else:
        yield Finding("onnxruntime", "ok", detail)


def analyzers(settings: Settings) -> Iterator[Finding]:
    """How each analyzer of the roster stands."""
    from analyzers.weights.store import WeightsError
    from cli.up import roster

    try:
        members = roster.read(settings).members
    except (roster.BadRoster, WeightsError) as error:
        yield Finding("analyzers", "wrong", str(error), "correct HECKLER_ROSTER or HECKLER_MODELS_MIRROR")
        return
    live = _live(settings)
    for member in members:
        yield _of_analyzer(member, live)


def _of_analyzer(member: Member, live: Mapping[str, Any] | None) -> Finding:
    """How one analyzer stands: as the running gateway says, else as its weights let expect."""
    from analyzers.weights.install_hints import install_command

    name = f"analyzer {member.name}"
    view = live.get(member.name) if live else None
    arrival = view["arrival"] if view else None
    if view and not view["available"] and arrival:
        return Finding(name, "note", f"lacks {', '.join(view['missing'])}; {_arrival(arrival)}", view["hint"] or "")
    if view and not view["available"] and not member.missing:  # its weights are here: it is something else
        return Finding(name, "note", f"cannot work: {view['hint']}", install_command(str(view["hint"])) or "make setup")
    if member.missing:
        return Finding(
            name, "note", f"lacks {', '.join(member.missing)}{_on_the_way(member)}", member.fix or "heckler up"
        )
    if live is not None and view is None:
        return Finding(name, "note", "can work; does not run", f"heckler work {member.name}")
    where = "; at work" + "".join(f", {model} on {place}" for model, place in view["runs_on"].items()) if view else ""
    if member.better_with:
        better = f"; would be better with {', '.join(member.better_with)}{_on_the_way(member)}"
        return Finding(name, "ok", f"can work{where}{better}", member.fix)
    return Finding(name, "ok", f"can work{where}")


def _arrival(arrival: Mapping[str, Any]) -> str:
    if arrival["state"] == "failed":
        return f"{arrival['weights']} did not come, and is tried again later: {arrival['reason']}"
    return f"{arrival['weights']} is {arrival['state']}, {arrival['done'] / 1e6:.1f} of {arrival['total'] / 1e6:.1f} MB"


def _on_the_way(member: Member) -> str:
    return "; heckler up fetches " + ", ".join(member.coming) + " in the background" if member.coming else ""


def _live(settings: Settings) -> Mapping[str, Any] | None:
    """What the running gateway says of each analyzer that it knows; None when no gateway runs."""
    here = run_file.find(settings)
    if here is None:
        return None
    try:
        answer = httpx.get(f"{here.url}/api/analyzers", timeout=5, trust_env=False).json()
        return {analyzer["name"]: analyzer for analyzer in answer}
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
