"""What `heckler up` and `heckler doctor` say of weights that come by themselves, and of those that do not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from analyzers.weights import install_hints
from bus.settings import Settings
from cli.doctor.analyzers import _of_analyzer, analyzers, libraries, onnxruntime
from cli.up import download_report
from cli.up.download_report import failed, joined, tell_of_arrivals
from cli.up.roster import read
from cli.up.up import status_lines
from cli.up.worker_layout import Member, Roster


def view(name: str, available: bool = True, model: str = "m", arrival: Any = None, **more: Any) -> dict[str, Any]:
    told = {"missing": [] if available else ["w"], "hint": None, "runs_on": {}, **more}
    return {"name": name, "available": available, "model": model, "arrival": arrival, **told}


def coming(state: str, weights: str = "w", reason: str | None = None) -> dict[str, Any]:
    return {"state": state, "weights": weights, "done": 1_500_000, "total": 6_000_000, "reason": reason}


def test_analyzers_that_have_joined_or_got_better_are_named_and_no_others() -> None:
    before = {each["name"]: each for each in (view("a", False), view("b"), view("c", model="small"), view("d", False))}
    now = {each["name"]: each for each in (view("a"), view("b"), view("c", model="big"), view("d", False), view("e"))}
    assert joined(before, now) == [
        "a has joined: its weights are here (m).",
        "c sees better: big in place of small.",
    ]


def test_what_could_not_be_fetched_is_said_once_everything_was_tried() -> None:
    told: set[str] = set()
    first, second = (view(name, False, arrival=coming("failed", f"{name}-net", "no route")) for name in "ab")
    assert failed([first, view("c", False, arrival=coming("waiting"))], told) == []
    which, why, now = failed([first, second], told)
    assert which.endswith("a-net, b-net")
    assert why.strip() == "no route"
    assert "again in the background" in now
    assert failed([first, second], told) == []


def test_it_is_followed_until_nothing_is_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        [view("a", False, arrival=coming("waiting"))],
        [],  # the gateway was busy
        [view("a", False, arrival=coming("failed", reason="a cut"))],
        [view("a")],
    ]

    async def next_answer(_: str) -> list[dict[str, Any]]:
        return answers.pop(0)

    monkeypatch.setattr(download_report, "read_analyzers", next_answer)
    monkeypatch.setattr(download_report, "ASK_EVERY_S", 0)
    monkeypatch.setattr(download_report, "SELDOM_S", 0)
    said: list[str] = []
    asyncio.run(tell_of_arrivals("http://nowhere", said.append))
    beginnings = [line.split(":")[0] for line in said if not line.startswith(" ")]
    assert beginnings == ["weights could not be fetched", "a has joined"]
    assert answers == []


ROSTER = Roster(
    ("face",),
    (
        Member("a", "face", missing=("x",), coming=("x",)),
        Member("b", "face", missing=("y",), fix="heckler models pull y --accept non-commercial"),
        Member("c", "face", better_with=("x", "z"), coming=("x",), fix="heckler models pull z --accept agpl"),
    ),
)


def test_the_first_words_tell_what_comes_by_itself_and_the_commands_for_the_rest(tmp_path: Path) -> None:
    lines = status_lines(ROSTER, {"a", "b", "c"}, Settings(data=tmp_path))
    assert "coming     a (x), c (x)" in lines
    assert "missing    b: heckler models pull y --accept non-commercial" in lines
    assert "better     c: heckler models pull z --accept agpl" in lines
    assert not any(line.startswith("missing    a") for line in lines)


def test_where_nothing_is_fetched_every_lack_comes_with_its_command(tmp_path: Path) -> None:
    off = {member.name: member for member in read(Settings(data=tmp_path, models_pull="off")).members}
    auto = {member.name: member for member in read(Settings(data=tmp_path)).members}
    assert (off["objects"].coming, off["objects"].fix.startswith("heckler models")) == ((), True)
    assert "yunet" in auto["faces"].coming
    assert "yunet" not in auto["faces"].fix


def test_the_doctor_tells_how_far_a_download_is_and_why_one_failed() -> None:
    member = Member("a", "face", missing=("w",), coming=("w",))
    fetching = _of_analyzer(member, {"a": view("a", False, arrival=coming("fetching"))})
    assert (fetching.state, fetching.detail) == ("note", "lacks w; w is fetching, 1.5 of 6.0 MB")
    broken = _of_analyzer(member, {"a": view("a", False, arrival=coming("failed", reason="no route"), hint="fix it")})
    assert "no route" in broken.detail
    assert broken.fix == "fix it"


def test_the_doctor_tells_where_each_model_runs() -> None:
    live = {"a": view("a", runs_on={"net.onnx": "cuda"})}
    assert _of_analyzer(Member("a", "face"), live).detail == "can work; at work, net.onnx on cuda"
    assert _of_analyzer(Member("a", "face"), {}).fix == "heckler work a"
    assert _of_analyzer(Member("a", "face"), None).detail == "can work"


def test_the_doctor_names_the_packages_that_mediapipe_wants_and_the_analyzers_that_lack_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install_hints, "absent_libraries", lambda: ("libEGL.so.1", "libGLESv2.so.2"))
    (finding,) = libraries(Settings(data=tmp_path))
    assert (finding.state, finding.fix) == ("note", "sudo apt-get install libegl1 libgles2")
    users = finding.detail.split(": ")[1]
    assert "pose" in users
    assert "objects" not in users


def test_the_doctor_says_when_a_provider_is_asked_for_that_this_build_lacks(tmp_path: Path) -> None:
    (finding,) = onnxruntime(Settings(data=tmp_path, providers="migraphx,cpu"))
    assert finding.state == "note"
    assert "onnxruntime-migraphx" in finding.fix
    (plain,) = onnxruntime(Settings(data=tmp_path))
    assert (plain.state, "cpu" in plain.detail) == ("ok", True)


def test_the_doctor_speaks_of_each_analyzer_of_the_roster(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert [finding.name for finding in analyzers(settings)] == [
        f"analyzer {member.name}" for member in read(settings).members
    ]
