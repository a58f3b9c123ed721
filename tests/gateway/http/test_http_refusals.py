"""Bad input to a running gateway: each with its own problem, never a 500, never a dead process."""

from __future__ import annotations

import io
import json
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from bus.client import Bus

Make = Callable[[], bytes]
Running = Callable[..., Any]


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem in an answer; every one has all the standard members."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert all(body[member] for member in ("type", "title", "detail", "code", "hint"))
    return body


def send(http: httpx.Client, photo: bytes, name: str = "photo.jpg", **fields: str) -> httpx.Response:
    return http.post("/api/roasts", files={"photo": (name, photo, "image/jpeg")}, data=fields)


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few hundred bytes that decodes to 200 megapixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 10_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2501 * 10_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(autouse=True)
def still_alive(http: httpx.Client, make_photo: Make) -> Iterator[None]:
    """Whatever a test sends: afterwards the gateway takes a photo as before."""
    yield
    assert send(http, make_photo()).status_code == 202


GIF = encoded(Image.new("L", (32, 32)), "GIF", save_all=True, append_images=[Image.new("L", (32, 32), 9)])
NOISE = encoded(Image.effect_noise((200, 200), 60), "JPEG")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"I am not a photo, whatever my name says", 415, "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_format"),
        (b"%PDF-1.7 ...", 415, "unsupported_format"),
        (GIF, 415, "unsupported_format"),
        (NOISE[: len(NOISE) // 2], 422, "corrupt_image"),
        (bomb(), 413, "too_many_pixels"),
        (encoded(Image.new("RGB", (300, 1)), "PNG"), 422, "too_small"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_fit_photo_has_its_own_code(http: httpx.Client, data: bytes, status: int, code: str) -> None:
    body = problem(send(http, data))
    assert (body["status"], body["code"]) == (status, code)


@pytest.mark.parametrize(
    ("image", "format"),
    [
        (Image.new("CMYK", (64, 64), (0, 200, 200, 0)), "JPEG"),
        (Image.new("I;16", (64, 64), 30000), "PNG"),
        (Image.new("P", (64, 64)), "PNG"),
        (Image.new("RGBA", (64, 64), (9, 9, 9, 9)), "PNG"),
    ],
    ids=["cmyk", "16-bit", "palette", "transparent"],
)
def test_unusual_but_honest_photos_are_taken(http: httpx.Client, image: Image.Image, format: str) -> None:
    assert send(http, encoded(image, format), "wrong.txt").status_code == 202


def test_corrupt_exif_is_no_reason_to_refuse(http: httpx.Client, photos: Path) -> None:
    assert send(http, (photos / "broken/zero_length_string.jpg").read_bytes()).status_code == 202


def test_thirty_megabytes_are_refused_though_all_were_sent(http: httpx.Client) -> None:
    body = problem(send(http, b"\xff\xd8\xff" + bytes(30 << 20)))
    assert (body["status"], body["code"]) == (413, "too_large")


def test_a_stream_without_a_length_is_refused_once_it_is_too_long(http: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="photo"; filename="p"\r\n\r\n'
        for _ in range(30):
            yield bytes(1 << 20)
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert problem(http.post("/api/roasts", content=parts(), headers=headers))["code"] == "too_large"


def test_a_client_that_asks_before_sending_need_not_send(gateway: Any) -> None:
    head = [
        "POST /api/roasts HTTP/1.1",
        "Host: localhost",
        "Expect: 100-continue",
        f"Content-Length: {30 << 20}",
        "Content-Type: multipart/form-data; boundary=b",
    ]
    with connection(gateway) as wire:
        wire.sendall("\r\n".join([*head, "", ""]).encode())
        assert wire.recv(4096).startswith(b"HTTP/1.1 413")


def connection(gateway: Any) -> socket.socket:
    address = urlsplit(gateway.url)
    return socket.create_connection((address.hostname, address.port), timeout=30)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"data": {"heat": "medium"}}, "missing_photo"),
        ({"files": {"heat": (None, "medium")}}, "missing_photo"),
        ({}, "missing_photo"),
        ({"files": {"image": ("p.jpg", NOISE)}}, "missing_photo"),
        ({"files": [("photo", ("a", NOISE)), ("photo", ("b", NOISE))]}, "bad_request"),
        ({"content": NOISE, "headers": {"Content-Type": "image/jpeg"}}, "bad_request"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, "bad_request"),
        ({"content": b"[" * 9000, "headers": {"Content-Type": "application/json"}}, "bad_request"),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, "bad_request"),
        ({"content": b"", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, "bad_request"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, "bad_request"),
        ({"json": {"url": "https://photos.example/cat.jpg"}}, "url_disabled"),
        ({"files": {"photo": ("p", NOISE)}, "data": {"heat": "volcanic"}}, "bad_option"),
        ({"files": {"photo": ("p", NOISE)}, "data": {"tempo": "fast"}}, "bad_option"),
        ({"files": {"photo": ("p", NOISE)}, "data": {"seed": "x" * 9000}}, "bad_option"),
        ({"files": {"photo": ("p", NOISE)}, "data": {"persona": "nobody"}}, "unknown_persona"),
        ({"files": {"photo": ("p", NOISE)}, "data": {"analyzers": "colors,nose"}}, "unknown_analyzer"),
        ({"files": {"photo": ("p", NOISE)}, "data": {"analyzers": "emotions"}}, "unknown_analyzer"),
    ],
)
def test_a_request_that_is_not_understood_says_what_is_wrong(
    http: httpx.Client, request_: dict[str, Any], code: str
) -> None:
    body = problem(http.post("/api/roasts", **request_))
    assert body["code"] == code
    assert body["status"] < 500


