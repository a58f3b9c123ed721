"""A service that goes on as a fresh process. Imports nothing: a process that has yet to prepare itself may know it."""

from __future__ import annotations

from collections.abc import Mapping

RESTING = "HECKLER_RESTING"
"""Environment variable that names, for the next process, what it need not load before a request needs it."""


class StartAfresh(Exception):
    """A service asks for a fresh process in place of its own, which finds `variables` in its environment.

    Raised within `serving`, no registration is stopped: the service is back in a moment.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__("this process is to start afresh")
        self.variables = dict(variables)
