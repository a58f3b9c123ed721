"""Where the weights of tests come from: a model of no use, and an HTTP server and mirrors that offer it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from analyzers.weights.store import Entry

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
    """What an HTTP server offers and how it fails; a test may change it while it serves."""

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """For each coming answer, after how many bytes the connection breaks; then no more cuts."""
    ranges: bool = True
    busy: int = 0
    """How many of the coming answers are 503."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range header of each request."""
    gates: dict[str, threading.Event] = field(default_factory=dict)
    """By path, what an answer waits for."""
    url: str = ""

    def hold(self, path: str) -> threading.Event:
        """The event that lets the file at `path` through."""
        return self.gates.setdefault(path, threading.Event())


def handler(origin: Origin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked_range = self.headers.get("Range")
            origin.asked.append((self.path, asked_range))
            if self.path in origin.gates:
                origin.gates[self.path].wait(60)
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


@contextmanager
def serving(origin: Origin) -> Iterator[Origin]:
    """Serves `origin`, which learns its URL; at the end every gate is opened."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(origin))
    origin.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield origin
    finally:
        for gate in origin.gates.values():
            gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def index(name: str, content: bytes, official: bool, file: str = "files/it.onnx", sha256: str | None = None) -> str:
    """The lines of a mirror's index that offer `content` as `name`."""
    sha256 = sha256 or hashlib.sha256(content).hexdigest()
    lines = f'file = "{file}"', f'sha256 = "{sha256}"', f"size = {len(content)}", f"official = {str(official).lower()}"
    return f'["{name}"]\n' + "\n".join(lines) + "\n"


def folder_mirror(folder: Path, content: bytes, official: bool = True, sha256: str | None = None) -> str:
    """A mirror in `folder` that has `content` as the one model."""
    (folder / "files").mkdir(parents=True)
    (folder / "files/it.onnx").write_bytes(content)
    (folder / "mirror.toml").write_text(index("model", content, official, sha256=sha256))
    return str(folder)
