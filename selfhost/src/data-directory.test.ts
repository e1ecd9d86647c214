import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimDataDirectory } from './data-directory.ts';
import { readEnvironment } from './environment.ts';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'data-'));
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

it('lets one server at a time have the folder, and says who has it', () => {
  const path = join(parent, 'a', 'b');
  const first = claimDataDirectory(path);
  expect(() => claimDataDirectory(path)).toThrow(`in use by another server (process ${process.pid})`);
  first.release();
  claimDataDirectory(path).release();
});

it('says what is wrong with a folder that cannot be written', () => {
  const file = join(parent, 'file');
  writeFileSync(file, '');
  expect(() => claimDataDirectory(file)).toThrow(/cannot be written: .*MEWAYZ_DATA_DIR/);
});

it('reads the environment once, with defaults, naming what is wrong', () => {
  expect(readEnvironment({ PORT: '', PATH: '/bin' })).toMatchObject({
    PORT: 8080,
    HOST: '127.0.0.1',
    MEWAYZ_MODE: 'selfhost',
  });
  expect(() => readEnvironment({ PORT: '99999', LOG_LEVEL: 'loud' })).toThrow(
    /PORT[\s\S]*LOG_LEVEL|LOG_LEVEL[\s\S]*PORT/,
  );
});
