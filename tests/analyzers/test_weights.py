from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from analyzers import download as downloading
from analyzers import hashes
from analyzers.download import ATTEMPTS, Wanted, download
from analyzers.faces import FacesAnalyzer
from analyzers.mirror import Mirror, MirrorEntry
from analyzers.weights import Entry, LicenceNotAccepted, State, Store, WeightsError, load_manifest
from cli import roster

MODEL = bytes(range(256)) * 4000
MODEL_SHA = hashlib.sha256(MODEL).hexdigest()
TEST_BUILD = b"a smaller test build" * 100
ENTRY = Entry(
    task="a test",
    analyzers=("faces",),
    file="model.onnx",
    size=len(MODEL),
    sha256=MODEL_SHA,
    licence="MIT",
    commercial=True,
    source="here",
    urls=("https://example.org/model.onnx",),
)


@dataclass
class Origin:
    """An HTTP server whose files can be cut short."""

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """For each coming answer, after how many bytes the connection breaks; then no more cuts."""
    ranges: bool = True
    busy: int = 0
    """How many of the coming answers are 503."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range header of each request."""
    url: str = ""


def handler(origin: Origin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked_range = self.headers.get("Range")
            origin.asked.append((self.path, asked_range))
            if origin.busy:
                origin.busy -= 1
                return self.send_error(503)
            if self.path not in origin.files:
                return self.send_error(404)
            body = origin.files[self.path]
            start = int(asked_range.split("=")[1].rstrip("-")) if asked_range and origin.ranges else 0
            if start >= len(body) > 0 and start:
                return self.send_error(416)
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            cut = origin.cuts.pop(0) if origin.cuts else len(body)
            self.wfile.write(body[start : start + cut])
            self.close_connection = True
            return None

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def origin() -> Iterator[Origin]:
    served = Origin()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(served))
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_store(tmp_path: Path) -> Callable[..., Store]:
    """A store in a folder of its own that knows one model, to be had at `urls`."""

    def opened(
        *urls: str, mirror: str | None = None, trust: bool = False, accepted: Container[str] = (), **changes: object
    ) -> Store:
        store = Store(tmp_path / "models", mirror, trust, accepted)
        store.manifest = {"model": ENTRY.model_copy(update={"urls": urls, **changes})}
        return store

    return opened


def index(name: str, content: bytes, official: bool, file: str = "files/it.onnx", sha256: str | None = None) -> str:
    sha256 = sha256 or hashlib.sha256(content).hexdigest()
    lines = f'file = "{file}"', f'sha256 = "{sha256}"', f"size = {len(content)}", f"official = {str(official).lower()}"
    return f'["{name}"]\n' + "\n".join(lines) + "\n"


def folder_mirror(folder: Path, content: bytes, official: bool = True, sha256: str | None = None) -> str:
    (folder / "files").mkdir(parents=True)
    (folder / "files/it.onnx").write_bytes(content)
    (folder / "mirror.toml").write_text(index("model", content, official, sha256=sha256))
    return str(folder)


# the manifest


def test_every_entry_of_the_manifest_says_where_it_is_from_and_under_which_licence():
    manifest = load_manifest()
    assert {"yunet", "brisque_model", "brisque_range"} <= set(manifest)
    for entry in manifest.values():
        assert entry.urls or (entry.convert and entry.checkpoint)
        assert all(url.startswith("https://") for url in entry.urls)
        assert entry.sha256 or entry.unsure or not entry.urls
        assert entry.licence
        assert entry.source
    assert len({entry.file for entry in manifest.values()}) == len(manifest)


def test_the_manifest_agrees_with_the_files_of_the_real_mirror(mirror: Path, tmp_path: Path):
    store = Store(tmp_path, str(mirror), trust_mirror=True, accepted={"all"})
    assert store.mirror is not None
    for name, entry in load_manifest().items():
        path = store.find(name)
        assert (path is not None) == (name in store.mirror.entries)
        if path is None:
            continue
        if store.hashes.matches(path, entry.sha256 or ""):
            assert path.stat().st_size == entry.size


def test_official_files_of_the_real_mirror_have_the_makers_hash(mirror: Path, tmp_path: Path):
    careful = Store(tmp_path, str(mirror))
    assert careful.mirror is not None
    official = {name for name, offer in careful.mirror.entries.items() if offer.official} & set(careful.manifest)
    assert len(official) >= 10
    assert {name for name in careful.manifest if careful.find(name)} == official


