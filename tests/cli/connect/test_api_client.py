"""The client: events once each through broken connections, and every refusal as a problem with a hint."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bus.events import Event, Failed, Joined
from bus.roast.events import Joke, Line, Roast
from cli.connect.api_client import Client, InQueue, Problem, events
from cli.roast.roasting import Roasting

ID = "request"
LINES = [Line(id=ID, attempt=1, n=n, joke=n, text=f"line {n}") for n in range(3)]
ROAST = Roast(id=ID, text="All.", jokes=(Joke(text="All.", cues=("c",)),), writer="house", persona="p", heat="medium")
STREAM: list[Event] = [Joined(id=ID, complete=True), *LINES, ROAST]
"""Event number i has sequence i + 1."""


def wire(numbered: list[tuple[int, Event]]) -> bytes:
    frames = [f"id: {n}\nevent: {event.type}\ndata: {event.model_dump_json()}\n\n" for n, event in numbered]  # type: ignore[union-attr]
    return ("retry: 1000\n\n: still here\n\n" + "".join(frames)).encode()


class Broken(httpx.SyncByteStream):
    """A body that breaks off after `content`."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content
        raise httpx.ReadError("the cable was pulled")


def client(handler: Callable[[httpx.Request], httpx.Response]) -> Client:
    return Client("http://heckler", httpx.MockTransport(handler))


def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.connect.api_client.RETRY_S", 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=6))
def test_each_event_comes_once_wherever_the_connection_breaks(breaks: list[tuple[int, bool]]) -> None:
    left = list(breaks)

    def handler(request: httpx.Request) -> httpx.Response:
        after = int(request.headers["Last-Event-ID"])
        rest = list(enumerate(STREAM, 1))[after:]
        if not left:
            return httpx.Response(200, content=wire(rest))
        length, hard = left.pop()
        content = wire(rest[: min(length, len(rest) - 1)])
        return httpx.Response(200, stream=Broken(content)) if hard else httpx.Response(200, content=content)

    with pytest.MonkeyPatch.context() as patch:
        no_pause(patch)
        assert list(client(handler).follow(ID)) == STREAM


def test_a_gateway_that_is_away_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    no_pause(monkeypatch)
    answers: list[httpx.Response | Exception] = [
        httpx.ConnectError("refused"),
        httpx.Response(503, json={"code": "bus_down", "title": "x"}),
        httpx.Response(200, content=wire(list(enumerate(STREAM, 1)))),
    ]

    def handler(request: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert list(client(handler).follow(ID)) == STREAM


def test_a_photo_for_which_there_is_no_room_is_sent_again_when_the_server_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    photo, waited, heard = tmp_path / "me.jpg", [], []
    photo.write_bytes(b"the whole photo")
    monkeypatch.setattr("cli.connect.api_client.time.sleep", waited.append)
    busy = {"code": "busy", "detail": "9 photos come first.", "title": "Too many", "hint": "Wait."}

    def handler(request: httpx.Request) -> httpx.Response:
        assert b"the whole photo" in request.read()
        if len(waited) < 2:
            return httpx.Response(503, json=busy, headers={"Retry-After": str(7 - len(waited))})
        return httpx.Response(202, json={"id": ID})

    assert client(handler).submit(photo, {}, heard.append) == ID
    assert waited == [7, 6]
    assert [(problem.detail, problem.retry_after) for problem in heard] == [(busy["detail"], 7), (busy["detail"], 6)]


@pytest.mark.parametrize(("code", "wait"), [("busy", {}), ("log_full", {"Retry-After": "60"})])
def test_other_refusals_and_those_without_an_end_are_raised(code: str, wait: dict[str, str], tmp_path: Path) -> None:
    photo = tmp_path / "me.jpg"
    photo.touch()
    with pytest.raises(Problem) as refused:
        client(lambda _: httpx.Response(503, json={"code": code, "title": "No"}, headers=wait)).submit(photo, {})
    assert refused.value.code == code


def test_a_gateway_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    no_pause(monkeypatch)
    monkeypatch.setattr("cli.connect.api_client.PATIENCE_S", 0)

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Problem, match="nothing answers at http://heckler"):
        list(client(handler).follow(ID))


def test_a_request_that_is_gone_is_a_problem_and_not_asked_for_again() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            404, json={"code": "not_found", "title": "Gone", "detail": "No such request.", "hint": "H"}
        )

    with pytest.raises(Problem) as caught:
        list(client(handler).follow(ID))
    assert (caught.value.code, caught.value.detail, caught.value.hint) == ("not_found", "No such request.", "H")


