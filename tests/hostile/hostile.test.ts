import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { corpus, sampleOf } from './corpus.ts';
import { attackAll, everything, isWell } from './run.ts';
import { createHostileWorld, type HostileWorld } from './world.ts';

let world: HostileWorld;

beforeAll(async () => {
  world = await createHostileWorld();
});
afterAll(() => world?.server.remove());

/** `npm run hostile -w tests` sends them all. */
const SHARES = {
  tables: 0.06,
  values: 0.06,
  statements: 0.06,
  tricks: 0.4,
  bombs: 0.1,
  generated: 0.12,
  metrics: 0.08,
};

test('no hostile query tells what belongs to others, breaks the server, or outlives its limit', async () => {
  const all = corpus(world.victim);
  expect(all.length).toBeGreaterThan(1_000);
  const own = await everything(world);
  const { breaches, statuses } = await attackAll(world, [...own, ...sampleOf(all, SHARES)]);
  expect(breaches).toEqual([]);
  // The asker's own tables are answered, so that silence is no proof by accident.
  expect(statuses.own).toEqual({ 200: own.length });
  expect(own.length).toBeGreaterThan(10);
  expect(await isWell(world)).toBe(true);
  // What questions needed on disk is gone with them.
  expect(await readdir(path.join(world.server.directory, 'warehouse', 'questions'))).toEqual([]);
}, 300_000);
