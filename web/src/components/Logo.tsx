/** The product's mark: a ledger's lines and a click. Decorative. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" className="size-8 shrink-0" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#4f46e5" />
      <path d="M8 10h8M8 16h5M8 22h4" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" opacity=".65" />
      <path
        d="m15.5 13.5 9.500 4-4.200 1.800-1.800 4.200z"
        fill="#fff"
        stroke="#fff"
        strokeWidth="1.500"
        strokeLinejoin="round"
      />
    </svg>
  );
}
