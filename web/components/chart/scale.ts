export interface Scale {
  readonly domain: readonly [low: number, high: number];
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10] as const;
const INTERVALS = 4;

/** Round ticks from about the least to about the greatest value, 0 among them. A value just below 0 takes no whole step. */
export function scaleOf(values: readonly number[]): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const rough = (high - low || 1) / INTERVALS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((size) => size * power >= rough * 0.999) ?? 10);
  const first = -low < step / 4 ? 0 : Math.floor(low / step);
  const last = high < step / 4 && low < 0 ? 0 : Math.ceil(high / step) || 1;
  const ticks = Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
  return { domain: [Math.min(low, ticks[0] ?? 0), Math.max(high, ticks.at(-1) ?? 0)], ticks };
}
