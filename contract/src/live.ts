import { z } from 'zod';
import { AggregateReply } from './analytics.js';
import { LoggedClick } from './click-log.js';
import { LIMITS } from './limits.js';

/** The query string of `GET /analytics/stream`: `q` once a view, each a query string of its own, percent-encoded. */
export const StreamQuery = z.strictObject({
  q: z
    .union([z.string(), z.array(z.string())])
    .transform((one) => (typeof one === 'string' ? [one] : one))
    .pipe(
      z
        .array(z.string().max(LIMITS.streamViewLengthMax, 'Too long'))
        .min(1)
        .max(LIMITS.streamViewsMax, `At most ${LIMITS.streamViewsMax} views`),
    )
    .describe('A view as a query string of its own, percent-encoded; repeat it for more views'),
});
export type StreamQuery = z.infer<typeof StreamQuery>;

/** Event `views`, the first: the key of each `q`, in order. Equal views have equal keys. */
export const StreamViewsEvent = z.object({ views: z.array(z.string()) });
export type StreamViewsEvent = z.infer<typeof StreamViewsEvent>;

/** Event `result`: a view's whole answer, sent at once and again whenever it changed. */
export const StreamResultEvent = z.object({
  view: z.string(),
  /** The range that was asked, as resolved. */
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  reply: AggregateReply,
});
export type StreamResultEvent = z.infer<typeof StreamResultEvent>;

/** Event `error`: the last answers may be old; the stream goes on and recovers by itself. */
export const StreamErrorEvent = z.object({ code: z.string(), message: z.string() });
export type StreamErrorEvent = z.infer<typeof StreamErrorEvent>;

/** Clicks of one second, by the time of the click: `[unix seconds, clicks, flagged]`. */
export const LiveSecond = z.tuple([z.int(), z.int(), z.int()]);
export type LiveSecond = z.infer<typeof LiveSecond>;

/** Event `snapshot` of `GET /live`: the last 30 minutes, seconds without clicks left out; the newest clicks first. */
export const LiveSnapshotEvent = z.object({
  seconds: z.array(LiveSecond),
  clicks: z.array(LoggedClick),
});
export type LiveSnapshotEvent = z.infer<typeof LiveSnapshotEvent>;

/**
 * Event `clicks` of `GET /live`: what came since the event before. `seconds` replace those of the same time; `clicks` are
 * the newest of the new ones, at most `LIVE_CLICKS_MAX`.
 */
export const LiveClicksEvent = LiveSnapshotEvent;
export type LiveClicksEvent = z.infer<typeof LiveClicksEvent>;
