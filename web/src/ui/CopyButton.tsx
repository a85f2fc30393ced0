import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button, type ButtonProps } from './Button.js';

/** How long "Copied" stays, in milliseconds. */
const COPIED_MS = 2_000;

interface Props extends Pick<ButtonProps, 'size' | 'kind'> {
  text: string;
  label?: string;
  /** What is copied, for those who hear the button; absent: the label says it. */
  what?: string;
  /** Narrow screens have the icon alone. */
  isShort?: boolean;
}

/** Copies a text. Not shown where the browser forbids it (pages without HTTPS). */
export function CopyButton({
  text,
  label = 'Copy',
  what,
  isShort = false,
  size = 'small',
  kind = 'quiet',
}: Props) {
  const [copied, setCopied] = useState(false);
  if (!('clipboard' in navigator)) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <Button size={size} kind={kind} title={what} onClick={() => void copy().catch(() => setCopied(false))}>
      {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      <span aria-live="polite" className={isShort ? 'max-sm:sr-only' : undefined}>
        {copied ? 'Copied' : label}
      </span>
      {what && <span className="sr-only"> {what}</span>}
    </Button>
  );
}
