import { expect, it } from 'vitest';
import { killAndVerify } from './rounds.ts';

it('no acknowledged write is lost, halved or doubled by kill -9, here, in the warehouse or at a webhook receiver (short form of npm run chaos)', {
  timeout: 240_000,
}, async () => {
  const report = await killAndVerify({
    rounds: 2,
    seed: Date.now() % 1_000_000,
    atLeast: 30,
    longest: 1_000,
  });
  expect(report.acknowledged).toBeGreaterThan(50);
});
