import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './Button.js';

/** How long "Copied" stays, in milliseconds. */
const COPIED_MS = 2_000;

/** Copies a text. Not shown where the browser forbids it (pages without HTTPS). */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  if (!('clipboard' in navigator)) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <Button size="small" kind="quiet" onClick={() => void copy().catch(() => setCopied(false))}>
      {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </Button>
  );
}
