"""Whatever goes wrong, the page says what it is and knows a way on; what passes by itself is waited for."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from visiting import (
    DONE,
    TWO,
    Open,
    create,
    document,
    noise,
    noted,
    noting,
    process_of,
    roast_id,
    spoken,
    squeezed,
    upload,
)

from gateway.http.problems import KINDS, Problem
from gateway.http.problems import document as document_of


def refusing(code: str, times: int) -> Callable[[Route], None]:
    """Answers with the gateway's own problem so many times, and then passes requests on."""
    left = iter(range(times))
    problem = Problem(code, "It happened just now.")
    wait = {"Retry-After": "1"} if problem.kind.retry_after else {}

    def answer(route: Route) -> None:
        if route.request.method != "POST" or next(left, None) is None:
            return route.continue_()
        body = document_of(problem).model_dump_json()
        route.fulfill(status=problem.kind.status, body=body, content_type="application/problem+json", headers=wait)

    return answer


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if not kind.retry_after])
def test_a_refusal_has_a_way_on_and_another_photo_is_welcome(open_page: Open, photos: Path, code: str) -> None:
    page = open_page()
    page.route("**/api/roasts", refusing(code, 1))
    upload(page, photos / TWO)
    card = page.locator(f".problem[data-code={code}]")
    expect(card.get_by_role("heading")).to_have_text(KINDS[code].title)
    expect(card.locator(".hint")).to_have_text(re.compile(r"^[A-Z].*\.$"))
    assert card.get_by_role("button").or_(card.locator("label")).count() >= 1
    card.get_by_role("button", name="Back to the start").click()
    expect(page.get_by_role("heading", name="Put a photo on stage.")).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)  # nothing was erased


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind.retry_after])
def test_what_passes_by_itself_is_waited_for_at_the_door(open_page: Open, photos: Path, code: str) -> None:
    waiting = f"document.querySelector('.problem[data-code={code}] .by-itself')?.textContent"
    page = open_page(script=noting(waiting))
    page.route("**/api/roasts", refusing(code, 2))
    upload(page, photos / TWO)
    page.wait_for_selector(DONE)
    assert any("by itself in" in said for said in noted(page))


def test_an_analyzer_that_cannot_work_is_named_with_the_command_that_helps(open_page: Open) -> None:
    page = open_page()
    away = {
        **{"name": "pose", "group": "body", "available": False, "version": "1", "model": "m", "needs": []},
        **{"missing": ["pose_model"], "hint": "heckler models pull pose_model", "better_with": None, "arrival": None},
        "runs_on": {},
    }
    page.route("**/api/analyzers", lambda route: route.fulfill(json=[away]))
    page.reload()
    row = page.locator(".front-row")
    expect(row).to_contain_text("Pose lacks pose_model.")
    expect(row.locator("li code")).to_have_text("heckler models pull pose_model")
    expect(row.locator("p code")).to_have_text("heckler doctor")
    page.route("**/api/roasts", refusing("no_analyzers", 1))
    upload(page, noise())
    expect(page.locator(".problem[data-code=no_analyzers] .front-row code").last).to_have_text(
        "heckler models pull pose_model"
    )


