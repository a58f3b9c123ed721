"""Flags: one for each setting, checked by the settings' own rules."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bus.settings import Settings
from cli.flags import environment, flag, load, shape, variable, with_settings


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HECKLER_")]:
        monkeypatch.delenv(name)


def command(**kept: Any) -> typer.Typer:
    """An app with one command that remembers the settings it got in `kept['settings']`."""
    app = typer.Typer()

    def remember(settings: Settings, word: str = "none") -> None:
        kept["box"].append((settings, word))

    app.command()(with_settings(remember))
    return app


def invoke(*arguments: str) -> Settings:
    box: list[tuple[Settings, str]] = []
    result = CliRunner().invoke(command(box=box), arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return box[0][0]


def test_a_flag_wins_over_a_variable_and_a_variable_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke().port == 8090
    monkeypatch.setenv("HECKLER_PORT", "1234")
    assert invoke().port == 1234
    assert invoke("--port", "4321").port == 4321


def test_switches_can_be_turned_on_and_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke("--url-uploads").url_uploads is True
    monkeypatch.setenv("HECKLER_URL_UPLOADS", "true")
    assert invoke("--no-url-uploads").url_uploads is False


def test_a_command_keeps_its_own_options() -> None:
    box: list[tuple[Settings, str]] = []
    CliRunner().invoke(command(box=box), ["--word", "hello", "--port", "1"], catch_exceptions=False)
    assert [(settings.port, word) for settings, word in box] == [(1, "hello")]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_a_flag_with_its_default_in_the_help(name: str) -> None:
    output = CliRunner(env={"COLUMNS": "400", "TERM": "dumb"}).invoke(command(box=[]), ["--help"]).output
    assert f"{flag(name)} " in output or f"{flag(name)}/" in output
    assert str(Settings.model_fields[name].description) in " ".join(output.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "many"], "--port (HECKLER_PORT)"),
        (["--port", "70000"], "65535"),
        (["--sync", "sometimes"], "always"),
        (["--join-s", "-1"], "--join-s"),
    ],
)
def test_a_wrong_value_is_a_usage_error_that_names_the_flag(arguments: list[str], words: str) -> None:
    result = CliRunner(env={"COLUMNS": "400"}).invoke(command(box=[]), arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_wrong_variable_is_a_usage_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECKLER_PORT", "many")
    with pytest.raises(typer.BadParameter, match="HECKLER_PORT"):
        load()


@given(
    port=st.integers(0, 65535),
    url_uploads=st.booleans(),
    join_s=st.floats(0.001, 1e6),
    sync=st.sampled_from(["always", "default"]),
    workers=st.text(st.characters(codec="ascii", categories=["L", "P"]), max_size=20),
)
def test_another_process_reads_the_same_settings_from_the_environment(**values: Any) -> None:
    ours = load(**values, data="/tmp/somewhere")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(ours).items():
            patch.setenv(name, value)
        assert Settings() == ours


def test_only_what_was_set_goes_into_the_environment() -> None:
    assert environment(load(port=1)) == {"HECKLER_PORT": "1"}
    assert environment(load()) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("port", "integer"), ("join_s", "number"), ("data", "path"), ("nats_url", "text"), ("url_uploads", "yes or no"),
     ("sync", "always|default")],
)  # fmt: skip
def test_the_shape_of_a_setting_is_said_in_words(name: str, expected: str) -> None:
    assert shape(Settings.model_fields[name].annotation) == expected
    assert variable(name) == f"HECKLER_{name}".upper()


def test_a_data_folder_is_taken_from_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(data="here").data == tmp_path / "here"


def test_a_setting_is_read_by_the_name_that_it_had_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HECKLER_PLACES", "3")
    monkeypatch.setenv("HECKLER_FIRST_WORD_S", "7")
    found = load()
    assert (found.max_concurrency, found.first_token_timeout_s) == (3, 7)
    assert "HECKLER_PLACES is called HECKLER_MAX_CONCURRENCY now" in capsys.readouterr().err
    assert environment(found) == {"HECKLER_MAX_CONCURRENCY": "3", "HECKLER_FIRST_TOKEN_TIMEOUT_S": "7.0"}
    monkeypatch.setenv("HECKLER_MAX_CONCURRENCY", "4")
    assert load().max_concurrency == 4
    assert invoke("--places", "5").max_concurrency == 5
    assert invoke("--max-concurrency", "6").max_concurrency == 6
