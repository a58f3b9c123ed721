"""Where the votes of an evaluation go: a small server on this machine, which writes each to a file."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from cli.eval.page import Pair

LARGEST = 10_000
"""Bytes that a vote may have."""


class Ballot:
    """Takes votes for known pairs, and appends each to a file with the writers' names."""

    def __init__(self, file: Path, pairs: Sequence[Pair]) -> None:
        self._file, self._pairs, self._lock = file, {pair.id: pair for pair in pairs}, Lock()

    def cast(self, body: bytes) -> str | None:
        """Saves one vote; or says what is wrong with it. Raises OSError when it cannot be written."""
        try:
            vote = json.loads(body)
            pair, choice = self._pairs[vote["pair"]], vote["choice"]
        except (ValueError, KeyError, TypeError):
            return "that is no vote on a pair of this page: reload it"
        if choice not in ("left", "right", "tie"):
            return "a vote is for left, right or tie"
        left, right = pair.left, pair.right
        better = {"left": left.writer, "right": right.writer, "tie": None}[choice]
        told = {"case": left.case, "persona": left.persona, "heat": left.heat, "seed": left.seed}
        entry = {"at": time.time(), "pair": pair.id, **told, "writers": [left.writer, right.writer], "better": better}
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        return None


def tally(file: Path) -> Mapping[str, int]:
    """Votes by the writer they are for ('tie' for none); the last vote on a pair counts. Raises OSError, ValueError."""
    last = {vote["pair"]: vote["better"] or "tie" for vote in map(json.loads, file.read_text("utf-8").splitlines())}
    return Counter(last.values())


def serve(page: Path, ballot: Ballot, port: int = 0) -> ThreadingHTTPServer:
    """A server of `page` on 127.0.0.1, not yet running; `server_port` is the one it got. Raises OSError."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/":
                self._answer(200, page.read_bytes(), "text/html; charset=utf-8")
            else:
                self._answer(404, b"there is only /", "text/plain")

        def do_POST(self) -> None:
            if not self._is_ours() or urlsplit(self.path).path != "/votes":
                return self._answer(403, b"votes come from the page that is served here", "text/plain")
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > LARGEST:
                return self._answer(413, b"that is no vote", "text/plain")
            try:
                problem = ballot.cast(self.rfile.read(int(length)))
            except OSError as error:
                return self._answer(500, f"the votes cannot be written: {error.strerror}".encode(), "text/plain")
            self._answer(422 if problem else 204, (problem or "").encode(), "text/plain")

        def _is_ours(self) -> bool:
            """No other site may vote: neither by a name that leads here, nor from a page of its own."""
            here = {f"127.0.0.1:{server.server_port}", f"localhost:{server.server_port}"}
            origin = self.headers.get("Origin")
            return self.headers.get("Host") in here and (origin is None or urlsplit(origin).netloc in here)

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the votes are in the file."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    return server
