'use client';

import type { ReactNode } from 'react';

/** The last resort, when even the layout broke; it can rely on nothing, not on a language either. */
export default function GlobalError({
  reset,
}: {
  readonly error: Error;
  readonly reset: () => void;
}): ReactNode {
  return (
    <html lang="en">
      <body
        style={{
          font: '16px/1.5 system-ui, sans-serif',
          display: 'grid',
          placeItems: 'center',
          minHeight: '100vh',
          margin: 0,
        }}
      >
        <main style={{ textAlign: 'center' }}>
          <h1 style={{ fontSize: '1.25rem' }}>Something went wrong · حدث خطأ ما</h1>
          <button type="button" onClick={reset} style={{ font: 'inherit', padding: '0.5rem 1rem' }}>
            Try again · أعد المحاولة
          </button>
        </main>
      </body>
    </html>
  );
}
