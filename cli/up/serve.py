"""`python -m cli.up.serve SERVICE NAME…`: one service as a process of its own, the way `heckler up` starts it."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from bus.observability.metrics_files import take_room
from bus.service.heartbeat import tell_of_restart
from bus.service.restart import StartAfresh
from bus.settings import Settings
from cli.up import parent_watch

SERVICES = ("gateway", "aggregator", "writer", "analyzers")


def service(name: str, settings: Settings, names: Sequence[str] = ()) -> Coroutine[Any, Any, None]:
    """The coroutine that runs a service until SIGTERM. `names` are groups or analyzers: those that `analyzers` runs, or
    that `gateway` waits for.

    Imports only what that service needs: each process pays for its own libraries. Raises ValueError.
    """
    if name == "gateway":
        from gateway.service import serve as gateway

        return gateway(settings, starting=names)
    if name == "aggregator":
        from aggregator.service import serve as aggregator

        return aggregator(settings)
    if name == "writer":
        from llm.service import serve as writer

        return writer(settings)
    if name == "analyzers":
        from analyzers.service import serve as analyzers

        return analyzers(settings, names)
    raise ValueError(f"no service is called {name!r}; there are: {', '.join(SERVICES)}")


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs `main` to its end, on uvloop where there is one. Does not return when `main` asks for a fresh process."""
    try:
        _run(main)
    except StartAfresh as restart:
        _start_afresh(restart.variables)


def _run(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def _start_afresh(variables: Mapping[str, str]) -> NoReturn:
    """Becomes the same command again, with its process id, its parent and nothing of its memory."""
    tell_of_restart()
    sys.stdout.flush()
    sys.stderr.flush()
    env = {**os.environ, **parent_watch.tied(), **variables}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], env)


def main() -> None:
    """Entry point. `roster` in place of a service prints the analyzers as JSON and ends."""
    parent_watch.exit_with_parent()
    take_room()
    name, *names = sys.argv[1:]
    settings = Settings()
    if name == "roster":
        from cli.up import roster

        try:
            print(json.dumps(asdict(roster.read(settings))))
        except roster.BadRoster as error:
            sys.exit(str(error))
    else:
        gc.disable()  # what is loaded now stays: looking for garbage in it takes a tenth of the start
        work = service(name, settings, names)
        gc.freeze()
        gc.enable()
        run(work)


if __name__ == "__main__":
    main()
