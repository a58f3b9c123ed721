"""Where networks run: as the settings say, once per file, and on the CPU with one clear line where they cannot."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from pydantic import ValidationError

from analyzers.base import Photo, onnx_session, threads_per_model
from analyzers.inference import sessions
from analyzers.inference.sessions import configure, provider_of, sessions_made, wanted_providers
from bus.settings import Settings

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HECKLER_PROVIDERS", raising=False)
    monkeypatch.delenv("HECKLER_THREADS", raising=False)
    monkeypatch.setattr(sessions, "_reported", set())


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was logged as a warning."""
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(sessions.log, "warning", lambda event, **fields: lines.append({"event": event, **fields}))
    return lines


@pytest.fixture
def doubling(tmp_path: Path) -> Path:
    """A network that doubles a vector."""
    vector = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n"]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Add", ["x", "x"], ["y"])], "double", vector[:1], vector[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path / "doubling.onnx"
    onnx.save(model, path)
    return path


def test_without_a_wish_it_is_the_cpu_or_cuda_where_the_build_has_it() -> None:
    assert wanted_providers([CPU]) == ["cpu"]
    assert wanted_providers(["TensorrtExecutionProvider", CUDA, CPU]) == ["cuda", "cpu"]
    assert wanted_providers(["CoreMLExecutionProvider", CPU]) == ["cpu"]


def test_wishes_are_kept_in_their_order_and_nothing_comes_after_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECKLER_PROVIDERS", "CoreML, cpu, cuda")
    assert wanted_providers(["CoreMLExecutionProvider", CUDA, CPU]) == ["coreml", "cpu"]


def test_a_provider_that_the_build_lacks_is_said_once_with_what_brings_it(
    doubling: Path, monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]]
) -> None:
    monkeypatch.setenv("HECKLER_PROVIDERS", "cuda")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    for _ in range(3):
        assert provider_of(onnx_session(doubling)) == "cpu"
    assert [(line["provider"], "onnxruntime-gpu" in line["remedy"]) for line in said] == [("cuda", True)]


