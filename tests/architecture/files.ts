import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/server.ts';

/** Files of the repository, as paths with forward slashes from its root; ignored ones are left out. */
export const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(ROOT, file)));

export const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

export const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);

/** What a source file imports when it is loaded or later: relative ones as paths from the root, others as they are written. */
export function importsOf(file: string): string[] {
  const text = read(file).replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  const found = text.matchAll(
    /(?:^|[;\s])(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...found]
    .map(([, still, lazy]) => still ?? lazy ?? '')
    .map((target) =>
      target.startsWith('.')
        ? path.posix.normalize(path.posix.join(path.posix.dirname(file), target))
        : target,
    );
}