def test_an_entry_that_nobody_could_fetch_or_make_is_no_entry():
    with pytest.raises(ValidationError, match="neither urls nor convert"):
        Entry.model_validate(ENTRY.model_dump() | {"urls": ()})


def test_what_a_licence_asks_for_follows_from_the_licence():
    def asks(licence: str, commercial: bool) -> str | None:
        return ENTRY.model_copy(update={"licence": licence, "commercial": commercial}).asks_for

    assert (asks("MIT", True), asks("AGPL-3.0", True), asks("MIT", False)) == (None, "agpl", "non-commercial")


def test_a_misspelt_field_in_a_manifest_is_named(tmp_path: Path):
    (tmp_path / "weights.toml").write_text('[x]\ntask = "t"\nlicense = "MIT"\n')
    with pytest.raises(ValidationError, match="license"):
        load_manifest(tmp_path / "weights.toml")


# finding


def test_nothing_is_found_in_an_empty_store_and_nothing_is_written(open_store: Callable[..., Store]):
    store = open_store()
    assert store.find("model") is None
    assert not store.models_dir.exists()


def test_a_file_with_the_right_hash_is_found(open_store: Callable[..., Store]):
    store = open_store()
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    assert store.find("model") == store.models_dir / "model.onnx"


def test_a_file_with_another_hash_is_not(open_store: Callable[..., Store]):
    store = open_store()
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL[:-1] + b"!")
    assert store.find("model") is None


def test_a_name_that_there_is_not_is_answered_with_those_that_there_are(open_store: Callable[..., Store]):
    with pytest.raises(WeightsError, match=r"'modle'.*there are model"):
        open_store().find("modle")


def test_hashes_are_remembered_until_the_file_changes(
    open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
):
    read: list[Path] = []
    honest = hashes.sha256_of
    monkeypatch.setattr(hashes, "sha256_of", lambda path: read.append(path) or honest(path))
    store = open_store()
    store.models_dir.mkdir()
    file = store.models_dir / "model.onnx"
    file.write_bytes(MODEL)
    assert store.find("model") == open_store().find("model") == file
    assert read == [file]
    file.write_bytes(MODEL + b"more")
    assert open_store().find("model") is None
    assert read == [file, file]


@pytest.mark.parametrize("memory", ["", "[]", '{"x": 1}', "no json", '{"a": [1, 2]}'])
def test_a_spoilt_memory_only_costs_time(open_store: Callable[..., Store], memory: str):
    store = open_store()
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    (store.models_dir / ".checked.json").write_text(memory)
    assert store.find("model") is not None


def test_a_mirror_that_is_a_folder_is_used_in_place(open_store: Callable[..., Store], tmp_path: Path):
    store = open_store(mirror=folder_mirror(tmp_path / "mirror", MODEL))
    assert store.find("model") == tmp_path / "mirror/files/it.onnx"


def test_what_a_mirror_calls_official_must_have_the_makers_hash(open_store: Callable[..., Store], tmp_path: Path):
    store = open_store(mirror=folder_mirror(tmp_path / "mirror", TEST_BUILD, official=True), trust=True)
    assert store.find("model") is None


def test_a_test_build_is_used_only_where_the_mirror_is_trusted(open_store: Callable[..., Store], tmp_path: Path):
    place = folder_mirror(tmp_path / "mirror", TEST_BUILD, official=False)
    assert open_store(mirror=place).find("model") is None
    assert open_store(mirror=place, trust=True).find("model") == tmp_path / "mirror/files/it.onnx"


def test_a_test_build_must_have_the_hash_that_the_mirror_states(open_store: Callable[..., Store], tmp_path: Path):
    place = folder_mirror(tmp_path / "mirror", TEST_BUILD, official=False, sha256="0" * 64)
    assert open_store(mirror=place, trust=True).find("model") is None


def test_a_mirror_that_is_gone_matters_only_when_it_is_needed(open_store: Callable[..., Store], tmp_path: Path):
    store = open_store(mirror=str(tmp_path / "gone"))
    with pytest.raises(WeightsError, match="HECKLER_MODELS_MIRROR"):
        store.find("model")
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    assert store.find("model") is not None


