import type { ReactNode } from 'react';
import { Mark, type MarkKind } from './marks';

export interface LegendItem {
  readonly key: string;
  readonly kind: MarkKind;
  readonly index: number;
  readonly name: string;
}

/** Names the marks of a chart. */
export const Legend = ({ items }: { readonly items: readonly LegendItem[] }): ReactNode => (
  <ul className="flex flex-wrap gap-x-4 gap-y-1 text-[0.8125rem] text-soft">
    {items.map(({ key, kind, index, name }) => (
      <li key={key} data-legend className="flex max-w-full items-center gap-2">
        <Mark kind={kind} index={index} />
        <bdi className="min-w-0 truncate">{name}</bdi>
      </li>
    ))}
  </ul>
);
