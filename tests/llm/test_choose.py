"""Which writer writes: what `auto` picks, what a name insists on, and what happens when it is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from scripted import Script, serving

from bus.roast.events import Cue
from bus.roast.style import Style
from bus.settings import Settings
from llm.brief import Brief
from llm.writers import HouseWriter, choose
from llm.writers.backend import BackendFailed
from llm.writers.model.writer import ModelWriter

Run = Callable[[Coroutine[Any, Any, Any]], Any]
MAC, LINUX = "darwin arm64", "linux x86_64"
URL = "http://127.0.0.1:9/v1"
CUES = tuple(
    Cue(id=kind, kind=kind, text=text, salience=salience, evidence=("x.y",))
    for kind, text, salience in (("tilted", "The horizon leans.", 0.9), ("noisy", "It is noisy.", 0.5))
)


def settings_in(folder: Path, **more: Any) -> Settings:
    return Settings(data=folder, **{"openai_url": "", **more})


def a_model_in(folder: Path) -> Path:
    model = folder / "tiny"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "model.safetensors").write_bytes(b"")
    return model


def name_of(settings: Settings, machine: str) -> str:
    return choose(settings, machine).name.split(":")[0]


def test_auto_is_mlx_on_apple_silicon_with_its_model_else_a_server_else_the_house(tmp_path: Path) -> None:
    model = str(a_model_in(tmp_path))
    assert name_of(settings_in(tmp_path, mlx_model=model, openai_url=URL), MAC) == "mlx"
    assert name_of(settings_in(tmp_path, mlx_model=model, openai_url=URL), LINUX) == "openai"
    assert name_of(settings_in(tmp_path, openai_url=URL), MAC) == "openai"
    assert name_of(settings_in(tmp_path, mlx_model=model), LINUX) == "house"
    assert name_of(settings_in(tmp_path), MAC) == "house"


def test_a_writer_asked_for_by_name_is_taken(tmp_path: Path) -> None:
    model = str(a_model_in(tmp_path))
    assert name_of(settings_in(tmp_path, writer="mlx", mlx_model=model), LINUX) == "mlx"
    assert name_of(settings_in(tmp_path, writer="openai", openai_url=URL, mlx_model=model), MAC) == "openai"
    assert name_of(settings_in(tmp_path, writer="house", openai_url=URL, mlx_model=model), MAC) == "house"


def test_a_server_without_an_address_leaves_the_house_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Mock()
    monkeypatch.setattr("llm.writers.log", said)
    assert isinstance(choose(settings_in(tmp_path, writer="openai"), LINUX), HouseWriter)
    assert "HECKLER_OPENAI_URL" in str(said.mock_calls)


def test_a_model_that_is_not_there_fails_each_roast_with_what_to_do(tmp_path: Path, run: Run) -> None:
    writer = choose(settings_in(tmp_path, writer="mlx"), LINUX)
    assert isinstance(writer, ModelWriter)

    async def scenario() -> None:
        try:
            async for _ in writer.write(Brief(cues=CUES)):
                pass
        finally:
            await writer.close()

    with pytest.raises(BackendFailed, match="heckler models pull"):
        run(scenario())


def test_a_server_that_answers_well_writes_the_roast(tmp_path: Path, run: Run) -> None:
    script = Script("Sure!\n\n**[1]** The horizon leans on nothing.\n2. [2] The noise is the only guest in the frame.")

    async def scenario(url: str) -> list[tuple[str, tuple[str, ...]]]:
        writer = choose(settings_in(tmp_path, openai_url=url, openai_model="scripted"), LINUX)
        assert isinstance(writer, ModelWriter)
        try:
            pieces = [piece async for piece in writer.write(Brief(cues=CUES, style=Style(persona="noir")))]
        finally:
            await writer.close()
        return [(piece.text, piece.cues) for piece in pieces]

    with serving(script) as url:
        told = asyncio.run(scenario(url))
    assert sorted(told) == [
        ("The horizon leans on nothing.", ("tilted",)),
        ("The noise is the only guest in the frame.", ("noisy",)),
    ]
    assert script.asked[0]["stream"] is True
    messages = script.asked[0]["messages"]
    assert isinstance(messages, list)
    assert messages[0]["role"] == "system"


@pytest.mark.parametrize(
    "answer", ["", "Once upon a time there was a frog.", "[1] The horizon leans on a toaster.\n" * 40]
)
def test_a_server_that_answers_badly_fails_and_does_not_hang(tmp_path: Path, run: Run, answer: str) -> None:
    async def scenario(url: str) -> None:
        writer = choose(settings_in(tmp_path, openai_url=url, openai_model="scripted"), LINUX)
        assert isinstance(writer, ModelWriter)
        try:
            async for _ in writer.write(Brief(cues=CUES)):
                pass
        finally:
            await writer.close()

    with serving(Script(answer, size=40)) as url, pytest.raises(BackendFailed):
        run(scenario(url))
