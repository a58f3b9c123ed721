"""Every refusal is a problem document with a stable code and a next step."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from bus.client import BusDown, LogFull, PhotoGone
from bus.jetstream.direct_get import ReadFailed
from bus.settings import Settings
from gateway.app import create_app
from gateway.http.errors import problem_of
from gateway.http.problems import KINDS, Problem, ProblemDocument, answer, documented

GATEWAY = Path(__file__).resolve().parents[3] / "gateway"


@pytest.mark.parametrize("code", KINDS)
def test_every_code_has_a_whole_document(code: str) -> None:
    response = answer(Problem(code, "Because."))
    body = ProblemDocument.model_validate(json.loads(response.body))
    assert response.media_type == "application/problem+json"
    assert body.code == code
    assert body.status == response.status_code == KINDS[code].status
    assert body.title
    assert body.hint
    assert re.fullmatch(r"[a-z_]+", code)


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind.status == 503])
def test_what_passes_by_itself_says_when_to_come_back(code: str) -> None:
    assert int(answer(Problem(code, "Because.")).headers["Retry-After"]) > 0


def test_every_code_raised_anywhere_is_declared_and_every_declared_code_is_raised() -> None:
    source = "\n".join(path.read_text() for path in GATEWAY.rglob("*.py") if path.name != "problems.py")
    raised = set(re.findall(r'(?:Problem|Rejected)\(\s*"([a-z_]+)"', source))
    assert raised <= set(KINDS)
    assert {code for code in KINDS if f'"{code}"' not in source} == set()


def test_extension_members_stand_beside_the_standard_ones() -> None:
    body = json.loads(answer(Problem("bad_option", "No.", field="heat", allowed=["mild"])).body)
    assert (body["field"], body["allowed"]) == ("heat", ["mild"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LogFull("full"), "log_full"),
        (BusDown("down"), "bus_down"),
        (ReadFailed("down"), "bus_down"),
        (PhotoGone("gone"), "photo_gone"),
        (OSError(errno.EMFILE, "Too many open files"), "exhausted"),
        (MemoryError(), "exhausted"),
        (RuntimeError("can't start new thread"), "exhausted"),
        (OSError(errno.EIO, "Input/output error"), "internal"),
        (ClientDisconnect(), "client_gone"),
        (HTTPException(404), "not_found"),
        (HTTPException(405), "method_not_allowed"),
        (RequestValidationError([{"loc": ("query", "after"), "msg": "no", "type": "x"}]), "bad_option"),
        (ZeroDivisionError("secret"), "internal"),
    ],
)
def test_every_exception_has_its_problem(error: Exception, code: str) -> None:
    problem = problem_of(error)
    assert problem.code == code
    assert "secret" not in problem.detail


def test_documented_problems_are_grouped_by_status() -> None:
    responses = documented("too_large", "too_many_pixels", "not_found")
    assert set(responses) == {413, 404}
    assert responses[413]["description"] == "`too_large` or `too_many_pixels`"


def test_the_schema_holds_every_event_and_names_no_validation_error_of_the_framework() -> None:
    document = create_app(Settings(nats_url="nats://127.0.0.1:1")).openapi()
    schemas = document["components"]["schemas"]
    assert set(schemas["AnyEvent"]["discriminator"]["mapping"]) == {
        *("submitted", "started", "feature", "joined", "failed", "cancelled", "deadline", "queue"),
        *("cued", "line", "roast", "analyzed"),
    }
    assert {"Snapshot", "RoastSnapshot", "ProblemDocument", "Accepted", "Persona"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(schemas)