@pytest.mark.parametrize("file", ["../secret", "/etc/passwd", "a/../../b", "http://elsewhere/x", "", "a\\..\\b"])
def test_a_mirrors_index_cannot_lead_out_of_the_mirror(file: str):
    with pytest.raises(ValidationError, match="leads out"):
        MirrorEntry(file=file, sha256="0" * 64, size=1, official=True)


@pytest.mark.parametrize("text", ["[", 'x = "y"', '[model]\nfile = "a"', '["model"]\nfile = "../a"\nsize = 1'])
def test_a_broken_index_is_reported_with_the_mirrors_name(tmp_path: Path, text: str):
    (tmp_path / "mirror.toml").write_text(text)
    with pytest.raises(WeightsError, match=r"broken mirror\.toml"):
        _ = Mirror(str(tmp_path)).entries


# what an analyzer gets


def test_an_analyzer_gets_what_is_here_and_is_told_what_it_cannot_do_without(
    open_store: Callable[..., Store], tmp_path: Path
):
    class Needy:
        weights = ("model",)
        optional_weights = ("extra",)

    store = open_store(mirror=folder_mirror(tmp_path / "mirror", MODEL))
    store.manifest["extra"] = ENTRY.model_copy(update={"file": "extra.onnx", "sha256": "0" * 64})
    assert store.available(Needy) == ({"model": tmp_path / "mirror/files/it.onnx"}, ())
    assert open_store_without_mirror(store).available(Needy) == ({}, ("model",))


class Choosy:
    any_of = ("best", "copyleft", "small")


def choosy_store(open_store: Callable[..., Store], *here: str, **changes: object) -> Store:
    """A store that knows what Choosy asks for, with the files of those in `here`."""
    store = open_store(**changes)
    licences = {"best": {"commercial": False}, "copyleft": {"licence": "AGPL-3.0"}, "small": {}}
    store.manifest = {
        name: ENTRY.model_copy(update={"file": f"{name}.onnx", **licence}) for name, licence in licences.items()
    }
    store.models_dir.mkdir(exist_ok=True)
    for name in here:
        (store.models_dir / f"{name}.onnx").write_bytes(MODEL)
    return store


@pytest.mark.parametrize("here", [("small",), ("copyleft",), ("best", "small")])
def test_any_one_of_several_is_enough_and_all_that_are_here_are_given(
    open_store: Callable[..., Store], here: tuple[str, ...]
):
    store = choosy_store(open_store, *here)
    assert store.available(Choosy) == ({name: store.models_dir / f"{name}.onnx" for name in here}, ())


@pytest.mark.parametrize(
    ("accepted", "missing"), [((), "small"), (("agpl",), "copyleft"), (("non-commercial",), "best"), (("all",), "best")]
)
def test_when_none_of_several_is_here_the_best_that_may_be_fetched_is_named(
    open_store: Callable[..., Store], accepted: tuple[str, ...], missing: str
):
    assert choosy_store(open_store, accepted=accepted).available(Choosy) == ({}, (missing,))


def test_when_all_of_several_ask_for_consent_the_best_is_named(open_store: Callable[..., Store]):
    class Unfree:
        any_of = ("best", "copyleft")

    assert choosy_store(open_store).available(Unfree).missing == ("best",)


@pytest.mark.parametrize(
    ("here", "missing", "better"),
    [((), ("small",), ()), (("small",), (), ("best", "copyleft")), (("copyleft",), (), ("best",)), (("best",), (), ())],
)
def test_the_roster_tells_what_would_be_better_than_the_one_in_use(
    open_store: Callable[..., Store], here: tuple[str, ...], missing: tuple[str, ...], better: tuple[str, ...]
):
    class ChoosyFaces(FacesAnalyzer):
        optional_weights = ()
        any_of = Choosy.any_of

    member = roster._member(ChoosyFaces, choosy_store(open_store, *here), fetches=False)
    assert (member.missing, member.better_with) == (missing, better)


def open_store_without_mirror(store: Store) -> Store:
    bare = Store(store.models_dir)
    bare.manifest = store.manifest
    return bare


