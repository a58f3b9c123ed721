"""The writer's name on a roast, when the settings do not name the server's model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import SecretStr
from scripted import Script, serving

from bus.roast.events import Cue
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import shipped
from llm.writers.model.openai import OpenAIBackend, Server
from llm.writers.model.writer import ModelWriter

Run = Callable[[Any], Any]

TILT = Cue(
    id="tilted", kind="tilted", text="The horizon leans.", salience=1, evidence=("composition.tilt",),
    values={"degrees": "6", "way": "left"},
)  # fmt: skip
ANSWER = "[1] The horizon leans like somebody who has been told a long story.\n"


def writer_at(url: str, model: str = "") -> ModelWriter:
    return ModelWriter(OpenAIBackend(Server(url, model, SecretStr(""), 20), ()), shipped())


def test_a_server_whose_model_nobody_named_is_asked_once_and_its_model_signs(run: Run) -> None:
    async def names(url: str) -> list[str]:
        by = writer_at(url)
        found = [by.name]
        for seed in range(2):
            brief = Brief(cues=(TILT,), style=Style(length="short"), seed=seed)
            assert [piece.text async for piece in by.write(brief)]
            found.append(by.name)
        await by.close()
        return found

    script = Script(ANSWER)
    with serving(script) as url:
        assert run(names(url)) == ["openai", "openai: scripted", "openai: scripted"]
    assert [asked["model"] for asked in script.asked] == ["scripted", "scripted"]
    assert script.listed == 1


def test_a_named_model_signs_from_the_start() -> None:
    assert writer_at("http://127.0.0.1:1/v1", "llama3.2:3b").name == "openai: llama3.2:3b"
