'use client';

import { X } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  readonly removeLabel: string;
  readonly onRemove: () => void;
}

/** Something that was chosen, with a way to take it back. */
export const Chip = ({ children, removeLabel, onRemove }: Props): ReactNode => (
  <span className="inline-flex max-w-full items-center rounded-lg border bg-sunken text-[0.8125rem]">
    {children}
    <button
      type="button"
      aria-label={removeLabel}
      onClick={onRemove}
      className="me-1 grid size-6 shrink-0 place-items-center rounded-md text-faint hover:bg-ink/8 hover:text-ink"
    >
      <X className="size-3.5" aria-hidden />
    </button>
  </span>
);

export const ChipText = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <span className="min-w-0 truncate py-1.5 ps-2.5 pe-1 font-medium">{children}</span>
);
