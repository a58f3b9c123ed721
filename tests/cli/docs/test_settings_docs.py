"""The settings' page is generated, and current."""

from __future__ import annotations

from pathlib import Path

from bus.settings import Settings
from cli.docs.settings_docs import default_of, markdown

PAGE = Path(__file__).resolve().parents[3] / "docs" / "settings.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == markdown(), "run: heckler settings --markdown > docs/settings.md"


def test_every_setting_has_a_row_with_a_sentence() -> None:
    rows = [line for line in markdown().splitlines() if line.startswith("| `HECKLER_")]
    assert len(rows) == len(Settings.model_fields)
    for row in rows:
        cells = row.replace("\\|", "").split("|")
        assert len(cells) == 7, row
        assert len(cells[5].strip()) > 10, row


def test_defaults_are_shown_as_one_writes_them() -> None:
    assert default_of("data") == "~/.heckler"
    assert default_of("url_uploads") == "no"
    assert default_of("nats_url") == ""
