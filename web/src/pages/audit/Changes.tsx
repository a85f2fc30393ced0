import type { FieldChange } from './entry-text.js';

/** Fields that changed, each with its value before and after. */
export const Changes = ({ changes }: { changes: readonly FieldChange[] }) => (
  <dl className="min-w-0">
    {changes.map(({ field, before, after }) => (
      <div key={field} className="flex flex-wrap gap-x-2">
        <dt className="text-muted">{field}</dt>
        <dd className="min-w-0 break-words whitespace-pre-line">
          {before !== null && <del className="text-muted">{before}</del>}
          {before !== null && after !== null && ' → '}
          {after}
        </dd>
      </div>
    ))}
  </dl>
);
