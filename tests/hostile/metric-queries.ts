import { hostileTables } from './tables.ts';
import { hostileValues } from './values.ts';
import type { Victim } from './world.ts';

/** Bodies of `POST /api/analytics/query` that bring SQL where names, values and times are expected. */
export function metricQueries(victim: Victim): readonly unknown[] {
  const { tenantId, datasetId } = victim;
  const texts = [
    ...hostileTables(victim).slice(0, 25),
    ...hostileValues(victim).slice(0, 25),
    "x' OR '1'='1",
    "') UNION ALL SELECT patch FROM changes --",
    "\"; ATTACH 'x' AS y; --",
    "revenue'; DROP TABLE changes; --",
    '$1',
    '@p1',
    '{{tenant}}',
    '\u0000',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    tenantId,
    `dataset:${datasetId}`,
  ];
  const ok = { metrics: ['new-contacts'] };
  return [
    ...texts.flatMap((text) => [
      { metrics: [text] },
      { ...ok, dimensions: [text] },
      { ...ok, filters: { [text]: 'x' } },
      { ...ok, filters: { status: text } },
      { ...ok, filters: { status: [text, null] } },
      { ...ok, filters: { status: { gte: text } } },
      { ...ok, grain: text },
      { ...ok, from: text },
      { ...ok, timezone: text, grain: 'day' },
    ]),
    { ...ok, from: '2020-01-01', to: '2020-01-01' },
    { ...ok, from: '-271821-04-20', to: '+275760-09-13' },
    {
      ...ok,
      from: '0000-01-01T00:00:00Z',
      to: '9999-12-31T23:59:59Z',
      grain: 'hour',
      compare: 'previous-year',
    },
    { ...ok, limit: 1e9 },
    { ...ok, limit: '1; DROP TABLE changes' },
    { ...ok, forecast: { periods: 1e9 }, grain: 'day' },
    { ...ok, forecast: { periods: "1'" }, grain: 'day' },
    { ...ok, compare: "previous-year'" },
    { ...ok, tenantId },
    { ...ok, filters: { tenant_id: tenantId } },
    { ...ok, filters: { tenantId } },
    { ...ok, filters: { status: Array.from({ length: 1_001 }, () => 'x') } },
    { ...ok, dimensions: Array.from({ length: 11 }, () => 'status') },
    { metrics: Array.from({ length: 21 }, () => 'new-contacts') },
    { ...ok, filters: { status: { gte: 1, lte: { $ne: 1 } } } },
    { metrics: { length: 1, 0: 'contacts' } },
    { metrics: [['new-contacts']] },
    [],
    'contacts',
    null,
  ];
}
