"""W3C trace context through the log, with the OpenTelemetry API: spans where an SDK is set up, ids everywhere."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"
_propagator = TraceContextTextMapPropagator()
_passed_on: ContextVar[str | None] = ContextVar("traceparent", default=None)


def _exports() -> bool:
    """Whether an SDK is set up. Without one there are no spans to make: the context is only passed on."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def current_traceparent() -> str | None:
    """The `traceparent` of the current span, or None outside any trace."""
    if not _exports():
        return _passed_on.get()
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"


@contextmanager
def span(name: str, header: Mapping[str, str] | None = None, **attributes: str | int) -> Iterator[None]:
    """Runs the block in a span that continues the trace in `header`; without one, a new trace begins here."""
    traceparent = (header or {}).get(TRACEPARENT) or current_traceparent() or _new_trace()
    if not _exports():
        passed = _passed_on.set(traceparent)
        try:
            yield
        finally:
            _passed_on.reset(passed)
        return
    token = context.attach(_propagator.extract({TRACEPARENT: traceparent}))
    try:
        with trace.get_tracer("heckler").start_as_current_span(name, attributes=dict(attributes)):
            yield
    finally:
        context.detach(token)


def _new_trace() -> str:
    # unique is enough for a trace id, it need not be secret; the system's entropy would be a call for each event
    return f"00-{random.getrandbits(128) or 1:032x}-{random.getrandbits(64) or 1:016x}-01"


def export_spans(service: str) -> bool:
    """Exports spans by OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the `otel` extra is installed.

    Returns whether it does. Raises ImportError, naming the extra, when only the endpoint is there.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ImportError("OTEL_EXPORTER_OTLP_ENDPOINT is set: pip install 'heckler[otel]'") from error
    provider = TracerProvider(resource=Resource.create({"service.name": f"heckler-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True
