"""Every answer says what it may do in a browser: the page its own files only, a photo and the API nothing at all."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from gateway.http.headers import POLICY, policy_for


def test_every_answer_has_a_policy_and_none_lets_anything_inline_run(
    http: httpx.Client, make_photo: Callable[[], bytes]
) -> None:
    id = http.post("/api/roasts", files={"photo": ("p", make_photo())}).json()["id"]
    roast = f"/api/roasts/{id}"
    paths = (
        "/",
        "/docs",
        "/docs/start.js",
        f"/r/{id}",
        "/openapi.json",
        "/metrics",
        "/nothing",
        roast,
        f"{roast}/photo",
    )
    for path in paths:
        headers = http.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=(self)" in headers["permissions-policy"]
    assert "sandbox" in http.get(f"{roast}/photo").headers["content-security-policy"]
    assert "script-src 'self'" in http.get("/").headers["content-security-policy"]


def test_what_was_not_changed_keeps_the_policy_that_it_has(http: httpx.Client) -> None:
    first = http.get("/")
    if "etag" in first.headers:  # the built page
        again = http.get("/", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert "content-security-policy" not in again.headers


@pytest.mark.parametrize(
    ("kind", "policy"),
    [("text/html; charset=utf-8", "text/html"), ("image/svg+xml", "image/"), ("application/json", ""), ("", "")],
)
def test_the_policy_follows_the_content(kind: str, policy: str) -> None:
    assert policy_for(kind) == POLICY[policy]