def test_weights_that_did_not_come_are_folded_away_and_their_long_reasons_fit_a_phone(open_page: Open) -> None:
    page = open_page()
    page.set_viewport_size({"width": 360, "height": 800})
    here = {"group": "body", "version": "1", "model": "m", "needs": [], "better_with": None, "runs_on": {}}
    failed = {"state": "failed", "weights": "pose_model", "done": 0, "total": 9, "reason": f"https://{'a' * 300}"}
    seated = here | {"name": "faces", "available": True, "missing": [], "hint": None, "arrival": None}
    away = here | {"name": "pose", "available": False, "missing": ["pose_model"], "hint": "pull it", "arrival": failed}
    coming = away | {"name": "scene", "arrival": failed | {"state": "fetching", "reason": None}}
    page.route("**/api/analyzers", lambda route: route.fulfill(json=[seated, away, coming]))
    page.reload()
    expect(page.get_by_role("list", name="On the way")).to_contain_text("Scene is on the way: fetching pose_model")
    listed = page.get_by_role("list", name="Not here tonight")
    expect(listed).to_be_hidden()
    page.get_by_text("Not here tonight: pose.").click()
    page.get_by_text("Why it did not come").click()
    expect(listed).to_contain_text(failed["reason"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_house_that_does_not_answer_is_asked_again_until_it_does(open_page: Open, system: Any) -> None:
    page = open_page()
    page.route("**/api/*", lambda route: route.abort())
    page.reload()
    expect(page.locator(".notice[data-code=unreachable]")).to_be_visible()
    expect(page.get_by_role("radio", name="Critic")).to_have_count(0)
    page.unroute("**/api/*")
    expect(page.get_by_role("radio", name="Critic")).to_have_count(1, timeout=20_000)
    expect(page.locator(".notice")).to_have_count(0)


def test_an_upload_that_nobody_answers_is_tried_again_when_the_line_is_back(open_page: Open, photos: Path) -> None:
    page = open_page()
    page.context.set_offline(True)
    upload(page, photos / TWO)
    card = page.locator(".problem[data-code=unreachable]")
    expect(card.get_by_role("heading")).to_have_text("Nobody answers")
    page.context.set_offline(False)
    card.get_by_role("button", name="Try again now").click()
    page.wait_for_selector(DONE)


def test_nothing_having_been_begun_for_long_is_explained(open_page: Open, photos: Path) -> None:
    page = open_page()

    def only_the_submission(route: Route) -> None:
        frames = httpx.get(route.request.url.split("?")[0], timeout=60).text.split("\n\n")
        first = next(frame for frame in frames if "event: submitted" in frame)
        route.fulfill(body=f"{first}\n\n", content_type="text/event-stream")

    page.route("**/events*", only_the_submission)
    page.route(re.compile(r"/api/requests/[\w-]{22}$"), lambda route: route.abort())
    upload(page, photos / TWO)
    expect(page.locator(".long-wait")).to_contain_text("busy with photos that came before yours", timeout=20_000)


LOST = noting("document.querySelector('.offline, .connection-back')?.className")
"""A script that notes whether the page has said that the connection was lost, and that it is back."""


def test_a_gateway_killed_mid_roast_is_missed_waited_for_and_nothing_is_lost(
    open_page: Open, own_system: Any, hold: Callable[[], Callable[[], None]]
) -> None:
    page = open_page(base=own_system.url, script=LOST)
    go_on = hold()
    upload(page, noise())
    id = roast_id(page)
    page.wait_for_selector(".phase[data-phase=looking]")
    os.kill(process_of(own_system, "gateway"), signal.SIGKILL)
    page.wait_for_function("() => noted.includes('offline')")
    go_on()
    page.wait_for_selector(DONE)
    expect(page.locator(".offline")).to_have_count(0)
    assert noted(page) == ["offline", "connection-back"]
    known = document(own_system, id)
    assert spoken(page) == squeezed(known["roast"]["text"])
    lanes = page.locator(".lane").evaluate_all("all => all.map(l => [l.dataset.analyzer, l.dataset.status])")
    assert sorted(map(tuple, lanes)) == sorted((name, found["status"]) for name, found in known["features"].items())


def test_a_link_opened_while_the_server_is_away_shows_the_roast_when_it_is_back(
    open_page: Open, system: Any, photos: Path
) -> None:
    id = create(system, photos / TWO)
    page = open_page()
    away(page, id)
    page.goto(f"{system.url}/#/r/{id}")
    expect(page.locator(".problem[data-code=unreachable]")).to_contain_text("keeps knocking")
    page.unroute(f"**/{id}*")
    page.unroute(f"**/{id}/*")
    page.wait_for_selector(DONE)


def away(page: Page, id: str) -> None:
    for pattern in (f"**/{id}*", f"**/{id}/*"):
        page.route(pattern, lambda route: route.abort())
