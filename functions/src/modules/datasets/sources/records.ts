import type { Since, SourceRecord } from './kind.ts';

/** Records as newline-delimited JSON, without those that were loaded before. */
export function recordLines(
  batches: AsyncIterable<readonly SourceRecord[]>,
  since?: Since,
): { readonly text: AsyncGenerator<string>; count(): number } {
  let count = 0;
  async function* text(): AsyncGenerator<string> {
    for await (const batch of batches) {
      const wanted = since?.value === undefined ? batch : batch.filter((record) => isWanted(record, since));
      count += wanted.length;
      if (wanted.length > 0) yield wanted.map((record) => `${JSON.stringify(record)}\n`).join('');
    }
  }
  return { text: text(), count: () => count };
}

/** Whether a record is newer; one that does not say is taken. */
function isWanted(record: SourceRecord, since: Since): boolean {
  const order = compare(valueAt(record, since.field), since);
  return order === undefined || order > 0 || (order === 0 && since.inclusive);
}

/** The member at a dotted path. */
export function valueAt(record: unknown, path: string): unknown {
  let value = record;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function compare(value: unknown, { kind, value: bound = '' }: Since): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (kind === 'text') return order(String(value), bound);
  if (kind === 'number') return order(Number(value), Number(bound));
  return order(microseconds(String(value)), microseconds(bound));
}

function order<T extends string | number | bigint>(a: T | undefined, b: T | undefined): number | undefined {
  if (a === undefined || b === undefined || Number.isNaN(a) || Number.isNaN(b)) return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of RFC 3339 and its like; a time that names no zone is in UTC, as it is when it is loaded. */
function microseconds(text: string): bigint | undefined {
  const [, whole = '', fraction = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)(?:\.(\d+))?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(text.trim()) ??
    [];
  const time = Date.parse(whole.length > 10 ? `${whole.replace(' ', 'T')}${zone}` : whole);
  if (Number.isNaN(time)) return undefined;
  return BigInt(time) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}
