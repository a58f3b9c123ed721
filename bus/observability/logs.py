"""Structured logs that carry the request's id: readable on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator

from bus.settings import Settings


@contextlib.contextmanager
def _without(package: str) -> Iterator[None]:
    """Makes `import package` fail for a while; one that is loaded already stays."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # documented: this is how an import is made to fail
    try:
        yield
    finally:
        del sys.modules[package]


# structlog loads Rich for tracebacks that we do not print, and the first import of structlog decides:
# every module gets it from here. With Rich every process would start 0.1 s later, and 4 MB larger.
with _without("rich"):
    import structlog
    from structlog.contextvars import bind_contextvars as bind_contextvars
    from structlog.contextvars import bound_contextvars as bound_contextvars


class _StandardError:
    """What standard error is at the moment of writing: in tests it is another one for each command."""

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(settings: Settings, service: str) -> None:
    """Sets up logging of this process, once, at its start. Logs go to standard error."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.PrintLoggerFactory(_StandardError()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    # nats-py logs every failed reconnect with a traceback; the client reports connection changes itself
    logging.getLogger("nats").setLevel(logging.CRITICAL)


log: structlog.stdlib.BoundLogger = structlog.get_logger()
