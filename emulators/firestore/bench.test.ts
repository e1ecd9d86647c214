import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('bench.ts', import.meta.url));

test('the benchmark runs every operation against every contender and prints its tables', async () => {
  const tiny = ['--rounds', '1', '--milliseconds', '2', '--contacts', '100', '--sizes', '100,200'];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...tiny], { timeout: 110_000 });
  for (const title of ['set', 'get', 'batch of 3 writes', 'query of 10', 'transaction (read, write)']) {
    expect(stdout.split(`${title}, 1 client `)).toHaveLength(3);
    expect(stdout.split(`${title}, 32 clients`)).toHaveLength(3);
  }
  expect(stdout).toContain('200 documents');
  expect(stdout).not.toContain('NaN');
}, 120_000);
