"""The API of a running gateway before a real log: a request's life."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from bus.events import Event, Failed, Feature, Joined, Submitted
from bus.findings import Faces
from bus.roast.events import Cue, Cued, Joke, Line, Roast

OnBus = Callable[[Callable[..., Any]], Any]
CUE = Cue(id="dim", kind="lighting", text="dim", salience=0.5, evidence=("lighting.exposure",))


def story(id: str) -> list[Event]:
    """What the other services say of a request, to its ending."""
    return [
        Feature(id=id, analyzer="faces", status="ok", finding=Faces()),
        Feature(id=id, analyzer="colors", status="skipped", reason="it is grey"),
        Joined(id=id, complete=False, missing={"composition": "late"}),
        Cued(id=id, cues=(CUE,)),
        Line(id=id, attempt=1, n=0, joke=0, text="Dark.", cues=("dim",)),
        Roast(
            id=id,
            text="Dark.",
            jokes=(Joke(text="Dark.", cues=("dim",)),),
            writer="house",
            persona="critic",
            heat="medium",
        ),
    ]


def tell(on_bus: OnBus, events: list[Event]) -> None:
    async def work(bus: Any) -> None:
        for event in events:
            await bus.publish(event)
            # what it gives is None for what it met itself, at a second try
            assert event in [stored.event for stored in (await bus.latest(event.id)).events]

    on_bus(work)


def read(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Server-sent events as an EventSource reads them; comments and `retry` are left out."""
    event: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in event:
                yield event
            event = {}
        elif not line.startswith(":"):
            name, value = line.split(": ", 1)
            event[name] = value


def send(http: httpx.Client, photo: bytes, **fields: str) -> httpx.Response:
    return http.post("/api/roasts", files={"photo": ("photo.jpg", photo)}, data=fields)


def test_a_photo_is_accepted_with_links_that_work(http: httpx.Client, make_photo: Callable[[], bytes]) -> None:
    answer = send(http, make_photo())
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == body["links"]["self"]
    assert body["expects"] == ["colors", "composition", "faces"]  # emotions lacks its weights
    document = http.get(body["links"]["self"]).json()
    assert document["status"] == "running"
    assert document["links"] == body["links"]
    photo = http.get(document["photo"]["url"])
    assert photo.headers["content-type"] == "image/jpeg"
    assert hashlib.sha256(photo.content).hexdigest() == document["photo"]["sha256"]
    with Image.open(io.BytesIO(photo.content)) as image:
        assert image.size == (document["photo"]["width"], document["photo"]["height"])


def test_the_log_holds_what_was_asked_for(http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus) -> None:
    fields = {"heat": "savage", "length": "long", "language": "de", "seed": "9"}
    id = send(http, make_photo(), analyzers="composition", **fields).json()["id"]
    submitted: Submitted = on_bus(lambda bus: bus.latest(id)).submitted
    assert submitted.options == {
        "persona": "critic", "heat": "savage", "length": "long", "language": "de", "seed": 9,
    }  # fmt: skip
    assert (submitted.product, submitted.expects) == ("roast", ("composition", "faces"))
    assert 0 < submitted.join_by - submitted.at < submitted.expire_by - submitted.at


