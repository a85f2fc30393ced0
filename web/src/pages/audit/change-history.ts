import type { EntityChange } from '@clickledger/contract';
import { fieldLabel } from '../../lib/field-labels.js';
import { type FieldChange, valueText } from './entry-text.js';

/** What somebody changed of a campaign at one moment. */
export interface HistoryEntry {
  at: string;
  by: string;
  /** It was set up then: nothing was before. */
  isCreation: boolean;
  fields: FieldChange[];
}

/** A campaign's changes, field by field as the API has them, by the moment they were made. The order stays. */
export function historyOf(changes: readonly EntityChange[], zone: string): HistoryEntry[] {
  const byMoment = new Map<string, EntityChange[]>();
  for (const change of changes) {
    const key = `${change.changed_at} ${change.changed_by}`;
    byMoment.set(key, [...(byMoment.get(key) ?? []), change]);
  }
  return [...byMoment.values()].flatMap((fields) => {
    const [first] = fields;
    if (!first) return [];
    // A campaign always has a status: one that had none before was not there.
    const isCreation = fields.some(({ field, old_value: old }) => field === 'status' && old === null);
    const text = (field: string, value: string | null) => valueText([field], value, zone);
    const shown = isCreation ? fields.filter(({ new_value: value }) => value !== null) : fields;
    return {
      at: first.changed_at,
      by: first.changed_by,
      isCreation,
      fields: shown.map(({ field, old_value, new_value }) => ({
        field: fieldLabel([field]),
        before: isCreation ? null : text(field, old_value),
        after: text(field, new_value),
      })),
    };
  });
}
