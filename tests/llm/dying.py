"""A writer process for a test to kill: it says one joke, and then nothing for ever."""

from __future__ import annotations

import asyncio
import sys

from scripted import ScriptedBackend

from bus.settings import Settings
from llm.personas.loader import shipped
from llm.service import serve
from llm.writers.model.writer import ModelWriter, Pace

if __name__ == "__main__":
    backend = ScriptedBackend(sys.argv[1], sys.argv[1], afterwards="silence")
    asyncio.run(serve(Settings(), ModelWriter(backend, shipped(), Pace(silence_s=600, write_s=600))))
