"""Where and with how many threads the networks run: one policy for the whole process, set here and nowhere else.

`HECKLER_THREADS` and `HECKLER_PROVIDERS` are read from the environment, so that a child process obeys them as well.
ONNX Runtime and OpenCV take the number of threads from here, OpenBLAS and OpenMP by `thread_environment`. MediaPipe
Tasks has no option for it; it needs none: its desktop builds run XNNPACK on one thread for each model.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from bus.observability.logs import log
from bus.settings import PROVIDERS, Settings

INSTALL: Mapping[str, str] = {
    "cuda": "pip install onnxruntime-gpu in place of onnxruntime",
    "tensorrt": "pip install onnxruntime-gpu in place of onnxruntime",
    "openvino": "pip install onnxruntime-openvino in place of onnxruntime",
    "migraphx": "pip install onnxruntime-migraphx in place of onnxruntime",
    "dml": "pip install onnxruntime-directml in place of onnxruntime, on Windows",
    "coreml": "it comes with onnxruntime on macOS only",
    "cpu": "make setup",
}
"""What brings each provider."""
NICE = 5
"""The niceness of analyzers (setpriority(2)). They keep every core busy; a page, an event or a person's editor needs
one for a moment, and at once. It costs nothing where no other program runs."""
_lock = threading.Lock()
_sessions: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()
_reported: set[tuple[str, str]] = set()
_recording: ContextVar[dict[str, str] | None] = ContextVar("recording", default=None)


def threads_per_model() -> int:
    """The machine's one thread policy: `HECKLER_THREADS`, else one thread for every two cores.

    Analyzers already run beside each other; more threads than this only make them wait for one another.
    """
    return int(os.environ.get("HECKLER_THREADS") or 0) or max(1, (os.cpu_count() or 2) // 2)


def thread_environment() -> dict[str, str]:
    """Variables that hold the libraries below NumPy to the policy; they read them once, when they are loaded."""
    count = str(threads_per_model())
    return {name: os.environ.get(name, count) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


def configure(settings: Settings) -> None:
    """Puts the policy of these settings in force, for this process and its children."""
    import cv2

    if settings.threads:
        os.environ["HECKLER_THREADS"] = str(settings.threads)
    os.environ["HECKLER_PROVIDERS"] = settings.providers
    cv2.setNumThreads(threads_per_model())


def give_way() -> None:
    """Lets every other process on this machine go first; for a process of analyzers.

    Linux gives each thread a priority of its own, which those that it starts take over. Libraries start theirs when
    they are imported: those that are there already step back as well.
    """
    for thread in (0, *_threads()):
        with contextlib.suppress(AttributeError, OSError):  # no priorities here, or forbidden, or the thread has ended
            os.setpriority(os.PRIO_PROCESS, thread, max(NICE, os.getpriority(os.PRIO_PROCESS, thread)))


def _threads() -> list[int]:
    """The threads of this process by their numbers in the system; none where it does not tell."""
    try:
        return [int(name) for name in os.listdir("/proc/self/task")]
    except OSError:
        return []


def wanted_providers(available: list[str]) -> list[str]:
    """The providers to try, best first, by their short names, `cpu` last. `available`: ONNX Runtime's own names.

    `HECKLER_PROVIDERS`; for `auto` CUDA where this build of ONNX Runtime has it. CoreML only on request: it compiles
    each model anew at every start and computes in half precision.
    """
    names = [name.strip() for name in os.environ.get("HECKLER_PROVIDERS", "auto").lower().split(",") if name.strip()]
    if names in ([], ["auto"]):
        names = ["cuda"] if PROVIDERS["cuda"] in available else []
    names = names[: names.index("cpu")] if "cpu" in names else names  # the CPU runs everything: nothing comes after it
    there = [name for name in names if PROVIDERS.get(name) in available]
    for name in names:
        if name not in there:
            _tell(name, "", "not in this build of ONNX Runtime", INSTALL.get(name, ""))
    return [*there, "cpu"]


def onnx_session(path: Path | bytes, threads: int | None = None) -> Any:
    """An ONNX Runtime session under the thread and provider policy. It may be used from any thread.

    The same file is loaded once per process, however many analyzers ask for it, and goes with the last of them. A
    provider that this build lacks, or that refuses the model, is replaced by the CPU; the log says so once.
    """
    import onnxruntime as ort

    wanted = wanted_providers(ort.get_available_providers())
    count = threads or threads_per_model()
    if isinstance(path, bytes):
        session = _load(path, "a model in memory", wanted, count)
    else:
        state = path.stat()
        key = (path.resolve(), state.st_mtime_ns, state.st_size, count, *wanted)
        with _lock:
            session = _sessions.get(key)
            if session is None:
                session = _sessions[key] = _load(str(path), path.name, wanted, count)
    if (made := _recording.get()) is not None:
        made["model in memory" if isinstance(path, bytes) else path.name] = provider_of(session)
    return session


def provider_of(session: Any) -> str:
    """The short name of the provider that runs most of this session: `cpu`, `cuda`, …"""
    first = str(session.get_providers()[0])
    return next((name for name, full in PROVIDERS.items() if full == first), first)


@contextmanager
def sessions_made() -> Iterator[dict[str, str]]:
    """Model file → provider, of the sessions that are asked for within the block."""
    made: dict[str, str] = {}
    token = _recording.set(made)
    try:
        yield made
    finally:
        _recording.reset(token)


def _load(source: str | bytes, name: str, wanted: list[str], threads: int) -> Any:
    try:
        session = _session(source, wanted, threads)
    except Exception as error:  # each provider has its own; the CPU's verdict below is about the model
        if wanted == ["cpu"]:
            raise
        _tell(wanted[0], name, f"refuses the model: {error}"[:300], "")
        return _session(source, ["cpu"], threads)
    running = session.get_providers()
    for provider in wanted:
        if PROVIDERS[provider] not in running:
            _tell(provider, name, "could not be started, its libraries are missing or do not fit", "heckler doctor")
    return session


def _session(source: str | bytes, wanted: list[str], threads: int) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena keeps each model's largest moment for ever
    options.enable_mem_pattern = False  # one block for all tensors is too large to come out of memory used before
    options.log_severity_level = 3
    providers = [PROVIDERS[name] for name in wanted]
    # its own fallback prints a banner to standard output
    return ort.InferenceSession(source, options, providers=providers, enable_fallback=0)


def _tell(provider: str, model: str, problem: str, remedy: str) -> None:
    """One line per provider and model: it is not repeated."""
    if (provider, model) not in _reported:
        _reported.add((provider, model))
        log.warning("runs on the CPU instead", provider=provider, model=model or "all", problem=problem, remedy=remedy)
