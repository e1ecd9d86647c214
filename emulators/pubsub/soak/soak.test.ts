import { expect, it } from 'vitest';
import { soak } from './soak.ts';

it('delivers everything, in order and acknowledged once, while server and subscribers are killed', {
  timeout: 300_000,
}, async () => {
  const report = await soak({ messages: 3_000, subscribers: 2, killSeconds: 1.5, giveUpSeconds: 240 });
  expect(report).toMatchObject({ missing: 0, outOfOrder: 0, acknowledgedTwice: 0 });
  expect(report.serverKills).toBeGreaterThan(0);
});