def test_an_analysis_ends_when_the_server_has_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    no_pause(monkeypatch)

    def handler(request: httpx.Request) -> httpx.Response:
        if request.headers["Last-Event-ID"] == "1":
            return httpx.Response(204)
        return httpx.Response(200, content=wire([(1, STREAM[0])]))

    assert list(client(handler).follow(ID)) == STREAM[:1]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'"text"'])
def test_a_server_that_is_no_heckler_is_recognised(body: bytes, tmp_path: Path) -> None:
    photo = tmp_path / "me.jpg"
    photo.write_bytes(b"x")
    with pytest.raises(Problem, match="404, not as Heckler would"):
        client(lambda _: httpx.Response(404, content=body)).submit(photo, {})


@pytest.mark.parametrize("data", ["{", '{"type": "sneezed", "id": "x"}', "7"])
def test_an_event_that_is_not_understood_is_a_problem(data: str) -> None:
    with pytest.raises(Problem, match="not understood"):
        list(client(lambda _: httpx.Response(200, content=f"data: {data}\n\n".encode())).follow(ID))


@given(st.text(alphabet="id: 3\n{}data", max_size=60))
def test_frames_without_data_are_no_events(text: str) -> None:
    lines = [line for line in text.split("\n") if not line.startswith("data")]
    assert list(events(iter(lines))) == []


def roasting(handler: Callable[[httpx.Request], httpx.Response]) -> tuple[Roasting, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Roasting(client(handler), {}, Console(file=out, width=80), Console(file=err, width=200)), out, err


PLACE = 'event: queue\ndata: {"type":"queue","id":"request","ahead":3}\n\n'


def test_the_position_in_the_queue_comes_between_the_events_and_has_no_number() -> None:
    told = (wire(list(enumerate(STREAM, 1))).decode() + PLACE).split("\n")
    assert list(events(iter(told))) == [*((str(n), event) for n, event in enumerate(STREAM, 1)), ("", InQueue(3))]


@pytest.mark.parametrize("data", ["{}", "[]", '{"ahead":"many"}', "3"])
def test_a_place_that_is_none_is_not_understood(data: str) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=f"event: queue\ndata: {data}\n\n".encode())

    with pytest.raises(Problem) as refusal:
        list(client(handler).follow(ID))
    assert refusal.value.code == "not_heckler"


def test_without_a_terminal_the_position_in_the_queue_is_printed_once(tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(b"x")

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={"id": ID})
        if request.url.path.endswith("/events"):
            return httpx.Response(200, content=(PLACE + PLACE.replace("3", "2")).encode() + wire([(1, ROAST)]))
        roast = {"text": "Well.", "writer": "house", "persona": "critic", "note": None}
        return httpx.Response(200, json={"status": "done", "roast": roast, "timings": {}, "missing": []})

    roaster, _, err = roasting(handler)
    assert roaster.run([tmp_path / "me.jpg"], as_json=False) == 0
    assert err.getvalue().count("in line") == 1
    assert "me.jpg: in line: 3 photos are on before this one" in err.getvalue()


def test_a_photo_that_fails_is_explained_and_the_others_are_roasted(tmp_path: Path) -> None:
    photos = [tmp_path / "bad.jpg", tmp_path / "good.jpg", tmp_path / "broken.jpg"]
    for photo in photos:
        photo.write_bytes(b"x")
    failed = Failed(id="bad", code="explicit", detail="Not this one.", hint="Send another.")

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            if b"broken.jpg" in request.read():
                problem = {"code": "not_an_image", "title": "T", "detail": "It is text.", "hint": "Send a JPEG."}
                return httpx.Response(415, json=problem)
            return httpx.Response(202, json={"id": "bad" if b"bad.jpg" in request.content else "good"})
        is_bad = "/bad" in request.url.path
        if request.url.path.endswith("/events"):
            return httpx.Response(200, content=wire([(1, failed if is_bad else ROAST)]))
        roast = {"text": "You [b]tried[/b].", "writer": "house", "persona": "critic", "note": None}
        result = {"status": "refused", "failed": failed.model_dump()} if is_bad else {"status": "done", "roast": roast}
        return httpx.Response(200, json={**result, "missing": [], "timings": {"total_ms": 1200}})

    work, out, err = roasting(handler)
    assert work.run(photos, as_json=False) == 2
    assert "You [b]tried[/b]." in out.getvalue()
    for words in ("bad.jpg: Not this one.", "Send another.", "broken.jpg: It is text.", "Send a JPEG."):
        assert words in err.getvalue()
