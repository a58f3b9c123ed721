"""What a batch writes: each format read back, files that go on after a crash, a sheet that is safe to open."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cli.batch.contact_sheet import THUMBNAIL, Sheet, thumbnail
from cli.batch.journal import Asked, Begun, Journal, read
from cli.batch.results import Csv, JsonLines, Output, OutputGone, Result
from cli.batch.writer import ResultEntry, ResultWriter

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
results = st.builds(
    Result, path=words, status=st.sampled_from(["done", "failed", "bad", "copy"]), text=words, detail=words, hint=words,
    copy_of=words, persona=words, note=words,
    jokes=st.lists(st.fixed_dictionaries({"text": words}), max_size=2).map(tuple),
)  # fmt: skip


@given(st.lists(results, max_size=4))
def test_json_lines_and_csv_give_back_what_was_told(rows: list[Result]) -> None:
    lines = "".join(JsonLines().row(row, None) for row in rows)
    assert [Result.model_validate_json(line) for line in lines.split("\n") if line] == rows
    table = list(
        csv.DictReader(io.StringIO(Csv().head("") + "".join(Csv().row(row, None) for row in rows), newline=""))
    )
    told = [{name: getattr(row, name) or "" for name in ("path", "status", "text")} for row in rows]
    assert [{name: line[name] for name in ("path", "status", "text")} for line in table] == told


ALLOWED = {"html", "head", "meta", "title", "style", "body", "h1", "main", "article", "div", "p", "footer"}


class Reading(HTMLParser):
    """What a browser would make of a sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.said += data


def sheet_of(rows: list[Result], picture: bytes | None = None, foot: bool = True) -> Reading:
    shape, page = Sheet(), Reading()
    page.feed(shape.head("Roasts") + "".join(shape.row(row, picture) for row in rows))
    page.feed(shape.foot({"done": len(rows)}) if foot else "")
    page.close()
    return page


@given(st.lists(results, max_size=3), st.booleans())
def test_a_sheet_holds_one_article_for_each_photo_and_nothing_that_a_name_or_a_joke_smuggles_in(
    rows: list[Result], foot: bool
) -> None:
    page = sheet_of(rows, foot=foot)
    assert page.tags.count("article") == len(rows)
    assert set(page.tags) <= ALLOWED
    for row in rows:
        assert row.path in page.said


def test_a_sheet_needs_nothing_but_itself_and_shows_the_photo_small() -> None:
    photo = io.BytesIO()
    Image.effect_noise((1200, 900), 60).convert("RGB").save(photo, "JPEG")
    small = thumbnail(photo.getvalue())
    assert Image.open(io.BytesIO(small)).size == (THUMBNAIL, THUMBNAIL * 900 // 1200)
    page = sheet_of([Result(path="<script>alert(1)</script>", status="done", text="ha")], small)
    assert "script" not in page.tags
    assert len(page.links) == 1
    assert page.links[0].startswith("data:image/jpeg;base64,")
    head = Sheet().head("x")
    assert "prefers-color-scheme: dark" in head
    assert "@media print" in head


def result(number: int) -> Result:
    return Result(path=f"p{number}", status="done", id=f"id{number}", sha256=f"sha{number}", text="ha" * number)


def books(folder: Path, shape: Any) -> tuple[Journal, Output]:
    """As a batch opens them, begun or taken up."""
    journal, output = Journal(folder / "out.journal"), Output(folder / "out", shape, "Roasts")
    if journal.ledger.begun is None:
        journal.append([Begun(kind=shape.name, options={}, size=output.size)])
        output.open()
    else:
        output.reopen(journal.ledger.size)
    return journal, output


async def write(folder: Path, shape: Any, numbers: range, end: bool = True) -> None:
    journal, output = books(folder, shape)
    writer = ResultWriter(journal, output, lambda _: None)
    asked = [Asked(id=f"id{n}", path=f"/p{n}", name=f"p{n}", stat=(1, n), sha256=f"sha{n}") for n in numbers]
    await asyncio.gather(*(writer.write(each) for each in asked))
    await asyncio.gather(*(writer.write(ResultEntry(result(n), f"/p{n}", (1, n), b"jpeg")) for n in numbers))
    await writer.close()
    if end:
        output.close({"done": len(numbers)})
    journal.close()


@pytest.mark.parametrize("shape", [JsonLines(), Csv(), Sheet()], ids=lambda shape: shape.name)
@pytest.mark.parametrize("torn", [b"", b"half a row"])
def test_an_output_that_a_crash_has_torn_goes_on_as_if_it_had_not(
    tmp_path: Path, run: Any, shape: Any, torn: bytes
) -> None:
    for folder in ("whole", "torn"):
        (tmp_path / folder).mkdir()
    run(write(tmp_path / "whole", shape, range(6)))
    run(write(tmp_path / "torn", shape, range(4)))
    with (tmp_path / "torn" / "out").open("ab") as out:
        out.write(torn)
    run(write(tmp_path / "torn", shape, range(4, 6)))
    whole, mended = ((tmp_path / folder / "out").read_text() for folder in ("whole", "torn"))
    foot = shape.foot({"done": 6}), shape.foot({"done": 2})
    assert mended.removesuffix(foot[1]) == whole.removesuffix(foot[0])
    assert len(read((tmp_path / "torn" / "out.journal").read_bytes())[0]) == 13


def test_the_journal_never_vouches_for_more_than_the_output_holds(tmp_path: Path, run: Any) -> None:
    run(write(tmp_path, JsonLines(), range(3)))
    lines, _ = read((tmp_path / "out.journal").read_bytes())
    sizes = [line.size for line in lines if line.line == "told"]
    assert sizes == sorted(sizes)
    assert sizes[-1] == (tmp_path / "out").stat().st_size
    data = (tmp_path / "out").read_bytes()
    assert [json.loads(data[:size].splitlines()[-1])["path"] for size in sizes] == ["p0", "p1", "p2"]


def test_an_output_that_lost_what_its_journal_vouches_for_is_left_alone(tmp_path: Path, run: Any) -> None:
    run(write(tmp_path, JsonLines(), range(3)))
    (tmp_path / "out").write_bytes(b"short")
    with pytest.raises(OutputGone, match="put it back"):
        books(tmp_path, JsonLines())
    assert (tmp_path / "out").read_bytes() == b"short"


def test_after_a_full_disk_nothing_more_is_written_and_everybody_hears_of_it(tmp_path: Path, run: Any) -> None:
    class Full(Output):
        def sync(self) -> None:
            raise OSError(28, "No space left on device")

    async def scenario() -> None:
        journal, output = Journal(tmp_path / "out.journal"), Full(tmp_path / "out", JsonLines(), "")
        output.open()
        writer = ResultWriter(journal, output, lambda _: None)
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                await writer.write(ResultEntry(result(1), "/p1", (1, 1)))
        assert writer.ledger.told == {}
        assert (tmp_path / "out.journal").read_bytes() == b""

    run(scenario())
