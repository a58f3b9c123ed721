"""Every setting: a `HECKLER_*` variable, a flag of the same name, a default, a sentence. The docs come from here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bus.roast.settings import RoastSettings

LICENCES = frozenset({"agpl", "llama", "non-commercial", "all"})
"""What `models_accept` may list: the kinds of licence that weights may have besides permissive ones."""

PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "cpu": "CPUExecutionProvider",
        "cuda": "CUDAExecutionProvider",
        "tensorrt": "TensorrtExecutionProvider",
        "coreml": "CoreMLExecutionProvider",
        "openvino": "OpenVINOExecutionProvider",
        "migraphx": "MIGraphXExecutionProvider",
        "dml": "DmlExecutionProvider",
    }
)
"""What `providers` may list, and ONNX Runtime's names for it."""

RENAMED: Mapping[str, str] = MappingProxyType({"places": "max_concurrency", "first_word_s": "first_token_timeout_s"})
"""Names that settings had before → their names. The old variables and flags are read until the next release."""


def _listed(value: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in value.split(",")) - {""}


class _OldNames(PydanticBaseSettingsSource):
    """Variables with the names that settings had before."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        return {RENAMED[old]: os.environ[f"HECKLER_{old.upper()}"] for old in old_names()}


def old_names() -> list[str]:
    """The settings whose variables are set under the names that they had before."""
    return [old for old in RENAMED if f"HECKLER_{old.upper()}" in os.environ]


class CoreSettings(BaseSettings):
    """The settings of what every product needs."""

    model_config = SettingsConfigDict(env_prefix="HECKLER_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="address that the gateway listens on")
    port: int = Field(8090, ge=0, le=65535, description="port of the page and the API; 0 picks a free one")
    allowed_hosts: str = Field(
        "", description="names the gateway answers to besides its own, ',' between; beyond loopback, none means all"
    )
    data: Path = Field(Path("~/.heckler"), description="folder for the log, the photos, models and credentials")
    nats_url: str | None = Field(None, description="use this NATS server or cluster instead of the embedded one")
    nats_port: int = Field(
        0, ge=0, le=65535, description="port of the embedded NATS server; 0 picks a free one, and keeps to it"
    )
    nats_replicas: int | None = Field(
        None,
        ge=1,
        le=5,
        description="servers of a NATS cluster that hold each event and photo; without, 1 or what they have now",
    )
    sync: Literal["always", "default"] = Field(
        "always", description="fsync of the embedded log: at every event, or NATS's default of every 2 minutes"
    )
    workers: str = Field(
        "", description="worker processes of `heckler up`: groups or names, '+' within a process, ',' between"
    )
    roster: str = Field("analyzers.roster:ROSTER", description="the tuple of analyzers to use, as module:NAME")
    max_concurrency: int = Field(
        0, ge=0, description="analyzers that work at once in a worker process; 0: the cores, shared by the processes"
    )
    threads: int = Field(0, ge=0, description="threads of each model; 0 leaves it to the machine policy")
    providers: str = Field(
        "auto", description="where ONNX models run, first choice first: auto, or of cpu, cuda, tensorrt, coreml, "
        "openvino, migraphx, dml, ',' between",
    )  # fmt: skip
    mlx_model: str = Field(
        "llama", description="language model of the mlx writer: llama, phi, qwen, or a folder of your own"
    )
    openai_url: str = Field(
        "", description="base address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1 for Ollama"
    )
    openai_model: str = Field("", description="model to ask that server for; none takes the first that it lists")
    openai_key: SecretStr = Field(SecretStr(""), description="key for that server, if it wants one; never shown")
    first_token_timeout_s: float = Field(
        20, gt=0, description="seconds that a language model may be silent, from the start on"
    )
    models_mirror: str | None = Field(None, description="folder or URL with a mirror.toml, tried first for weights")
    models_trust_mirror: bool = Field(False, description="accept test builds (official = false) from the mirror")
    models_accept: str = Field(
        "", description="licences that weights may have besides permissive ones: agpl, llama, non-commercial, or all"
    )
    models_pull: Literal["auto", "off"] = Field(
        "auto", description="fetch missing weights of accepted licences in the background, or leave that to you"
    )
    join_s: float = Field(20, gt=0, description="seconds until a request goes ahead without analyzers busy with it")
    away_s: float = Field(
        60, gt=0, description="seconds until one goes ahead without analyzers that stopped running or begin again"
    )
    expiry_s: float = Field(300, gt=0, description="seconds until a request that got nowhere fails")
    analyze_s: float = Field(60, gt=0, description="seconds that one analyzer may take over one photo")
    ack_wait_s: float = Field(10, gt=0, description="seconds after which work of a vanished process is handed on")
    silent_s: float = Field(
        30, ge=0.5, description="seconds after which a process that gives no sign of life is replaced"
    )
    model_ttl: float = Field(
        0, ge=0, description="seconds unused after which the memory of an analyzer's models is given back, by a fresh "
        "process while nobody waits; the next photo loads them again; 0: never",
    )  # fmt: skip
    photo_ttl_s: float = Field(3600, gt=0, description="seconds that photos and cached findings live")
    event_ttl_s: float = Field(86400, gt=0, description="seconds that events live")
    max_log_bytes: int = Field(4 << 30, ge=1 << 20, description="size of the log at which new photos are refused")
    max_image_bytes: int = Field(
        2 << 30, ge=1 << 20, description="size of the photo store at which new ones are refused"
    )
    min_free_bytes: int = Field(
        256 << 20, ge=0, description="room on the disk of the embedded log below which new photos are refused"
    )
    max_upload_bytes: int = Field(25 << 20, ge=1, description="largest upload accepted")
    max_pixels: int = Field(100_000_000, ge=1, description="most pixels an upload may decode to")
    max_side: int = Field(2048, ge=64, description="long side of the normalised photo in pixels")
    decode_s: float = Field(15, gt=0, description="seconds that decoding one upload may take")
    decode_memory: int = Field(2 << 30, ge=1 << 28, description="bytes of address space for the decoding process")
    max_connections: int = Field(
        0, ge=0, description="connections to the gateway at once; 0: as many as descriptors allow, up to 10,000"
    )
    head_s: float = Field(15, gt=0, description="seconds from accepting a connection to the whole head of a request")
    unread_s: float = Field(
        30, gt=0, description="seconds that a client may leave an answer unread before it is dropped"
    )
    upload_s: float = Field(60, gt=0, description="seconds that one upload may take")
    url_uploads: bool = Field(False, description='allow {"url": …} in place of a photo')
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much the services say")
    log_format: Literal["auto", "console", "json"] = Field("auto", description="logs for people or for machines")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there are no such files
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _OldNames(settings_cls)

    @field_validator("data")
    @classmethod
    def _expanded(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("models_accept")
    @classmethod
    def _known_licences(cls, value: str) -> str:
        if unknown := _listed(value) - LICENCES:
            raise ValueError(
                f"{', '.join(sorted(unknown))}: say agpl, llama, non-commercial (comma between them), or all"
            )
        return value

    @field_validator("providers")
    @classmethod
    def _known_providers(cls, value: str) -> str:
        if unknown := _listed(value) - PROVIDERS.keys() - {"auto"}:
            raise ValueError(f"{', '.join(sorted(unknown))}: say auto, or some of {', '.join(PROVIDERS)}")
        return value

    @property
    def accepted_licences(self) -> frozenset[str]:
        """What `models_accept` lists."""
        return _listed(self.models_accept)

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def run_file(self) -> Path:
        """Where a running `heckler up` says how to reach it (mode 0600)."""
        return self.data / "run.json"


class Settings(RoastSettings, CoreSettings):
    """Read once at the start of each process from the environment: those of the core, then those of each product."""
