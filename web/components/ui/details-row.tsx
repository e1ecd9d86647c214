import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { ScrollRegion } from './scroll-region';

interface Props {
  /** What the closed row shows. */
  readonly summary: ReactNode;
  readonly testId?: string;
  readonly state?: string;
  /** Told whether it is open, whenever that changes. */
  readonly onToggle?: (open: boolean) => void;
  readonly children: ReactNode;
}

/** A row of a list that opens to show the rest. */
export const DetailsRow = ({ summary, testId, state, onToggle, children }: Props): ReactNode => (
  <li>
    <details
      className="group"
      data-testid={testId}
      data-state={state}
      onToggle={onToggle ? ({ currentTarget }) => onToggle(currentTarget.open) : undefined}
    >
      <summary className="flex list-none flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 text-sm hover:bg-ink/3 sm:px-6">
        <ChevronDown
          className="size-4 -rotate-90 text-faint transition-transform group-open:rotate-0 rtl:rotate-90"
          aria-hidden
        />
        {summary}
      </summary>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3 px-5 pt-1 pb-4 sm:px-6">{children}</div>
    </details>
  </li>
);

/** Text as it was sent or stored; JSON is laid out. */
export const Verbatim = ({ label, text }: { readonly label: string; readonly text: string }): ReactNode => (
  <div className="min-w-0">
    <p className="mb-1 font-medium text-[0.8125rem]">{label}</p>
    <ScrollRegion label={label} className="max-h-72 rounded-lg bg-sunken p-3">
      <pre dir="ltr" className="font-mono text-xs">
        {laidOut(text)}
      </pre>
    </ScrollRegion>
  </div>
);

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
