/** Autodetection: the narrowest type that all values of a column have. */

import type { SchemaField } from '@mewayz/googlesql';
import { parseDate, parseDatetime, parseTime, parseTimestamp } from '@mewayz/googlesql/values';

const TESTS: readonly (readonly [type: string, test: (text: string) => boolean])[] = [
  ['BOOLEAN', (text) => /^(?:true|false)$/i.test(text)],
  ['INTEGER', (text) => /^[+-]?\d{1,18}$/.test(text)],
  ['FLOAT', (text) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)],
  ['DATE', (text) => parseDate(text) !== undefined],
  ['TIME', (text) => parseTime(text) !== undefined],
  ['DATETIME', (text) => text.includes('T') && parseDatetime(text) !== undefined],
  ['TIMESTAMP', (text) => text.includes(':') && parseTimestamp(text.replace(/ UTC$/, 'Z')) !== undefined],
];

export function inferType(values: readonly string[]): string {
  const present = values.filter((text) => text !== '');
  if (present.length === 0) return 'STRING';
  return TESTS.find(([, test]) => present.every(test))?.[0] ?? 'STRING';
}

/** Column names that BigQuery takes; what it does not becomes `_`. */
export function columnNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name, index) => {
    const clean = name.trim().replace(/[^\p{L}\p{N}_]/gu, '_') || `string_field_${index}`;
    const safe = /^\d/.test(clean) ? `_${clean}` : clean;
    const times = seen.get(safe.toLowerCase()) ?? 0;
    seen.set(safe.toLowerCase(), times + 1);
    return times === 0 ? safe : `${safe}_${times}`;
  });
}

/** Whether the first line looks like names: nothing but text, over columns that are something else. */
export function isHeader(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  if (first.some((text) => text === '' || inferType([text]) !== 'STRING')) return false;
  return rest.length === 0
    ? false
    : first.some((_, index) => inferType(rest.map((row) => row[index] ?? '')) !== 'STRING') ||
        first.every((text) => /^[A-Za-z_][\w ]*$/.test(text));
}

/** The fields of JSON records, merged over all that were seen. */
export function inferFields(records: readonly unknown[]): SchemaField[] {
  const names = new Map<string, unknown[]>();
  for (const record of records)
    for (const [name, value] of Object.entries(record ?? {})) {
      const values = names.get(name) ?? [];
      if (value !== null) values.push(value);
      names.set(name, values);
    }
  return [...names].map(([name, values]) => inferField(name, values));
}

function inferField(name: string, values: readonly unknown[]): SchemaField {
  const repeated = values.some(Array.isArray);
  const items = values.flatMap((value) => (Array.isArray(value) ? value : [value]));
  const mode = repeated ? 'REPEATED' : 'NULLABLE';
  if (items.length > 0 && items.every((item) => typeof item === 'object'))
    return { name, mode, type: 'RECORD', fields: inferFields(items) };
  return { name, mode, type: inferType(items.map(String)) };
}
