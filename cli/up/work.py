"""`heckler work`: some of the analyzers as a process of its own, on this machine or another."""

from __future__ import annotations

from collections.abc import Sequence

from nats import errors

from analyzers.runtime.registry import load_roster, select
from bus.client import BusDown, LogRefused
from bus.jetstream.consumers import NotAdmitted
from bus.settings import Settings
from cli.connect import run_file
from cli.up.serve import run, service


class NoServer(Exception):
    """There is no NATS server to work for; the message says why and what to do."""


def work(settings: Settings, names: Sequence[str]) -> None:
    """Runs these groups or analyzers until SIGTERM or Ctrl-C. Raises NoServer, and BadRoster for unknown names."""
    select(load_roster(settings), names)
    try:
        run(service("analyzers", with_server(settings), names))
    except NotAdmitted as error:
        raise NoServer(str(error)) from error
    except LogRefused as error:
        if error.lacks_room:
            raise NoServer(f"the NATS server has no room on its disk ({error}): make some") from error
        raise NoServer(
            f"the NATS server holds no log of Heckler ({error}): start `heckler up` with the same HECKLER_NATS_URL"
        ) from error
    except (BusDown, errors.Error) as error:
        raise NoServer(
            f"the NATS server cannot be reached, or does not answer ({error}): check HECKLER_NATS_URL, "
            "or run `heckler doctor`"
        ) from error


def with_server(settings: Settings) -> Settings:
    """The settings with the NATS server of the `heckler up` that runs here, unless they name one. Raises NoServer."""
    if settings.nats_url:
        return settings
    here = run_file.find(settings)
    if here is None:
        raise NoServer(
            f"no NATS server: nothing runs on {settings.data}. Start `heckler up` there, or name a server or cluster "
            "with --nats-url nats://USER:PASSWORD@HOST:4222 (or HECKLER_NATS_URL)."
        )
    return settings.model_copy(update={"nats_url": here.nats["analyzer"]})
