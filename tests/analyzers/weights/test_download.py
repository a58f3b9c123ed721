"""Downloads: cut, busy, lying or slow, what arrives is the file or nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from origin import MODEL, MODEL_SHA, Origin, serving

from analyzers.weights import download as downloading
from analyzers.weights.download import ATTEMPTS, Wanted, download
from analyzers.weights.store import Store, WeightsError


def test_weights_are_fetched_and_their_progress_is_reported(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    told: list[tuple[str, int, int]] = []
    store = open_store(f"{origin.url}/m")
    assert store.pull(["model"], lambda *now: told.append(now)) == {"model": store.models_dir / "model.onnx"}
    assert store.find("model") == store.models_dir / "model.onnx"
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL
    assert told[-1] == ("model", len(MODEL), len(MODEL))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_what_is_here_is_not_fetched_again(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    store.pull(["model"])
    assert len(origin.asked) == 1


def test_a_download_that_is_cut_goes_on_where_it_stopped(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    origin.cuts = [400_000, 300_000]
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    starts = [int(asked.split("=")[1].rstrip("-")) if asked else 0 for _, asked in origin.asked]
    assert len(starts) == 3
    assert 0 == starts[0] < starts[1] < starts[2] <= 700_000
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_a_pull_that_gave_up_is_taken_up_by_the_next(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    origin.cuts = [200_000] + [0] * (ATTEMPTS - 1)
    store = open_store(f"{origin.url}/m")
    with pytest.raises(WeightsError, match=r"stopped at \d+ of 1024000 bytes"):
        store.pull(["model"])
    begun = (store.models_dir / "model.onnx.part").stat().st_size
    assert store.find("model") is None
    store.pull(["model"])
    assert origin.asked[-1] == ("/m", f"bytes={begun}-")
    assert store.find("model") is not None
    assert not (store.models_dir / "model.onnx.part").exists()


def test_a_server_that_knows_no_ranges_is_asked_from_the_start(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    origin.files["/m"] = MODEL
    origin.cuts, origin.ranges = [400_000], False
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_a_part_of_some_other_file_does_not_spoil_the_download(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx.part").write_bytes(b"something else")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_a_part_that_is_longer_than_the_file_is_thrown_away(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx.part").write_bytes(MODEL + b"too much")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


@pytest.mark.parametrize(
    ("content", "problem"),
    [(MODEL[:-1] + b"!", "wrong hash"), (MODEL + b"!", "has more than"), (b"<html>no</html>", "has less than")],
)
def test_other_bytes_are_refused_and_never_put_in_place(
    open_store: Callable[..., Store], origin: Origin, content: bytes, problem: str
) -> None:
    origin.files["/m"] = content
    store = open_store(f"{origin.url}/m")
    with pytest.raises(WeightsError, match=problem):
        store.pull(["model"])
    assert not (store.models_dir / "model.onnx").exists()
    origin.files["/m"] = MODEL
    store.pull(["model"])  # and the next try is not hindered by what is left of this one
    assert store.find("model") is not None


def test_the_second_address_serves_when_the_first_does_not(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/good"] = MODEL
    store = open_store(f"{origin.url}/bad", f"{origin.url}/good")
    store.pull(["model"])
    assert [path for path, _ in origin.asked] == ["/bad", "/good"]


def test_when_nothing_serves_the_error_says_why_and_what_to_do(
    open_store: Callable[..., Store], origin: Origin
) -> None:
    store = open_store(f"{origin.url}/bad", "nonsense://x")
    with pytest.raises(WeightsError) as caught:
        store.pull(["model"])
    message = str(caught.value)
    assert "answers 404" in message
    assert "nonsense://x" in message
    assert f"put model.onnx (sha256 {MODEL_SHA}) into {store.models_dir}" in message
    assert "HECKLER_MODELS_MIRROR" in message


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match="cannot be written to"):
        Store(tmp_path / "file/models").pull(["yunet"])


def test_a_busy_server_is_asked_again(
    open_store: Callable[..., Store], origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "BUSY_PAUSE_S", 0)
    origin.files["/m"], origin.busy = MODEL, 2
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    assert len(origin.asked) == 3
    origin.busy = ATTEMPTS
    (store.models_dir / "model.onnx").unlink()
    with pytest.raises(WeightsError, match="answers 503"):
        store.pull(["model"])


def test_a_damaged_file_is_replaced(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(b"damaged")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_two_that_pull_at_once_fetch_once(open_store: Callable[..., Store], origin: Origin) -> None:
    origin.files["/m"] = MODEL
    stores = [open_store(f"{origin.url}/m") for _ in range(3)]
    threads = [threading.Thread(target=store.pull, args=(["model"],)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(origin.asked) == 1
    assert stores[0].find("model") is not None


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 400_000), max_size=ATTEMPTS - 1))
def test_however_it_is_cut_the_file_arrives_whole(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    target = tmp_path_factory.mktemp("cut") / "model.onnx"
    with serving(Origin(files={"/m": MODEL}, cuts=cuts)) as served:
        download(f"{served.url}/m", Wanted("model", len(MODEL), MODEL_SHA), target, lambda *_: None)
    assert target.read_bytes() == MODEL
