"""`heckler replay` against everything running: real processes, a real log, real analyzers."""

from __future__ import annotations

import asyncio
import io
import json
import os
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from aggregator.roast.cues import find_cues
from bus.client import Bus
from bus.events import PhotoRef, Submitted
from bus.export import Exported, dump, load, public_id
from bus.findings import Facts
from bus.history import History
from bus.roast.events import Cue, Line
from bus.settings import Settings
from bus.topology import PHOTOS
from cli.connect.api_client import events as sse
from cli.connect.log_client import connect_log
from cli.main import app
from cli.replay.actions import rerun
from cli.replay.diff import Difference
from cli.replay.rerun import Trouble, Wish, changed

ROOT = Path(__file__).resolve().parents[3]
ROSTER = {"HECKLER_ROSTER": "tunable:ROSTER", "PYTHONPATH": str(ROOT / "tests" / "rosters"), "HECKLER_WRITER": "house"}
ROSTER |= {"HECKLER_JOIN_S": "1800", "HECKLER_EXPIRY_S": "3600"}  # no timer goes off while something is counted


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, start: Any) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("replay")
    running = start(folder / "data", folder / "up.log", **ROSTER)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HECKLER_")]:
        monkeypatch.delenv(name)


def settings(house: Any) -> Settings:
    return Settings(data=house.data)


@pytest.fixture(scope="module")
def roasted(house: Any, photos: Path) -> str:
    """The id of a request that has ended, and that nobody but these tests knows."""
    with house.client() as client:
        photo = {"photo": (photos / "people" / "two_people.jpg").read_bytes()}
        id = client.post("/api/roasts", files=photo).json()["id"]
        assert heard(client, id)[-1][1]["type"] == "roast"
    return str(id)


def heard(client: httpx.Client, id: str, **query: Any) -> list[tuple[str, dict[str, Any]]]:
    """The stored events that a client of the stream gets: their ids and what they say."""
    with client.stream("GET", f"/api/roasts/{id}/events", params=query) as stream:
        assert stream.status_code == 200, stream.read()
        return [(number, event.model_dump(mode="json")) for number, event in sse(stream.iter_lines()) if number]


