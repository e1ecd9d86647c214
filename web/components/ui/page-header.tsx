import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly text?: ReactNode;
  /** What leads back up. */
  readonly above?: ReactNode;
  readonly children?: ReactNode;
}

/** The title of a page, and what can be done on it. */
export const PageHeader = ({ title, text, above, children }: Props): ReactNode => (
  <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
    <div className="min-w-0 max-w-2xl">
      {above ? <div className="mb-1.5 text-[0.8125rem] text-soft">{above}</div> : null}
      <h1
        tabIndex={-1}
        className="break-words font-semibold text-[1.625rem] leading-tight tracking-[-0.022em]"
      >
        {title}
      </h1>
      {text ? <p className="mt-1 text-pretty text-sm text-soft">{text}</p> : null}
    </div>
    {children ? <div className="flex flex-wrap items-center gap-2">{children}</div> : null}
  </header>
);