def test_faces_start_without_yunet_and_get_it_where_it_is(mirror: Path, tmp_path: Path):
    assert Store(tmp_path).available(FacesAnalyzer) == ({}, ())
    weights, missing = Store(tmp_path, str(mirror)).available(FacesAnalyzer)
    assert (set(weights), missing) == ({"yunet"}, ())


# pulling


def test_weights_are_fetched_and_their_progress_is_told(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    told: list[tuple[str, int, int]] = []
    store = open_store(f"{origin.url}/m")
    assert store.pull(["model"], lambda *now: told.append(now)) == {"model": store.models_dir / "model.onnx"}
    assert store.find("model") == store.models_dir / "model.onnx"
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL
    assert told[-1] == ("model", len(MODEL), len(MODEL))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_what_is_here_is_not_fetched_again(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    store.pull(["model"])
    assert len(origin.asked) == 1


def test_a_download_that_is_cut_goes_on_where_it_stopped(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    origin.cuts = [400_000, 300_000]
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    starts = [int(asked.split("=")[1].rstrip("-")) if asked else 0 for _, asked in origin.asked]
    assert len(starts) == 3
    assert 0 == starts[0] < starts[1] < starts[2] <= 700_000
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_a_pull_that_gave_up_is_taken_up_by_the_next(open_store: Callable[..., Store], origin: Origin):
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


def test_a_server_that_knows_no_ranges_is_asked_from_the_start(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    origin.cuts, origin.ranges = [400_000], False
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_a_part_of_some_other_file_does_not_spoil_the_download(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx.part").write_bytes(b"something else")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_a_part_that_is_longer_than_the_file_is_thrown_away(open_store: Callable[..., Store], origin: Origin):
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
):
    origin.files["/m"] = content
    store = open_store(f"{origin.url}/m")
    with pytest.raises(WeightsError, match=problem):
        store.pull(["model"])
    assert not (store.models_dir / "model.onnx").exists()
    origin.files["/m"] = MODEL
    store.pull(["model"])  # and the next try is not hindered by what is left of this one
    assert store.find("model") is not None


def test_the_second_address_serves_when_the_first_does_not(open_store: Callable[..., Store], origin: Origin):
    origin.files["/good"] = MODEL
    store = open_store(f"{origin.url}/bad", f"{origin.url}/good")
    store.pull(["model"])
    assert [path for path, _ in origin.asked] == ["/bad", "/good"]


def test_when_nothing_serves_the_error_says_why_and_what_to_do(open_store: Callable[..., Store], origin: Origin):
    store = open_store(f"{origin.url}/bad", "nonsense://x")
    with pytest.raises(WeightsError) as caught:
        store.pull(["model"])
    message = str(caught.value)
    assert "answers 404" in message
    assert "nonsense://x" in message
    assert f"put model.onnx (sha256 {MODEL_SHA}) into {store.models_dir}" in message
    assert "HECKLER_MODELS_MIRROR" in message


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match="cannot be written to"):
        Store(tmp_path / "file/models").pull(["yunet"])


def test_the_mirror_is_asked_before_the_maker(open_store: Callable[..., Store], origin: Origin):
    origin.files |= {"/m": MODEL, "/mirror/files/it.onnx": MODEL}
    origin.files["/mirror/mirror.toml"] = index("model", MODEL, official=True).encode()
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/mirror/")
    store.pull(["model"])
    assert [path for path, _ in origin.asked] == ["/mirror/mirror.toml", "/mirror/files/it.onnx"]
    assert store.find("model") == store.models_dir / "model.onnx"


def test_the_maker_is_asked_when_the_mirror_has_other_bytes(open_store: Callable[..., Store], origin: Origin):
    origin.files |= {"/m": MODEL, "/mirror/files/it.onnx": MODEL[::-1]}
    origin.files["/mirror/mirror.toml"] = index("model", MODEL, official=True).encode()
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/mirror")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_the_maker_is_asked_when_the_mirror_is_gone(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/no-mirror")
    store.pull(["model"])
    assert store.find("model") is not None


def test_a_mirror_whose_connection_breaks_is_asked_again(open_store: Callable[..., Store], origin: Origin):
    origin.files |= {"/mirror/files/it.onnx": MODEL}
    origin.files["/mirror/mirror.toml"] = index("model", MODEL, official=True).encode()
    origin.cuts = [0, 10]
    open_store(mirror=f"{origin.url}/mirror").pull(["model"])
    assert [path for path, _ in origin.asked] == ["/mirror/mirror.toml"] * 3 + ["/mirror/files/it.onnx"]


def test_a_mirror_that_is_gone_is_not_waited_for_at_every_file(open_store: Callable[..., Store], origin: Origin):
    origin.files |= {"/m": MODEL, "/n": MODEL}
    store = open_store(f"{origin.url}/m", mirror=f"{origin.url}/gone")
    store.manifest["other"] = ENTRY.model_copy(update={"file": "other.onnx", "urls": (f"{origin.url}/n",)})
    store.pull(["model", "other"])
    assert [path for path, _ in origin.asked] == ["/gone/mirror.toml", "/m", "/n"]


def test_a_test_build_is_pulled_only_with_trust_and_kept_apart(open_store: Callable[..., Store], origin: Origin):
    origin.files["/files/it.onnx"] = TEST_BUILD
    origin.files["/mirror.toml"] = index("model", TEST_BUILD, official=False).encode()
    with pytest.raises(WeightsError, match="HECKLER_MODELS_TRUST_MIRROR=1"):
        open_store(mirror=origin.url).pull(["model"])
    trusting = open_store(mirror=origin.url, trust=True)
    path = trusting.pull(["model"])["model"]
    assert path.read_bytes() == TEST_BUILD
    assert trusting.find("model") == path
    assert path != trusting.models_dir / "model.onnx"
    assert open_store(mirror=origin.url).find("model") is None


def test_what_was_pulled_from_a_folder_mirror_stays_when_the_mirror_goes(
    open_store: Callable[..., Store], tmp_path: Path
):
    store = open_store(mirror=folder_mirror(tmp_path / "mirror", MODEL))
    assert store.pull(["model"]) == {"model": store.models_dir / "model.onnx"}
    assert open_store().find("model") == store.models_dir / "model.onnx"


def test_a_test_build_pulled_from_a_folder_mirror_stays_too(open_store: Callable[..., Store], tmp_path: Path):
    place = folder_mirror(tmp_path / "mirror", TEST_BUILD, official=False)
    path = open_store(mirror=place, trust=True).pull(["model"])["model"]
    assert path.is_relative_to(tmp_path / "models")
    assert open_store(trust=True).find("model") == path
    assert open_store().find("model") is None


def test_a_busy_server_is_asked_again(
    open_store: Callable[..., Store], origin: Origin, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(downloading, "BUSY_PAUSE_S", 0)
    origin.files["/m"], origin.busy = MODEL, 2
    store = open_store(f"{origin.url}/m")
    store.pull(["model"])
    assert len(origin.asked) == 3
    origin.busy = ATTEMPTS
    (store.models_dir / "model.onnx").unlink()
    with pytest.raises(WeightsError, match="answers 503"):
        store.pull(["model"])


# licences


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"licence": "AGPL-3.0"}, "non-commercial"),
        ({"licence": "AGPL-3.0"}, ""),
        ({"commercial": False}, "agpl"),
    ],
)
def test_a_licence_that_was_not_accepted_is_refused_before_anything_is_fetched(
    open_store: Callable[..., Store], origin: Origin, changes: dict[str, object], accepted: str
):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", accepted={accepted}, **changes)
    with pytest.raises(LicenceNotAccepted, match=r"--accept .*HECKLER_MODELS_ACCEPT"):
        store.pull(["model"])
    assert origin.asked == []
    assert not store.models_dir.exists()


