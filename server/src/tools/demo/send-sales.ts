import type { ConversionBatchReply, ConversionInput } from '@clickledger/contract';
import { LIMITS } from '@clickledger/contract';
import { DEMO_ACTIONS } from './sales.js';

/** A request to the server. */
export type Send = <T>(path: string, body: unknown, method?: 'POST' | 'PUT') => Promise<T>;

/** Names and countings, before the first conversion: an action is as it was when its conversion came. */
export async function setUpActions(send: Send): Promise<void> {
  for (const [action, body] of Object.entries(DEMO_ACTIONS))
    await send(`conversion-actions/${action}`, body, 'PUT');
}

/** Sends conversions in batches. Sent again, they are repeats. */
export async function sendSales(
  send: Send,
  sales: readonly ConversionInput[],
): Promise<{ accepted: number; duplicates: number }> {
  const sums = { accepted: 0, duplicates: 0 };
  for (let at = 0; at < sales.length; at += LIMITS.batchConversionsMax) {
    const conversions = sales.slice(at, at + LIMITS.batchConversionsMax);
    const reply = await send<ConversionBatchReply>('conversions/batch', { conversions });
    const wrong = reply.results.find((result) => !result.success);
    if (wrong) throw new Error(`a made-up conversion is wrong: ${JSON.stringify(wrong)}`);
    sums.accepted += reply.accepted;
    sums.duplicates += reply.duplicates;
  }
  return sums;
}
