"""One word for one thing: names that puns had are gone from the code."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("bus", "analyzers", "aggregator", "llm", "gateway", "cli", "benchmarks", "tests")
GONE = frozenset(
    {
        *("waits_for", "Crew", "Hired", "Floor", "Rank", "Shelf", "Recall", "Runner", "_Look", "staff"),
        *("Holding", "Holdings", "holdings", "Arrival", "Alive", "Post", "roll_call"),
        *("Undertaker", "UNDERTAKER", "Hopeless", "grave", "way_back", "HAPPENED"),
        *("first_word_s", "PlaceInLine", "Studio", "Manners", "take_in", "take_encore"),
        *("Books", "open_books", "BadOrder", "Refusal", "leash", "Said", "Remark"),
        *("Speaker", "SpeakerFailed", "Speech", "_beginnings", "setlist", "Taste", "husks"),
        *("FLOOR", "MOST", "SIDE"),
        *("Visitors", "Door", "open_before", "with_places", "InLine", "polite", "let_in", "Promises"),
        *("worn_floor", "Husk", "tired", "heard_all_since", "_hear_again", "_heard_of", "can_be_heard", "AWAITED_S"),
        *("_staff", "_first_shift", "_welcome", "_look_around", "_Stay", "_lose_patience", "everybody", "everyone"),
        *("ScriptedSpeaker", "_speaker", "speech", "_Speech", "_Performance", "_unheard", "say_here", "oaths", "shelf"),
    }
)
GONE_FROM_THE_PAGE = (
    *("House", "Wish", "useWish", "Tape", "tape", "PlaceInLine", "dossier", "dossiers", "Dossiers"),
    *("Guest", "guests", "CastFace", "ShowProps", "LineLost", "useBackstage", "shelf"),
)


def names(file: Path) -> Iterator[str]:
    """The identifiers of a Python file; prose and strings are not among them."""
    for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline):
        if token.type == tokenize.NAME:
            yield token.string


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_old_names_are_gone(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    found = {str(file.relative_to(ROOT)): old for file in files if (old := GONE.intersection(names(file)))}
    assert found == {}


def test_the_old_names_are_gone_from_the_page() -> None:
    files = [file for file in (ROOT / "frontend" / "src").rglob("*.ts*") if file.name != "api.generated.ts"]
    assert files
    old = re.compile(rf"\b({'|'.join(GONE_FROM_THE_PAGE)})\b")
    assert {
        str(file.relative_to(ROOT)): old.findall(file.read_text()) for file in files if old.search(file.read_text())
    } == {}
