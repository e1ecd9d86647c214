'use client';

import type { ReactNode } from 'react';
import { Link } from '@/components/link';
import { Button } from '@/components/ui/button';

interface Props {
  readonly title: string;
  readonly text: string;
  /** False until the page's code runs: the fields wait for it. */
  readonly ready: boolean;
  readonly busy: boolean;
  readonly submitLabel: string;
  readonly onSubmit: (event: React.FormEvent) => void;
  readonly testId: string;
  /** The way to the other of the two forms. */
  readonly other: { readonly text: string; readonly label: string; readonly href: string };
  readonly children: ReactNode;
}

/** The frame of the forms through which people enter. */
export const EntryForm = ({
  title,
  text,
  ready,
  busy,
  submitLabel,
  onSubmit,
  testId,
  other,
  children,
}: Props): ReactNode => (
  <>
    <h1 className="font-semibold text-[1.75rem] leading-tight tracking-[-0.025em]">{title}</h1>
    <p className="mt-1.5 text-soft">{text}</p>
    <form noValidate method="post" onSubmit={onSubmit} data-testid={testId}>
      <fieldset disabled={!ready} className="mt-8 grid gap-4 [&_*]:disabled:opacity-100!">
        {children}
        <Button type="submit" tone="primary" size="large" busy={busy} className="mt-2">
          {submitLabel}
        </Button>
      </fieldset>
    </form>
    <p className="mt-8 text-sm text-soft">
      {other.text}{' '}
      <Link href={other.href} className="font-medium text-accent underline-offset-4 hover:underline">
        {other.label}
      </Link>
    </p>
  </>
);
