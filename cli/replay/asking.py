"""Work on the log for one command: it comes to an end, or to one sentence and exit status 1."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from rich.console import Console

from cli.terminal.output import fail

T = TypeVar("T")


def asked(err: Console, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; whatever hinders it is told in one line. Ctrl-C ends the command with exit status 130."""
    from bus.client import BusDown, LogFull, LogRefused
    from bus.jetstream.direct_get import ReadFailed
    from cli.connect.log_client import NoLog
    from cli.replay.find_request import Trouble

    try:
        return asyncio.run(work)
    except (NoLog, Trouble) as error:
        fail(err, error)
    except (BusDown, LogFull, LogRefused, ReadFailed) as error:
        fail(err, f"the log did not do it: {error}. Try again; `heckler doctor` says whether it is well")
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
