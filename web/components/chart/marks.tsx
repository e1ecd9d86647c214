import { type ReactNode, useId } from 'react';

/** Marks differ by more than their colour, for those who see colours alike and for printers. */
const DASHES = [undefined, '8 4', '2 3', '10 3 2 3', '5 2', '1 4'] as const;

/** How lines of the period before and of the forecast are drawn, whatever their series. */
export const PREVIOUS_DASH = '3 4';
export const FORECAST_DASH = '6 4';

export const colourOf = (index: number): string => `var(--series-${index % DASHES.length})`;
export const dashOf = (index: number): string | undefined => DASHES[index % DASHES.length];

const STROKES: readonly (readonly string[])[] = [
  [],
  ['M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4'],
  ['M0,4 h8'],
  ['M4,0 v8'],
  ['M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4'],
  ['M0,4 h8', 'M4,0 v8'],
];

/** The fill of bars of one series: its colour, from the second one on with lines of the background through it. */
export const Fill = ({ id, index }: { readonly id: string; readonly index: number }): ReactNode => (
  <pattern id={id} width="8" height="8" patternUnits="userSpaceOnUse">
    <rect width="8" height="8" fill={colourOf(index)} />
    {STROKES[index % STROKES.length]?.map((path) => (
      <path key={path} d={path} stroke="var(--surface)" strokeWidth="1.6" fill="none" />
    ))}
  </pattern>
);

export type MarkKind = 'line' | 'bar' | 'previous' | 'forecast' | 'band';

/** What a series looks like, for a legend. */
export function Mark({ kind, index }: { readonly kind: MarkKind; readonly index: number }): ReactNode {
  const id = useId();
  const colour = colourOf(index);
  const dash =
    kind === 'previous'
      ? PREVIOUS_DASH
      : kind === 'forecast'
        ? FORECAST_DASH
        : kind === 'line'
          ? dashOf(index)
          : undefined;
  return (
    <svg width="24" height="12" aria-hidden="true" className="shrink-0">
      {kind === 'bar' ? (
        <>
          <defs>
            <Fill id={id} index={index} />
          </defs>
          <rect x="4" width="16" height="12" rx="2" fill={`url(#${id})`} />
        </>
      ) : kind === 'band' ? (
        <rect x="2" width="20" height="12" rx="2" fill={colour} fillOpacity="0.18" />
      ) : (
        <line
          x1="1"
          x2="23"
          y1="6"
          y2="6"
          stroke={colour}
          strokeWidth={kind === 'previous' ? 1.5 : 2}
          strokeDasharray={dash}
          strokeOpacity={kind === 'previous' ? 0.8 : 1}
        />
      )}
    </svg>
  );
}