def test_one_call_takes_the_photo_and_streams_its_events(
    http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus
) -> None:
    headers = {"Accept": "text/event-stream"}
    with http.stream("POST", "/api/roasts", files={"photo": ("p", make_photo())}, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["cache-control"] == "no-store"
        events = read(answer.iter_lines())
        first = next(events)
        assert first["event"] == "submitted"
        id = json.loads(first["data"])["id"]
        tell(on_bus, story(id))
        assert [event["event"] for event in events] == ["feature", "feature", "joined", "cued", "line", "roast"]


def test_a_stream_can_be_cut_anywhere_and_resumed_at_another_gateway(
    http: httpx.Client, other_gateway: Any, make_photo: Callable[[], bytes], on_bus: OnBus
) -> None:
    id = send(http, make_photo()).json()["id"]
    tell(on_bus, story(id))
    with http.stream("GET", f"/api/roasts/{id}/events") as answer:
        whole = [(event["id"], event["event"]) for event in read(answer.iter_lines())]
    assert [name for _, name in whole] == ["submitted", "feature", "feature", "joined", "cued", "line", "roast"]
    with other_gateway.client() as other:
        for cut in range(1, len(whole)):
            headers = {"Last-Event-ID": whole[cut - 1][0]}
            with other.stream("GET", f"/api/roasts/{id}/events", headers=headers) as answer:
                assert [(event["id"], event["event"]) for event in read(answer.iter_lines())] == whole[cut:]


def test_a_stream_resumed_before_the_rest_happens_sees_it_live(
    http: httpx.Client, other_gateway: Any, make_photo: Callable[[], bytes], on_bus: OnBus
) -> None:
    id = send(http, make_photo()).json()["id"]
    events = story(id)
    with http.stream("GET", f"/api/roasts/{id}/events") as answer:
        seen = read(answer.iter_lines())
        tell(on_bus, events[:2])
        last = [next(seen) for _ in range(3)][-1]["id"]
    with other_gateway.client() as other, other.stream("GET", f"/api/roasts/{id}/events?after={last}") as answer:
        seen = read(answer.iter_lines())
        tell(on_bus, events[2:])
        assert [event["event"] for event in seen] == ["joined", "cued", "line", "roast"]


def test_a_client_that_has_seen_the_ending_is_asked_to_come_no_more(
    http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus
) -> None:
    id = send(http, make_photo()).json()["id"]
    tell(on_bus, story(id))
    with http.stream("GET", f"/api/roasts/{id}/events") as answer:
        last = list(read(answer.iter_lines()))[-1]["id"]
    assert http.get(f"/api/roasts/{id}/events", headers={"Last-Event-ID": last}).status_code == 204


def test_the_document_tells_the_whole_story(http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus) -> None:
    id = send(http, make_photo()).json()["id"]
    tell(on_bus, story(id))
    document = http.get(f"/api/roasts/{id}").json()
    assert document["status"] == "done"
    assert document["features"]["colors"]["reason"] == "it is grey"
    assert document["missing"] == [{"analyzer": "composition", "reason": "late"}]
    assert document["roast"]["jokes"] == [{"text": "Dark.", "cues": ["dim"]}]
    assert document["timings"]["total_ms"] >= document["timings"]["joined_ms"] >= 0


def test_an_explicit_photo_is_refused(http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus) -> None:
    id = send(http, make_photo()).json()["id"]
    tell(on_bus, [Failed(id=id, code="explicit", detail="Not this one.")])
    assert http.get(f"/api/roasts/{id}").json()["status"] == "refused"


def test_cancelling_ends_a_request_and_twice_is_as_good_as_once(
    http: httpx.Client, make_photo: Callable[[], bytes]
) -> None:
    id = send(http, make_photo()).json()["id"]
    for _ in range(2):
        answer = http.post(f"/api/roasts/{id}/cancel")
        assert answer.json() == {"id": id, "status": "cancelled"}
    assert http.get(f"/api/roasts/{id}").json()["status"] == "cancelled"


def test_what_has_ended_cannot_be_cancelled(http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus) -> None:
    id = send(http, make_photo()).json()["id"]
    tell(on_bus, story(id))
    answer = http.post(f"/api/roasts/{id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_ended")


def test_an_encore_is_about_the_same_photo_in_another_style(
    http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus
) -> None:
    first = send(http, make_photo(), heat="gentle", length="short").json()["id"]
    answer = http.post(f"/api/roasts/{first}/encore", json={"heat": "savage"})
    assert answer.status_code == 202
    second = answer.json()["id"]
    assert second != first
    assert answer.json()["parent"] == first
    one, two = (on_bus(lambda bus, id=id: bus.latest(id)).submitted for id in (first, second))
    assert two.photo == one.photo
    assert (two.options["heat"], two.options["length"]) == ("savage", "short")
    assert http.get(f"/api/roasts/{second}/photo").content == http.get(f"/api/roasts/{first}/photo").content


def test_an_encore_needs_no_body(http: httpx.Client, make_photo: Callable[[], bytes]) -> None:
    first = send(http, make_photo()).json()["id"]
    assert http.post(f"/api/roasts/{first}/encore").status_code == 202


def test_deleting_leaves_nothing_and_ends_streams(
    http: httpx.Client, make_photo: Callable[[], bytes], on_bus: OnBus
) -> None:
    id = send(http, make_photo()).json()["id"]
    with http.stream("GET", f"/api/roasts/{id}/events") as answer:
        events = read(answer.iter_lines())
        assert next(events)["event"] == "submitted"
        assert http.delete(f"/api/roasts/{id}").status_code == 200
        assert json.loads(next(events)["data"])["reason"] == "deleted"
        assert list(events) == []
    for path in ("", "/events", "/photo"):
        assert http.get(f"/api/roasts/{id}{path}").json()["code"] == "not_found"
    assert http.delete(f"/api/roasts/{id}").status_code == 404
    assert on_bus(lambda bus: bus.latest(id)).submitted is None


def test_an_encore_of_a_deleted_photo_is_refused_as_that(http: httpx.Client, make_photo: Callable[[], bytes]) -> None:
    first = send(http, make_photo()).json()["id"]
    second = http.post(f"/api/roasts/{first}/encore").json()["id"]
    http.delete(f"/api/roasts/{first}")
    for answer in (http.get(f"/api/roasts/{second}/photo"), http.post(f"/api/roasts/{second}/encore")):
        assert (answer.status_code, answer.json()["code"]) == (410, "photo_gone")


@pytest.mark.parametrize("id", ["x", "a" * 22, "a" * 21 + "*", "..", "a" * 300, "photo.>"])
def test_an_unknown_id_is_not_found_wherever_it_is_used(http: httpx.Client, id: str) -> None:
    calls = [
        ("GET", ""),
        ("GET", "/events"),
        ("GET", "/photo"),
        ("POST", "/encore"),
        ("POST", "/cancel"),
        ("DELETE", ""),
    ]
    for method, path in calls:
        answer = http.request(method, f"/api/roasts/{id}{path}".replace("..", "%2E%2E"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_place_to_resume_that_is_no_number_is_a_bad_option(
    http: httpx.Client, make_photo: Callable[[], bytes]
) -> None:
    id = send(http, make_photo()).json()["id"]
    answer = http.get(f"/api/roasts/{id}/events?after=yesterday")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_option")


def test_analyzers_say_what_they_miss_and_what_mends_it(http: httpx.Client) -> None:
    listed = {analyzer["name"]: analyzer for analyzer in http.get("/api/analyzers").json()}
    assert set(listed) == {"colors", "faces", "composition", "emotions"}
    assert listed["composition"]["needs"] == ["faces"]
    assert not listed["emotions"]["available"]
    assert "hsemotion" in listed["emotions"]["hint"]


def test_personas_have_names_that_can_be_asked_for(http: httpx.Client, make_photo: Callable[[], bytes]) -> None:
    personas = http.get("/api/personas").json()
    assert "critic" in {persona["name"] for persona in personas}
    for persona in personas:
        assert send(http, make_photo(), persona=persona["name"]).status_code == 202


def test_the_gateway_is_ready_when_all_services_are_there(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    assert all(http.get("/readyz").json()["parts"].values())


def test_metrics_count_by_route_and_never_by_id(http: httpx.Client, make_photo: Callable[[], bytes]) -> None:
    id = send(http, make_photo()).json()["id"]
    http.get(f"/api/roasts/{id}")
    text = http.get("/metrics").text
    assert 'heckler_http_answers_total{method="GET",route="/api/roasts/{id}",status="200"}' in text
    assert "heckler_photos_accepted_total" in text
    assert id not in text


def test_answers_keep_ids_and_photos_private(http: httpx.Client, make_photo: Callable[[], bytes]) -> None:
    id = send(http, make_photo()).json()["id"]
    for path in (f"/api/roasts/{id}", f"/api/roasts/{id}/photo"):
        headers = http.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "no-store" in headers["cache-control"]


def test_the_retention_times_and_the_limits_of_uploads_are_named(running: Any, crowd: Any) -> None:
    kept = {"photo_ttl_s": 1800.0, "event_ttl_s": 7200.0}
    limits = {"url_uploads": True, "max_upload_bytes": 12345, "max_pixels": 1000}
    with running(crowd, **kept, **limits) as gateway, gateway.client() as http:
        about = http.get("/api/about").json()
        version = http.get("/openapi.json").json()["info"]["version"]
    assert about == {"version": version, **kept, **limits}


def test_the_schema_and_its_page_are_served(http: httpx.Client) -> None:
    assert "Snapshot" in http.get("/openapi.json").json()["components"]["schemas"]
    assert "/docs/start.js" in http.get("/docs").text
    assert "/openapi.json" in http.get("/docs/start.js").text
    assert "Heckler" in http.get("/").text