@pytest.fixture
def choosy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ONNX Runtime with a CUDA that takes no model."""
    real = onnxruntime.InferenceSession

    def refuse(source: Any, options: Any, providers: list[str], **more: Any) -> Any:
        if CUDA in providers:
            raise RuntimeError("no kernel for this operator")
        return real(source, options, providers=providers, **more)

    monkeypatch.setenv("HECKLER_PROVIDERS", "cuda,cpu")
    monkeypatch.setattr(onnxruntime, "InferenceSession", refuse)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])


@pytest.mark.usefixtures("choosy")
def test_a_provider_that_refuses_a_model_leaves_it_to_the_cpu_and_that_is_said_once(
    doubling: Path, said: list[dict[str, Any]]
) -> None:
    for _ in range(2):
        session = onnx_session(doubling)
        assert session.run(None, {"x": np.float32([1, 2])})[0].tolist() == [2, 4]
        del session
        gc.collect()
    assert [(line["provider"], line["model"]) for line in said] == [("cuda", "doubling.onnx")]
    assert "no kernel" in said[0]["problem"]


@pytest.mark.usefixtures("choosy")
def test_a_file_that_is_no_model_is_an_error_on_every_provider(tmp_path: Path, said: list[dict[str, Any]]) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a network")
    with pytest.raises(Exception, match=r"broken\.onnx"):
        onnx_session(tmp_path / "broken.onnx")


def test_a_cuda_that_does_not_start_is_said_too(
    doubling: Path, monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]]
) -> None:
    """As where its libraries are missing: ONNX Runtime makes the session all the same, without it."""
    real = onnxruntime.InferenceSession
    monkeypatch.setenv("HECKLER_PROVIDERS", "cuda")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda source, options, **_: real(source, options, providers=[CPU])
    )
    assert provider_of(onnx_session(doubling)) == "cpu"
    assert [line["problem"] for line in said] == ["could not be started, its libraries are missing or do not fit"]


def test_one_file_is_one_session_for_as_long_as_it_is_used(doubling: Path) -> None:
    first = onnx_session(doubling)
    assert onnx_session(doubling) is first
    assert onnx_session(doubling, threads=3) is not first
    known = len(sessions._sessions)
    del first
    gc.collect()
    assert len(sessions._sessions) < known


def test_a_file_that_has_changed_is_loaded_again(doubling: Path) -> None:
    first = onnx_session(doubling)
    os.utime(doubling, (1, 1))
    assert onnx_session(doubling) is not first


def test_threads_that_ask_at_once_share_one_session(doubling: Path) -> None:
    ready, made = threading.Barrier(4), []

    def ask() -> None:
        ready.wait(30)
        made.append(onnx_session(doubling))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 4
    assert len(set(map(id, made))) == 1


def test_the_models_of_an_analyzer_are_known_also_when_they_were_loaded_before(doubling: Path) -> None:
    kept = onnx_session(doubling)
    with sessions_made() as heard:
        onnx_session(doubling)
    assert heard == {"doubling.onnx": "cpu"}
    with sessions_made() as nothing:
        pass
    assert (nothing, provider_of(kept)) == ({}, "cpu")


def test_the_settings_reach_every_library_and_the_children(monkeypatch: pytest.MonkeyPatch, doubling: Path) -> None:
    monkeypatch.setenv("HECKLER_THREADS", "0")
    before = cv2.getNumThreads()
    try:
        configure(Settings(threads=3, providers="cpu"))
        assert (threads_per_model(), cv2.getNumThreads(), os.environ["HECKLER_PROVIDERS"]) == (3, 3, "cpu")
        assert onnx_session(doubling).get_session_options().intra_op_num_threads == 3
        assert set(sessions.thread_environment().values()) <= {"3", os.environ.get("OMP_NUM_THREADS", "3")}
    finally:
        cv2.setNumThreads(before)
        monkeypatch.delenv("HECKLER_PROVIDERS", raising=False)


def test_a_provider_that_there_is_not_is_a_wrong_setting() -> None:
    with pytest.raises(ValidationError, match="abacus: say auto, or some of cpu"):
        Settings(providers="abacus,cpu")


def test_a_value_that_is_slow_to_make_holds_up_only_its_readers() -> None:
    photo = Photo(cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes())
    begun, go_on = threading.Event(), threading.Event()
    calls = []

    def slow() -> str:
        calls.append("made")
        begun.set()
        assert go_on.wait(30)
        return f"of {photo.shared('part', lambda: 'parts')}"

    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(photo.shared("slow", slow))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    assert photo.gray.shape == (4, 4)  # with one lock for all, this would wait for ever
    assert photo.rgb is photo.rgb
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert (got, calls) == (["of parts"] * 3, ["made"])


def test_a_value_that_could_not_be_made_is_tried_again_at_the_next_read() -> None:
    photo = Photo(b"")

    def fail() -> int:
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        photo.shared("it", fail)
    assert photo.shared("it", lambda: 5) == 5


@pytest.mark.parametrize(("before", "after"), [(0, sessions.NICE), (sessions.NICE + 3, sessions.NICE + 3)])
def test_analyzers_step_back_behind_other_processes_and_never_forward(before: int, after: int) -> None:
    program = f"""
import os
from analyzers.inference.sessions import give_way
os.setpriority(os.PRIO_PROCESS, 0, max({before}, os.getpriority(os.PRIO_PROCESS, 0)))
give_way()
print(os.getpriority(os.PRIO_PROCESS, 0))
"""
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert int(printed) == max(after, os.getpriority(os.PRIO_PROCESS, 0))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="one priority for all threads of a process")
def test_threads_that_libraries_have_started_by_then_step_back_as_well() -> None:
    program = """
import os, threading
from analyzers.inference.sessions import give_way
end = threading.Event()
early = threading.Thread(target=end.wait)
early.start()
give_way()
print(min(os.getpriority(os.PRIO_PROCESS, int(task)) for task in os.listdir("/proc/self/task")))
end.set()
"""
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert int(printed) >= sessions.NICE
