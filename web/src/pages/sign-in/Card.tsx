import { type ReactNode, useEffect } from 'react';
import { Logo } from '../../components/Logo.js';

/** The one card of a page that is seen before anybody is signed in. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ClickLedger`;
  }, [title]);
  return (
    <div className="mx-auto flex min-h-[80dvh] w-full max-w-sm flex-col justify-center gap-5">
      <p className="flex items-center justify-center gap-2.5 text-lg font-semibold tracking-tight">
        <Logo />
        ClickLedger
      </p>
      <section className="card space-y-4 p-6" aria-labelledby="card-title">
        <h1 id="card-title" className="text-lg font-semibold">
          {title}
        </h1>
        {children}
      </section>
    </div>
  );
}
