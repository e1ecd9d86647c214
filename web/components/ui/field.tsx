'use client';

import { ChevronDown } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cn } from './cn';

const control =
  'w-full rounded-lg border border-edge/50 bg-surface text-ink transition-[border-color,box-shadow] duration-100 hover:border-edge focus-visible:border-accent focus-visible:outline-none focus-visible:ring-3 focus-visible:ring-accent/25 disabled:opacity-60 aria-invalid:border-bad aria-invalid:ring-bad/20 dark:bg-sunken max-md:text-base md:text-sm';

export function Input({ className, ...props }: ComponentProps<'input'>): ReactNode {
  return <input className={cn(control, 'h-9 px-3', className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<'textarea'>): ReactNode {
  return <textarea className={cn(control, 'min-h-20 px-3 py-2', className)} {...props} />;
}

/** The system's own select: the best one on a phone, and complete for keyboards. */
export function Select({ className, dir, children, ...props }: ComponentProps<'select'>): ReactNode {
  return (
    <span dir={dir} className={cn('relative block', className)}>
      <select className={cn(control, 'h-9 appearance-none ps-3 pe-9')} {...props}>
        {children}
      </select>
      <ChevronDown
        className="pointer-events-none absolute end-2.5 top-1/2 size-4 -translate-y-1/2 text-faint"
        aria-hidden
      />
    </span>
  );
}

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string;
  /** Stands at the end of the label's line: that the field may stay empty, or that it is fixed. */
  readonly optional?: string;
  readonly className?: string;
  /** Receives what ties the control to its label, hint and error. */
  readonly children: (control: {
    id: string;
    'aria-describedby'?: string;
    'aria-invalid'?: true;
  }) => ReactNode;
}

/** A labelled control with its hint and its error, tied together for assistive technology. */
export function Field({ label, hint, error, optional, className, children }: FieldProps): ReactNode {
  const id = useId();
  const described = [optional ? `${id}-note` : '', hint ? `${id}-hint` : '', error ? `${id}-error` : '']
    .filter(Boolean)
    .join(' ');
  return (
    <div className={cn('grid content-start gap-1.5', className)}>
      <div className="flex items-baseline justify-between gap-2 text-[0.8125rem]">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {optional ? (
          <span id={`${id}-note`} className="text-faint text-xs">
            {optional}
          </span>
        ) : null}
      </div>
      {children({
        id,
        ...(described ? { 'aria-describedby': described } : {}),
        ...(error ? { 'aria-invalid': true } : {}),
      })}
      {hint ? (
        <p id={`${id}-hint`} className="text-faint text-xs">
          {hint}
        </p>
      ) : null}
      {error ? (
        <p id={`${id}-error`} className="text-[0.8125rem] text-bad" role="alert">
          {error}
        </p>
      ) : null}
    </div>
  );
}
