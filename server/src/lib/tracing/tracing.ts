/** Something under way that a trace shows: begun already, ended once. Its steps follow each other without gaps. */
export interface Trace {
  /** A step ended now; it began when the one before it ended, or with the trace. */
  step(name: string): void;
  /** @param error what it failed with, if it did; a message without personal data */
  end(attributes?: Attributes, error?: string): void;
}

export type Attributes = Record<string, string | number | boolean>;

/** Traces of what this process does. Absent (null) unless it was asked for: then nothing is paid for it. */
export interface Tracing {
  /**
   * @param from `traceparent` headers of what this was begun for. One is its parent; of several, as the requests of a batch,
   *   none is, and those that are sampled are linked.
   */
  begin(name: string, from: readonly (string | undefined)[], attributes?: Attributes): Trace;
  /** Sends what is not sent yet. */
  stop(): Promise<void>;
}

/**
 * Whether the environment asks for traces, by OpenTelemetry's own variables: an exporter or an endpoint is named, and neither
 * switched off (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables).
 */
export function wantsTraces(env: {
  OTEL_SDK_DISABLED?: string | undefined;
  OTEL_TRACES_EXPORTER?: string | undefined;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
}): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  if (env.OTEL_TRACES_EXPORTER) return env.OTEL_TRACES_EXPORTER !== 'none';
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
}
