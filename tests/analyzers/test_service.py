"""The analyzer service: annotations are the wiring, needs decide who may look, and nothing is looked at twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import cv2
import numpy as np
import pytest
from asking import found, request

from analyzers.base import Photo, Skip, wiring
from analyzers.floor import Floor
from analyzers.rosters import BadRoster, load_roster, select, wiring_of
from analyzers.runner import Runner
from analyzers.sandbox import AnalyzerCrashed, AnalyzerRaised, Job, analyze_apart
from analyzers.service import Analysis, Room, unmet
from analyzers.staff import staff
from bus import topology
from bus.client import Bus
from bus.events import Cancelled, Feature, new_id
from bus.features import Face, Faces, Facts, Lighting, Text
from bus.settings import Settings
from bus.worker import Delivery, Worker

Run = Callable[[Any], Any]
FACE = Face(box={"x": 1, "y": 1, "w": 5, "h": 5}, score=0.9, sharpness=1, size=0.1)


class Base:
    group, version, model, weights, optional_weights = "quality", "1", "m", (), ()

    def __init__(self, weights: Any = None) -> None:
        self.calls = 0


class Looks(Base):
    name = "looks"

    def analyze(self, photo: Photo) -> Facts:
        self.calls += 1
        return Facts(original_width=photo.width, original_height=photo.height)


class NeedsFaces(Base):
    name = "needy"

    def analyze(self, faces: Faces) -> Facts:
        return Facts(original_width=len(faces.faces))


class NeedsTwo(Base):
    name = "pair"

    def analyze(self, faces: Faces, text: Text) -> Facts:
        self.calls += 1
        return Facts(original_width=len(faces.faces), original_height=len(text.lines))


class Skips(Base):
    name = "skips"

    def analyze(self, photo: Photo) -> Facts:
        raise Skip("nothing to see")


def test_the_annotations_are_the_wiring() -> None:
    assert wiring(NeedsTwo).waits_for == ("faces", "text")
    assert not wiring(NeedsTwo).takes_photo
    assert wiring(Looks).takes_photo


def test_a_class_that_is_no_analyzer_is_refused_with_the_mistake_named() -> None:
    class NoReturn(Base):
        def analyze(self, photo: Photo):  # type: ignore[no-untyped-def]
            return None

    class Strange(Base):
        def analyze(self, camera: int) -> Facts:
            return Facts()

    with pytest.raises(TypeError, match="must return a Finding"):
        wiring(NoReturn)
    with pytest.raises(TypeError, match="camera"):
        wiring(Strange)


def test_the_roster_loads_and_every_analyzer_has_a_name_of_its_own() -> None:
    names = [wiring_of(each).name for each in load_roster(Settings())]
    assert len(names) == len(set(names))
    assert {"facts", "faces", "explicit", "text", "quality", "lighting", "colors", "composition", "objects"} <= {*names}


@pytest.mark.parametrize("roster", ["nowhere:ROSTER", "analyzers.roster:NOTHING"])
def test_a_roster_that_does_not_load_is_named(roster: str) -> None:
    with pytest.raises(BadRoster, match=roster.split(":")[1]):
        load_roster(Settings(roster=roster))


def test_groups_and_names_select_and_strangers_are_told_who_there_is() -> None:
    roster = load_roster(Settings())
    chosen = select(roster, ["face", "text"])
    assert chosen == tuple(each for each in roster if each.group == "face" or wiring_of(each).name == "text")
    assert {"faces", "text", "mesh", "emotions"} <= {wiring_of(each).name for each in chosen}
    with pytest.raises(BadRoster, match=r"telepathy.*composition"):
        select(roster, ["telepathy"])


class Broken(Base):
    name = "broken"

    def __init__(self, weights: Any = None) -> None:
        raise ImportError("libGL.so.1: cannot open shared object file")

    def analyze(self, photo: Photo) -> Facts:
        return Facts()


def test_an_analyzer_that_lacks_a_library_says_so_and_the_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzers.staff.load_roster", lambda _: (Broken, Looks))
    broken, looks = staff(Settings(), [])
    assert (broken.analyzer, type(looks.analyzer)) == (None, Looks)
    assert (broken.name, bool(broken.alive.missing)) == ("broken", True)
    assert (looks.name, looks.alive.missing) == ("looks", ())
    assert broken.alive.note == "libGL.so.1: cannot open shared object file: sudo apt-get install libgl1"


def feature(finding: Any, status: str = "ok", reason: str | None = None) -> Feature:
    return Feature(id="x", analyzer="faces", status=status, finding=finding, reason=reason)


def test_needs_that_are_not_met_are_reasons_to_skip() -> None:
    assert unmet([feature(Faces(faces=(FACE,)))], accepts_empty=False) is None
    assert unmet([feature(Faces())], accepts_empty=False) == "no faces in the photo"
    assert unmet([feature(Faces())], accepts_empty=True) is None
    assert "out of luck" in (unmet([feature(None, "failed", "out of luck")], accepts_empty=True) or "")


@asynccontextmanager
async def analyzing(bus: Bus, analyzer: Any) -> AsyncIterator[Runner]:
    runner = Runner(analyzer, on_hang=lambda: None)
    room = await Room.open(bus)
    durable = topology.analyzer(runner.name, runner.wiring.waits_for)
    await bus.ensure_consumer(durable)
    stop = asyncio.Event()
    work = Worker(bus, durable, Analysis(bus, runner, room)).run(stop)
    task = asyncio.create_task(work)
    try:
        yield runner
    finally:
        stop.set()
        await task


def test_an_analyzer_sees_the_photo_and_its_finding_is_stored_with_its_times(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, analyzing(bus, Looks()):
            feature = await found(bus, (await request(bus, "looks")).id, "looks")
            assert feature.finding == Facts(original_width=30, original_height=20)
            assert (feature.status, feature.model, feature.version) == ("ok", "m", "1")
            assert feature.compute_ms > 0

    run(scenario())


def test_who_is_not_expected_does_not_look(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus() as bus, analyzing(bus, looks):
            await request(bus, "somebody-else")
            await found(bus, (await request(bus, "looks")).id, "looks")
            assert looks.calls == 1

    run(scenario())


def test_a_slow_analyzer_never_looks_at_the_same_photo_twice(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus() as bus, analyzing(bus, looks) as runner:
            first = await request(bus, "looks", sha256="same")
            assert not (await found(bus, first.id, "looks")).cached
            runner.usual_ms = 100.0  # as if it were slow: quick ones are not worth two round trips
            assert not (await found(bus, (await request(bus, "looks", sha256="other")).id, "looks")).cached
            again = await found(bus, (await request(bus, "looks", sha256="other")).id, "looks")
            assert again.cached
            assert again.finding == Facts(original_width=30, original_height=20)
            assert looks.calls == 2

    run(scenario())


def test_an_analyzer_with_two_needs_runs_once_when_the_second_arrives(server: Any, run: Run) -> None:
    async def scenario() -> None:
        pair = NeedsTwo()
        async with server.bus() as bus, analyzing(bus, pair):
            for order in (("faces", "text"), ("text", "faces")):
                event = await request(bus, "faces", "text", "pair")
                findings = {"faces": Faces(faces=(FACE, FACE)), "text": Text()}
                for name in order:
                    finding = findings[name]
                    await bus.publish(Feature(id=event.id, analyzer=name, status="ok", finding=finding))
                assert (await found(bus, event.id, "pair")).finding == Facts(original_width=2, original_height=0)
            assert pair.calls == 2

    run(scenario())


@pytest.mark.parametrize(
    ("analyzer", "faces", "reason"),
    [(NeedsFaces, Faces(), "no faces in the photo"), (Skips, None, "nothing to see")],
)
def test_who_has_nothing_to_look_at_says_so_at_once(
    server: Any, run: Run, analyzer: type[Any], faces: Faces | None, reason: str
) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, analyzing(bus, analyzer()) as runner:
            event = await request(bus, "faces", runner.name)
            if faces is not None:
                await bus.publish(Feature(id=event.id, analyzer="faces", status="ok", finding=faces))
            feature = await found(bus, event.id, runner.name)
            assert (feature.status, feature.reason) == ("skipped", reason)

    run(scenario())


def test_work_that_is_done_is_not_done_again_when_only_its_acknowledgement_got_lost(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus("analyzer") as bus, server.bus() as admin:
            event = await request(admin, "looks")
            await bus.publish(Feature(id=event.id, analyzer="looks", status="ok", finding=Facts()))
            analysis = Analysis(bus, Runner(Looks(), on_hang=lambda: None), await Room.open(bus))
            again = Delivery(event, seq=1, at=event.at, attempt=2)
            assert [each async for each in analysis.handle(again)] == []

    run(scenario())


def test_a_photo_that_is_gone_is_skipped_not_failed(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            event = await request(bus, "looks")
            await bus.api("STREAM.PURGE.KV_IMAGES", {"filter": f"$KV.IMAGES.{event.id}.>"})
            await bus.ensure_consumer(topology.Durable("analyze-looks", ("photo.*.submitted",)))
            again = event.model_copy(update={"id": new_id()})
            async with analyzing(bus, Looks()):
                await bus.publish(again)
                feature = await found(bus, again.id, "looks")
                assert feature.status == "skipped"
                assert "gone" in (feature.reason or "")

    run(scenario())


def test_a_cancelled_request_gets_no_more_findings(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus() as bus:
            room = await Room.open(bus)
            event = await request(bus, "looks")
            await bus.publish(Cancelled(id=event.id))
            await bus.nc.flush()
            runner = Runner(looks, on_hang=lambda: None)
            delivery = (await bus.latest(event.id, "submitted")).events[0]
            given = Delivery(delivery.event, delivery.seq, delivery.at)
            assert [each async for each in Analysis(bus, runner, room).handle(given)] == []
            assert looks.calls == 0

    run(scenario())


def sandboxed(name: str, colour: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch, run: Run) -> Any:
    from pathlib import Path

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent / "rosters"))
    monkeypatch.setenv("HECKLER_ROSTER", "rogues:ROSTER")
    photo = cv2.imencode(".png", np.full((8, 8, 3), colour[::-1], np.uint8))[1].tobytes()
    return run(analyze_apart(Job(name, photo, Facts(), {}), timeout=60))


def test_a_second_chance_runs_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    assert sandboxed("dies", (0, 0, 0), monkeypatch, run) == Facts()


def test_a_child_that_dies_is_an_exception_here(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    with pytest.raises(AnalyzerCrashed, match="SIGSEGV"):
        sandboxed("dies", (20, 220, 20), monkeypatch, run)


def test_what_a_child_raises_comes_with_its_traceback(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    with pytest.raises(AnalyzerRaised, match="I cannot stand red"):
        sandboxed("raises", (220, 20, 20), monkeypatch, run)


def test_lighting_is_a_finding_like_any_other() -> None:
    assert wiring_of(next(each for each in load_roster(Settings()) if wiring_of(each).name == "lighting")).returns is (
        Lighting
    )


def test_there_are_as_many_at_work_as_places_and_a_hanging_one_gives_its_place_up(
    monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    async def scenario() -> list[str]:
        floor, order = Floor(1), []
        monkeypatch.setattr("analyzers.floor.PATIENCE_S", 60)
        first, hangs = asyncio.Event(), asyncio.Event()

        async def work(name: str, until: asyncio.Event | None) -> None:
            async with floor.place():
                order.append(f"{name} in")
                if until:
                    await until.wait()
                order.append(f"{name} out")

        one, two = asyncio.create_task(work("one", first)), asyncio.create_task(work("two", None))
        await asyncio.sleep(0)
        first.set()
        await asyncio.gather(one, two)
        monkeypatch.setattr("analyzers.floor.PATIENCE_S", 0.01)
        stuck = asyncio.create_task(work("stuck", hangs))
        await asyncio.create_task(work("three", None))
        hangs.set()
        await stuck
        return order

    assert run(scenario()) == [
        *("one in", "one out", "two in", "two out"),
        *("stuck in", "three in", "three out", "stuck out"),
    ]
