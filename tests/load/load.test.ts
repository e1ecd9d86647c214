import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check, measure } from './measure.ts';
import { CASES, startBare, startMewayz, type Target } from './targets.ts';

/** A page of 25 for each of the hundred companies. */
const CONTACTS = 2_500;

describe.each([
  ['bare', startBare],
  ['mewayz', () => startMewayz()],
])('%s under load', (_name, start) => {
  let target: Target;
  beforeAll(async () => {
    target = await start();
    await target.seed(CONTACTS);
  });
  afterAll(() => target?.server.stop());

  it.each(CASES)('answers every request: %s', async (name) => {
    await check(target, name);
    const { answers, failures } = await measure(target, name, 16, 1);
    expect(answers).toBeGreaterThan(0);
    expect(failures).toBe(0);
  });
});
