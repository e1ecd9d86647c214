import { expect, it } from 'vitest';
import { killAndVerify } from './rounds.ts';

it('no acknowledged write is lost, halved or doubled by kill -9, here or in the warehouse (short form of npm run chaos)', {
  timeout: 240_000,
}, async () => {
  const report = await killAndVerify({ rounds: 3, seed: Date.now() % 1_000_000 });
  expect(report.acknowledged).toBeGreaterThan(50);
});
