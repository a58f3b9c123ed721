"""Reading an upload off the wire: limits hold while it streams in, so that nothing large is ever held to be refused."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from bus.settings import Settings
from gateway.http.problems import Problem

PHOTO = "photo"
MAX_FIELD = 4096
MAX_FIELDS = 32
_LINGER = 4
"""A refused body is read on (and thrown away) up to this many times the limit: most clients only look for an answer
once they have sent everything, and would take a closed connection for a network error."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client sent: the photo's bytes (None when there was no such field), and the other fields as text."""

    photo: bytes | None
    fields: dict[str, str] = field(default_factory=dict)


def no_check() -> None:
    """Refuses nothing."""


async def read_upload(request: Request, settings: Settings, check: Callable[[], None] = no_check) -> Upload:
    """Reads a multipart form; or only fields, from a urlencoded form, a JSON object of texts and numbers, or nothing.

    `check` may refuse it before the first byte is read. Raises Problem: that of `check`, `too_large`, `upload_timeout`,
    `bad_request`, and starlette's ClientDisconnect when it hangs up.
    """
    limit = settings.max_upload_bytes
    body = request.stream()
    try:
        async with asyncio.timeout(settings.upload_s) as clock:
            check()
            _check_length(request, limit)
            return await _read(request, body, limit)
    except TimeoutError as error:
        raise Problem("upload_timeout", f"It was not complete after {settings.upload_s:g} seconds.") from error
    except Problem:
        if request.headers.get("expect", "").lower() != "100-continue":
            with contextlib.suppress(TimeoutError):  # a client that is too slow still gets to know what was wrong
                async with asyncio.timeout_at(clock.when()):
                    await _discard(body, limit * _LINGER)
        raise


async def _read(request: Request, body: AsyncIterator[bytes], limit: int) -> Upload:
    kind, parameters = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"multipart/form-data" and parameters.get(b"boundary"):
        form = _Form(parameters[b"boundary"], limit)
        async for chunk in body:
            form.feed(chunk)
        return form.finished()
    if kind == b"application/json":
        return Upload(None, _texts(await _small(body)))
    if kind == b"application/x-www-form-urlencoded":
        return Upload(None, dict(parse_qsl((await _small(body)).decode("utf-8", "replace"))))
    if not kind and not await _small(body):
        return Upload(None)
    raise Problem("bad_request", f"Its content type is {kind.decode('latin-1')[:80] or 'missing'}.")


def _check_length(request: Request, limit: int) -> None:
    """Before the first byte is read: a client that asked with `Expect: 100-continue` need not send any."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit + MAX_FIELD * MAX_FIELDS:
        raise _too_large(limit)


async def _discard(body: AsyncIterator[bytes], most: int) -> None:
    async for chunk in body:
        most -= len(chunk)
        if most < 0:
            return


async def _small(body: AsyncIterator[bytes]) -> bytes:
    data = bytearray()
    async for chunk in body:
        data += chunk
        if len(data) > MAX_FIELD * MAX_FIELDS:
            raise Problem("bad_request", "The body is longer than any options can be.")
    return bytes(data)


def _texts(data: bytes) -> dict[str, str]:
    try:
        values: Any = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise Problem("bad_request", "The body is not JSON.") from error
    if not isinstance(values, dict) or not all(isinstance(v, str | int | None) for v in values.values()):
        raise Problem("bad_request", "A JSON object of texts and numbers is wanted.")
    return {key: str(value) for key, value in values.items() if value is not None}


def _too_large(limit: int) -> Problem:
    return Problem("too_large", f"A photo may have {limit / (1 << 20):.3g} MiB.")


class _Form:
    """A multipart form (RFC 7578) as it arrives: one file, some short texts, nothing else."""

    def __init__(self, boundary: bytes, max_photo: int) -> None:
        self._photo: bytearray | None = None
        self._fields: dict[str, str] = {}
        self._max_photo = max_photo
        self._header = (bytearray(), bytearray())
        self._name = ""
        self._part = bytearray()
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._header_ends,
                "on_part_data": self._part_goes_on,
                "on_part_end": self._part_ends,
                "on_end": self._ends,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes. Raises Problem as soon as they break a limit or the format."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Problem("bad_request", "The multipart form is malformed.") from error

    def finished(self) -> Upload:
        """The upload. Raises Problem when the form has no end."""
        if not self._complete:
            raise Problem("bad_request", "The multipart form ends too early.")
        return Upload(None if self._photo is None else bytes(self._photo), self._fields)

    def _part_begins(self) -> None:
        self._name, self._part = "", bytearray()

    def _header_ends(self) -> None:
        name, value = (bytes(part) for part in self._header)
        self._header = (bytearray(), bytearray())
        if name.lower() == b"content-disposition":
            parameters = parse_options_header(value)[1]
            self._name = parameters.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in parameters and self._name != PHOTO:
                raise Problem("missing_photo", f"The file came as field {self._name[:40]!r}.")

    def _part_goes_on(self, data: bytes, start: int, end: int) -> None:
        self._part += memoryview(data)[start:end]
        if self._name == PHOTO and len(self._part) > self._max_photo:
            raise _too_large(self._max_photo)
        if self._name != PHOTO and len(self._part) > MAX_FIELD:
            raise Problem("bad_option", f"The field {self._name[:40]!r} is longer than any option can be.")

    def _part_ends(self) -> None:
        if self._name == PHOTO:
            if self._photo is not None:
                raise Problem("bad_request", "There are two photos in it; one at a time.")
            self._photo = self._part
        else:
            self._fields[self._name] = self._part.decode("utf-8", "replace")
        if len(self._fields) > MAX_FIELDS:
            raise Problem("bad_request", f"There are more than {MAX_FIELDS} fields in it.")

    def _ends(self) -> None:
        self._complete = True
