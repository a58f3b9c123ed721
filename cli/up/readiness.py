"""Waiting until a household that was just started can roast. Standard library only: it must not slow down the start."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection
from typing import Any

PATIENCE_S = 30
"""Seconds after which a start that is still not ready says what it waits for."""
ALL_HERE_S = 10
"""Seconds that the last analyzers may need after the first roast could be made."""
_POLL_S = 0.2
_no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


async def wait_until_ready(url: str, analyzers: Collection[str], complain: Callable[[str], None]) -> None:
    """Returns when a roast can be made and all of `analyzers` have answered, so that the first photo lacks none.

    Says once, by `complain`, what it waits for when that takes long; an analyzer that takes longer still is not
    waited for.
    """
    patience = time.monotonic() + PATIENCE_S
    while why := await _why_not(url):
        if time.monotonic() > patience:
            complain(f"not ready after {PATIENCE_S} s: {why}. Still trying.")
            patience = float("inf")
        await asyncio.sleep(_POLL_S)
    patience = time.monotonic() + ALL_HERE_S
    while (away := set(analyzers) - await _known_analyzers(url)) and time.monotonic() < patience:  # noqa: ASYNC110 - no event
        await asyncio.sleep(_POLL_S)
    if away:
        complain(f"still not here: {', '.join(sorted(away))}.")


async def _why_not(url: str) -> str:
    """Empty when a roast can be made."""
    try:
        status, answer = await asyncio.to_thread(_get, f"{url}/readyz")
    except OSError as error:
        return f"the gateway does not answer ({error})"
    return "" if status == 200 else str(answer.get("detail", status)).rstrip(".")


async def _known_analyzers(url: str) -> set[str]:
    return {analyzer["name"] for analyzer in await read_analyzers(url)}


async def read_analyzers(url: str) -> list[dict[str, Any]]:
    """What `/api/analyzers` of the gateway at `url` answers; nothing when it does not answer."""
    try:
        status, answer = await asyncio.to_thread(_get, f"{url}/api/analyzers")
    except OSError:
        return []
    return list(answer) if status == 200 else []


def _get(url: str) -> tuple[int, Any]:
    """Status and JSON of an address of the gateway, `{}` for other content. Raises OSError without an answer."""
    try:
        with _no_proxy.open(url, timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        try:
            return error.code, json.load(error)
        except ValueError:
            return error.code, {}
    except ValueError as error:
        raise OSError(f"it answers {error}") from error
