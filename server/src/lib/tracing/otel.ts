import { setTimeout as delay } from 'node:timers/promises';
import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Attributes, Trace, Tracing } from './tracing.js';

/** Links of one span: a batch may hold thousands of requests. */
const LINKS_MAX = 32;
const STOP_MS_MAX = 3_000;

/**
 * Traces sent by OTLP over HTTP. Endpoint, headers, sampler, limits and batching are read from OpenTelemetry's own variables by
 * its SDK. This file is loaded only when traces are wanted: its packages cost 100 ms and some megabytes.
 *
 * @param settings.protocol of OTEL_EXPORTER_OTLP_PROTOCOL; protobuf is OpenTelemetry's default
 */
export function openTelemetry(settings: {
  node: string;
  version: string;
  protocol: 'http/protobuf' | 'http/json';
}): Tracing {
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': 'clickledger',
        'service.version': settings.version,
        'service.instance.id': settings.node,
      }),
    )
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before ours.
    .merge(detectResources({ detectors: [envDetector] }));
  const exporter = settings.protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer('clickledger', settings.version);
  return {
    begin: (name, from, attributes) => begin(tracer, name, from, attributes),
    async stop() {
      // A collector that is away must not hold up the end; what it has not got by then is lost.
      const limit = new AbortController();
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        delay(STOP_MS_MAX, undefined, { signal: limit.signal }).catch(() => undefined),
      ]);
      limit.abort();
    },
  };
}

function begin(
  tracer: Tracer,
  name: string,
  from: readonly (string | undefined)[],
  attributes: Attributes = {},
): Trace {
  const single = from.length === 1 ? toSpanContext(from[0]) : null;
  const parent = single ? trace.setSpanContext(ROOT_CONTEXT, single) : ROOT_CONTEXT;
  const span = tracer.startSpan(name, { attributes, links: from.length > 1 ? linksOf(from) : [] }, parent);
  return span.isRecording() ? recording(tracer, span, trace.setSpan(ROOT_CONTEXT, span)) : NOT_SAMPLED;
}

const NOT_SAMPLED: Trace = { step: () => undefined, end: () => undefined };

function recording(tracer: Tracer, span: Span, context: Context): Trace {
  let stepStartedAt = Date.now();
  return {
    step(name) {
      const now = Date.now();
      tracer.startSpan(name, { startTime: stepStartedAt }, context).end(now);
      stepStartedAt = now;
    },
    end(attributes, error) {
      if (attributes) span.setAttributes(attributes);
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    },
  };
}

function linksOf(from: readonly (string | undefined)[]): Link[] {
  const links: Link[] = [];
  for (const header of from) {
    const context = toSpanContext(header);
    if (context && context.traceFlags & TraceFlags.SAMPLED) links.push({ context });
    if (links.length === LINKS_MAX) break;
  }
  return links;
}

/** A `traceparent` header (w3.org/TR/trace-context), or null when there is none that is valid. */
function toSpanContext(header: string | undefined): SpanContext | null {
  const [, traceId, spanId, flags] =
    /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header ?? '') ?? [];
  if (!traceId || !spanId || !flags) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}
