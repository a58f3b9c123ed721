"""The link to a roast: what a chat is told, and what nobody is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bus.events import Event, Failed, Feature, PhotoRef, Submitted
from bus.findings import Age, FaceAge, Facts
from bus.history import History, Stored
from bus.roast.events import Joke, Roast
from bus.settings import Settings
from gateway.http.errors import add_errors
from gateway.routes.page import add_page
from gateway.routes.shared import add_links
from gateway.state import Gateway

ID = "A" * 22


class Head(HTMLParser):
    """The meta tags of a page, and its title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: dict[str, str] = {}
        self.others: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("property") or found.get("name")
        if tag == "meta" and name:
            self.tags[name] = found.get("content") or ""
        else:
            self.others.append(tag)


class Log:
    """A log that holds these events."""

    def __init__(self, *events: Event) -> None:
        self.health = self
        self._history = History.of(Stored(n, 0.0, event) for n, event in enumerate(events, 1))

    async def latest(self, id: str) -> History:
        return self._history if id == ID else History()

    async def during(self, work: Awaitable[History], need: str) -> History:
        """As a log in good health does it."""
        return await work


def submitted() -> Submitted:
    photo = PhotoRef(key=ID, sha256="0", width=8, height=8, bytes=1)
    return Submitted(product="roast", id=ID, photo=photo, facts=Facts(), expects=("age",), join_by=0, expire_by=0)


def roast(text: str) -> Roast:
    joke = Joke(text=text, cues=("c",))
    return Roast(id=ID, text=text, jokes=(joke,), writer="house", persona="noir", heat="medium")


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., httpx.Response]:
    (tmp_path / "index.html").write_text("<html><head><title>Heckler</title></head><body>page</body></html>")

    def get(log: Any, path: str = f"/r/{ID}") -> httpx.Response:
        app = FastAPI()
        gateway = Gateway(Settings(), decoder=None)  # type: ignore[arg-type]  # links decode nothing
        gateway.bus = log
        app.state.gateway = gateway
        add_links(app, tmp_path)
        add_page(app, tmp_path)
        add_errors(app)

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="https://photos.example:8443") as client:
                return await client.get(path)

        return asyncio.run(go())

    return get


def test_a_chat_learns_who_spoke_the_first_line_and_where_the_card_is(ask: Callable[..., httpx.Response]) -> None:
    answer = ask(Log(submitted(), roast("It rained. Then it got worse.")))
    head = Head(answer.text).tags
    assert answer.status_code == 200
    assert head["og:title"] == "Roasted by The Detective"
    assert head["og:description"] == "It rained."
    assert head["og:image"] == f"https://photos.example:8443/api/roasts/{ID}/card.png"
    assert head["og:url"] == f"https://photos.example:8443/r/{ID}"
    assert (head["og:image:width"], head["og:image:height"]) == ("1200", "630")
    assert head["twitter:card"] == "summary_large_image"
    assert "page</body>" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


def test_words_cannot_become_markup(ask: Callable[..., httpx.Response]) -> None:
    text = "\"><script>alert('1')</script> & so on " + "x" * 400
    head = Head(ask(Log(submitted(), roast(text))).text)
    assert "script" not in head.others
    assert head.tags["og:description"].startswith("\"><script>alert('1')")
    assert len(head.tags["og:description"]) <= 200


def test_nothing_else_of_a_request_gets_out(ask: Callable[..., httpx.Response]) -> None:
    finding = Age(faces=(FaceAge(face=0, age=61.7, low=55, high=68),))
    age = Feature(id=ID, analyzer="age", status="ok", finding=finding)
    with_age = ask(Log(submitted(), age, roast("Dark.")))
    assert with_age.text == ask(Log(submitted(), roast("Dark."))).text
    assert "61" not in with_age.text


@pytest.mark.parametrize("events", [(), (Failed(id=ID, code="explicit", detail="No."),)])
def test_before_and_without_a_roast_a_link_says_nothing(
    ask: Callable[..., httpx.Response], events: tuple[Event, ...]
) -> None:
    answer = ask(Log(submitted(), *events))
    assert answer.status_code == 200
    assert "og:" not in answer.text


def test_what_nobody_knows_is_not_found_but_the_page_is_there_to_say_so(ask: Callable[..., httpx.Response]) -> None:
    for path in (f"/r/{'B' * 22}", "/r/no-id"):
        answer = ask(Log(submitted(), roast("Dark.")), path)
        assert answer.status_code == 404
        assert "page</body>" in answer.text
        assert "og:" not in answer.text


def test_without_a_log_the_page_is_served_all_the_same(ask: Callable[..., httpx.Response]) -> None:
    answer = ask(None)
    assert answer.status_code == 200
    assert "page</body>" in answer.text
