import type { Lineage, LineageNode } from '@/client/quality';

/** A node and where it stands; in pixels from the start of the line and from the top. */
export interface Placed {
  readonly node: LineageNode;
  readonly x: number;
  readonly y: number;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Placed[];
  readonly edges: readonly { readonly from: Placed; readonly to: Placed }[];
  /** Loads that are left out, older than those shown. */
  readonly olderLoads: number;
}

export const NODE = { width: 176, height: 46 } as const;
const GAP = { x: 64, y: 14 } as const;
const MARGIN = 2;
/** Loads of a picture; the list has all. */
const MAX_LOADS = 5;

/** From left to right as data goes: each kind stands in a column of its own. */
const COLUMNS: readonly (readonly LineageNode['kind'][])[] = [
  ['source'],
  ['load'],
  ['dataset'],
  ['rule', 'metric'],
  ['chart'],
];

/** Places nodes in columns, each in the middle of the picture's height; columns without nodes take no room. */
export function layOut({ nodes, edges }: Lineage): Picture {
  const loads = nodes.filter(({ kind }) => kind === 'load');
  const leftOut = new Set(loads.slice(MAX_LOADS).map(({ id }) => id));
  const columns = COLUMNS.map((kinds) =>
    nodes.filter(({ id, kind }) => kinds.includes(kind) && !leftOut.has(id)),
  ).filter((column) => column.length > 0);
  const heightOf = (count: number): number => count * (NODE.height + GAP.y) - GAP.y;
  const height = Math.max(NODE.height, ...columns.map((column) => heightOf(column.length))) + 2 * MARGIN;
  const placed = columns.flatMap((column, index) => {
    const top = (height - heightOf(column.length)) / 2;
    return column.map((node, row) => ({
      node,
      x: MARGIN + index * (NODE.width + GAP.x),
      y: top + row * (NODE.height + GAP.y),
    }));
  });
  const byId = new Map(placed.map((one) => [one.node.id, one]));
  return {
    width: Math.max(1, columns.length) * (NODE.width + GAP.x) - GAP.x + 2 * MARGIN,
    height,
    nodes: placed,
    edges: edges.flatMap(({ from, to }) => {
      const [start, end] = [byId.get(from), byId.get(to)];
      return start && end ? [{ from: start, to: end }] : [];
    }),
    olderLoads: leftOut.size,
  };
}
