import { createHash } from 'node:crypto';
import type { CounterRequest } from '../click/counters.js';
import { HOUR_MS, type Mark, MINUTE_MS, type StoredClick, type StoredReply } from './guard.js';

/** Keys longer than this are hashed: a client chooses them. */
const PLAIN_LENGTH_MAX = 64;

/** Text that may stand inside a Redis key, hash tag included: braces would move the slot. */
const safe = (text: string) =>
  text.length <= PLAIN_LENGTH_MAX && /^[\w.-]+$/.test(text)
    ? text
    : `#${createHash('sha256').update(text).digest('base64url')}`;

export const keyMarkKey = (tenantId: number, key: string) => `cl:k:${tenantId}:${safe(key)}`;
export const clickMarkKey = (tenantId: number, clickId: string) => `cl:c:${tenantId}:${clickId}`;
/** Buckets of one subject share a slot by their hash tag. */
export const bucketKey = (tenantId: number, name: string, subject: string, index: number) =>
  `cl:v:{${tenantId}:${name}:${safe(subject)}}:${index}`;

/** The three keys of a counter, in one slot: its minute, its hour, the hour before. */
export function counterKeys(
  tenantId: number,
  { name, subject }: CounterRequest,
  atMs: number,
): [minute: string, hour: string, hourBefore: string] {
  const tag = `cl:t:{${tenantId}:${name}:${safe(subject)}}`;
  const hour = Math.floor(atMs / HOUR_MS);
  return [`${tag}:m${Math.floor(atMs / MINUTE_MS)}`, `${tag}:h${hour}`, `${tag}:h${hour - 1}`];
}

/** `state|node|ms|rest`: short, and readable in redis-cli. */
const encode = (state: 'p' | 'c', node: string, setAtMs: number, rest: string) =>
  `${state}|${node}|${setAtMs}|${rest}`;

export const pendingPrefix = (node: string) => `p|${node}|`;
export const pendingKey = (node: string, ms: number, bodyHash: string) => encode('p', node, ms, bodyHash);
export const committedKey = (node: string, ms: number, bodyHash: string, reply: string | null) =>
  encode('c', node, ms, reply === null ? bodyHash : `${bodyHash}|${reply}`);
export const pendingClick = (node: string, ms: number) => encode('p', node, ms, '');
export const committedClick = (node: string, ms: number, isFraudulent: boolean) =>
  encode('c', node, ms, isFraudulent ? '1' : '0');

function decode(text: string): {
  state: 'pending' | 'committed';
  node: string;
  setAtMs: number;
  rest: string;
} {
  const first = text.indexOf('|', 2);
  const second = text.indexOf('|', first + 1);
  return {
    state: text[0] === 'c' ? 'committed' : 'pending',
    node: text.slice(2, first),
    setAtMs: Number(text.slice(first + 1, second)),
    rest: text.slice(second + 1),
  };
}

export function readKeyMark(text: string): Mark<StoredReply> {
  const { rest, ...mark } = decode(text);
  const bar = rest.indexOf('|');
  const value =
    bar < 0 ? { bodyHash: rest, reply: null } : { bodyHash: rest.slice(0, bar), reply: rest.slice(bar + 1) };
  return { ...mark, value };
}

export function readClickMark(text: string): Mark<StoredClick> {
  const { rest, ...mark } = decode(text);
  return { ...mark, value: { isFraudulent: rest === '1' } };
}
