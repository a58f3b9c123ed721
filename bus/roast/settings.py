"""The settings of the product "roast"; `bus.settings` puts them beside those of the core."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class RoastSettings(BaseModel):
    """How roasts are written, and what they may be about."""

    writer: Literal["auto", "mlx", "openai", "house"] = Field(
        "auto", description="who writes the roasts: a model in this process, one behind a server, or none"
    )
    write_s: float = Field(60, gt=0, description="seconds that a language model may take over one roast")
    candidates: int = Field(1, ge=1, le=8, description="roasts a language model writes, for the best lines of all")
    age_jokes: bool = Field(False, description="material policy: allow cues about age")
    body_jokes: bool = Field(False, description="material policy: allow cues about the body")
