"""The schema that the page's types are made from, and what routes say in it that their annotations do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bus.events import Due, Erase
from bus.products import MODELS, NAMES, product
from gateway.events.queue_math import QueuePosition
from gateway.http.problems import ProblemDocument
from gateway.upload.options import Common

EVENTS: tuple[type[BaseModel], ...] = (*(event for event in MODELS if event not in (Due, Erase)), QueuePosition)
"""What a request's stream may tell: the log's events, and the gateway's own word on the queue."""
_REF = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `app`, with every event and the problem document among its components."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    models = [(model, "serialization") for model in (*EVENTS, ProblemDocument)]
    _, schema = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name, definition in schema["$defs"].items():
        components.setdefault(name, definition)
    components["AnyEvent"] = {
        "oneOf": [{"$ref": _REF.format(model=model.__name__)} for model in EVENTS],
        "discriminator": {
            "propertyName": "type",
            "mapping": {model.model_fields["type"].default: _REF.format(model=model.__name__) for model in EVENTS},
        },
    }
    return document


def photo_body(*products: str) -> dict[str, Any]:
    """`openapi_extra` of an operation that takes a photo (or a URL) and the options of these products."""
    photo = {"type": "string", "format": "binary", "description": "the photo's file"}
    url = {"type": "string", "format": "uri", "description": "where enabled, fetched instead of a photo"}
    return _body(
        {
            "multipart/form-data": _options(products, {"photo": photo}, ["photo"]),
            "application/json": _options(products, {"url": url}, ["url"]),
        },
        required=True,
    )


def options_body() -> dict[str, Any]:
    """`openapi_extra` of an operation that takes options only, or nothing."""
    return _body(dict.fromkeys(("application/json", "multipart/form-data"), _options(NAMES, {}, [])), required=False)


def event_stream() -> dict[str, Any]:
    """The `content` of an answer that is a stream of events."""
    return {"text/event-stream": {"schema": {"$ref": _REF.format(model="AnyEvent")}}}


def _options(products: Sequence[str], more: dict[str, Any], required: list[str]) -> dict[str, Any]:
    properties = Common.model_json_schema()["properties"]
    properties["product"] |= {"enum": list(products), "default": products[0]}
    properties["analyzers"] = {"type": "string", "description": Common.model_fields["analyzers"].description}
    for name in products:
        properties |= product(name).options.model_json_schema().get("properties", {})
    return {"type": "object", "properties": {**more, **properties}, "required": required}


def _body(schemas: dict[str, Any], required: bool) -> dict[str, Any]:
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {"requestBody": {"required": required, "content": content}}
