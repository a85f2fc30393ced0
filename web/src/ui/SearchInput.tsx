import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { cn } from '../lib/cn.js';

/** Wait after the last key before something is searched, in milliseconds. */
const TYPED_MS = 300;

interface Props {
  label: string;
  placeholder: string;
  testId: string;
  className?: string;
  value: string;
  onChange: (value: string) => void;
}

/** Searches a moment after the last key, so that a word is one question. */
export function SearchInput({ label, placeholder, testId, className, value, onChange }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), TYPED_MS);
    return () => clearTimeout(timer);
  });
  return (
    <span className={cn('relative min-w-48 flex-1 sm:max-w-72', className)}>
      <Search className="pointer-events-none absolute left-2.5 top-2 size-4 text-muted" aria-hidden="true" />
      <input
        type="search"
        className="control w-full pl-8"
        aria-label={label}
        placeholder={placeholder}
        data-testid={testId}
        maxLength={128}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </span>
  );
}