@pytest.mark.parametrize("accepted", ["agpl", "all"])
def test_an_accepted_licence_is_fetched_and_then_used_for_good(
    open_store: Callable[..., Store], origin: Origin, accepted: str
):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", accepted={accepted}, licence="AGPL-3.0")
    store.pull(["model"])
    assert open_store(licence="AGPL-3.0").find("model") == store.models_dir / "model.onnx"


def test_a_mirrors_file_is_not_used_in_place_under_a_licence_that_was_not_accepted(
    open_store: Callable[..., Store], tmp_path: Path
):
    place = folder_mirror(tmp_path / "mirror", MODEL)
    assert open_store(mirror=place, licence="AGPL-3.0").find("model") is None
    assert open_store(mirror=place, licence="AGPL-3.0", accepted={"agpl"}).find("model") is not None


# weights whose makers publish no hash


def test_the_first_download_is_recorded_and_later_ones_are_checked_against_it(
    open_store: Callable[..., Store], origin: Origin
):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    file = store.pull(["model"])["model"]
    assert store.holding("model")[:2] == (State.UNVERIFIED, file)
    assert "no hash" in store.holding("model").note
    file.unlink()
    origin.files["/m"] = MODEL[::-1]
    with pytest.raises(WeightsError, match=r"wrong hash.*delete .*first-downloads"):
        open_store(f"{origin.url}/m", sha256=None).pull(["model"])
    assert not file.exists()
    store.first.path.unlink()
    assert open_store(f"{origin.url}/m", sha256=None).pull(["model"])["model"].read_bytes() == MODEL[::-1]