def test_a_bad_option_names_its_field_and_what_is_allowed(http: httpx.Client, make_photo: Make) -> None:
    body = problem(send(http, make_photo(), heat="volcanic"))
    assert (body["field"], body["allowed"]) == ("heat", ["gentle", "medium", "savage"])
    assert "volcanic" in body["detail"]


def test_a_client_that_goes_away_leaves_nothing_behind(gateway: Any, http: httpx.Client) -> None:
    before = accepted(http)
    with connection(gateway) as wire:
        head = "POST /api/roasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
        wire.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode())
    assert accepted(http) == before


def accepted(http: httpx.Client) -> str:
    lines = http.get("/metrics").text.splitlines()
    return next(line for line in lines if line.startswith("heckler_photos_accepted_total"))


def test_addresses_and_methods_that_do_not_exist_are_problems_too(http: httpx.Client) -> None:
    assert problem(http.get("/api/nothing"))["code"] == "not_found"
    assert problem(http.put("/api/roasts"))["code"] == "method_not_allowed"


def test_a_slow_upload_is_given_up(crowd: Any, running: Running) -> None:
    with running(crowd, upload_s=0.3) as slow, connection(slow) as wire:
        head = "POST /api/roasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
        wire.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode())
        answer = wire.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 408")
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["code"] == "upload_timeout"


def test_a_client_that_is_too_slow_with_what_is_too_large_learns_that_it_is_too_large(
    crowd: Any, running: Running
) -> None:
    with running(crowd, upload_s=0.3) as slow, connection(slow) as wire:
        head = "POST /api/roasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000000\r\n"
        wire.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode())
        answer = wire.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 413")
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["code"] == "too_large"


def test_a_full_log_asks_to_come_back_later(
    fresh_server: Callable[..., Any], crowded: Callable[..., Any], running: Running, make_photo: Make
) -> None:
    server = fresh_server(max_log_bytes=1 << 20)

    async def fill() -> None:
        async with server.bus("admin") as bus:
            for n in range(3):
                await bus.nc.request(f"photo.filler.line.1.{n}", bytes(500_000), timeout=30)

    import asyncio

    asyncio.run(fill())
    with crowded(server), running(server, max_log_bytes=1 << 20, wait=True) as full, full.client() as http:
        answer = send(http, make_photo())
        assert (answer.status_code, problem(answer)["code"]) == (503, "log_full")
        assert int(answer.headers["Retry-After"]) > 0


