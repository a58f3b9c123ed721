"""No page of another site can steer the gateway through its visitor's browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from bus.settings import Settings
from gateway.http.origin_check import is_foreign, is_ours, objection

HOME = Settings(host="127.0.0.1", allowed_hosts="")
NAMED = Settings(host="127.0.0.1", allowed_hosts="photos.example.org, Other.example")
OPEN = Settings(host="0.0.0.0", allowed_hosts="")
OPEN_NAMED = Settings(host="::", allowed_hosts="photos.example.org")
OWN = (
    "127.0.0.1:8090",
    "localhost:8090",
    "LOCALHOST",
    "localhost.:80",
    "127.0.0.1",
    "[::1]:8090",
    "[::1]",
    "127.9.9.9",
)
names = st.from_regex(r"[a-z]{1,10}(\.[a-z]{2,8}){1,3}", fullmatch=True).filter(lambda name: "localhost" not in name)


@pytest.mark.parametrize("host", OWN)
@pytest.mark.parametrize("settings", [HOME, NAMED, OPEN, OPEN_NAMED])
def test_loopback_is_always_a_name_of_its_own(host: str, settings: Settings) -> None:
    assert is_ours(host, settings)


@given(names, st.sampled_from(["", ":80", ":8090"]))
def test_on_loopback_no_other_name_is_answered_to(name: str, port: str) -> None:
    for host in (name, f"localhost.{name}", f"{name}.localhost.{name}", "192.168.1.2", "[fe80::1]", "0.0.0.0"):
        assert not is_ours(host + port, HOME)
    assert is_ours(name + port, OPEN)


@pytest.mark.parametrize("host", ["localhost:x", "[::1", "127.0.0.1.evil.example", "http://", "@", "2130706433"])
def test_what_is_no_address_is_no_name_of_its_own(host: str) -> None:
    assert not is_ours(host, HOME)


def test_listed_names_are_answered_to_whatever_their_case_and_port() -> None:
    for settings in (NAMED, OPEN_NAMED):
        assert is_ours("Photos.Example.org:443", settings)
        assert is_ours("photos.example.org.", settings)
        assert not is_ours("evil.example", settings)
    assert is_ours("other.example", NAMED)


def test_beyond_loopback_a_list_leaves_bare_addresses_out_since_they_cannot_be_rebound() -> None:
    assert is_ours("192.168.1.2:8090", OPEN_NAMED)
    assert is_ours("[fe80::1]:8090", OPEN_NAMED)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8090", "127.0.0.1:8090"),
        ("http://localhost", "localhost:80"),
        ("https://photos.example.org", "photos.example.org"),  # TLS ended at a proxy
        ("https://photos.example.org", "photos.example.org:443"),
        ("http://[::1]:8090", "[::1]:8090"),
        ("http://Photos.example.org", "photos.Example.org"),
        ("", "127.0.0.1:8090"),  # curl
    ],
)
def test_the_own_page_and_programs_are_no_foreigners(origin: str, host: str) -> None:
    assert not is_foreign(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "http://evil.example",
            "https://127.0.0.1.evil.example:8090",
            "http://127.0.0.1:3000",
            "http://localhost:8090",
        ),
        *(
            "http://127.0.0.1",
            "null",
            "file://",
            "chrome-extension://abc",
            "http://[",
            "127.0.0.1:8090",
            "http://x:99999",
        ),
    ],
)
def test_every_other_origin_is_foreign(origin: str) -> None:
    assert is_foreign(origin, "127.0.0.1:8090")


def test_what_the_browser_says_of_the_site_has_the_first_word() -> None:
    assert not is_foreign("http://localhost:5173", "127.0.0.1:8090", "same-origin")  # behind a proxy that rewrites Host
    assert not is_foreign("", "127.0.0.1:8090", "none")
    assert is_foreign("", "127.0.0.1:8090", "cross-site")
    assert is_foreign("http://127.0.0.1:8090", "127.0.0.1:8090", "same-site")


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["GET", "POST", "DELETE", "PATCH"]))
def test_no_header_makes_it_stumble(origin: str, host: str, method: str) -> None:
    raw = [(b"origin", origin.encode("utf-8")), (b"host", host.encode("utf-8"))]
    found = objection(method, Headers(raw=raw), HOME)
    assert found is None or found.code in ("foreign_origin", "foreign_host")


def test_a_foreign_page_can_create_cancel_and_erase_nothing(
    http: httpx.Client, make_photo: Callable[[], bytes]
) -> None:
    photo = {"photo": ("p.jpg", make_photo())}
    id = http.post("/api/roasts", files=photo).json()["id"]
    foreign = {"Origin": "http://evil.example"}
    answers = [
        http.post("/api/roasts", files=photo, headers=foreign),
        http.post(f"/api/roasts/{id}/encore", headers=foreign),
        http.post(f"/api/roasts/{id}/cancel", headers=foreign),
        http.delete(f"/api/roasts/{id}", headers=foreign),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert answer.json()["code"] == "foreign_origin"
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert http.get(f"/api/roasts/{id}", headers=foreign).json()["status"] == "running"


def test_the_own_page_creates_and_erases(http: httpx.Client, make_photo: Callable[[], bytes]) -> None:
    own = {"Origin": str(http.base_url).rstrip("/")}
    answer = http.post("/api/roasts", files={"photo": ("p.jpg", make_photo())}, headers=own)
    assert answer.status_code == 202
    assert http.delete(f"/api/roasts/{answer.json()['id']}", headers=own).status_code == 200


def test_a_name_that_was_rebound_to_loopback_reads_nothing(http: httpx.Client) -> None:
    for path in ("/", "/docs", "/api/analyzers", "/healthz", "/metrics"):
        answer = http.get(path, headers={"Host": "evil.example:8090"})
        assert answer.status_code == 421
        assert answer.json()["code"] == "foreign_host"


def test_a_listed_name_is_accepted(running: Callable[..., Any], crowd: Any) -> None:
    with running(crowd, allowed_hosts="photos.example.org") as gateway, gateway.client() as http:
        assert http.get("/healthz", headers={"Host": "photos.example.org"}).status_code == 200
        assert http.get("/healthz", headers={"Host": "evil.example"}).status_code == 421
