import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ForecastPoint, forecast } from './forecast.ts';
import { bestSeed, extrapolate, fit, type Shape, smooth, variances } from './smoothing.ts';

/** Oil production of Saudi Arabia 1996–2007 and air passengers of Australia 1990–2004: data of the R package fpp. */
const OIL = [
  446.6565229, 454.4733065, 455.662974, 423.6322388, 456.2713279, 440.5880501, 425.3325201, 485.1494479,
  506.0481621, 526.7919833, 514.268889, 494.2110193,
];
const AIR = [
  17.5534, 21.8601, 23.8866, 26.9293, 26.8885, 28.8314, 30.0751, 30.9535, 30.1857, 31.5797, 32.577569,
  33.477398, 39.021581, 41.386432, 41.596552,
];
/** Visitor nights of tourists in Australia by quarter, 2005–2010. */
const TOURISTS = [
  41.727458, 24.04185, 32.328103, 37.328708, 46.213153, 29.346326, 36.48291, 42.977719, 48.901525, 31.180221,
  37.717881, 40.420211, 51.206863, 31.887228, 40.978263, 43.772491, 55.558567, 33.850915, 42.076383,
  45.642292, 59.76678, 35.191877, 44.319737, 47.913736,
];
const flat: Shape = { trend: 'none', season: 1 };
const weights = (alpha: number, beta = 0, gamma = 0, phi = 1) => ({ alpha, beta, gamma, phi });

describe('smoothing', () => {
  // Levels and forecasts of statsmodels' tests of the same example, which are those of R.
  test.each([
    [0.2, 484.802468],
    [0.6, 501.837461],
  ])('simple, with weight %d', (alpha, expected) => {
    const seed = { level: OIL[0] ?? 0, trend: 0, seasonal: [] };
    const { last } = smooth(Float64Array.from(OIL), flat, weights(alpha), seed);
    expect(extrapolate(flat, weights(alpha), last, 1)[0]).toBeCloseTo(expected, 4);
  });

  test('simple, with the weight and the seed that fit best', () => {
    const found = fit(Float64Array.from(OIL), flat);
    expect(found.weights.alpha).toBeCloseTo(0.891998, 3);
    expect(found.seed.level).toBeCloseTo(447.47844, 1);
    expect(found.last.level).toBeCloseTo(496.493543, 1);
  });

  test('with a trend: section 7.2 of Forecasting: Principles and Practice, first edition', () => {
    const shape: Shape = { trend: 'additive', season: 1 };
    const seed = { level: 17.5534, trend: 21.8601 - 17.5534, seasonal: [] };
    const { last, errors } = smooth(Float64Array.from(AIR), shape, weights(0.8, 0.8 * 0.2), seed);
    const fitted = AIR.map((value, index) => Math.round((value - (errors[index] ?? 0)) * 100) / 100);
    expect(fitted).toEqual([
      21.86, 22.03, 25.48, 27.54, 30.29, 30.26, 31.58, 32.6, 33.24, 32.27, 33.08, 33.96, 34.78, 40.06, 43.22,
    ]);
    const ahead = extrapolate(shape, weights(0.8, 0.16), last, 5).map((value) => value.toFixed(2));
    expect(ahead).toEqual(['43.76', '45.59', '47.43', '49.27', '51.10']);
  });

  test('with trend and season: the Holt-Winters fit of R forecasts as much, to 2 %', () => {
    const shape: Shape = { trend: 'additive', season: 4 };
    const found = fit(Float64Array.from(TOURISTS), shape);
    const ahead = extrapolate(shape, found.weights, found.last, 4);
    for (const [index, published] of [60.9542, 36.8505, 46.1628, 50.1272].entries())
      expect(Math.abs((ahead[index] ?? 0) / published - 1)).toBeLessThan(0.02);
  });

  test('variances are the closed forms of table 8.8 of the same book, third edition', () => {
    const [a, b, g, m, phi] = [0.4, 0.15, 0.3, 4, 0.9];
    const steps = Array.from({ length: 12 }, (_, index) => index + 1);
    const years = (h: number): number => Math.floor((h - 1) / m);
    const check = (shape: Shape, w: ReturnType<typeof weights>, form: (h: number) => number): void => {
      for (const [index, value] of variances(shape, w, 12).entries())
        expect(value).toBeCloseTo(form(steps[index] ?? 0), 10);
    };
    check(flat, weights(a), (h) => 1 + a ** 2 * (h - 1));
    check(
      { trend: 'additive', season: 1 },
      weights(a, b),
      (h) => 1 + (h - 1) * (a ** 2 + a * b * h + (b ** 2 * h * (2 * h - 1)) / 6),
    );
    check(
      { trend: 'none', season: m },
      weights(a, 0, g),
      (h) => 1 + a ** 2 * (h - 1) + g * years(h) * (2 * a + g),
    );
    check({ trend: 'additive', season: m }, weights(a, b, g), (h) => {
      const k = years(h);
      return (
        1 +
        (h - 1) * (a ** 2 + a * b * h + (b ** 2 * h * (2 * h - 1)) / 6) +
        g * k * (2 * a + g + b * m * (k + 1))
      );
    });
    check({ trend: 'damped', season: 1 }, weights(a, b, 0, phi), (h) => {
      const first = ((b * phi * h) / (1 - phi) ** 2) * (2 * a * (1 - phi) + b * phi);
      const second =
        ((b * phi * (1 - phi ** h)) / ((1 - phi) ** 2 * (1 - phi ** 2))) *
        (2 * a * (1 - phi ** 2) + b * phi * (1 + 2 * phi - phi ** h));
      return 1 + a ** 2 * (h - 1) + first - second;
    });
  });

  test('the seed found by regression leaves less error than any seed near it', () => {
    const shape: Shape = { trend: 'additive', season: 4 };
    const values = Float64Array.from(TOURISTS);
    const w = weights(0.3, 0.05, 0.4);
    const sse = (seed: Parameters<typeof smooth>[3]): number =>
      smooth(values, shape, w, seed).errors.reduce((sum, error) => sum + error * error, 0);
    const best = bestSeed(values, shape, w);
    for (const by of [-0.5, 0.5]) {
      expect(sse({ ...best, level: best.level + by })).toBeGreaterThan(sse(best));
      expect(sse({ ...best, trend: best.trend + by })).toBeGreaterThan(sse(best));
      const seasonal = best.seasonal.map(
        (effect, index) => effect + (index === 0 ? by : index === 3 ? -by : 0),
      );
      expect(sse({ ...best, seasonal })).toBeGreaterThan(sse(best));
    }
  });
});

