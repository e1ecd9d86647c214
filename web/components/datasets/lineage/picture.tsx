'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { LineageNode } from '@/client/quality';
import { cn } from '@/components/ui/cn';
import { type Picture as Laid, NODE, type Placed } from './layout';

interface Props {
  readonly of: Laid;
  /** Drawn from right to left. */
  readonly mirrored: boolean;
  readonly label: string;
}

/** Characters that fit a node. */
const FITTING = 18;

/** Nodes in columns, joined by curves. What it shows stands in lists as well, so it is one image to assistive technology. */
export function Picture({ of: { width, height, nodes, edges }, mirrored, label }: Props): ReactNode {
  const xOf = ({ x }: Placed): number => (mirrored ? width - x - NODE.width : x);
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      style={{ direction: 'ltr' }}
    >
      {edges.map(({ from, to }) => {
        const [start, end] = mirrored ? [xOf(from), xOf(to) + NODE.width] : [xOf(from) + NODE.width, xOf(to)];
        const [y1, y2] = [from.y + NODE.height / 2, to.y + NODE.height / 2];
        const middle = (start + end) / 2;
        return (
          <path
            key={`${from.node.id} ${to.node.id}`}
            d={`M${start} ${y1} C${middle} ${y1} ${middle} ${y2} ${end} ${y2}`}
            className="fill-none stroke-edge"
            strokeWidth={1.5}
          />
        );
      })}
      {nodes.map((placed) => (
        <Node key={placed.node.id} node={placed.node} x={xOf(placed)} y={placed.y} mirrored={mirrored} />
      ))}
    </svg>
  );
}

function Node({
  node: { kind, label, state },
  x,
  y,
  mirrored,
}: Omit<Placed, 'node'> & { readonly node: LineageNode; readonly mirrored: boolean }): ReactNode {
  const t = useTranslations('quality');
  const failed = state === 'failed';
  const text = label.length > FITTING ? `${label.slice(0, FITTING - 1)}…` : label;
  const at = mirrored ? x + NODE.width - 12 : x + 12;
  // In a picture that is drawn from right to left texts end where others begin.
  const anchor = mirrored ? 'end' : 'start';
  return (
    <g>
      <title>{label}</title>
      <rect
        x={x}
        y={y}
        width={NODE.width}
        height={NODE.height}
        rx={10}
        strokeWidth={failed ? 2 : 1}
        className={cn(
          failed
            ? 'fill-bad-tint stroke-bad'
            : kind === 'dataset'
              ? 'fill-accent-tint stroke-accent'
              : 'fill-raised stroke-edge',
        )}
      />
      <text x={at} y={y + 18} textAnchor={anchor} className="fill-faint text-[0.6875rem]">
        {failed ? `${t(`nodeKinds.${kind}`)} · ${t('nodeStates.failed')}` : t(`nodeKinds.${kind}`)}
      </text>
      <text x={at} y={y + 35} textAnchor={anchor} className="fill-ink font-medium text-[0.8125rem]">
        {text}
      </text>
    </g>
  );
}
