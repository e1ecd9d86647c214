import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn';

export const Card = ({ className, ...props }: ComponentProps<'section'>): ReactNode => (
  <section className={cn('rounded-2xl border bg-surface', className)} {...props} />
);

export interface CardHeaderProps {
  readonly title: string;
  readonly id?: string;
  readonly hint?: ReactNode;
  readonly children?: ReactNode;
}

/** Title of a card, with what belongs at its end. */
export const CardHeader = ({ title, id, hint, children }: CardHeaderProps): ReactNode => (
  <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-5 pt-4 pb-3 sm:px-6 sm:pt-5">
    <div className="min-w-0">
      <h2 id={id} className="font-semibold text-[0.9375rem] tracking-[-0.006em]">
        {title}
      </h2>
      {hint ? <p className="mt-0.5 text-[0.8125rem] text-faint">{hint}</p> : null}
    </div>
    {children}
  </header>
);

/** Stands where something is about to be. */
export const Skeleton = ({ className }: { readonly className?: string }): ReactNode => (
  <span aria-hidden className={cn('block animate-pulse rounded-md bg-ink/7', className)} />
);

export interface EmptyStateProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly children?: ReactNode;
  readonly testId?: string;
}

/** Says why there is nothing, and what to do about it. */
export const EmptyState = ({ icon, title, text, children, testId }: EmptyStateProps): ReactNode => (
  <div data-testid={testId} className="grid justify-items-center gap-1 px-6 py-16 text-center">
    <span
      className="mb-3 grid size-12 place-items-center rounded-2xl bg-accent-tint text-accent [&_svg]:size-5"
      aria-hidden
    >
      {icon}
    </span>
    <h2 className="font-semibold text-[1.0625rem] tracking-[-0.01em]">{title}</h2>
    <p className="max-w-md text-pretty text-sm text-soft">{text}</p>
    {children ? <div className="mt-5 flex flex-wrap justify-center gap-2">{children}</div> : null}
  </div>
);
