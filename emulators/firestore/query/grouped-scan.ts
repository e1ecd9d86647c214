import type { StoredDocument } from '../values/document.ts';
import { valueAt } from '../values/field-path.ts';
import { afterPrefix } from '../values/key-codec.ts';
import { type Cursor, entryCursor, type Scan, type ScanStatements } from './cursors.ts';
import type { OrderRun } from './planner.ts';
import { orderKey } from './positions.ts';

function* drain(cursor: Cursor): Generator<number> {
  for (let entry = cursor.peek(); entry; entry = cursor.peek()) {
    yield entry.document;
    cursor.advance();
  }
}

/**
 * Walks ascending index entries in an order of mixed directions: the groups of equal leading values in the
 * direction of the first run, within each group the rest. Costs two seeks a group.
 */
export function* groupedScan(
  statements: ScanStatements,
  load: (id: number) => StoredDocument,
  scan: Scan,
  runs: readonly OrderRun[],
): Generator<number> {
  const [run, ...rest] = runs;
  if (!run) return;
  if (rest.length === 0) {
    yield* drain(entryCursor(statements, scan, run.descending));
    return;
  }
  let { low, high } = scan;
  for (;;) {
    const first = entryCursor(statements, { ...scan, low, high }, run.descending).peek();
    if (!first) return;
    const { fields } = load(first.document);
    const values = run.paths.flatMap(({ segments }) => valueAt(fields, segments) ?? []);
    const prefix = Buffer.concat([scan.prefix, orderKey(values)]);
    const end = afterPrefix(prefix);
    yield* groupedScan(statements, load, { prefix, low: prefix, high: end }, rest);
    if (run.descending) high = prefix;
    else low = end;
  }
}