const ask = (values: readonly number[], periods: number, season = 1, nonNegative = false) =>
  forecast(values, { periods, season, nonNegative });
/** Of quarters. */
const effect = (effects: readonly number[], t: number): number => effects[t % 4] ?? 0;

describe('forecast', () => {
  test('goes on with what is regular', async () => {
    const regular = Array.from({ length: 40 }, (_, t) => 100 + 2 * t + effect([10, -4, 0, -6], t));
    const { points } = await ask(regular, 8, 4);
    for (const [index, { value, low, high }] of points.entries()) {
      expect(value).toBeCloseTo(100 + 2 * (40 + index) + effect([10, -4, 0, -6], index), 3);
      expect(Number(high) - Number(low)).toBeLessThan(0.01);
    }
  });

  test('finds growth and season that multiply', async () => {
    const values = Array.from({ length: 48 }, (_, t) => 50 * 1.03 ** t * effect([1.4, 0.8, 1, 0.8], t));
    const { method, points } = await ask(values, 4, 4);
    expect(method).toMatch(/^log ETS/);
    for (const [index, { value }] of points.entries())
      expect(value / (50 * 1.03 ** (48 + index) * effect([1.4, 0.8, 1, 0.8], index))).toBeCloseTo(1, 3);
  });

  test('of quarters of tourism sees the season', async () => {
    expect((await ask(TOURISTS, 8, 4)).method).toMatch(/,A\)$/);
  });

  test('intervals hold about nine in ten values of their own model', async () => {
    // A fixed generator (Park and Miller) and the sum of twelve uniform numbers: the same values each time.
    let seed = 42;
    const uniform = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const normal = (): number => Array.from({ length: 12 }, uniform).reduce((sum, each) => sum + each, -6);
    let [held, all] = [0, 0];
    for (let run = 0; run < 25; run++) {
      let level = 100;
      const values = Array.from({ length: 70 }, () => {
        const error = 5 * normal();
        const value = level + error;
        level += 0.3 * error;
        return value;
      });
      const { points } = await ask(values.slice(0, 60), 10);
      for (const [index, { low, high }] of points.entries()) {
        const value = values[60 + index] ?? 0;
        all++;
        if (value >= Number(low) && value <= Number(high)) held++;
      }
    }
    expect(held / all).toBeGreaterThan(0.82);
    expect(held / all).toBeLessThan(0.97);
  });

  test('never falls below nothing where nothing is the least', async () => {
    const falling = Array.from({ length: 20 }, (_, t) => Math.max(0, 40 - 2 * t));
    const { points } = await ask(falling, 10, 1, true);
    for (const { value, low, high } of points)
      expect(Math.min(value, Number(low), Number(high))).toBeGreaterThanOrEqual(0);
  });

  test('with too little repeats the last value, and says so', async () => {
    expect(await ask([5], 2)).toEqual({
      method: 'naive',
      note: expect.stringMatching(/One period is too few/),
      points: [
        { value: 5, low: null, high: null },
        { value: 5, low: null, high: null },
      ],
    });
    const { note, points } = await ask([1, 2, 3, 4], 1);
    expect(note).toMatch(/4 periods are too few/);
    expect(points).toEqual([
      { value: 4, low: expect.closeTo(4 - 1.6449, 3), high: expect.closeTo(4 + 1.6449, 3) },
    ]);
    expect((await ask(OIL, 1, 12)).note).toMatch(/needs 24/);
  });

  test('of values that are all alike is that value', async () => {
    const { points } = await ask(new Array(30).fill(7), 3, 7, true);
    for (const { value } of points) expect(value).toBeCloseTo(7, 6);
    expect((await ask(new Array(30).fill(0), 3, 7, true)).points[2]?.value).toBeCloseTo(0, 9);
  });
});

