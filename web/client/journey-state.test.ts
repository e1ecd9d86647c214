import { describe, expect, it } from 'vitest';
import { readAttribution, readFunnel, readJson, readRetention } from './journey-state';
import type { MetricInfo } from './metric-query';

const metric = (name: string, dimensions: string[], more: Partial<MetricInfo> = {}): MetricInfo => ({
  name,
  label: name,
  description: name,
  format: 'number',
  aggregate: 'count',
  hasSubject: true,
  dimensions,
  ...more,
});
const CATALOGUE = [
  metric('new-contacts', ['source', 'country']),
  metric('activities', ['activity-kind', 'channel']),
  metric('orders', ['country']),
  metric('revenue', ['country', 'product'], { aggregate: 'sum', format: 'money' }),
  metric('customers', ['country'], { aggregate: 'count-distinct' }),
  metric('average-order-value', ['country'], { aggregate: 'ratio', hasSubject: false }),
];
const chosen = (name: string, filters = {}) => ({ metric: name, filters });

it('reads an object from an address, and nothing from anything else', () => {
  expect(readJson('{"by":"source"}')).toEqual({ by: 'source' });
  for (const text of [null, '', '{', '[1]', 'null', '"x"', '7']) expect(readJson(text)).toEqual({});
});

describe('a funnel', () => {
  it('begins with contacts and their orders', () => {
    expect(readFunnel({}, CATALOGUE)).toEqual({
      steps: [chosen('new-contacts'), chosen('orders')],
      order: 'strict',
    });
    expect(readFunnel({}, [metric('visits', [])]).steps).toEqual([chosen('visits'), chosen('visits')]);
  });

  it('keeps what makes sense and drops the rest', () => {
    const ask = {
      steps: [
        { metric: 'orders', filters: { country: 'DE', city: 'Ulm' } },
        { metric: 'average-order-value' },
        'orders',
        null,
        { metric: 'revenue', filters: 'all' },
      ],
      within: { days: 0.5 },
      by: 'product',
      order: 'any',
    };
    expect(readFunnel(ask, CATALOGUE)).toEqual({
      steps: [chosen('orders', { country: 'DE' }), chosen('revenue')],
      order: 'any',
    });
    expect(readFunnel({ ...ask, within: { days: 30 }, by: 'country' }, CATALOGUE)).toMatchObject({
      within: { days: 30 },
      by: 'country',
    });
  });
});

it('retention adds up sums and counts only', () => {
  expect(readRetention({ value: { metric: 'customers' }, periods: 99, grain: 'year' }, CATALOGUE)).toEqual({
    start: chosen('orders'),
    return: chosen('orders'),
    grain: 'month',
    periods: 12,
    kind: 'on',
    newOnly: false,
  });
  expect(readRetention({ value: { metric: 'revenue' } }, CATALOGUE)).toMatchObject({
    value: chosen('revenue'),
  });
  expect(readRetention({}, [])).toBeUndefined();
});

it('attribution finds the dimension that names a channel', () => {
  expect(readAttribution({}, CATALOGUE)).toMatchObject({
    conversion: chosen('orders'),
    touches: [
      { metric: 'activities', dimension: 'channel' },
      { metric: 'new-contacts', dimension: 'source' },
    ],
    model: ['first', 'last', 'linear', 'position'],
    lookbackDays: 90,
  });
  const ask = {
    touches: [{ metric: 'revenue', dimension: 'city' }],
    model: ['linear', 'best'],
    lookbackDays: 7,
  };
  expect(readAttribution(ask, CATALOGUE)).toMatchObject({
    touches: [{ metric: 'revenue', dimension: 'country' }],
    model: ['linear'],
    lookbackDays: 7,
  });
  expect(readAttribution({}, [])).toBeUndefined();
});