def on_log(house: Any, work: Callable[[Bus], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with connect_log(settings(house)) as bus:
            return await work(bus)

    return asyncio.run(main())


def history(house: Any, id: str) -> History:
    found: History = on_log(house, lambda bus: bus.latest(id))
    return found


def dict_of(cues: tuple[Cue, ...]) -> dict[str, Cue]:
    return {cue.id: cue for cue in cues}


def again(house: Any, id: str, **wish: Any) -> tuple[str, Difference]:
    new, _, found = asyncio.run(rerun(settings(house), id, Wish(**wish), lambda _: None))
    return new, found


def command(house: Any, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["replay", *arguments[:1], "--data", str(house.data), *arguments[1:]])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def told(event: Any) -> dict[str, Any]:
    """What an event says, but for its id and what hangs on that: where the photo is, and the dice."""
    said: dict[str, Any] = event.model_dump(
        mode="json", exclude={"id": True, "photo": {"key"}, "style": {"seed"}, "options": {"seed"}}
    )
    return said


@pytest.mark.parametrize("stage", ["analyzers", "faces", "composition", "join", "writer"])
def test_unchanged_code_finds_and_says_the_same_from_whatever_stage(house: Any, roasted: str, stage: str) -> None:
    new, found = again(house, roasted, start=stage)
    assert found.same, found
    assert found.times.keys() >= {"faces", "composition", "writer"}
    before, after = history(house, roasted), history(house, new)
    assert isinstance(after.submitted, Submitted)
    assert after.submitted.parent == roasted
    looked = {"analyzers": set(after.features), "faces": {"faces", "composition"}, "composition": {"composition"}}
    for name, feature in after.features.items():
        is_copy = feature == before.features[name].model_copy(update={"id": new})
        assert is_copy == (name not in looked.get(stage, ()))
        assert not feature.cached, "a rerun computes"


def test_another_persona_changes_the_style_the_prompt_and_the_text_alone(house: Any, roasted: str) -> None:
    for start in ("writer", "join"):
        new, found = again(house, roasted, start=start, changes=("persona=noir",))
        assert found.stages == ("style", "prompt", "text")
        assert [change.path for change in found.style] == ["persona"]
        ending = history(house, new).ending
        assert ending is not None
        assert ending.model_dump()["persona"] == "noir"


def submitted(**options: Any) -> Submitted:
    photo = PhotoRef(key="a" * 22, sha256="", width=1, height=1, bytes=1)
    given = {"photo": photo, "facts": Facts(), "expects": (), "join_by": 0.0, "expire_by": 0.0}
    return Submitted.model_validate({"id": "a" * 22, "product": "roast", "options": options, **given})


def test_an_analysis_needs_no_persona_and_one_that_is_not_here_is_named(tmp_path: Path) -> None:
    settings, old = Settings(data=tmp_path), submitted(persona="nobody")
    assert changed(old, (), settings, "analysis") == {}
    with pytest.raises(Trouble, match=r"its persona is not here .*: there is no 'nobody'; there are: "):
        changed(old, (), settings)
    with pytest.raises(Trouble, match="--set persona: there is no 'nowhere'; there are: "):
        changed(submitted(), ("persona=nowhere",), settings)
    with pytest.raises(Trouble, match="--set persona: only nothing can be set"):
        changed(submitted(), ("persona=noir",), settings, "analysis")


def test_another_threshold_changes_its_features_those_that_need_them_and_their_cues(house: Any, roasted: str) -> None:
    least = house.data / "threshold"
    least.write_text("0.999")
    try:
        new, found = again(house, roasted)
    finally:
        least.unlink()
    assert set(found.findings) == {"faces", "composition"}
    assert not found.appeared
    assert not found.vanished
    before, after = history(house, roasted), history(house, new)
    moved = {**before.features, **{name: after.features[name] for name in found.findings}}
    assert before.submitted is not None
    old, new_cues = (dict_of(find_cues(each, before.submitted.photo)) for each in (before.features, moved))
    assert {change.path for change in found.cues} == {i for i in old | new_cues if old.get(i) != new_cues.get(i)}
    assert any(path.startswith("faces.") for id in old.keys() - new_cues.keys() for path in old[id].evidence)
    assert set(found.stages) >= {"findings", "cues", "prompt", "text"}
    assert not found.style


def test_a_finding_that_superseded_another_is_copied_like_any_other(house: Any, roasted: str, tmp_path: Path) -> None:
    before = history(house, roasted)
    faces = before.features["faces"].model_copy(update={"supersedes": before.last_seq})
    events = tuple(replace(s, event=faces) if s.event == before.features["faces"] else s for s in before.events)
    file = tmp_path / "mended.heckler"
    file.write_bytes(dump([Exported(History(events))]))
    new, found = again(house, str(file), start="join")
    assert found.same, found
    assert history(house, new).features["faces"].supersedes is None


def test_what_cannot_be_rerun_is_refused_in_a_sentence(house: Any, roasted: str) -> None:
    for arguments, words in {
        ("--from", "nobody"): "there is no stage 'nobody'; there are: analyzers, join, writer, colors",
        ("--set", "persona=nobody"): "there is no 'nobody'; there are: commentator, critic",
        ("--set", "shoe=42"): "only persona, heat, length, language, seed can be set",
        ("--set", "heat=tepid"): "--set heat",
    }.items():
        result = command(house, "rerun", roasted, *arguments)
        assert result.exit_code == 1
        assert words in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_show_tells_every_event_and_marks_the_critical_path(house: Any, roasted: str) -> None:
    lines = command(house, "show", roasted[:9]).stdout.splitlines()
    events = [line for line in lines if line.startswith("+")]
    assert len(events) == len(history(house, roasted).events)
    assert any(line.startswith("critical path") and line.endswith("join → writer") for line in lines)
    document = json.loads(command(house, "show", roasted, "--json", "--events").stdout)
    stages = {stage["name"]: stage for stage in document["stages"]}
    assert stages["composition"]["ready_ms"] >= stages["faces"]["done_ms"]
    assert [stage["name"] for stage in document["stages"] if stage["critical"]] == document["path"]
    assert document["events"][0]["event"]["type"] == "submitted"


def test_following_a_request_tells_it_until_its_end_and_then_its_course(house: Any, roasted: str) -> None:
    result = command(house, "show", roasted, "--follow")
    assert "end.roast" in result.stdout
    assert "the join waited for" in result.stdout


def test_a_replay_and_the_original_are_the_same_events_to_a_client(house: Any, roasted: str) -> None:
    with house.client() as client:
        original = heard(client, roasted)
        assert heard(client, roasted, replay=1, speed=8) == original
        assert heard(client, roasted, replay=1, speed="max") == original
        middle = original[3][0]
        assert heard(client, roasted, replay=1, speed="max", after=middle) == original[4:]
        answer = client.get(f"/api/roasts/{roasted}/events", params={"replay": 1, "after": original[-1][0]})
        assert answer.status_code == 204
    played = command(house, "play", roasted, "--speed", "max", "--json").stdout.splitlines()
    assert [(str(line["seq"]), line["event"]) for line in map(json.loads, played)] == original


def test_a_replay_at_a_speed_that_there_is_none_is_refused(house: Any, roasted: str) -> None:
    with house.client() as client:
        answer = client.get(f"/api/roasts/{roasted}/events", params={"replay": 1, "speed": "0.001"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_option")
    assert command(house, "play", roasted, "--speed", "never").exit_code == 2


def test_what_reads_changes_no_stream_and_leaves_no_consumer(house: Any, roasted: str) -> None:
    async def state(bus: Bus) -> Any:
        # (not its last sequence: the gateway writes it every few seconds to see whether that can be done)
        found = (await bus.api(f"STREAM.INFO.{PHOTOS}", {"subjects_filter": "photo.>"}))["state"]
        # timers of earlier requests go on firing meanwhile
        timed = {subject for subject in found["subjects"] if subject.split(".")[2] in ("timer", "due", "deadline")}
        return found["subjects"].keys() - timed, found["consumer_count"]

    before = on_log(house, state)
    for arguments in (["show", roasted], ["play", roasted, "--speed", "max"], ["diff", roasted, "last"]):
        assert command(house, *arguments).exit_code == 0
    CliRunner().invoke(app, ["replay", "export", roasted, "--data", str(house.data)])
    assert on_log(house, state) == before


def test_ids_may_be_short_and_wrong_ones_are_told(house: Any, roasted: str) -> None:
    assert command(house, "show", "nowhere").exit_code == 1
    assert "no request's id begins with 'nowhere'" in command(house, "show", "nowhere").stderr
    assert "no request AAAAAAAAAAAAAAAAAAAAAA" in command(house, "show", "A" * 22).stderr
    new, _ = again(house, roasted, start="writer")
    assert command(house, "show", "last").stdout.startswith(new)


def test_an_export_shows_plays_and_reruns_in_an_empty_data_folder(
    house: Any, roasted: str, start: Any, tmp_path: Path
) -> None:
    file = tmp_path / "bug.heckler"
    assert command(house, "export", roasted, "--out", str(file)).exit_code == 0
    assert roasted.encode() not in file.read_bytes()
    original = history(house, roasted)
    other = start(tmp_path / "other", tmp_path / "other.log", **ROSTER)
    try:
        id = command(other, "import", str(file)).stdout.strip()
        copy = history(other, id)
        assert id not in {roasted, public_id(roasted)}
        assert [stored.at for stored in copy.events] == [stored.at for stored in original.events]
        assert [told(s.event) for s in copy.events] == [told(s.event) for s in original.events]
        assert "critical path" in command(other, "show", "last").stdout
        with other.client() as client:
            assert len(heard(client, id, replay=1, speed="max")) == len(original.events)
            assert client.get(f"/api/roasts/{id}/photo").content == load(file.read_bytes())[0].photo
        for stage in ("analyzers", "writer"):
            _, found = again(other, id, start=stage)
            assert found.same, found
        assert again(other, str(file))[1].same
        assert json.loads(command(other, "diff", str(file), id, "--json", "--exit-code").stdout)["same"]
        assert history(other, id).events == copy.events, "nobody works on what was imported"
    finally:
        other.stop()


def test_an_export_without_its_photo_says_so_when_somebody_must_look_again(
    house: Any, roasted: str, tmp_path: Path
) -> None:
    file = tmp_path / "small.heckler"
    assert command(house, "export", roasted, "--no-photo", "--out", str(file)).exit_code == 0
    assert load(file.read_bytes())[0].photo is None
    result = command(house, "rerun", str(file))
    assert (result.exit_code, "not in the file" in result.stderr) == (1, True)
    assert command(house, "rerun", str(file), "--from", "join", "--exit-code").exit_code == 0


def test_golden_exports_pass_until_a_finding_is_another_and_leave_nothing(
    house: Any, roasted: str, tmp_path: Path
) -> None:
    command(house, "export", roasted, "--out", str(tmp_path / "two.heckler"))
    result = command(house, "golden", str(tmp_path))
    assert (result.exit_code, result.stdout.strip()) == (0, "two.heckler: same")
    least = house.data / "threshold"
    least.write_text("0.999")
    try:
        failed = command(house, "golden", str(tmp_path), "--json")
    finally:
        least.unlink()
    assert failed.exit_code == 1
    assert set(json.loads(failed.stdout)["findings"]) == {"faces", "composition"}
    (tmp_path / "two.heckler").write_bytes((tmp_path / "two.heckler").read_bytes()[:900])
    broken = command(house, "golden", str(tmp_path))
    assert (broken.exit_code, "it is cut off" in broken.stdout) == (1, True)
    newest = on_log(house, lambda bus: bus.reader.after(PHOTOS, "photo.*.submitted"))
    ids = [message.subject.split(".")[1] for message in newest]
    assert all(history(house, id).submitted.product == "roast" for id in ids)  # type: ignore[union-attr]


def test_a_damaged_or_foreign_file_is_refused_with_what_to_do(house: Any, roasted: str, tmp_path: Path) -> None:
    whole = CliRunner().invoke(app, ["replay", "export", roasted, "--data", str(house.data)]).stdout_bytes
    newer = whole.replace(b"heckler-export 1 ", b"heckler-export 2 ", 1)
    for number, (data, words) in enumerate(
        [(whole[:-1], "cut off"), (whole[:-1] + b"x", "altered"), (newer, "update"), (b"hello", "no file that")]
    ):
        file = tmp_path / f"{number}.heckler"
        file.write_bytes(data)
        result = command(house, "import", str(file))
        assert (result.exit_code, result.stdout) == (1, "")
        assert words in result.stderr


def test_the_words_of_a_replayed_line_are_those_of_the_roast(house: Any, roasted: str) -> None:
    said = [stored.event for stored in history(house, roasted).events if isinstance(stored.event, Line)]
    told = command(house, "play", roasted, "--speed", "100").stdout
    assert said
    assert all(line.text.strip() in told for line in said)


def test_where_a_photo_was_taken_is_in_no_export(house: Any, photos: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)})
    taken = io.BytesIO()
    Image.open(photos / "coffee.png").convert("RGB").resize((300, 200)).save(taken, "JPEG", exif=exif)
    assert b"SecretMaker" in taken.getvalue()
    with house.client() as client:
        id = client.post("/api/roasts", files={"photo": taken.getvalue()}).json()["id"]
        heard(client, id)
    file = tmp_path / "there.heckler"
    assert command(house, "export", id, "--out", str(file)).exit_code == 0
    (request,) = load(file.read_bytes())
    assert request.photo is not None
    with Image.open(io.BytesIO(request.photo)) as photo:
        assert not photo.getexif()
    assert b"SecretMaker" not in zlib.decompress(file.read_bytes().partition(b"\n")[2])
