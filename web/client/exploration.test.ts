import { expect, it } from 'vitest';
import {
  chartOf,
  type Exploration,
  explorationOf,
  questionOf,
  readExploration,
  tidy,
  writeExploration,
} from './exploration';
import type { MetricInfo } from './metric-query';

const whole: Exploration = {
  metrics: ['revenue', 'orders'],
  dimensions: ['country'],
  filters: { country: ['France', 'a&b=c, "d"', null], paid: true, age: { gte: 18 } },
  grain: 'month',
  from: '2026-01-01',
  to: '2026-07-01',
  compare: 'previous-year',
  display: 'stacked',
  chart: 'cht_1',
};

it('comes back from its address as it was', () => {
  expect(readExploration(new URLSearchParams(writeExploration(whole)))).toEqual(whole);
  const moving: Exploration = {
    metrics: ['revenue'],
    dimensions: [],
    filters: {},
    grain: 'day',
    period: 'last-30',
    forecast: 7,
  };
  expect(readExploration(new URLSearchParams(writeExploration(moving)))).toEqual(moving);
  expect(writeExploration({ metrics: ['a', 'b'], dimensions: [], filters: {} })).toBe('metrics=a,b');
});

it('reads nothing from an address that makes no sense', () => {
  const search =
    'metrics=,&by=&grain=eon&period=ever&from=2026-13-01&to=x&compare=me&forecast=-1&show=pie&where=[1';
  expect(readExploration(new URLSearchParams(search))).toEqual({ metrics: [], dimensions: [], filters: {} });
});

it('leaves out what cannot be asked together', () => {
  const metric = (name: string, dimensions: string[]): MetricInfo => ({
    name,
    dimensions,
    label: name,
    description: '',
    format: 'number',
  });
  const catalogue = [metric('revenue', ['country', 'product']), metric('orders', ['country'])];
  const { dimensions, filters, forecast, compare } = tidy(
    {
      ...whole,
      dimensions: ['product', 'country'],
      filters: { product: 'a', country: 'b' },
      forecast: 3,
      to: undefined,
    },
    catalogue,
  );
  expect({ dimensions, filters, forecast, compare }).toEqual({
    dimensions: ['country'],
    filters: { country: 'b' },
    forecast: undefined,
    compare: undefined,
  });
});

it('asks for the days of a moving period', () => {
  const question = questionOf({ ...whole, period: 'last-7' }, Date.parse('2026-03-10T12:00:00Z'));
  expect(question).toMatchObject({ from: '2026-03-04', to: '2026-03-11', compare: 'previous-year' });
  expect(questionOf({ metrics: [], dimensions: [], filters: {} }, 0)).toBeUndefined();
});

it('is kept as a chart and opened again, moving periods as such', () => {
  for (const exploration of [whole, tidy({ ...whole, period: 'this-year' })]) {
    const { query, ...kept } = chartOf(exploration, 'stacked');
    if (!query) throw new Error('a question');
    expect(explorationOf({ id: 'cht_1', query, ...kept })).toEqual(exploration);
  }
});
