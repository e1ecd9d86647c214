import { expect, it } from 'vitest';
import type { AnswerColumn, AnswerRow, MetricAnswer } from '@/client/metric-query';
import { displaysOf, MOST_SERIES, panelsOf } from './series';

const text = (name: string): AnswerColumn => ({ name, label: name, type: 'text' });
const number = (name: string): AnswerColumn => ({ name, label: name, type: 'number' });
const period: AnswerColumn = { name: 'period', label: 'Period', type: 'time' };
const isAdditive = () => true;
const answer = (columns: AnswerColumn[], rows: AnswerRow[]): MetricAnswer => ({
  question: { metrics: [] },
  columns,
  rows,
  truncated: false,
  sql: '',
  engine: 'duckdb',
  elapsedMs: 1,
});

it('knows the ways an answer can be shown', () => {
  const best = (...columns: AnswerColumn[]) => displaysOf({ columns }, ['orders']);
  expect(best(number('orders'))).toEqual(['table']);
  expect(best(text('country'), number('orders'))).toEqual(['bar', 'table']);
  expect(best(text('country'), text('product'), number('orders'))[0]).toBe('stacked');
  expect(best(period, number('orders'), number('orders:previous'))).toEqual(['line', 'bar', 'table']);
  expect(best(period, text('country'), number('orders'))).toEqual(['line', 'stacked', 'bar', 'table']);
});

it('makes a series of each member, greatest first, and says how many found no room', () => {
  const countries = Array.from({ length: MOST_SERIES + 2 }, (_, index) => `c${index}`);
  const rows = countries.flatMap((country, index) => [
    { period: '2026-01-01', country, orders: index },
    { period: '2026-02-01', country, orders: index },
  ]);
  const [panel] = panelsOf(answer([period, text('country'), number('orders')], rows), ['orders'], {
    display: 'line',
    isAdditive,
  });
  expect(panel?.series.map(({ members }) => members[0]?.value)).toEqual(['c7', 'c6', 'c5', 'c4', 'c3', 'c2']);
  expect(panel?.hidden).toEqual({ series: 2, points: 0 });
  expect(panel?.points).toHaveLength(2);
  expect(panel?.points[1]?.values).toEqual({ s0: 7, s1: 6, s2: 5, s3: 4, s4: 3, s5: 2 });
  expect(panel?.compared).toBe(false);
});

it('gives each currency axes of its own', () => {
  const money: AnswerColumn = { name: 'revenue', label: 'Revenue', type: 'money', currency: null };
  const rows = [
    { country: 'FR', currency: 'EUR', revenue: 5 },
    { country: 'JP', currency: 'JPY', revenue: 900 },
    { country: 'DE', currency: 'EUR', revenue: 4 },
  ];
  const panels = panelsOf(answer([text('country'), text('currency'), money], rows), ['revenue'], {
    display: 'bar',
    isAdditive,
  });
  expect(panels.map(({ currency, points }) => [currency, points.map(({ x }) => x)])).toEqual([
    ['EUR', ['FR', 'DE']],
    ['JPY', ['JP']],
  ]);
});

it('sets the comparison beside the figures, and lets the forecast begin where they end', () => {
  const columns = [
    period,
    ...['', ':previous', ':change', ':low', ':high'].map((end) => number(`orders${end}`)),
  ];
  const rows = [
    { period: '2026-01-01', orders: 3, 'orders:previous': 2, forecast: false },
    { period: '2026-02-01', orders: 4, 'orders:previous': null, forecast: false },
    { period: '2026-03-01', orders: 5, 'orders:low': 4, 'orders:high': 6, forecast: true },
  ] as unknown as AnswerRow[];
  const [panel] = panelsOf(answer(columns, rows), ['orders'], { display: 'line', isAdditive });
  expect(panel).toMatchObject({ compared: true, forecasted: true });
  expect(panel?.points).toEqual([
    { x: '2026-01-01', values: { s0: 3 }, previous: 2, forecast: null, band: null },
    { x: '2026-02-01', values: { s0: 4 }, previous: null, forecast: 4, band: [4, 4] },
    { x: '2026-03-01', values: {}, previous: null, forecast: 5, band: [4, 6] },
  ]);
});

it('fills the periods in which nothing was: with 0 where that is true, else with a gap', () => {
  const rows = [
    { period: '2026-01-31', country: 'FR', orders: 3 },
    { period: '2026-02-02', country: 'DE', orders: 2 },
  ];
  const columns = [period, text('country'), number('orders')];
  const drawn = (additive: boolean, truncated = false) =>
    panelsOf({ ...answer(columns, rows), truncated }, ['orders'], {
      display: 'line',
      grain: 'day',
      isAdditive: () => additive,
    })[0]?.points.map(({ x, values }) => [x, values.s0, values.s1]);
  expect(drawn(true)).toEqual([
    ['2026-01-31', 3, 0],
    ['2026-02-01', 0, 0],
    ['2026-02-02', 0, 2],
  ]);
  expect(drawn(false)?.[1]).toEqual(['2026-02-01', null, null]);
  expect(drawn(true, true)?.[1]).toEqual(['2026-02-01', null, null]);
});
