"""`heckler models pull llama`, as a person types it, against a local server that speaks like the makers' one."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bus.settings import Settings
from cli.main import app
from cli.models import language_models
from llm.models import LanguageModel, is_here, load_models, model_folder

FILES = {
    "config.json": b'{"model_type": "llama"}',
    "tokenizer_config.json": b"{}" * 30,
    "tokenizer.json": b"words" * 900,
    "model.safetensors": b"weights" * 90_000,
}


class Makers:
    """Where the model is published. `cut` breaks the next answers off after so many bytes, one entry each."""

    def __init__(self) -> None:
        self.files = {f"/llama/{name}": content for name, content in FILES.items()}
        self.cut: list[int] = []
        self.says_hashes = True
        self.ranges: list[str] = []
        self.got: list[str] = []
        makers = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                content = makers.files.get(self.path)
                self.send_response(404 if content is None else 302)
                if content is not None and makers.says_hashes:
                    self.send_header("X-Linked-Etag", f'"{hashlib.sha256(content).hexdigest()}"')
                    self.send_header("X-Linked-Size", str(len(content)))
                self.end_headers()

            def do_GET(self) -> None:
                makers.got.append(self.path)
                content = makers.files.get(self.path)
                if content is None:
                    self.send_error(404)
                    return
                start = int(self.headers.get("Range", "bytes=0-")[6:-1])
                makers.ranges += [self.headers["Range"]] if start else []
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                end = makers.cut.pop(0) if makers.cut and self.path.endswith("safetensors") else len(content)
                self.wfile.write(content[start:end])

            def log_message(self, format: str, *args: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/llama"


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Makers]:
    for name in [name for name in os.environ if name.startswith("HECKLER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HECKLER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "240")
    made = Makers()
    model = load_models()["llama"].model_copy(
        update={"url": made.url, "files": {name: len(content) for name, content in FILES.items()}}
    )
    monkeypatch.setattr(language_models, "load_models", lambda: {"llama": model})
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


def models(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["models", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == status, result.output
    return result.output


def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "models" / "Llama-3.2-3B-Instruct-4bit"


def state(name: str = "llama") -> str:
    return next(line for line in models("list").splitlines() if line.strip().startswith(f"{name} ")).split()[1]


PULL = ("pull", "llama", "--accept", "llama")


def test_the_licence_asks_for_consent_before_anything_is_fetched(makers: Makers, tmp_path: Path) -> None:
    words = models("pull", "llama", status=1)
    assert "Llama 3.2 Community License" in words
    assert "--accept llama" in words
    assert models("pull", "llama", "--accept", "agpl", status=1)
    assert not folder(tmp_path).exists()
    assert makers.got == []


@pytest.mark.parametrize("says_hashes", [True, False])
def test_a_pull_says_how_much_and_under_which_licence_and_brings_every_file(
    makers: Makers, tmp_path: Path, says_hashes: bool
) -> None:
    makers.says_hashes = says_hashes
    assert state() == "absent"
    words = models(*PULL)
    assert "Llama-3.2-3B-Instruct-4bit, about 634.6 kB; licence: Llama 3.2 Community License, https://" in words
    assert "llama/model.safetensors" in words
    assert "100%" in words
    assert {name: (folder(tmp_path) / name).read_bytes() for name in FILES} == FILES
    assert state() == "present"
    assert is_here(Settings())
    makers.got.clear()
    models(*PULL)
    assert all("safetensors" not in path for path in makers.got)


def test_extra_files_come_when_there_are_some(makers: Makers, tmp_path: Path) -> None:
    makers.files["/llama/chat_template.jinja"] = b"{{ messages }}"
    models(*PULL)
    assert (folder(tmp_path) / "chat_template.jinja").read_bytes() == b"{{ messages }}"
    assert not (folder(tmp_path) / "special_tokens_map.json").exists()


def test_a_cut_goes_on_where_it_stopped(makers: Makers, tmp_path: Path) -> None:
    makers.cut = [100_000, 250_000]
    models(*PULL)
    assert makers.ranges == ["bytes=100000-", "bytes=250000-"]
    assert (folder(tmp_path) / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_a_pull_that_failed_goes_on_the_next_time(makers: Makers, tmp_path: Path) -> None:
    makers.cut = [100_000, 200_000, 300_000, 400_000]
    words = models(*PULL, status=1)
    assert "Run the command again: it goes on from there" in words
    assert not is_here(Settings())
    assert state() == "absent"
    assert "model.safetensors still to come" in models("list")
    models(*PULL)
    assert makers.ranges[-1] == "bytes=400000-"
    assert state() == "present"


def test_a_file_that_is_gone_is_named(makers: Makers, tmp_path: Path) -> None:
    del makers.files["/llama/tokenizer.json"]
    words = models(*PULL, status=1)
    assert "llama could not be fetched" in words
    assert "answers 404" in words


def test_a_disk_that_is_too_full_is_noticed_before_anything_is_fetched(
    makers: Makers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.models.language_models.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    assert "only 1.0 kB are free" in models(*PULL, status=1)
    assert makers.got == []


def test_verify_finds_damage_that_keeps_the_size(makers: Makers, tmp_path: Path) -> None:
    models(*PULL)
    assert "llama: present" in models("verify", "llama")
    (folder(tmp_path) / "tokenizer.json").write_bytes(b"WORDS" * 900)
    assert "llama: damaged (tokenizer.json is not what came: delete it, then pull again)" in models(
        "verify", "llama", status=1
    )
    (folder(tmp_path) / "tokenizer.json").unlink()
    models(*PULL)
    assert "llama: present" in models("verify", "llama")


def test_a_folder_that_was_copied_by_hand_is_used_but_not_vouched_for(makers: Makers, tmp_path: Path) -> None:
    folder(tmp_path).mkdir(parents=True)
    for name, content in FILES.items():
        (folder(tmp_path) / name).write_bytes(content)
    assert state() == "unverified"
    assert is_here(Settings())


def test_a_model_of_ones_own_is_a_folder(tmp_path: Path) -> None:
    settings = Settings(mlx_model=str(tmp_path), data=tmp_path / "data")
    assert model_folder(settings) == tmp_path
    assert not is_here(settings)
    (tmp_path / "config.json").touch()
    (tmp_path / "model-00001-of-00002.safetensors").touch()
    assert is_here(settings)


def test_the_manifest_names_three_models_and_what_their_licences_ask_for() -> None:
    asked: dict[str, LanguageModel] = dict(load_models())
    assert {name: model.asks_for for name, model in asked.items()} == {
        "llama": "llama",
        "phi": None,
        "qwen": "non-commercial",
    }
    for model in asked.values():
        assert model.url.endswith(f"{model.folder}/resolve/main")
        assert [*model.files][-1] == "model.safetensors"  # it alone takes long: without it, nothing counts as here
        assert model.is_accepted({"all"})


def test_a_secret_reaches_other_processes_and_no_page() -> None:
    from cli.doctor.doctor import report
    from cli.flags import environment

    settings = Settings(openai_key="sk-very-secret")  # type: ignore[arg-type]
    assert environment(settings)["HECKLER_OPENAI_KEY"] == "sk-very-secret"
    assert "sk-very-secret" not in f"{report(settings)} {settings!r} {settings}"
