"""Small files that would take much memory are refused while they are read, by a process that may not have it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bus.events import SCHEMA
from bus.export import MOST_VALUES, BadExport, load
from bus.jetstream.bounded_unpack import Document, TooLarge, unpack_within
from bus.jetstream.codec import pack

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = 160 << 20
"""Bytes of address space that reading a hostile file may take on top of what the process has."""
READ = f"""
import re, resource, sys
from bus.export import BadExport, load
now = 1024 * int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1])
resource.setrlimit(resource.RLIMIT_AS, (now + {ALLOWED},) * 2)
try:
    load(open(sys.argv[1], "rb").read())
except BadExport as refusal:
    print("refused:", refusal)
"""
_SUBJECT = f"photo.{'A' * 22}.feature.faces"


def sealed(body: bytes) -> bytes:
    return b"heckler-export 1 %d %s\n" % (len(body), hashlib.sha256(body).hexdigest().encode()) + body


def request(events: bytes = b"\x90", photo: bytes = b"\xc0") -> bytes:
    """A document of one request, parts of which are packed already."""
    return b"\x91\x83" + pack("schema") + pack(SCHEMA) + pack("events") + events + pack("photo") + photo


def event(data: bytes) -> bytes:
    return b"\x91\x94" + pack(1) + pack(1.0) + pack(_SUBJECT) + pack(data)


def many(count: int, each: bytes) -> bytes:
    """A packed list of the same value again and again."""
    return b"\xdd" + count.to_bytes(4, "big") + each * count


def finding(faces: bytes) -> bytes:
    """A feature whose list of faces is packed already."""
    whole = pack({"type": "feature", "id": "A" * 22, "analyzer": "faces", "status": "ok", "finding": {"faces": []}})
    assert whole.endswith(b"\x90")
    return whole[:-1] + faces


BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros": lambda: bytes(200 << 20),
    "a list of empty dictionaries": lambda: many(16 << 20, b"\x80"),
    "events that are lists of lists": lambda: request(many(4000, many(4000, b"\x90"))),
    "a photo of zeros": lambda: request(photo=b"\xc6" + (200 << 20).to_bytes(4, "big") + bytes(200 << 20)),
    "a photo that is a tree": lambda: request(photo=many(8 << 20, b"\x80")),
    "an event full of empty dictionaries": lambda: request(event(many(4 << 20, b"\x80")[: 4 << 20])),
    "an event with lists in lists": lambda: request(event(many(1000, many(4000, b"\x80")))),
    "an event with a million wrong faces": lambda: request(event(finding(many(1 << 20, b"\x80")))),
    "a text without an end": lambda: request(
        event(b"")[:-2] + b"\xdb" + (200 << 20).to_bytes(4, "big") + b"a" * (200 << 20)
    ),
    "many photos": lambda: (
        b"\xdc\x00\x64" + request(photo=b"\xc6" + (1 << 20).to_bytes(4, "big") + bytes(1 << 20))[1:] * 1000
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="macOS takes an address-space limit and ignores it")
@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_file_does_not_become_a_large_process(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "bomb.heckler"
    file.write_bytes(sealed(zlib.compress(BOMBS[kind](), 1)))
    assert file.stat().st_size < 5 << 20
    ran = subprocess.run([sys.executable, "-c", READ, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("refused: ")


def test_what_comes_after_the_document_or_is_missing_of_it_is_refused() -> None:
    for body in (request() + b"\x01", request()[:-1], b"\x91\x84" + request()[2:]):
        with pytest.raises(BadExport):
            load(sealed(zlib.compress(body)))
    with pytest.raises(BadExport):
        load(sealed(zlib.compress(request()) + b"more"))


def test_a_document_is_read_up_to_its_limits() -> None:
    packed = zlib.compress(pack(["a", 1, b"xyz", None]))
    document = Document(packed, most=100, largest=10)
    assert [document.value() for _ in range(document.array(4))] == ["a", 1, b"xyz", None]
    assert document.is_over()
    with pytest.raises(TooLarge):
        Document(packed, most=100, largest=10).array(3)
    with pytest.raises(TooLarge):
        Document(packed, most=5, largest=10).array(4)
    small = Document(packed, most=100, largest=2)
    assert (small.array(4), small.value(), small.value()) == (4, "a", 1)
    with pytest.raises(ValueError, match="max_bin_len"):
        small.value()


def test_values_in_values_are_counted() -> None:
    assert unpack_within(pack({"a": [1, 2]}), 6) == {"a": [1, 2]}
    with pytest.raises(TooLarge):
        unpack_within(pack([[1] * 10] * 10), 100)
    with pytest.raises(ValueError, match="incomplete"):
        unpack_within(b"\x92\x01", MOST_VALUES)
