import type { IncomingHttpHeaders } from 'node:http';
import type { AgentClass } from '../enrich/agent-class.js';
import type { UserAgentParts } from '../enrich/user-agent.js';
import { BoundedCache } from '../lib/bounded-cache.js';
import type { NotCounted } from './meter.js';

/** What is looked up of who asks for an image. */
export interface ViewerLookups {
  /** ISO 3166-1 alpha-2 of an address; empty when unknown. */
  country(address: string): string;
  userAgent(userAgent: string): UserAgentParts;
  agentClass(userAgent: string): AgentClass;
}

/** A request for an image. */
export interface ImageRequest {
  method: string;
  headers: IncomingHttpHeaders;
  /** Behind the proxies that are trusted; null when unknown. */
  address: string | null;
}

export interface Viewer {
  country: string;
  deviceType: string;
}

const AGENTS_KEPT_MAX = 10_000;
/** A longer one is told by its start: the cache's size stays what it says. */
const AGENT_LENGTH_MAX = 1_024;
const PREFETCH = /^\s*(?:prefetch|prerender|preview)\b/i;

/**
 * Makes the step that tells who sees an image, or why nobody does: HEAD and prefetches show nothing, and programs are not people.
 */
export function makeViewerOf(lookups: ViewerLookups): (request: ImageRequest) => Viewer | NotCounted {
  const agents = new BoundedCache<{ deviceType: string } | 'robot'>(AGENTS_KEPT_MAX);
  const agentOf = (userAgent: string) =>
    lookups.agentClass(userAgent).kind === 'browser'
      ? { deviceType: lookups.userAgent(userAgent).deviceType }
      : ('robot' as const);
  return ({ method, headers, address }) => {
    if (method === 'HEAD') return 'head';
    const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-purpose'] ?? headers['x-moz'];
    if (purpose !== undefined && PREFETCH.test(String(purpose))) return 'prefetch';
    const agent = agents.get((headers['user-agent'] ?? '').slice(0, AGENT_LENGTH_MAX), agentOf);
    if (agent === 'robot') return agent;
    return { country: address === null ? '' : lookups.country(address), deviceType: agent.deviceType };
  };
}
