import type { LiveClicksEvent, LiveSnapshotEvent } from '@clickledger/contract';
import { useEffect, useState } from 'react';
import { withMode } from '../../state/test-data.js';
import { EMPTY_WINDOW, fromSnapshot, type LiveWindow, withClicks } from './live-window.js';

/** Wait before a stream that was refused is opened again, in milliseconds; a lost one the browser opens itself. */
const REOPEN_MS = 5_000;

/**
 * `stale`: connected, but a store can't answer, so what is shown may be old.
 * `reconnecting`: the connection is gone and is being made again.
 */
export type LiveStatus = 'connecting' | 'open' | 'stale' | 'reconnecting';

export interface LiveFeed {
  status: LiveStatus;
  /** Null until the first snapshot. */
  window: LiveWindow | null;
}

/** Clicks as they come, pushed by the server. While the tab is hidden there is no stream. */
export function useLiveFeed(): LiveFeed {
  const [feed, setFeed] = useState<LiveFeed>({ status: 'connecting', window: null });
  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      clearTimeout(timer);
      source?.close();
      const stream = new EventSource(withMode('/api/v1/live'));
      source = stream;
      stream.addEventListener('snapshot', ({ data }) =>
        setFeed({ status: 'open', window: fromSnapshot(JSON.parse(data) as LiveSnapshotEvent) }),
      );
      stream.addEventListener('clicks', ({ data }) => {
        const event = JSON.parse(data) as LiveClicksEvent;
        setFeed(({ window }) => ({ status: 'open', window: withClicks(window ?? EMPTY_WINDOW, event) }));
      });
      // With data it was sent by the server: a store is away, and the stream goes on. Without, the connection is gone.
      stream.addEventListener('error', (event) => {
        const status = 'data' in event && event.data ? 'stale' : 'reconnecting';
        setFeed(({ window }) => ({ status, window }));
        if (stream.readyState === EventSource.CLOSED) timer = setTimeout(connect, REOPEN_MS);
      });
    };
    const onVisibility = () => {
      if (!document.hidden) return connect();
      clearTimeout(timer);
      source?.close();
    };
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearTimeout(timer);
      source?.close();
    };
  }, []);
  return feed;
}