def test_a_change_after_the_first_download_is_damage(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    store.pull(["model"])["model"].write_bytes(MODEL[::-1])
    assert store.find("model") is None
    assert store.holding("model").state is State.DAMAGED


def test_a_file_that_nobody_vouches_for_is_not_used(open_store: Callable[..., Store]):
    store = open_store(sha256=None)
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(MODEL)
    assert store.find("model") is None
    assert store.holding("model")[:2] == (State.UNVERIFIED, None)


@pytest.mark.parametrize("spoilt", ["", "[]", '{"model": 1}', "{"])
def test_a_spoilt_record_only_means_fetching_again(open_store: Callable[..., Store], origin: Origin, spoilt: str):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    store.pull(["model"])
    store.first.path.write_text(spoilt)
    assert store.find("model") is None
    assert store.pull(["model"]) == {"model": store.models_dir / "model.onnx"}


def test_without_a_hash_a_part_of_an_earlier_pull_is_not_gone_on_with(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m", sha256=None)
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx.part").write_bytes(b"something else")
    assert store.pull(["model"])["model"].read_bytes() == MODEL


@pytest.mark.parametrize("cuts", [[], [400_000, 1]])
@pytest.mark.parametrize("thought", [len(MODEL) * 3 // 4, len(MODEL) * 4 // 3])
def test_where_the_size_is_only_about_right_the_server_says_how_long_the_file_is(
    open_store: Callable[..., Store], origin: Origin, thought: int, cuts: list[int]
):
    origin.files["/m"], origin.cuts = MODEL, cuts
    store = open_store(f"{origin.url}/m", size=thought, exact=False)
    assert store.pull(["model"])["model"].read_bytes() == MODEL


def test_a_file_far_longer_than_thought_is_refused(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    with pytest.raises(WeightsError, match="far more than"):
        open_store(f"{origin.url}/m", size=1000, exact=False, sha256=None).pull(["model"])


# how weights stand


def test_damage_is_told_and_found_even_when_the_clock_says_that_nothing_changed(
    open_store: Callable[..., Store], origin: Origin
):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    assert store.holding("model").state is State.ABSENT
    file = store.pull(["model"])["model"]
    assert store.holding("model") == (State.PRESENT, file, "")
    times = file.stat()
    file.write_bytes(MODEL[::-1])
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert store.verify(["model"])["model"].state is State.DAMAGED
    assert open_store().find("model") is None


def test_weights_that_nobody_publishes_are_explained(open_store: Callable[..., Store]):
    with pytest.raises(WeightsError, match=r"made thus: by hand.*HECKLER_MODELS_MIRROR"):
        open_store(convert="by hand").pull(["model"])


def test_a_damaged_file_is_replaced(open_store: Callable[..., Store], origin: Origin):
    origin.files["/m"] = MODEL
    store = open_store(f"{origin.url}/m")
    store.models_dir.mkdir()
    (store.models_dir / "model.onnx").write_bytes(b"damaged")
    store.pull(["model"])
    assert (store.models_dir / "model.onnx").read_bytes() == MODEL


def test_two_that_pull_at_once_fetch_once(open_store: Callable[..., Store], origin: Origin):
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
def test_however_it_is_cut_the_file_arrives_whole(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]):
    served = Origin(files={"/m": MODEL}, cuts=cuts)
    target = tmp_path_factory.mktemp("cut") / "model.onnx"
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(served))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/m"
        download(url, Wanted("model", len(MODEL), MODEL_SHA), target, lambda *_: None)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert target.read_bytes() == MODEL
