"""The dashboard: figures from events alone, and frames of everything running."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bus.jetstream.codec import pack
from bus.jetstream.direct_get import Message
from bus.service.presence import ServiceInfo
from bus.settings import Settings
from bus.subjects import probe
from bus.topology import DEAD
from cli.watch.collector import Consumer, Frame, Stream, Watcher
from cli.watch.stages import JOIN, WHOLE, WRITE, Sample, Stages, Window, figures, quantile
from cli.watch.view import line, picture

Heckler = Callable[..., subprocess.CompletedProcess[str]]


def message(seq: int, at: float, subject: str, **body: Any) -> Message:
    return Message(seq, at, f"photo.{subject}", pack(body), {})


HISTORY = [
    message(1, 10.0, "a.submitted"),
    message(2, 10.3, "a.feature.faces", queue_ms=100.0, compute_ms=150.0, status="ok"),
    message(3, 10.5, "a.feature.text", queue_ms=5.0, compute_ms=400.0, status="ok", cached=True),
    message(4, 10.6, "a.joined"),
    message(5, 10.7, "a.line.1.0"),
    message(6, 11.6, "a.end.roast", write_ms=900.0),
]


def samples(messages: list[Message]) -> dict[str, Sample]:
    stages = Stages()
    return {sample.stage: sample for each in messages for sample in stages.take(each)}


def test_the_times_of_a_request_are_given_stage_by_stage() -> None:
    found = samples(HISTORY)
    assert (found["faces"].wait_ms, found["faces"].work_ms) == (100, 150)
    assert found[JOIN].work_ms == pytest.approx(100)
    assert found[WRITE].wait_ms == pytest.approx(100)
    assert found[WRITE].work_ms == pytest.approx(900)
    assert found[WHOLE].work_ms == pytest.approx(1600)
    assert found[WHOLE].how == "roast"


def test_an_analysis_ends_with_its_join_and_has_no_writer() -> None:
    ended = (message(4, 10.6, "a.joined"), message(5, 10.6, "a.end.analyzed"))
    found = samples([*HISTORY[:3], *ended])
    assert found.keys() == {"faces", "text", JOIN, WHOLE}
    assert found[WHOLE].how == "analyzed"


def test_what_began_before_the_watch_has_no_total_and_breaks_nothing() -> None:
    found = samples(
        [message(9, 11.0, "b.joined"), message(10, 11.5, "b.end.failed"), message(11, 12.0, "c.timer.join")]
    )
    assert found == {}


def test_a_body_that_cannot_be_read_counts_as_no_time() -> None:
    broken = Message(2, 10.3, "photo.a.feature.faces", b"\xc1", {})
    assert samples([broken])["faces"].work_ms == 0


def test_figures_leave_what_was_known_already_out_of_the_work() -> None:
    found = figures(samples(HISTORY).values(), 10)
    assert (found["text"].photos, found["text"].work_p50_ms, found["text"].busy) == (1, 0, 0)
    assert (found["faces"].per_s, found["faces"].busy) == (0.1, 0.015)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    found = quantile(sorted(values), share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert sum(value < found for value in values) < share * len(values) + 1e-6


def test_a_window_forgets_what_is_old() -> None:
    window = Window(60)
    window.add(Sample("faces", at, 0, 1) for at in (100.0, 150.0, 200.0))
    assert [sample.at for sample in window.at(215.0)] == [200.0]


FRAME = Frame(
    at=1e9,
    window_s=60,
    consumers=(
        Consumer("analyze-faces", "faces", "PHOTOS", 7, 2, 1, 3.25),
        Consumer("analyze-gone", "gone", "PHOTOS", 0, 0, 0, None),
    ),
    stages=figures(samples(HISTORY).values(), 60),
    endings={"failed": 1, "roast": 5},
    services=(ServiceInfo("faces", "face", "2", "yunet"), ServiceInfo("pose", "body", missing=("pose-lite",))),
    streams=(Stream("PHOTOS", 1234, 5_000_000, None), Stream("DEAD", 3, 400, None)),
    dead=3,
    storage=5_000_400,
)


def test_a_frame_shows_which_analyzers_are_behind_what_they_lack_and_the_dead_letters() -> None:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(picture(FRAME, Settings(max_log_bytes=50_000_000)))
    shown = console.export_text()
    rows = {row.split()[0]: row.split() for row in shown.splitlines() if row.strip()}
    assert rows["faces"] == ["faces", "7", "2", "1", "3.2", "100", "100", "150", "150", "v2", "yunet"]
    assert rows["gone"][-2:] == ["not", "running"]
    assert "lacks pose-lite" in shown
    assert "3 dead letters: heckler dead list" in shown
    assert rows["PHOTOS"] == ["PHOTOS", "1,234", "5.0MB", "50.0MB", "(10", "%)"]


MANY = dataclasses.replace(
    FRAME,
    consumers=tuple(
        Consumer(f"analyze-number{n}", f"number{n}", "PHOTOS", 9 if n == 17 else 0, 0, 0, 1.5) for n in range(26)
    ),
    services=tuple(ServiceInfo(f"number{n}", "face", "1", "a model with a long name on cpu") for n in range(26)),
)


def screen(width: int, height: int, frame: Frame, **how: bool) -> list[str]:
    console = Console(width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(picture(frame, Settings(), **how))
    return [row.rstrip() for row in captured.get().splitlines()]


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24), (60, 20), (40, 10)])
def test_on_a_small_screen_the_numbers_stay_whole_and_what_is_behind_stays_in_sight(width: int, height: int) -> None:
    rows = screen(width, height, MANY, fit=True)
    assert len(rows) <= height
    [busy] = [row.split() for row in rows if "number17" in row]
    assert busy[:3] == ["number17", "9", "0"]
    [header] = [row.split() for row in rows if row.split()[:2] == ["ms", "lag"]]
    assert {"lag", "hand", "waits", "takes", "by"} <= set(header)
    assert "PHOTOS" in "".join(rows[-6:])
    if height < 32:
        assert f"{26 - sum('number' in row for row in rows)} more that do less" in rows[-1]


def test_a_picture_that_is_kept_while_the_log_is_silent_says_so() -> None:
    assert any(row.startswith("the event log has not answered since") for row in screen(80, 24, MANY, stale=True))


def test_what_was_all_known_already_has_no_time_of_work() -> None:
    cached = dataclasses.replace(FRAME, consumers=(Consumer("analyze-text", "text", "PHOTOS", 0, 0, 0, 1.0),))
    [row] = [row.split() for row in screen(120, 40, cached) if row.split()[:1] == ["text"]]
    assert row[5:9] == ["5.0", "5.0", "–", "–"]


def test_a_watcher_waits_for_a_log_that_goes_away_and_comes_back(fresh_server: Any, run: Callable[..., Any]) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus("cli") as bus:
            frames = Watcher(bus).frames(0.05)
            assert await anext(frames) is not None
            server.kill()
            while await anext(frames) is not None:
                pass
            await server.start()
            while await anext(frames) is None:
                pass
            await frames.aclose()  # type: ignore[attr-defined]

    run(scenario())


def test_what_is_written_to_see_whether_that_can_be_done_is_no_dead_letter(
    fresh_server: Any, run: Callable[..., Any]
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as admin, server.bus("cli") as bus:
            for subject in (probe(DEAD), "dead.i.write.1"):  # the first, as a server leaves it that died of it
                await admin.nc.request(subject, b"")
            frames = Watcher(bus).frames(0.05)
            frame = await anext(frames)
            assert frame is not None
            assert (frame.dead, frame.trouble, frame.unwritable) == (1, "", {})
            await frames.aclose()  # type: ignore[attr-defined]

    run(scenario())


def test_what_a_cluster_cannot_reach_is_named() -> None:
    away = dataclasses.replace(FRAME, away=("KV_FEATURES",))
    assert "cannot be reached: KV_FEATURES" in screen(80, 24, away, fit=True)
    assert line(away).endswith("away=KV_FEATURES")


def test_a_line_says_the_same_in_short() -> None:
    assert "failed=1 roast=5 p50=1600ms" in line(FRAME)
    assert line(FRAME).endswith("lag=7 in_hand=2 dead=3 storage=5.0MB longest_queue=analyze-faces")
    assert "\n" not in line(FRAME)


def test_one_frame_of_a_running_system_counts_what_just_happened(mended: Any, heckler: Heckler) -> None:
    assert heckler("bench", "-n", "3", "--alone", "1", "--analyzers", "facts", "--json").returncode == 0
    answer = heckler("watch", "--once", "--json")
    assert answer.returncode == 0, answer.stderr
    frame = json.loads(answer.stdout)
    consumers = {each["name"]: each for each in frame["consumers"]}
    assert {"aggregate", "write", "analyze-facts", "analyze-text", "analyze-dependent"} <= consumers.keys()
    assert all(each["per_s"] is not None for each in consumers.values())
    assert {each["name"] for each in frame["streams"]} >= {"PHOTOS", "DEAD", "KV_IMAGES", "KV_FEATURES"}
    assert {each["name"] for each in frame["services"]} == {"aggregator", "writer", "facts", "text", "dependent"}
    assert not any("cli" in name for name in consumers), "a command that only reads made a consumer"


def test_without_a_terminal_it_is_a_picture_without_colours(mended: Any, heckler: Heckler) -> None:
    answer = heckler("watch", "--once")
    assert "not running" not in answer.stdout  # every consumer has a service that works on it
    assert answer.returncode == 0
    assert "\x1b" not in answer.stdout
    assert "aggregate" in answer.stdout


def test_a_log_that_cannot_be_written_is_shown_with_its_disk() -> None:
    full = dataclasses.replace(
        FRAME, disk_free=0, unwritable={"KV_IMAGES": "no answer"}, trouble="The disk of /x is full."
    )
    assert " disk_free=0.0MB unwritable=KV_IMAGES" in line(full)
    assert "The disk of /x is full." in screen(120, 40, full)
    assert any(
        row.split() == ["free", "on", "the", "disk", "0.0MB", "268.4MB", "kept"] for row in screen(120, 40, full)
    )
    assert any("0.0MB free; stored: PHOTOS" in row for row in screen(80, 8, full, fit=True))
