import { afterEach, expect, it, vi } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../testing/otlp-receiver.js';
import { openTelemetry } from './otel.js';

let receiver: OtlpReceiver;
afterEach(() => {
  vi.unstubAllEnvs();
  receiver.close();
});

it('spans go to the endpoint that the standard variable names, as protobuf unless JSON is asked for', async () => {
  receiver = await startOtlpReceiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    const tracing = openTelemetry({ node: 'a', version: '0', protocol });
    tracing.begin('work', []).end();
    await tracing.stop();
  }
  expect(receiver.requests).toEqual([
    { path: '/v1/traces', contentType: 'application/x-protobuf' },
    { path: '/v1/traces', contentType: 'application/json' },
  ]);
});

it('steps are children, one traceparent is the parent, several are links, and only the sampled ones', async () => {
  receiver = await startOtlpReceiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  const tracing = openTelemetry({ node: 'a', version: '0', protocol: 'http/json' });
  const [one, two] = ['1'.repeat(32), '2'.repeat(32)] as const;
  const header = (traceId: string, flags: string) => `00-${traceId}-${'b'.repeat(16)}-${flags}`;
  const single = tracing.begin('single', [header(one, '01')]);
  single.step('first');
  single.end({ size: 3 }, 'went wrong');
  tracing.begin('several', [header(one, '01'), undefined, 'not a header', header(two, '00')]).end();
  tracing.begin('not sampled', [header(two, '00')]).end();
  await tracing.stop();

  const [first, parent, several, ...rest] = receiver.spans;
  expect(rest).toEqual([]);
  expect(parent).toMatchObject({
    name: 'single',
    traceId: one,
    parentSpanId: 'b'.repeat(16),
    status: { code: 2 },
  });
  expect(first).toMatchObject({ name: 'first', traceId: one, parentSpanId: parent?.spanId });
  expect(several?.links).toMatchObject([{ traceId: one }]);
  expect(several?.traceId).not.toBe(one);
});

it('the standard sampler variable is obeyed', async () => {
  receiver = await startOtlpReceiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
  const tracing = openTelemetry({ node: 'a', version: '0', protocol: 'http/json' });
  tracing.begin('work', []).end();
  await tracing.stop();
  expect(receiver.spans).toEqual([]);
});
