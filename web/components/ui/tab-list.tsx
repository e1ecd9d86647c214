import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly tabs: readonly { readonly name: string; readonly label: ReactNode }[];
}

/** The row of tabs of a `Tabs.Root`; arrow keys move. */
export const TabList = ({ label, tabs }: Props): ReactNode => (
  <Tabs.List aria-label={label} className="mb-5 flex gap-1 overflow-x-auto border-b">
    {tabs.map((tab) => (
      <Tabs.Trigger
        key={tab.name}
        value={tab.name}
        className="-mb-px whitespace-nowrap border-transparent border-b-2 px-3 py-2 font-medium text-sm text-soft -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
      >
        {tab.label}
      </Tabs.Trigger>
    ))}
  </Tabs.List>
);
