/** Values that somebody may read and not change, with their names. */
export const Facts = ({ facts }: { facts: readonly (readonly [label: string, value: string])[] }) => (
  <dl className="space-y-3 text-sm">
    {facts.map(([label, value]) => (
      <div key={label}>
        <dt className="text-xs text-muted">{label}</dt>
        <dd className="mt-0.5 break-words whitespace-pre-line">{value}</dd>
      </div>
    ))}
  </dl>
);
