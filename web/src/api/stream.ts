import type { StreamResultEvent } from '@clickledger/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { withMode } from '../state/test-data.js';

/** Wait before a stream that was refused is tried again, in milliseconds; polling goes on meanwhile. */
const RETRY_MS = 15_000;
/** Changes of the view within this time open one stream, in milliseconds. */
const SETTLE_MS = 150;

/** Those that are open, or being opened: each takes one of the few connections that a browser makes to a server. */
const open = new Set<EventSource>();
export const hasStream = (): boolean => open.size > 0;
export function openStream(path: string): EventSource {
  const stream = new EventSource(path);
  open.add(stream);
  return stream;
}
export function closeStream(stream: EventSource): void {
  stream.close();
  open.delete(stream);
}

/**
 * Has the answers of these questions pushed into the cache of queries, from one shared query per question on the server,
 * however many dashboards look at it. Returns whether the stream is open: while it is not, the caller has to ask itself.
 */
export function useStream(queries: readonly string[]): boolean {
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const key = queries.join(' ');
  useEffect(() => {
    setOpen(false);
    if (key === '') return;
    const asked = key.split(' ');
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const connect = () => {
      if (document.hidden) return;
      const views: string[] = [];
      // After an error, until each has answered: one that answers says nothing of the others.
      const silent = new Set<string>();
      const path = new URLSearchParams(asked.map((query) => ['q', query]));
      const stream = openStream(withMode(`/api/v1/analytics/stream?${path}`));
      source = stream;
      stream.addEventListener('views', (event) => {
        views.splice(0, views.length, ...(JSON.parse(event.data) as { views: string[] }).views);
        silent.clear();
        setOpen(true);
      });
      stream.addEventListener('result', (event) => {
        const { view, reply } = JSON.parse(event.data) as StreamResultEvent;
        for (const [index, query] of asked.entries())
          if (views[index] === view) client.setQueryData(['aggregate', query], reply);
        silent.delete(view);
        if (silent.size === 0) setOpen(true);
      });
      // Sent by the server (the store is away), or by the browser (the connection is): ask, which shows what is wrong.
      stream.addEventListener('error', () => {
        setOpen(false);
        for (const view of views) silent.add(view);
        if (stream.readyState !== EventSource.CLOSED) return;
        closeStream(stream);
        clearTimeout(timer);
        timer = setTimeout(connect, RETRY_MS);
      });
    };
    const stop = () => {
      clearTimeout(timer);
      if (source) closeStream(source);
      source = undefined;
      setOpen(false);
    };
    const onVisibility = () => (document.hidden ? stop() : connect());
    timer = setTimeout(connect, SETTLE_MS);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      stop();
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [key, client]);
  return isOpen;
}