def test_without_a_log_the_gateway_lives_and_says_so(crowd: Any, running: Running, make_photo: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: no process answers there
        nowhere = f"nats://127.0.0.1:{taken.getsockname()[1]}"
        with running(crowd, nats_url=nowhere) as lonely, lonely.client() as http:
            assert http.get("/healthz").status_code == 200
            ready = problem(http.get("/readyz"))
            assert ready["code"] == "not_ready"
            assert "writer" in ready["missing"]
            answer = send(http, make_photo())
            assert (answer.status_code, problem(answer)["code"]) == (503, "bus_down")
            assert int(answer.headers["Retry-After"]) > 0


def test_without_analyzers_no_photo_is_taken(
    fresh_server: Callable[..., Any], running: Running, make_photo: Make
) -> None:
    with running(fresh_server()) as gateway, gateway.client() as http:
        while (answer := send(http, make_photo())).json()["code"] == "bus_down":
            pass  # it has not reached its log yet
        assert (answer.status_code, problem(answer)["code"]) == (503, "no_analyzers")


def test_a_photo_that_takes_too_long_to_decode_is_refused_and_the_next_one_taken(
    crowd: Any, running: Running, photos: Path, make_photo: Make
) -> None:
    with running(crowd, decode_s=0.02, wait=True) as hasty, hasty.client() as http:
        assert problem(send(http, (photos / "exif/iphone.heic").read_bytes()))["code"] == "decode_timeout"
        while send(http, make_photo()).status_code != 202:  # a new decoder takes longer over its first one
            pass


def test_a_photo_that_needs_too_much_memory_is_refused_and_the_next_one_taken(
    crowd: Any, running: Running, make_photo: Make
) -> None:
    huge = encoded(Image.new("RGB", (9000, 9000)), "PNG", compress_level=1)
    with running(crowd, decode_memory=1 << 28, wait=True) as small, small.client() as http:
        assert problem(send(http, huge))["code"] in {"too_many_pixels", "corrupt_image"}
        assert send(http, make_photo()).status_code == 202


def test_a_url_that_is_none_has_a_problem_of_its_own(crowd: Any, running: Running) -> None:
    codes = {
        **dict.fromkeys(("http://[::1", "http://a:99999/", "http://[64:ff9b:1::a00:1]/", "\ud83d", ""), "url_refused"),
        **dict.fromkeys(("http://xn--/", "http://a..b/", "http://xn--a/"), "url_failed"),
    }
    with running(crowd, wait=True, url_uploads=True) as gateway, gateway.client() as http:
        for url, code in codes.items():
            body, headers = json.dumps({"url": url}), {"Content-Type": "application/json"}
            answer = http.post("/api/roasts", content=body, headers=headers)
            assert (url, answer.status_code, problem(answer)["code"]) == (url, 422, code)


def test_a_photo_that_lost_a_part_is_called_damaged_and_not_deleted(
    http: httpx.Client, make_photo: Make, on_bus: Callable[..., Any]
) -> None:
    id = http.post("/api/roasts", files={"photo": ("p", make_photo())}).json()["id"]

    async def overwrite(bus: Bus) -> None:
        await bus.nc.request(f"$KV.IMAGES.{id}.0", b"other bytes", timeout=30, headers={"Heckler-Part": "0/1"})

    on_bus(overwrite)
    for answer in (http.get(f"/api/roasts/{id}/photo"), http.post(f"/api/roasts/{id}/encore")):
        assert (answer.status_code, problem(answer)["code"]) == (410, "photo_damaged")
