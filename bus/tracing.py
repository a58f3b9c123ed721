"""W3C trace context through the log, with the OpenTelemetry API: spans where an SDK is set up, ids everywhere."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"
_propagator = TraceContextTextMapPropagator()


def current_traceparent() -> str | None:
    """The `traceparent` of the current span, or None outside any trace."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"


@contextmanager
def span(name: str, header: Mapping[str, str] | None = None, **attributes: str | int) -> Iterator[None]:
    """Runs the block in a span that continues the trace in `header`; without one, a new trace begins here."""
    traceparent = (header or {}).get(TRACEPARENT)
    parent = _propagator.extract({TRACEPARENT: traceparent}) if traceparent else _new_trace()
    token = context.attach(parent)
    try:
        with trace.get_tracer("heckler").start_as_current_span(name, attributes=dict(attributes)):
            yield
    finally:
        context.detach(token)


def _new_trace() -> context.Context:
    here = trace.get_current_span()
    if here.get_span_context().is_valid:
        return context.get_current()
    # unique is enough for a trace id, it need not be secret; the system's entropy would be a call for each event
    ids = SpanContext(random.getrandbits(128) or 1, random.getrandbits(64) or 1, False, TraceFlags(0))
    return trace.set_span_in_context(NonRecordingSpan(ids))


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
