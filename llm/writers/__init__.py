"""Writers turn a brief into a roast: one from jokes that people wrote, one with a language model.

Begin with `base.py`, what a writer is, then `house/writer.py`.
"""

from __future__ import annotations

import platform
import sys

from bus.observability.logs import log
from bus.settings import Settings
from llm.models import is_here, model_folder
from llm.personas.loader import available
from llm.writers.backend import BackendFailed, ChatBackend
from llm.writers.base import Piece, Writer
from llm.writers.house.writer import HouseWriter

__all__ = ["HouseWriter", "Piece", "Writer", "choose"]


def choose(settings: Settings, machine: str = f"{sys.platform} {platform.machine()}") -> Writer:
    """The writer that the settings ask for.

    `auto` is mlx on Apple Silicon if its model is here, else an OpenAI-compatible server if one is set, else house.
    A model that was asked for by name and is not there is taken all the same: then each roast says what it lacks.
    Settings that cannot lead to any model are logged, and the house writes.
    """
    personas = available(settings.data)
    try:
        backend = _backend(settings, machine)
    except BackendFailed as failure:
        log.error("no language model can be asked: the house writes", reason=str(failure))
        backend = None
    if backend is None:
        return HouseWriter(personas)
    # only where there is a model: these read the prompts' vocabulary
    from llm.writers.model.writer import ModelWriter, Pace

    pace = Pace(silence_s=settings.first_token_timeout_s, write_s=settings.write_s, candidates=settings.candidates)
    log.info("a language model writes", model=backend.name, candidates=settings.candidates)
    return ModelWriter(backend, personas, pace, holds_model=backend.name.startswith("mlx: "))


def _backend(settings: Settings, machine: str) -> ChatBackend | None:
    """The language model to write with; None for the house."""
    wanted = settings.writer
    if wanted == "mlx" or (wanted == "auto" and machine == "darwin arm64" and is_here(settings)):
        from llm.writers.model.mlx import MlxBackend

        return MlxBackend(model_folder(settings))
    if wanted == "openai" or (wanted == "auto" and settings.openai_url):
        from llm.writers.model.openai import OpenAIBackend, Server

        if not settings.openai_url:
            raise BackendFailed("HECKLER_WRITER is openai, so HECKLER_OPENAI_URL must say where that server is")
        server = (settings.openai_url, settings.openai_model, settings.openai_key, settings.first_token_timeout_s)
        return OpenAIBackend(Server(*server))
    return None
