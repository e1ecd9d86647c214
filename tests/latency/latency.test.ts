import { expect, it } from 'vitest';
import { measureLatency } from './latency.ts';

it('shows every write once, as it was written, in another client’s stream and in the warehouse', {
  timeout: 120_000,
}, async () => {
  const report = await measureLatency({ rate: 60, seconds: 4 });
  expect(report.writes).toBe(240);
});