describe('on the daily revenue of Online Retail, 2010-12-01 to 2011-12-09', () => {
  const file = new URL('online-retail-daily.json', import.meta.url);
  const HORIZON = 28;
  let revenue: number[];
  /** Forecasts from every week on, of what was known then. */
  let forecasts: { readonly origin: number; readonly points: readonly ForecastPoint[] }[];
  beforeAll(async () => {
    revenue = (JSON.parse(await readFile(file, 'utf8')) as number[]).map((pence) => pence / 100);
    forecasts = [];
    for (let origin = 200; origin + HORIZON <= revenue.length; origin += 7)
      forecasts.push({ origin, ...(await ask(revenue.slice(0, origin), HORIZON, 7)) });
  }, 60_000);

  test.each([7, 14, 28])('%d days ahead it is closer than the same days of the week before', (days) => {
    let [errors, naiveErrors, held] = [0, 0, 0];
    for (const { origin, points } of forecasts) {
      const known = revenue.slice(0, origin);
      // MASE (Hyndman and Koehler, Another look at measures of forecast accuracy, 2006).
      const steps = known.slice(7).map((value, t) => Math.abs(value - (known[t] ?? 0)));
      const scale = steps.reduce((sum, step) => sum + step, 0) / steps.length;
      for (const [step, { value, low, high }] of points.slice(0, days).entries()) {
        const actual = revenue[origin + step] ?? 0;
        errors += Math.abs(actual - value) / scale;
        naiveErrors += Math.abs(actual - (known[origin - 7 + (step % 7)] ?? 0)) / scale;
        if (actual >= Number(low) && actual <= Number(high)) held++;
      }
    }
    const count = days * forecasts.length;
    expect(errors / count).toBeLessThan(naiveErrors / count);
    expect(held / count).toBeGreaterThan(0.8);
  });
});
