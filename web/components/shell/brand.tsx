import type { ReactNode } from 'react';

/** The mark: two rising strokes that read as M and as a chart. */
export const Mark = ({ className }: { readonly className?: string }): ReactNode => (
  <svg viewBox="0 0 28 28" className={className} aria-hidden>
    <rect width="28" height="28" rx="8" fill="var(--accent)" />
    <path
      d="M7 19.5V10l5 5.5 4-5.5 5 9.5"
      fill="none"
      stroke="var(--accent-ink)"
      strokeWidth="2.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  </svg>
);

export const Brand = ({ name }: { readonly name: string }): ReactNode => (
  <span className="inline-flex items-center gap-2.5 font-semibold text-[1.0625rem] tracking-[-0.02em]">
    <Mark className="size-7" />
    {name}
  </span>
);
