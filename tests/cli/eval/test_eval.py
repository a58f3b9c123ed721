"""`heckler eval`: photos or cues in; measures, a page and saved votes out; every mistake says what to do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli.eval.page import Pair, page, pairs
from cli.eval.photos import load, save
from cli.eval.vote_server import Ballot, serve, tally
from cli.main import app
from llm.quality.evaluation import Case, Sample, ShownLine

CUES = Path(__file__).parents[2] / "llm" / "cues.json"


def heckler(*arguments: str, data: Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["eval", *arguments, "--data", str(data)])
    return result.exit_code, result.stdout, result.stderr


def roast(writer: str, text: str, case: str = "a.jpg") -> Sample:
    lines = (ShownLine(text=text, cues=("tie",)),)
    return Sample(case=case, writer=writer, persona="noir", heat="medium", seed=0, lines=lines)


def a_pair() -> Pair:
    [pair] = pairs([roast("house", "It was the tie."), roast("openai", "The tie did it.")])
    return pair


def test_stored_cues_give_measures_of_the_house_writer_and_a_page(tmp_path: Path) -> None:
    status, said, _ = heckler(
        str(CUES), "--personas", "noir,fool", "--seeds", "2", "--json", "--out", str(tmp_path / "out"), data=tmp_path
    )
    assert status == 0
    scores = json.loads(said)["house"]
    assert scores["roasts"] == len(load(CUES)) * 2 * 2
    assert (scores["grounded"], scores["invented"], scores["rejected"], scores["failed"]) == (1, 0, 0, 0)
    assert scores["words_per_second"] > 0
    shown = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "people/zidane.jpg" in shown
    assert "<script src" not in shown
    assert len(json.loads((tmp_path / "out" / "samples.json").read_text())) == scores["roasts"]


def test_photos_are_looked_at_and_what_was_seen_can_be_used_again(photos: Path, mirror: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "coffee.png").write_bytes((photos / "coffee.png").read_bytes())
    (folder / "broken.jpg").write_bytes(b"no photo")
    given = ["--models-mirror", str(mirror), "--models-trust-mirror", "--personas", "critic"]
    kept = tmp_path / "cues.json"
    status, _, warned = heckler(str(folder), "--cues", str(kept), "--out", str(tmp_path / "out"), *given, data=tmp_path)
    assert status == 0
    assert "broken.jpg" in warned
    [case] = load(kept)
    assert "cup" in {cue.kind for cue in case.cues}
    assert "data:image/jpeg;base64," in (tmp_path / "out" / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((str(CUES), "--personas", "nobody"), ("nobody", "critic")),
        ((str(CUES), "--heats", "boiling"), ("boiling", "gentle")),
        ((str(CUES), "--writers", "quill"), ("quill",)),
        ((str(CUES), "--writers", "openai"), ("openai", "openai-url")),
        ((str(CUES), "--writers", ","), ("name at least one writer",)),
        ((str(Path(__file__)),), ("holds no cues",)),
    ],
)
def test_mistakes_are_said_in_a_sentence(arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path) -> None:
    status, _, said = heckler(*arguments, data=tmp_path)
    assert status == 1
    for word in words:
        assert word in " ".join(said.split()), said


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    status, _, said = heckler(str(tmp_path / "none"), data=tmp_path)
    assert status == 1
    assert "There is no photo" in said


def test_cues_survive_being_saved(tmp_path: Path) -> None:
    save(load(CUES), tmp_path / "again.json")
    assert load(tmp_path / "again.json") == load(CUES)


def test_two_writers_are_paired_without_their_names_and_in_no_fixed_order() -> None:
    samples = [roast(writer, f"{writer}!", f"{n}.jpg") for writer in ("house", "openai") for n in range(30)]
    both = pairs(samples)
    assert len(both) == 30
    assert {pair.left.writer for pair in both} == {"house", "openai"}
    assert all({pair.left.writer, pair.right.writer} == {"house", "openai"} for pair in both)
    assert pairs(samples) == both
    assert pairs(samples[:30]) == []


def test_the_page_is_blind_and_escapes_what_it_shows() -> None:
    samples = [roast("quill", "<script>alert(1)</script> was the tie."), roast("feather", "The tie did it.")]
    shown = page([Case(name="a.jpg", sha256="a")], samples, {}, Path("nowhere"))
    assert "quill" not in shown
    assert "feather" not in shown
    assert "<script>alert" not in shown


@pytest.fixture
def polling(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A served ballot: its address, and the file of votes."""
    shown, votes = tmp_path / "index.html", tmp_path / "votes.jsonl"
    shown.write_text("<p>judge</p>", "utf-8")
    with serve(shown, Ballot(votes, [a_pair()])) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", votes
        server.shutdown()
        thread.join()


def test_a_vote_is_written_to_the_file_with_the_writers_and_the_last_one_counts(polling: tuple[str, Path]) -> None:
    url, votes = polling
    pair = a_pair()
    assert httpx.get(url).text == "<p>judge</p>"
    for choice in ("tie", "left"):
        answer = httpx.post(f"{url}/votes", content=json.dumps({"pair": pair.id, "choice": choice}))
        assert answer.status_code == 204
    entries = [json.loads(line) for line in votes.read_text().splitlines()]
    assert [entry["better"] for entry in entries] == [None, pair.left.writer]
    assert tally(votes) == {pair.left.writer: 1}


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"pair": "x", "choice": "left"}', '{"pair": ["x"]}'])
def test_what_is_no_vote_is_refused(polling: tuple[str, Path], body: str) -> None:
    url, votes = polling
    assert httpx.post(f"{url}/votes", content=body).status_code == 422
    unknown = json.dumps({"pair": a_pair().id, "choice": "both"})
    assert httpx.post(f"{url}/votes", content=unknown).status_code == 422
    assert not votes.exists()


def test_no_other_site_may_vote(polling: tuple[str, Path]) -> None:
    url, votes = polling
    vote = json.dumps({"pair": a_pair().id, "choice": "left"})
    assert httpx.post(f"{url}/votes", content=vote, headers={"Origin": "http://evil.example"}).status_code == 403
    assert httpx.post(f"{url}/votes", content=vote, headers={"Host": "evil.example"}).status_code == 403
    assert not votes.exists()
