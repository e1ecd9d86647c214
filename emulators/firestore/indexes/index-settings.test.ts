import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { StorageError } from '../errors.ts';
import { readIndexSettings } from './index-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'index-settings-'));
const file = join(folder, 'indexes.json');

afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('production is the mode unless an option or the environment says otherwise', () => {
  writeFileSync(file, '{"indexes":[]}');
  expect(readIndexSettings(file, undefined)).toMatchObject({
    indexMode: 'production',
    indexes: { indexes: [] },
  });
  vi.stubEnv('FIRESTORE_INDEX_MODE', 'automatic');
  expect(readIndexSettings(file, undefined).indexMode).toBe('automatic');
  expect(readIndexSettings(file, 'production').indexMode).toBe('production');
});

test('the notice names the file, the mode and the other one', () => {
  const { notice } = readIndexSettings(file, 'production');
  for (const part of [file, 'production', '--index-mode automatic']) expect(notice).toContain(part);
  expect(readIndexSettings(file, 'automatic').notice).toContain('--index-mode production');
});

test('a mode that is none, and a file that cannot be read, are refused by name', () => {
  expect(() => readIndexSettings(file, 'fast')).toThrow('"fast"');
  expect(() => readIndexSettings(join(folder, 'absent.json'), undefined)).toThrow('absent.json');
  writeFileSync(file, '{');
  expect(() => readIndexSettings(file, undefined)).toThrow(StorageError);
});
