import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Acknowledged, crashUpgrading, crashWriting } from '../testing/testing-crash.ts';

/** The long form is `npm run crash -w emulators`. */
describe('killed without warning', () => {
  const acknowledged: Acknowledged = new Map();
  let folder: string;
  let directory: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'firestore-crash-'));
    directory = join(folder, 'data');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['soon', { bytes: 0, backups: false }],
    ['in and after checkpoints', { bytes: 60_000, backups: false }],
    ['in backups', { bytes: 20_000, backups: true }],
  ])('%s, nothing acknowledged is lost and indexes agree with documents', async (_, options) => {
    const after = 100 + Math.floor(Math.random() * 1000);
    expect(await crashWriting(directory, acknowledged, { ...options, after })).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(0);
  });

  test('in upgrades and downgrades, the database has the old schema or the new one', async () => {
    const after = Math.floor(Math.random() * 300);
    expect(await crashUpgrading(directory, acknowledged, after)).toEqual([]);
  });
});
