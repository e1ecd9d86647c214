import type { AttributionRequest, Model } from '../request.ts';
import { dimension, rowsOf } from './oracle.ts';
import type { ShopEvent } from './shop.ts';

export interface OracleCredit {
  conversions: number;
  value: number;
}

/** The credit of each channel by each model; conversions without a touch are those of `null`. Values in minor units. */
export function attributionOf(
  all: readonly ShopEvent[],
  request: AttributionRequest,
): Map<Model, Map<string | null, OracleCredit>> {
  const [from, to] = [Date.parse(request.from), Date.parse(request.to)];
  const touches = request.touches.flatMap((touch, list) =>
    rowsOf(all, touch).flatMap((row) => {
      const channel = dimension(row, touch.dimension);
      return channel === undefined ? [] : [{ ...row, channel, list }];
    }),
  );
  const conversions = rowsOf(all, request.conversion).filter(({ time }) => time >= from && time < to);
  const found = new Map<Model, Map<string | null, OracleCredit>>();
  for (const model of request.model) {
    const credits = new Map<string | null, OracleCredit>();
    const credit = (channel: string | null, conversions: number, value: number): void => {
      const before = credits.get(channel) ?? { conversions: 0, value: 0 };
      credits.set(channel, {
        conversions: before.conversions + conversions,
        value: before.value + value,
      });
    };
    for (const conversion of conversions) {
      const value = conversion.amounts.reduce((sum, amount) => sum + amount, 0);
      const path = touches
        .filter(({ who, time }) => {
          const ago = conversion.time - time;
          return (
            who !== undefined &&
            who === conversion.who &&
            ago >= 0 &&
            ago <= request.lookbackDays * 86_400_000
          );
        })
        .sort((a, b) => a.time - b.time || a.list - b.list || (a.id < b.id ? -1 : 1));
      if (path.length === 0) credit(null, 1, value);
      const weights = weightsOf(model, path.length);
      const shares = shareOut(value, weights);
      for (const [index, { channel }] of path.entries()) {
        const [part = 0, whole = 1] = weights[index] ?? [];
        if (part > 0) credit(channel, part / whole, shares[index] ?? 0);
      }
    }
    found.set(model, credits);
  }
  return found;
}

/** Fractions as [part, whole]. */
function weightsOf(model: Model, many: number): [number, number][] {
  return Array.from({ length: many }, (_, index): [number, number] => {
    const isEnd = index === 0 || index === many - 1;
    if (model === 'first') return [index === 0 ? 1 : 0, 1];
    if (model === 'last') return [index === many - 1 ? 1 : 0, 1];
    if (model === 'linear' || many <= 2) return [1, many];
    return isEnd ? [40, 100] : [20, 100 * (many - 2)];
  });
}

/** Hamilton's method on whole units: lower quotas, then one more to the largest remainders, the earliest first. */
function shareOut(value: number, weights: readonly [number, number][]): number[] {
  const units = BigInt(Math.abs(value));
  const quotas = weights.map(([part, whole], index) => {
    const product = units * BigInt(part);
    return { index, share: product / BigInt(whole), rest: Number(product % BigInt(whole)) / whole };
  });
  let left = units - quotas.reduce((sum, { share }) => sum + share, 0n);
  // Remainders that are equal as fractions may differ in the last bit as numbers.
  for (const quota of quotas.toSorted((a, b) =>
    Math.abs(a.rest - b.rest) < 1e-9 ? a.index - b.index : b.rest - a.rest,
  ))
    if (left > 0n && weights[quota.index]?.[0] !== 0) {
      quota.share += 1n;
      left -= 1n;
    }
  return quotas.map(({ share }) => Number(share) * Math.sign(value));
}
