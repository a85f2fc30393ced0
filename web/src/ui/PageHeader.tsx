import { type ReactNode, useEffect } from 'react';

/** A page's title, what leads to it, and its controls. Also names the browser's tab. */
export function PageHeader({
  title,
  above,
  children,
}: {
  title: string;
  above?: ReactNode;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · ClickLedger`;
  }, [title]);
  return (
    <header className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="mr-auto min-w-0">
        {above}
        <h1 className="truncate text-xl font-semibold tracking-tight" title={title}>
          {title}
        </h1>
      </div>
      {children}
    </header>
  );
}
