import type { ReactNode } from 'react';
import { cn } from './cn';

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A part of the page that scrolls by itself; keyboards reach it because it takes the focus. */
export const ScrollRegion = ({ label, className, children }: Props): ReactNode => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: without it no key could scroll this
  <section aria-label={label} tabIndex={0} className={cn('overflow-auto', className)}>
    {children}
  </section>
);
