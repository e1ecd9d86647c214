import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'scripts-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs scripts/run.mjs on a program; `during` sees its output as it grows. */
async function run(
  program: string,
  args: string[] = [],
  during?: (output: string, kill: () => void) => void,
) {
  const file = join(directory, 'program.ts');
  writeFileSync(file, program);
  const script = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    during?.(output, () => child.kill('SIGTERM'));
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, output };
}

it('runs TypeScript with its arguments and passes the exit code on', { timeout: 30_000 }, async () => {
  const program =
    'const words: string[] = process.argv.slice(2); console.log(words.join("+")); process.exitCode = 7;';
  expect(await run(program, ['one', 'two words'])).toEqual({ code: 7, output: 'one+two words\n' });
});

it.skipIf(process.platform === 'win32')(
  'passes signals on, and the exit code back (Windows has no signals)',
  { timeout: 30_000 },
  async () => {
    const program = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
      setInterval(() => undefined, 1000); console.log('up');`;
    const { code, output } = await run(program, [], (text, kill) => text === 'up\n' && kill());
    expect({ code, output }).toEqual({ code: 0, output: 'up\nbye\n' });
  },
);
